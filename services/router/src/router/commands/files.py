"""Commands that need nothing but files, unless somebody wants what the broker knows: check, explain, schema, rules."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from router.commands.printing import AsJson, fail, in_words, print_json
from router.commands.rule_refs import RulesOption, named_rules
from ventanilla_contracts.words import LANGUAGES

FROM_BROKER = "kv"
_DIFFERS = {
    "en": "differs: {field} was {was}, is now {now}",
    "es": "cambia: {field} era {was}, ahora es {now}",
}
_LATER = {
    "en": "later, message {id}: changed by {rules}; --message {id} explains it",
    "es": "más tarde, mensaje {id}: lo cambió {rules}; --message {id} lo explica",
}
_NOT_ALL = {
    "en": "more messages joined the ticket than were looked at",
    "es": "al ticket se unieron más mensajes de los que se miraron",
}
_SAME = {"en": "the recorded decision is the same", "es": "la decisión guardada es la misma"}


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rule file.")],
    desk: Annotated[
        str | None,
        typer.Option(metavar="FILE|kv", help="What the desk has: a JSON file, or kv: what its broker tells."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with a rule file, one line each; exit code 1 if anything is but for warnings."""
    from dataclasses import asdict

    from router.checking import checked_file, read_desk
    from router.errors import DeskRefused, RulesRefused

    try:
        known = None
        if desk == FROM_BROKER:
            from router.commands.session import desk_of_broker

            known = desk_of_broker()
        elif desk is not None:
            known = read_desk(Path(desk))
        rules, warnings = checked_file(file, known)
    except DeskRefused as error:
        fail(str(error))
    except RulesRefused as error:
        if as_json:
            problems = [asdict(problem) for problem in error.problems]
            print_json({"valid": False, "problems": problems})
        else:
            count = sum(not problem.warning for problem in error.problems)
            sys.stdout.write(f"{error}\n{count} mistake{'s' if count > 1 else ''}: these rules would be refused\n")
        raise typer.Exit(1) from error
    if as_json:
        found = {"valid": True, "problems": [asdict(warning) for warning in warnings]}
        print_json({**found, "name": rules.name, "hash": rules.hash, "rules": len(rules.rules)})
        return
    sys.stdout.write("".join(f"{warning}\n" for warning in warnings))
    warned = f", {len(warnings)} warning{'s' if len(warnings) > 1 else ''}" if warnings else ""
    sys.stdout.write(f"{file}: {len(rules.rules)} rules, no mistakes{warned}; rule set {rules.name} {rules.hash}\n")


def explain(
    event: Annotated[
        Path | None,
        typer.Argument(
            metavar="[EVENT]", help="JSON file with a MessageReceived or MessageRouted; - for standard input."
        ),
    ] = None,
    ticket: Annotated[
        int | None, typer.Option(help="Instead of an event: the message that opened this ticket.", metavar="NUMBER")
    ] = None,
    message: Annotated[
        str | None, typer.Option(help="With --ticket: another message of it, as GET …/routing names it.", metavar="ID")
    ] = None,
    rules: RulesOption = None,
    context: Annotated[
        Path | None,
        typer.Option(help="JSON file with what is known outside the message, instead of what the event holds."),
    ] = None,
    language: Annotated[str, typer.Option(help=f"Of the lines: {', '.join(LANGUAGES)}.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Decide one message and spell out why: every rule, each condition, what it saw, what won. Nothing is published.

    A MessageRouted is decided anew with what was known at the time of its first decision; what would be different now
    is said.
    """
    from router.adapters.catalogues import load_catalogues
    from router.adapters.routed_event import explained
    from router.domain.decide import decide
    from router.domain.explain import Explainer
    from router.domain.facts import Facts
    from router.errors import MessageRefused, RulesRefused
    from router.events_in import differences, read_context, read_event
    from router.listing import listing

    if (event is None) is (ticket is None):
        raise typer.BadParameter("name a file with an event, or a ticket with --ticket NUMBER")
    if message is not None and ticket is None:
        raise typer.BadParameter("--message is one of a ticket: say --ticket NUMBER too")
    if language not in LANGUAGES:
        fail(f"{language} is no language of the desk; it has {', '.join(LANGUAGES)}")
    try:
        rule_set = named_rules(rules)
        later: list[str] = []
        if event is None:
            raw, later = _event_of(ticket or 0, message, language)
        else:
            raw = sys.stdin.buffer.read() if str(event) == "-" else event.read_bytes()
        received, routed = read_event(raw)
        known = read_context(context) if context else routed.context if routed else None
    except (RulesRefused, MessageRefused) as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot read {error.filename or event}: {error.strerror}")
    now = routed.decided_at if routed else datetime.now(UTC)
    facts = Facts(received, now, rule_set.zone, known, rule_set.calendar)
    outcome = decide(facts, rule_set)
    sentence = Explainer(load_catalogues()).explain(outcome)
    changes = differences(routed, outcome) if routed else []
    if as_json:
        print_json({**explained(outcome, facts, rule_set, sentence), "differences": changes})
        return
    sys.stdout.write(listing(outcome, facts, rule_set, sentence, language) + "\n")
    for change in changes:
        was, comes = in_words(change["recorded"], language), in_words(change["now"], language)
        sys.stdout.write(_DIFFERS[language].format(field=change["field"], was=was, now=comes) + "\n")
    if routed and not changes:
        sys.stdout.write(_SAME[language] + "\n")
    sys.stdout.write("".join(f"{line}\n" for line in later))


def _event_of(ticket: int, message: str | None, language: str) -> tuple[bytes, list[str]]:
    """The routed event of a message of a ticket, from the broker, and a line for each later decision that changed it.

    Raises:
        MessageRefused: there is none.
    """
    from router.adapters.ticket_messages import ticket_message
    from router.commands.session import read_settings, with_broker

    prefix = read_settings().prefix
    found = with_broker(lambda broker: ticket_message(broker, prefix, ticket, message))
    lines = [_LATER[language].format(id=one.id, rules=", ".join(one.rules) or "-") for one in found.later]
    return found.body, lines if found.whole else [*lines, _NOT_ALL[language]]


def rules() -> None:
    """Print the rules that come with the router, to start from."""
    from router.adapters.rule_file import default_rules_text

    sys.stdout.write(default_rules_text())


def schema() -> None:
    """Print the JSON Schema of rule files, for editors and checks; services/router/rules.schema.json holds the same."""
    from router.rule_schema import schema_text

    sys.stdout.write(schema_text())

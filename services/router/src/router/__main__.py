"""The command `router`."""

import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

cli = typer.Typer(
    help="Decides priority, tier and team of every message by rules, and says why. docs/rules.md describes the rules.",
    epilog="Example:  router rules > mine.yaml; router check mine.yaml; router explain --rules mine.yaml event.json",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")]


@cli.command(epilog="Example:  ROUTER_RULES_FILE=mine.yaml ROUTER_NATS_URL=nats://127.0.0.1:4222 router serve")
def serve() -> None:
    """Run the service. Its settings are ROUTER_* environment variables; the README lists them."""
    from router import app
    from router.settings import PREFIX, RouterSettings
    from ventanilla_runtime.service import run
    from ventanilla_runtime.settings import explain as explain_settings

    try:
        settings = RouterSettings()
    except ValidationError as error:
        _fail(explain_settings(error, PREFIX))
    run(app.NAME, settings, partial(app.serve, settings=settings))


@cli.command(epilog="Example:  router check mine.yaml && cp mine.yaml /etc/ventanilla/rules.yaml")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rule file.")],
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with a rule file, one line each; exit code 1 if anything is."""
    from dataclasses import asdict

    from router.adapters.rule_file import load_rules
    from router.errors import RulesRefused

    try:
        rules = load_rules(file)
    except RulesRefused as error:
        if as_json:
            problems = [asdict(problem) for problem in error.problems]
            _print_json({"valid": False, "problems": problems})
        else:
            count = len(error.problems)
            sys.stdout.write(f"{error}\n{count} mistake{'s' if count > 1 else ''}: these rules would be refused\n")
        raise typer.Exit(1) from error
    if as_json:
        found = {"valid": True, "problems": [], "name": rules.name, "hash": rules.hash, "rules": len(rules.rules)}
        _print_json(found)
    else:
        sys.stdout.write(f"{file}: {len(rules.rules)} rules, no mistakes; rule set {rules.name} {rules.hash}\n")


@cli.command(epilog="Example:  intake-email parse mail.eml > event.json; router explain --rules mine.yaml event.json")
def explain(
    event: Annotated[
        Path,
        typer.Argument(
            metavar="EVENT", help="JSON file with a MessageReceived or MessageRouted; - for standard input."
        ),
    ],
    rules: Annotated[Path | None, typer.Option(help="Rule file; without it those that come with the router.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide one message and spell out why: every rule, each condition, what it saw, what won. Nothing is published.

    A MessageRouted is decided anew at the time of its first decision; what would be different now is said.
    """
    from router.adapters.catalogues import load_catalogues
    from router.adapters.routed_event import describe
    from router.adapters.rule_file import load_default_rules, load_rules
    from router.domain.decide import decide
    from router.domain.explain import Explainer
    from router.domain.facts import Facts
    from router.errors import MessageRefused, RulesRefused
    from router.events_in import differences, read_event
    from router.listing import listing

    try:
        rule_set = load_rules(rules) if rules else load_default_rules()
        raw = sys.stdin.buffer.read() if str(event) == "-" else event.read_bytes()
        received, routed = read_event(raw)
    except (RulesRefused, MessageRefused) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"cannot read {event}: {error.strerror}")
    facts = Facts(received, routed.decided_at if routed else datetime.now(UTC), rule_set.zone)
    outcome = decide(facts, rule_set)
    sentence = Explainer(load_catalogues()).explain(outcome)
    changes = differences(routed, outcome) if routed else []
    if as_json:
        found = {**describe(outcome, facts, rule_set, sentence), "differences": changes}
        _print_json(found)
        return
    sys.stdout.write(listing(outcome, rule_set, sentence) + "\n")
    for change in changes:
        sys.stdout.write(f"differs: {change['field']} was {change['recorded']}, is now {change['now']}\n")
    if routed and not changes:
        sys.stdout.write("the recorded decision is the same\n")


@cli.command(epilog="Example:  router rules > mine.yaml")
def rules() -> None:
    """Print the rules that come with the router, to start from."""
    from router.adapters.rule_file import default_rules_text

    sys.stdout.write(default_rules_text())


def _print_json(content: object) -> None:
    import orjson

    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def _fail(reason: str) -> NoReturn:
    sys.stderr.write(f"router: {reason}\n")
    raise typer.Exit(1)


def main() -> None:
    """Entry point of the console script."""
    cli()


if __name__ == "__main__":
    main()

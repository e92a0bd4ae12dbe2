"""Commands about the rules that are in force: publish, history, diff, rollback."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.commands.printing import AsJson, fail, print_json
from router.domain.rule_diff import ADDED, REMOVED, Difference, differences_of

if TYPE_CHECKING:  # the broker's client is loaded by the commands that need it
    from router.adapters.rule_store import Entry

ORIGINS = ("hand", "deploy")
_SIGNS = {ADDED: "+", REMOVED: "-", "changed": "~", "moved": ">"}
_LINE_CHARS = 160
_AWAY = 2
_UNCHECKED = (
    "router: warning: the broker knows nothing of the desk, so nobody has held teams, policies, categories, skills,"
    " templates and the calendar against what it has. Publish again once the ticket service has written it, or say"
    " --unchecked where there is none\n"
)

By = Annotated[str | None, typer.Option(help="Who publishes; without it your user and machine.", metavar="NAME")]
Note = Annotated[str, typer.Option(help="Why, for the history.", metavar="TEXT")]
RuleRef = Annotated[str, typer.Argument(help="A hash or the start of one, a rule file, in-force, or shipped.")]


def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rule file.")],
    note: Note = "",
    origin: Annotated[str, typer.Option(help="Where it comes from: hand, deploy.", metavar="ORIGIN")] = ORIGINS[0],
    replaces: Annotated[
        str | None, typer.Option(help="Hash of the set in force that you know, or its start.", metavar="HASH")
    ] = None,
    by: By = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Say nothing where nobody knows which teams and policies the desk has.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, max=86_400, help="Wait so long for the broker.", metavar="SECONDS")
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Check a rule file whole and put it into force: every router decides with it within seconds.

    What `router check` would find is refused, also names that the desk does not have: where the broker knows nothing of
    the desk, that is said. A deployment does not overwrite rules that came from elsewhere unless --replaces names them.

    The same rules again change nothing and are no failure. Exit code 1: they were refused, and would be again; 2: the
    broker was not there in time, or has no place for rules yet.
    """
    from dataclasses import asdict

    from router.adapters.rule_file import read_text
    from router.adapters.rule_store import Publication
    from router.commands.session import whoami, with_broker
    from router.errors import RulesRefused
    from router.publishing import publish_source

    if origin not in ORIGINS:
        fail(f"{origin} is no origin; known are {', '.join(ORIGINS)}")
    publication = Publication(by or whoami(), origin, note, replaces)
    try:
        source = read_text(file)
        published = with_broker(
            lambda broker: publish_source(broker, source, str(file), publication), wait=wait, away_code=_AWAY
        )
    except RulesRefused as error:
        sys.stderr.write(f"{error}\nrouter: not published: the rules in force stay\n")
        raise typer.Exit(1) from error
    if not published.desk_known and not unchecked:
        sys.stderr.write(_UNCHECKED)
    if as_json:
        warnings = [asdict(warning) for warning in published.warnings]
        _tell(published.entry, new=published.new, as_json=True, desk_known=published.desk_known, warnings=warnings)
        return
    sys.stderr.write("".join(f"{warning}\n" for warning in published.warnings))
    _tell(published.entry, new=published.new, as_json=False)


def history(as_json: AsJson = False) -> None:
    """Say which rules were in force, the newest first: who published them, when, from where, why."""
    from router.commands.session import with_broker
    from router.publishing import history_of

    entries, in_force = with_broker(history_of)
    if as_json:
        print_json(
            [
                {"revision": entry.revision, "in_force": entry.revision == in_force}
                | entry.rules.model_dump(mode="json")
                for entry in entries
            ]
        )
        return
    if not entries:
        sys.stdout.write("nothing was ever published: the rules that come with the router decide\n")
    for entry in entries:
        sys.stdout.write(_history_line(entry, in_force=entry.revision == in_force) + "\n")


def diff(old: RuleRef, new: RuleRef = "in-force", as_json: AsJson = False) -> None:
    """Say what is different between two rule sets: rules added, removed, changed and moved, and everything else.

    Comments, spacing and the order of keys make no difference.
    """
    from dataclasses import asdict

    from router.adapters.rule_file import plain_content
    from router.errors import RulesRefused
    from router.publishing import local_text, stored_texts

    try:
        texts = {ref: text for ref in (old, new) if (text := local_text(ref)) is not None}
        if missing := {old, new} - texts.keys():
            from router.commands.session import with_broker

            texts |= with_broker(lambda broker: stored_texts(broker, missing))
        found = differences_of(plain_content(texts[old], old), plain_content(texts[new], new))
    except RulesRefused as error:
        fail(str(error))
    if as_json:
        print_json({"old": old, "new": new, "differences": [asdict(one) for one in found]})
        return
    sys.stdout.write("".join(f"{line}\n" for line in diff_lines(found)) or "no difference\n")


def rollback(
    hash_: Annotated[
        str | None,
        typer.Argument(metavar="[HASH]", help="Hash or its start, or shipped; without it the set before this one."),
    ] = None,
    note: Note = "",
    by: By = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Even if it names teams or policies that the desk no longer has.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put rules into force again that were so before; given again, those before them.

    It is a new entry of the history and loses none. Rules that name what the desk no longer has are refused, as
    `router publish` refuses them: with --unchecked they decide all the same.
    """
    from router.commands.session import whoami, with_broker
    from router.errors import RulesRefused
    from router.publishing import roll_back

    try:
        entry, new = with_broker(lambda broker: roll_back(broker, hash_, by or whoami(), note, unchecked=unchecked))
    except RulesRefused as error:
        fail(f"{error}\nrouter: not rolled back: the rules in force stay; with --unchecked it is done all the same")
    _tell(entry, new=new, as_json=as_json)


def diff_lines(found: Sequence[Difference]) -> list[str]:
    """Differences for people: one line each, and one for each place of it."""
    lines = []
    for one in found:
        name = one.name if one.what == "rule" else f"{one.what} {one.name}"
        place = f" ({one.place})" if one.place else ""
        lines.append(f"{_SIGNS[one.kind]} {name}{place}")
        for detail in one.details:
            label = f"{detail.name}: " if detail.name else ""
            if one.kind == ADDED:
                text = detail.new
            else:
                text = detail.old if one.kind == REMOVED else f"{_cut(detail.old)} → {_cut(detail.new)}"
            lines.append(f"    {label}{_cut(text, 2 * _LINE_CHARS)}")
    return lines


def _cut(text: str, limit: int = _LINE_CHARS, *, spaces: bool = False) -> str:
    plain = "".join(character if character.isprintable() else " " for character in text).rstrip()
    plain = plain if spaces else " ".join(plain.split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def _history_line(entry: "Entry", *, in_force: bool) -> str:
    from router.adapters.rule_store import told

    lines = told(entry.rules)
    state = "in force" if in_force else ""
    line = f"{lines['when']}  {lines['set']:<32}  {lines['origin']:<6}  {lines['who']:<24}  {state:<8}"
    return _cut(f"{line}  {entry.rules.note}", 2 * _LINE_CHARS, spaces=True)


def _tell(entry: "Entry", *, new: bool, as_json: bool, **more: object) -> None:
    from router.adapters.rule_store import told

    if as_json:
        print_json({"published": new, "revision": entry.revision, **entry.rules.model_dump(mode="json"), **more})
        return
    lines = told(entry.rules)
    said = "in force now" if new else f"was in force already, published by {lines['who']} on {lines['when']}"
    sys.stdout.write(f"rule set {entry.rules.name} {entry.rules.hash}: {said}\n")

"""The report of a replay: for people, and as JSON."""

from collections.abc import Iterable, Iterator
from typing import Any

from router.domain.replaying import COUNTED, Move, Tally
from router.replay import Question, Tickets

NOT_ASKED = Tickets({})
_HOURS = range(24)


def report(question: Question, tally: Tally, tickets: Tickets = NOT_ASKED) -> dict[str, Any]:
    """Everything that was found, to be written as JSON."""
    return {
        "rules": {"name": question.new.name, "hash": question.new.hash},
        "in_force": {"name": question.in_force.name, "hash": question.in_force.hash},
        "since": question.since.isoformat(),
        "until": question.until and question.until.isoformat(),
        "reaches_back_to": question.reaches and question.reaches.isoformat(),
        "sequences": {"first": question.range[0], "behind": question.range[1]},
        "messages": tally.messages,
        "changed": tally.changed,
        "decided_anew_by_set_in_force": tally.anew,
        "unreadable": tally.unreadable,
        "changed_fields": dict(tally.fields.most_common()),
        "counts": {
            name: {value: {"before": old, "after": new} for value, old, new in counts_of(tally, name)}
            for name in COUNTED
        },
        "load": {
            team: {"before": before, "after": after, "zone": str(question.new.zone)}
            for team, before, after in load_of(tally)
        },
        "moves": [
            {
                "sequence": move.sequence,
                "message_id": move.message_id,
                "ticket": tickets.numbers.get(move.message_id),
                "subject": move.subject,
                "changes": [{"field": name, "old": old, "new": new} for name, old, new in move.changes],
                "rule": move.rule,
            }
            for move in tally.moves
        ],
        "never_matched": list(never_matched(question, tally)),
    }


def lines(question: Question, tally: Tally, tickets: Tickets = NOT_ASKED) -> Iterator[str]:
    """The report for people, line by line."""
    share = 100 * tally.changed / tally.messages if tally.messages else 0
    yield f"rules     {question.new.name} {question.new.hash[:12]}"
    yield f"against   {question.in_force.name} {question.in_force.hash[:12]}, in force"
    until = f" until {question.until:%Y-%m-%d %H:%M} UTC" if question.until else ""
    yield f"routed    since {question.since:%Y-%m-%d %H:%M} UTC{until}"
    if question.reaches is not None and question.since < question.reaches:
        yield f"          nothing older is kept than {question.reaches:%Y-%m-%d %H:%M} UTC"
    yield f"messages  {tally.messages:,}, of which {tally.changed:,} would change ({share:.1f} %)"
    if tally.anew:
        yield f"          {tally.anew:,} were decided by other rules: compared is what the set in force makes of them"
    if tally.unreadable:
        yield f"          {tally.unreadable:,} entries of the stream could not be read and are left out"
    if tally.fields:
        yield "changes   " + ", ".join(f"{name} {count:,}" for name, count in tally.fields.most_common())
    for name in COUNTED:
        yield from _counts(tally, name)
    if tally.load_before != tally.load_after:
        yield from _load(question, tally)
    if tally.moves:
        yield ""
        rest = tally.changed - len(tally.moves)
        yield f"the first {len(tally.moves)} that change{f', {rest:,} more do' if rest else ''}"
        for move in tally.moves:
            yield from _move(move, tickets.numbers.get(move.message_id))
        if tickets.unknown:
            yield f"  their tickets are not named: {tickets.unknown}"
    if never := list(never_matched(question, tally)):
        yield ""
        yield f"rules that never matched: {', '.join(never)}"


def counts_of(tally: Tally, name: str) -> list[tuple[str, int, int]]:
    """Value, messages before, messages after; the commonest first."""
    values = {value for field, value in (*tally.before, *tally.after) if field == name}
    found = [(value, tally.before[name, value], tally.after[name, value]) for value in values]
    return sorted(found, key=lambda row: (-max(row[1], row[2]), row[0]))


def load_of(tally: Tally) -> list[tuple[str, list[int], list[int]]]:
    """Team, messages of each hour of the day before, and after."""
    teams = sorted({team for team, _ in (*tally.load_before, *tally.load_after)})
    return [
        (team, [tally.load_before[team, hour] for hour in _HOURS], [tally.load_after[team, hour] for hour in _HOURS])
        for team in teams
    ]


def never_matched(question: Question, tally: Tally) -> Iterable[str]:
    """The rules of the new set that matched no message."""
    return (rule.name for rule in question.new.rules if not tally.matched[rule.name])


def _counts(tally: Tally, name: str) -> Iterator[str]:
    yield ""
    yield f"{name:<24}{'before':>10}{'after':>10}"
    for value, old, new in counts_of(tally, name):
        change = f"{new - old:>+10,}" if new != old else ""
        yield f"  {value[:22]:<22}{old:>10,}{new:>10,}{change}"


def _load(question: Question, tally: Tally) -> Iterator[str]:
    """Only teams whose load changes: a table of all would hide them."""
    rows = [row for row in load_of(tally) if row[1] != row[2]]
    width = max(len(f"{count:,}") for _, before, after in rows for count in (*before, *after)) + 1
    yield ""
    yield f"load by hour of the day ({question.new.zone})"
    yield " " * 20 + "".join(f"{hour:>{max(width, 3)}}" for hour in _HOURS)
    for team, before, after in rows:
        for label, counts in ((f"{team[:12]:<12} before", before), (f"{'':<12} after ", after)):
            yield f"{label:<20}" + "".join(f"{count:>{max(width, 3)},}" for count in counts)


def _move(move: Move, ticket: int | None) -> Iterator[str]:
    changes = "; ".join(f"{name}: {_shown(old)} → {_shown(new)}" for name, old, new in move.changes)
    named = f"ticket {ticket}" if ticket is not None else f"no ticket known, entry {move.sequence}"
    yield f"  {named}  “{_printable(move.subject)}”  {move.message_id[:60]}"
    yield f"            {changes}  (by {move.rule})"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else _printable(str(value))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)

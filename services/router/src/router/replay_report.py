"""The report of a replay: for people, and as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from router.domain.replaying import COUNTED, Failed, Move, Tally
from router.replay import Question, Tickets

NOT_ASKED = Tickets({})
FAILED_SHOWN: Final = 20
"""So many rules that failed are told to people; JSON has all of them."""
_HOURS = range(24)
_ABREAST: Final = (12, 8, 6, 4)
"""So many hours may stand side by side: the day is cut into equal parts."""
_LABEL_CHARS: Final = 20
_TERMINAL_CHARS: Final = 80


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
        "probes": tally.probes,
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
        "failed": [
            {
                "rule": rule,
                "messages": count,
                "matched": tally.matched[rule],
                "first": {
                    "sequence": first.sequence,
                    "message_id": first.message_id,
                    "ticket": tickets.numbers.get(first.message_id),
                    "subject": first.subject,
                    "error": first.error,
                },
            }
            for rule, count, first in failures_of(tally)
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
    if tally.probes:
        yield f"          {tally.probes:,} synthetic probes are left out"
    if tally.failed:
        one = len(tally.failed) == 1
        rules, were = ("1 rule", "was") if one else (f"{len(tally.failed)} rules", "were")
        yield f"failures  {rules} failed while running and {were} skipped there, told below"
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
            yield from _move(move, tickets)
    if tally.failed:
        yield from _failures(tally, tickets)
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
    """The rules of the new set that matched no message, but for those that failed: of these more is to be said."""
    return (rule.name for rule in question.new.rules if not tally.matched[rule.name] and not tally.failed[rule.name])


def failures_of(tally: Tally) -> list[tuple[str, int, Failed]]:
    """Rule that failed while it ran, on how many messages, and the first of them; the worst first."""
    found = [(rule, count, tally.first_failures[rule]) for rule, count in tally.failed.items()]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def named_in(tally: Tally) -> Sequence[Move | Failed]:
    """The messages that the report names, each once."""
    named: list[Move | Failed] = [*tally.moves, *tally.first_failures.values()]
    return list({one.message_id: one for one in named}.values())


def _counts(tally: Tally, name: str) -> Iterator[str]:
    yield ""
    yield f"{name:<24}{'before':>10}{'after':>10}"
    for value, old, new in counts_of(tally, name):
        change = f"{new - old:>+10,}" if new != old else ""
        yield f"  {value[:22]:<22}{old:>10,}{new:>10,}{change}"


def _load(question: Question, tally: Tally) -> Iterator[str]:
    """Only teams whose load changes: a table of all would hide them. Hours that do not fit a terminal stand below."""
    rows = [row for row in load_of(tally) if row[1] != row[2]]
    width = max(3, 1 + max(len(f"{count:,}") for _, before, after in rows for count in (*before, *after)))
    fit = next((hours for hours in _ABREAST if _LABEL_CHARS + hours * width <= _TERMINAL_CHARS), _ABREAST[-1])
    yield ""
    yield f"load by hour of the day ({question.new.zone})"
    for first in _HOURS[::fit]:
        part = slice(first, first + fit)
        yield " " * _LABEL_CHARS + "".join(f"{hour:>{width}}" for hour in _HOURS[part])
        for team, before, after in rows:
            for label, counts in ((f"{team[:12]:<12} before", before), (f"{'':<12} after ", after)):
                yield f"{label:<{_LABEL_CHARS}}" + "".join(f"{count:>{width},}" for count in counts[part])


def _move(move: Move, tickets: Tickets) -> Iterator[str]:
    changes = "; ".join(f"{name}: {_shown(old)} → {_shown(new)}" for name, old, new in move.changes)
    yield f"  {_named(move, tickets)}"
    yield f"            {changes}  (by {move.rule})"


def _failures(tally: Tally, tickets: Tickets) -> Iterator[str]:
    yield ""
    yield "rules that failed while running"
    failures = failures_of(tally)
    for rule, count, first in failures[:FAILED_SHOWN]:
        matched = f"{tally.matched[rule]:,}" if tally.matched[rule] else "none"
        yield f"  {rule}  {count:,} of {tally.messages:,} messages, matched {matched}"
        yield f"            {_printable(first.error)}"
        yield f"            first: {_named(first, tickets)}"
    if (more := len(failures) - FAILED_SHOWN) > 0:
        yield f"  and {more} more: --json names them all"


def _named(message: Move | Failed, tickets: Tickets) -> str:
    ticket = tickets.numbers.get(message.message_id)
    named = f"ticket {ticket}" if ticket is not None else f"no ticket known, entry {message.sequence}"
    return f"{named}  “{_printable(message.subject)}”  {message.message_id[:60]}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else _printable(str(value))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)

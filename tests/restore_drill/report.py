"""What came out of a drill, on one screen: each line is right or wrong, and the drill with it."""

from dataclasses import asdict, dataclass
from typing import Any

from tests.restore_drill.drill import Outcome
from tests.restore_drill.pictures import GONE
from tests.restore_drill.traffic import OF_THE_ERASED


@dataclass(frozen=True)
class Line:
    """One comparison: what, how many before, how many came back the same, whether that is right, and what is not."""

    what: str
    before: int
    after: int
    right: bool
    wrong: tuple[str, ...] = ()


def compared(outcome: Outcome) -> list[Line]:
    """Every comparison of the two lives."""
    before, after, relay = outcome.before, outcome.after, outcome.relay
    fields = {(number, name): value for number, ticket in before.tickets.items() for name, value in ticket.items()}
    fields_after = {(number, name): value for number, ticket in after.tickets.items() for name, value in ticket.items()}
    lines = [
        _same("tickets under their numbers", dict.fromkeys(before.tickets, True), dict.fromkeys(after.tickets, True)),
        _same("fields of tickets", fields, fields_after),
        _same("messages and replies", before.messages, after.messages),
        _same("files, byte by byte", before.files, after.files, may_be_gone=outcome.streams_older),
        _same("originals, byte by byte", before.originals, after.originals, may_be_gone=outcome.streams_older),
    ]
    lines.append(_same("rules, with their history", before.rules, after.rules))
    lines.append(_same("API tokens", before.tokens, after.tokens))
    accepted, settled = after.ledger["accepted"], sum(after.ledger["settled"].values())
    # A door that was killed before its 250 may have accepted: then the mail is a ticket, and the customer writes again.
    lines.append(Line("mails with a 250, and accepted", outcome.accepted, accepted, right=accepted >= outcome.accepted))
    lines.append(Line("accepted, and settled", accepted, settled, right=settled == accepted))
    absent = outcome.without_ticket
    lines.append(Line("accepted mails without a ticket", 0, len(absent), not absent, tuple(absent)))
    lines.append(Line("missing, as the ledger counts", 0, after.ledger["missing"], right=not after.ledger["missing"]))
    lines.append(Line("sent while held", 0, outcome.sent_while_held, right=not outcome.sent_while_held))
    ids = {key: notification for notification, key in outcome.message_ids.items()}
    doubted = {one["id"] for one in outcome.held["each"] if one["in_doubt"]}
    twice = relay.twice()
    known = [key for key in twice if ids.get(key[1]) in doubted]
    names = tuple(f"{recipient}: {id_}" for recipient, id_ in twice.keys() - set(known))
    lines.append(Line("mails that somebody got twice", 0, len(names), right=not names, wrong=names))
    lines.append(Line("twice, and listed as in doubt before", len(doubted), len(known), right=True))
    lines += _erased(outcome)
    if not outcome.streams_older:
        asked_about = len(outcome.positions["held_in_doubt"])
        lines.append(Line("replies called back, and held up", 1, asked_about, right=asked_about == 1))
    got = {one.message_id for one in relay.taken}
    lost = set(outcome.message_ids.values()) - got - outcome.in_doubt
    lines.append(Line("mails that were asked for", len(outcome.message_ids), len(got), not lost, tuple(sorted(lost))))
    welcome = [one for one in relay.taken if one.life == 2]
    lines.append(Line("of them sent in the second life", len(welcome), len(welcome), right=True))
    return lines


def _erased(outcome: Outcome) -> list[Line]:
    """The backups knew them still, so something came back; in the end nothing of them is there, and nothing left."""
    before, after = outcome.before.emptied, outcome.after.emptied
    places = tuple(f"{place}: {word}" for place, word in outcome.stands.items())
    written = tuple(str(one) for one in outcome.relay.taken if one.life == 2 and one.recipient in OF_THE_ERASED)
    return [
        Line("tickets of who was erased, empty", len(before), len(after), right=before == after != set()),
        Line(
            "places that named them, and do",
            len(outcome.came_back),
            len(places),
            bool(outcome.came_back) and not places,
            places,
        ),
        Line("mails to them in the second life", 0, len(written), not written, written),
    ]


def screen(outcome: Outcome, lines: list[Line]) -> str:
    """The drill for people."""
    said = ["", "WHAT                                BEFORE    AFTER"]
    for line in lines:
        said.append(f"{line.what:<34} {line.before:>7} {line.after:>8}  {'ok' if line.right else 'WRONG'}")
        said += [f"    {wrong}"[:79] for wrong in line.wrong[:5]]
    lost = len(outcome.before.notes.keys() - outcome.after.notes.keys())
    said.append(f"internal notes since the database's backup: {lost} lost, their tickets say so")
    gone = [*outcome.after.files.values(), *outcome.after.originals.values()].count(GONE)
    if outcome.streams_older:
        said.append(f"files and originals since the streams' backup: {gone} lost, the API says so (410)")
    waited = sum(row["count"] for row in outcome.held["waiting"])
    said.append(f"held and listed before the release: {waited} notifications")
    if outcome.in_doubt:
        said.append(f"automatic mails in doubt, reported and not sent again: {len(outcome.in_doubt)}")
    said.append("right" if all(line.right for line in lines) else "NOT RIGHT")
    return "\n".join(said)


def as_data(outcome: Outcome, lines: list[Line]) -> dict[str, Any]:
    """The drill for programs."""
    return {
        "right": all(line.right for line in lines),
        "lines": [asdict(line) for line in lines],
        "seconds": outcome.seconds,
        "positions": outcome.positions,
        "replies": outcome.replies,
        "held": outcome.held["waiting"],
    }


def _same(what: str, before: dict[Any, Any], after: dict[Any, Any], *, may_be_gone: bool = False) -> Line:
    """Everything of the first life must be the same in the second; what older streams lack, the desk must say so of."""
    kept = {key for key, value in before.items() if key in after and after[key] == value}
    changed = [key for key in before.keys() - kept if not (may_be_gone and after.get(key) == GONE)]
    wrong = tuple(f"{key}: {before[key]!r} became {after.get(key, 'nothing')!r}" for key in changed)
    return Line(what, len(before), len(kept), right=not wrong, wrong=wrong)

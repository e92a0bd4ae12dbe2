"""What came of erasing somebody: what was done, what it waits for, what a person has to look at. Nobody is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tickets.adapters.person_streams import Sweep
from tickets.adapters.postgres.person_store import StillNamed
from tickets.handlers.privacy.take_out import Taken, merged

FORGETTING: Final = "intake-phone-forgetting"
CARD_READER: Final = "intake-chat-cards"
TICKETS: Final = "tickets"
CARDS: Final = "cards of tickets in chats"
AGAIN: Final = "it was ordered again meanwhile; run this again"
_SAYS: Final = {
    FORGETTING: "intake-phone has not deleted at the telephone provider yet",
    CARD_READER: "intake-chat has not taken them out of its channels yet",
    CARDS: "intake-chat has not taken them out of its channels yet",
    TICKETS: "the ticket service has not told the others yet: is it running?",
}
_BY_HAND: Final = frozenset(
    {
        "quarantine", "desk_document", "organisation", "organisation_domain", "rule_texts", "team", "team_signature",
        "legal_hold",
    }
)  # fmt: skip
"""Tables in which somebody else's words, or the desk's own documents, may name them: a person has to look."""
_OUTBOX: Final = "outbox.body"
_LEAVES: Final = (
    "something for others that names them and has not left yet (`ventanilla outbound list`); run this again then"
)
_HAVE_ORIGINALS: Final = ("ACCEPTED", "OBJ_attachments", "OBJ_raw")
_FIRST: Final = 20
_COUNTS: Final = (
    "tickets_emptied", "tickets_of_others", "messages_erased", "messages_blackened", "originals_and_files",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run has done and found.

    Attributes:
        erased: stream → messages deleted there.
        sweep: the last look through the broker.
        tables: which of them name somebody still.
        unread: who has not followed in time.
        newer: they have written since, and what tables say of that stays.
        perhaps: ticket → messages that may name them still.
    """

    taken: Taken
    copies: int
    erased: Mapping[str, int]
    sweep: Sweep
    tables: StillNamed
    unread: Sequence[str]
    newer: bool
    perhaps: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """The report; its `state` is `done` or `waiting`."""
        by_address = self.tables.by_address
        by_hand = {name: rows for name, rows in by_address.items() if self._is_by_hand(name)}
        waiting = self._waiting_for({name for name in by_address if name not in by_hand})
        naming = self.sweep.naming.items()
        taken = self.taken.as_data()
        perhaps = {str(number): list(ids) for number, ids in self.perhaps.items()}
        return {
            "state": "waiting" if waiting else "done",
            "waiting_for": waiting,
            **taken,
            "originals_and_files": self.copies,
            "erased_from": dict(self.erased),
            "look_at": {
                "messages": merged(taken["look_at"]["messages"], perhaps),
                "cards": taken["look_at"]["cards"],
                "streams": {stream: {"messages": len(found), "first": found[:_FIRST]} for stream, found in naming},
                "tables": by_hand,
                "called_so": dict(self.tables.by_name),
                "written_since": self.newer,
                "on_disk_until_written_anew": _on_disk(self.erased, self.copies),
            },
        }

    def _is_by_hand(self, column: str) -> bool:
        return self.newer or column.partition(".")[0] in _BY_HAND

    def _waiting_for(self, left: set[str]) -> list[str]:
        found = list(dict.fromkeys(_SAYS[name] for name in self.unread))
        if self.sweep.in_flight:
            found.append("messages that are on their way into the desk: " + ", ".join(sorted(self.sweep.in_flight)))
        if left <= {_OUTBOX}:
            found += [_LEAVES] if left else []
        else:
            found.append("tables that name them: " + ", ".join(sorted(left)))
        if self.sweep.erased:
            found.append("streams in which something of theirs came up again: " + ", ".join(sorted(self.sweep.erased)))
        return found


def _on_disk(erased: Mapping[str, int], copies: int) -> list[str]:
    """Streams of which the broker's files may hold something until they are written anew (docs/privacy.md)."""
    return sorted({*erased, *(_HAVE_ORIGINALS if copies else ())})


def with_earlier(report: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """A report with what earlier runs of the same order have done: counts add up, what is to be looked at is kept."""
    found = dict(report)
    for name in _COUNTS:
        found[name] = int(report.get(name, 0)) + int(earlier.get(name, 0))
    erased = dict(earlier.get("erased_from", {}))
    for stream, count in report.get("erased_from", {}).items():
        erased[stream] = erased.get(stream, 0) + count
    before = earlier.get("look_at", {})
    look_at = {
        **report["look_at"],
        **{name: merged(before.get(name, {}), report["look_at"][name]) for name in ("messages", "cards")},
        "on_disk_until_written_anew": _on_disk(erased, found["originals_and_files"]),
    }
    return {**found, "erased_from": erased, "look_at": look_at}

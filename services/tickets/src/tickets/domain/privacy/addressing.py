"""To whom the desk said something: whoever it names; where it names nobody, whoever asked at that time.

What an export gives goes by the same rule (`exports.sql`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tickets.domain.privacy.person import Person
from ventanilla_contracts.words import identity_kind

_UNMAILED: Final = "webchat"
"""Where sites call visitors as they like, even by what looks like a mail address."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the desk.

    Attributes:
        ticket: in which it stands.
        channel: on which was asked where it was said.
        named: addresses to which it went, in copy and in blind copy.
        reported: addresses of which reports said what became of it there.
        asked: who asked at that time, if somebody else does now; "": nobody knows any more who. None: who asks now.
        asks: whether the person asks there now, or nobody does.
    """

    id: UUID
    ticket: int
    channel: str
    named: Collection[str]
    reported: Collection[str]
    asked: str | None
    asks: bool

    def is_for_others(self, person: Person) -> bool:
        """Whether it was said to somebody else, and not to this person as well."""
        kind = identity_kind(self.channel)
        kinds = {kind} if kind == _UNMAILED else {kind, "email"}
        if any(person.is_at(one, address) for one in kinds for address in (*self.named, *self.reported)):
            return False
        if self.named:
            return True
        return not self.asks if self.asked is None else not person.is_at(kind, self.asked)

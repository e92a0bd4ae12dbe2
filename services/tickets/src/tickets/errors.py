"""Errors of the ticket service.

Permanent
├── MalformedRouting    a routed event without what it must carry
├── Collision           another message has its place in a stream
└── Refused             a person asked for something that cannot be; the text says why
    ├── NotFound        what was asked for does not exist
    ├── Invalid         one field of what was asked for is wrong
    ├── StaleVersion    the ticket has changed since it was read
    │   └── StaleEntry  something of the desk has
    ├── NotYours        whoever asks has no part in it
    ├── OnePersonsOwn   its conversation belongs to one person, and cannot become another's
    ├── Taken           somebody else has the ticket
    ├── Undeliverable   mail to an address that it was meant for comes back
    ├── WrongCode       a one-time code is not the one that was sent
    └── KeyReused       an idempotency key came with another request
Temporary
├── DatabaseAway        Postgres cannot be reached, or gave up on a transaction
└── Overtaken           another replica was faster; look again
"""

from collections.abc import Sequence
from datetime import datetime

from ventanilla_contracts.errors import Permanent, Temporary


class MalformedRouting(Permanent):
    """The event lacks what every routed event carries."""

    slug = "malformed_routing"


class Collision(Permanent):
    """Another message has its place in a stream, whose sequences were given out twice; the text says what to do."""

    slug = "collision"


class Refused(Permanent):
    """What was asked for cannot be; the text says why and what can."""

    slug = "refused"


class NotFound(Refused):
    """What was asked for does not exist."""

    slug = "not_found"


class Invalid(Refused):
    """One field of what was asked for is wrong; `pointer` is its JSON pointer.

    Where several are, `faults` holds the path and the words of each; the text tells them all.
    """

    slug = "invalid"

    def __init__(self, pointer: str, words: str, faults: Sequence[tuple[tuple[str | int, ...], str]] = ()) -> None:
        super().__init__(words)
        self.pointer = pointer
        self.faults = tuple(faults)


class StaleVersion(Refused):
    """The ticket has changed since it was read; `current_version` is what it has now."""

    slug = "stale_version"

    def __init__(self, number: int, current_version: int) -> None:
        super().__init__(f"ticket {number} is at version {current_version} by now; read it again")
        self.current_version = current_version


class StaleEntry(StaleVersion):
    """Something of the desk has changed since it was read."""

    def __init__(self, what: str, current_version: int) -> None:
        Refused.__init__(self, f"{what} is at version {current_version} by now; read it again")
        self.current_version = current_version


class NotYours(Refused):
    """Whoever asks has no part in it; the text says who has."""

    slug = "not_yours"


class OnePersonsOwn(Refused):
    """The ticket goes on where nobody but one person can ever read it, so nobody else can be answered there."""

    slug = "one_persons_own"


class Taken(Refused):
    """Somebody else has the ticket, since when."""

    slug = "taken"

    def __init__(self, number: int, holder: str, since: datetime) -> None:
        super().__init__(
            f"{holder} has ticket {number} since {since:%Y-%m-%d %H:%M} UTC; talk to them, or let them release it"
        )
        self.holder = holder
        self.since = since


class Undeliverable(Refused):
    """Mail to these addresses comes back; nothing was sent to anybody."""

    slug = "undeliverable"

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__(
            f"mail to {', '.join(addresses)} comes back; write to another address, send it all the same with"
            ' "force": true, or say that the address works: POST /api/v1/undeliverable/lift'
        )
        self.addresses = tuple(addresses)


class WrongCode(Refused):
    """A one-time code is not the one that was sent; with no tries left it holds no more."""

    slug = "wrong_code"

    def __init__(self, words: str, tries_left: int) -> None:
        super().__init__(words)
        self.tries_left = tries_left


class KeyReused(Refused):
    """This idempotency key came before, with another request."""

    slug = "key_reused"


class DatabaseAway(Temporary):
    """Postgres cannot be reached, or gave up on a transaction."""

    slug = "database_away"


class Overtaken(Temporary):
    """Another replica wrote the same thing meanwhile; looking again will show it."""

    slug = "overtaken"

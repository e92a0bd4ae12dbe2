"""Errors of the ticket service.

Permanent
├── MalformedRouting    a routed event without what it must carry
└── Refused             a person asked for something that cannot be; the text says why
Temporary
├── DatabaseAway        Postgres cannot be reached, or gave up on a transaction
└── Overtaken           another replica was faster; look again
"""

from ventanilla_contracts.errors import Permanent, Temporary


class MalformedRouting(Permanent):
    """The event lacks what every routed event carries."""

    slug = "malformed_routing"


class Refused(Permanent):
    """What was asked for cannot be; the text says why and what can."""

    slug = "refused"


class DatabaseAway(Temporary):
    """Postgres cannot be reached, or gave up on a transaction."""

    slug = "database_away"


class Overtaken(Temporary):
    """Another replica wrote the same thing meanwhile; looking again will show it."""

    slug = "overtaken"

"""Errors of the portal.

Permanent
├── UnknownLink       no ticket belongs to this link
└── LineRefused       the ticket service does not take this text
Temporary
└── TicketsAway       the ticket service cannot be reached, or says "try again"
    └── TokenRefused  it refuses our token: an operator must act
"""

from ventanilla_contracts.errors import Permanent, Temporary


class UnknownLink(Permanent):
    """No ticket belongs to this link."""

    slug = "unknown_link"


class LineRefused(Permanent):
    """The ticket service does not take this text."""

    slug = "line_refused"


class TicketsAway(Temporary):
    """The ticket service cannot be reached, or says "try again"."""

    slug = "tickets_away"


class TokenRefused(TicketsAway):
    """The ticket service refuses the portal's token: make a new one with the scope `portal`."""

    slug = "token_refused"

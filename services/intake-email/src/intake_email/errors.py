"""Errors of the mail service.

Permanent
├── MalformedRequest    a notification that no mail can be made of
└── MalformedAcceptance an accepted message without the headers that the door writes
Temporary
└── NotAccepted         the door could not make a mail durable in time
    └── DeskFull        there is no room for it now
"""

from ventanilla_contracts.errors import Permanent, Temporary


class MalformedRequest(Permanent):
    """A notification that no mail can be made of."""

    slug = "malformed_request"


class MalformedAcceptance(Permanent):
    """An accepted message lacks what the door writes beside the bytes; it did not come from a door of this service."""

    slug = "malformed_acceptance"


class NotAccepted(Temporary):
    """The mail could not be made durable in time; the sender keeps it and tries again."""

    slug = "not_accepted"


class DeskFull(NotAccepted):
    """There is no room for more mail now; the sender keeps it and tries again."""

    slug = "desk_full"

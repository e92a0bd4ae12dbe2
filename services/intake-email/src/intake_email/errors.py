"""Errors of the mail service.

Permanent
├── MalformedRequest    a notification that no mail can be made of
└── MalformedAcceptance an accepted message without the headers that the door writes
Temporary
├── NotAccepted         the door could not make a mail durable in time
│   └── DeskFull        there is no room for it now
└── MailboxUnreachable  an IMAP server is away, breaks off, or says what makes no sense
    ├── FolderUnusable  it lets us in, but the folder is not there or may not be changed
    └── LoginRefused    it, or whoever issues its tokens, does not take the credential
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


class MailboxUnreachable(Temporary):
    """The IMAP server is away, broke off, did not answer in time or says what makes no sense; mail waits there."""

    slug = "mailbox_unreachable"


class FolderUnusable(MailboxUnreachable):
    """The IMAP server lets us in, but the folder is not there or may not be changed: see the entry's settings."""

    slug = "folder_unusable"


class LoginRefused(MailboxUnreachable):
    """The credential of an IMAP mailbox is not taken: somebody must renew it."""

    slug = "login_refused"

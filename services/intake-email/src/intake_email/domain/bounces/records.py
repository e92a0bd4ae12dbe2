"""The values that this package answers with."""

from dataclasses import dataclass
from typing import Final

USER_UNKNOWN: Final = "user_unknown"
MAILBOX_FULL: Final = "mailbox_full"
HOST_UNKNOWN: Final = "host_unknown"
MESSAGE_TOO_BIG: Final = "message_too_big"
POLICY: Final = "policy"
EXPIRED: Final = "expired"
OTHER: Final = "other"

FAILED: Final = "failed"
DELAYED: Final = "delayed"
ARRIVED: Final = frozenset({"delivered", "relayed", "expanded"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient that a mail did not reach, or not yet.

    Attributes:
        recipient: the address, bare.
        status: enhanced status (RFC 3463) where the mail names one; never made up.
        reason: one of the words above.
        diagnostic: what the remote server said, or else the words of the notice; one line.
        action: `failed` or `delayed` (RFC 3464 section 2.3.3).
    """

    recipient: str
    status: str | None
    reason: str
    diagnostic: str
    action: str = FAILED


@dataclass(frozen=True, slots=True)
class Original:
    """The mail that bounced, as far as the bounce shows it; the Message-ID is without angle brackets."""

    message_id: str | None = None
    recipient: str | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A complaint (RFC 5965).

    Attributes:
        type: `abuse`, `fraud`, `not-spam`, `opt-out`, `auth-failure`, …, in lower case.
        recipients: who complains, where the report names them.
        message_id: of the mail that is complained of.
    """

    type: str
    recipients: tuple[str, ...] = ()
    message_id: str | None = None

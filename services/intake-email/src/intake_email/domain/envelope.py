"""The SMTP envelope of a mail: what the door learned beside the bytes, and its form in a message header."""

import json
from dataclasses import dataclass

ADDRESS_LIMIT_CHARS = 320
NAME_LIMIT_CHARS = 255
RECIPIENT_LIMIT = 20
"""So many recipients of one mailbox are kept: more only repeat it with other plus parts."""
UNKNOWN_SENDER = "unknown"
"""The sender of a mail whose door cannot tell: no address, and not the null sender either."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a door knows of a mail without reading it.

    Attributes:
        sender: reverse path; empty for the null sender; `UNKNOWN_SENDER` for a fetched mail that does not name it.
        recipients: forward paths that led to the mailbox, with their plus parts.
        peer: address of the connected host.
        greeting: name that the peer gave itself.
        utf8: the mail was announced as SMTPUTF8 (RFC 6531).
        door: `smtp`, or `imap` for a mail that was fetched: then nobody connected, and sender and recipients are what
            the head of the mail says.
    """

    sender: str = ""
    recipients: tuple[str, ...] = ()
    peer: str = ""
    greeting: str = ""
    utf8: bool = False
    door: str = "smtp"

    def encode(self) -> str:
        """ASCII text on one line, bounded, for a message header."""
        return json.dumps(
            {
                "sender": self.sender[:ADDRESS_LIMIT_CHARS],
                "recipients": [recipient[:ADDRESS_LIMIT_CHARS] for recipient in self.recipients[:RECIPIENT_LIMIT]],
                "peer": self.peer[:NAME_LIMIT_CHARS],
                "greeting": self.greeting[:NAME_LIMIT_CHARS],
                "utf8": self.utf8,
                "door": self.door,
            }
        )

    @classmethod
    def decode(cls, text: str) -> "Envelope":
        """Read the form that `encode` writes.

        Raises:
            ValueError: the text has another form.
        """
        try:
            found = dict(json.loads(text))
            return cls(
                str(found.get("sender", "")),
                tuple(map(str, found.get("recipients", ()))),
                str(found.get("peer", "")),
                str(found.get("greeting", "")),
                bool(found.get("utf8")),
                str(found.get("door", "smtp")),
            )
        except TypeError as error:
            raise ValueError("not an envelope") from error

"""The key of an acceptance: which durable write a door's "yes" stands on.

It is (stream, stream created-at, sequence) of the first durable write. The creation time is part of it because the
sequences of a stream that is made anew start again at one.
"""

from dataclasses import dataclass

HEADER = "vnt-acceptance"
MAIL_ACCEPTED = "mail.accepted.v1"
"""Type of what lies in ACCEPTED: a mail as it came, no event with a model."""
CHAT_ACCEPTED = "chat.accepted.v1"
"""Type of what lies in CHAT: an event of a chat's provider as it came, no event with a model."""
PHONE_ACCEPTED = "phone.accepted.v1"
"""Type of what lies in PHONE: what a telephone provider told, as it came, no event with a model."""
CHANNEL_HEADER = "vnt-channel"
REFERENCE_HEADER = "vnt-ref"
"""On an accepted mail too large for its stream: the body only says where the original lies."""


@dataclass(frozen=True, slots=True)
class AcceptanceKey:
    """Names one accepted message for ever.

    Attributes:
        stream: name of the stream without the desk's prefix, for example ``ACCEPTED``.
        created_at: when that stream was made, as the broker writes it (RFC 3339, UTC).
        sequence: sequence of the message in it, from 1.
    """

    stream: str
    created_at: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.stream}/{self.created_at}/{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> "AcceptanceKey":
        """Read the form that `str()` writes.

        Raises:
            ValueError: the text has another form.
        """
        stream, created_at, sequence = text.split("/")
        return cls(stream, created_at, int(sequence))

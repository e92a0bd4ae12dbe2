"""The relay of both lives: it takes every mail and counts it, for each recipient."""

import email
import email.policy
from collections import Counter
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Envelope, Session

from ventanilla_devstack.ports import free_port


@dataclass(frozen=True)
class Taken:
    """One mail for one recipient."""

    recipient: str
    message_id: str
    subject: str
    life: int


class CountingRelay:
    """Takes everything that both lives send."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: list[Taken] = []
        self.life = 1

    def server(self) -> SMTP:
        """One connection's protocol."""
        return SMTP(self, hostname="relay")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd
        """Count the mail for each of its recipients."""
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        id_, subject = str(message["Message-ID"]).strip("<> "), str(message["Subject"])
        self.taken += [Taken(address.lower(), id_, subject, self.life) for address in envelope.rcpt_tos]
        return "250 2.0.0 queued"

    def twice(self) -> dict[tuple[str, str], int]:
        """Which mails a recipient got more than once, and how often."""
        counts = Counter((one.recipient, one.message_id) for one in self.taken)
        return {key: count for key, count in counts.items() if count > 1}

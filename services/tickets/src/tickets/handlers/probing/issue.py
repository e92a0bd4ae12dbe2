"""Issues probes: only what the desk has issued is one."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tickets.adapters.postgres.probe_store import ProbeStore
from tickets.domain.probing.tokens import LIFETIME, NONCE_BYTES, SUBJECT, ProbeKeys
from tickets.errors import Invalid
from ventanilla_contracts.probes import sentence

MOST_EACH_MINUTE: Final = 60
UNSEEN_SECONDS: Final = 3600.0
"""After so long the housekeeper cleans up behind a prober that went away."""
KEPT_SECONDS: Final = 48 * 3600.0
"""So long it is known that a probe came: far longer than a copy of it would be taken for one."""


class Probing:
    """What the API needs of probes."""

    def __init__(self, keys: ProbeKeys, store: ProbeStore, answers_to: str = "") -> None:
        """`answers_to`: to which address alone answers leave; "": none leave."""
        self.keys = keys
        self.store = store
        self._answers_to = answers_to

    async def issue(self, channel: str, *, answer: bool = False) -> "Issued | None":
        """A new probe for a channel; None: there were enough of them within this minute.

        Args:
            answer: its acknowledgement is to leave.

        Raises:
            Invalid: no answers leave, or not by this channel.
            DatabaseAway: none was issued.
        """
        if answer and channel != "email":
            raise Invalid("/answer", "only probes by email are answered")
        if answer and not self._answers_to:
            raise Invalid("/answer", "this desk answers no probes: set TICKETS_PROBE_ANSWERS_TO to whom they are from")
        if await self.store.issued_lately() >= MOST_EACH_MINUTE:
            return None
        now = await self.store.now()
        token = self.keys.issue(channel, now, secrets.token_bytes(NONCE_BYTES))
        probe = self.keys.read(channel, token)
        assert probe is not None
        await self.store.issue(probe, channel, wants_answer=answer)
        return Issued(probe.id, channel, token, probe.issued_at + LIFETIME)

    async def tidy(self) -> None:
        """Clean up behind probers that went away."""
        await self.store.tidy(UNSEEN_SECONDS, KEPT_SECONDS)


@dataclass(frozen=True, slots=True)
class Issued:
    """A probe to send: its words exactly, and nothing else, or it is an ordinary message."""

    id: str
    channel: str
    token: str
    expires_at: datetime

    @property
    def subject(self) -> str:
        """Of a mail."""
        return SUBJECT

    @property
    def text(self) -> str:
        """All that the message says."""
        return sentence(self.token)

"""What customers and agents do to a desk: first mails, answers with files, replies, changes, notes, new tickets."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.support.desk import RunningDesk, mail
from tests.support.polling import eventually

ERASED = 3
"""The customer who is erased after the first backup. Has a file, and an answer of the desk's."""
_FILE = hashlib.sha256(str(ERASED).encode()).digest()
OF_THE_ERASED = (
    f"kunde{ERASED}@cliente.example",
    f"first-{ERASED}@cliente.example",
    f"la impresora {ERASED}.",
    (3 * _FILE).decode(errors="replace")[10:40],
)
"""What names them, or is of them, and of nobody else: address, Message-ID, words, a piece of their file."""
_FILE_BYTES = 60_000


@dataclass
class Traffic:
    """Customers with numbers; each writes a first mail, and some of them more.

    Attributes:
        first: customer → subject of their first mail.
        mails: how many mails the door said yes to.
    """

    desk: RunningDesk
    first: dict[str, str] = field(default_factory=dict)
    mails: int = 0
    replies: int = 0
    changes: int = 0
    notes: int = 0
    opened: int = 0

    async def write(self, customer: int, *, files: bool = False) -> None:
        """A customer's first mail."""
        address, subject = f"kunde{customer}@cliente.example", f"Consulta número {customer}"
        message = mail(
            subject,
            f"No funciona la impresora {customer}.",
            sender=f"Kunde {customer} <{address}>",
            message_id=f"<first-{customer}@cliente.example>",
        )
        if files:
            data = hashlib.sha256(str(customer).encode()).digest() * (_FILE_BYTES // 32)
            message.add_attachment(data, maintype="application", subtype="octet-stream", filename=f"f{customer}.bin")
        await self.desk.send_later(message, sender=address)
        self.first[address] = subject
        self.mails += 1

    async def answer(self, customer: int, number: int, in_reply_to: str) -> None:
        """A customer answers a mail of the desk's."""
        address = f"kunde{customer}@cliente.example"
        message = mail(
            f"Re: [#{number}] Consulta número {customer}",
            "Ya probé eso y sigue igual.",
            sender=f"Kunde {customer} <{address}>",
            message_id=f"<answer-{customer}-{self.mails}@cliente.example>",
            in_reply_to=f"<{in_reply_to}>",
        )
        await self.desk.send_later(message, sender=address)
        self.mails += 1

    async def reply(self, number: int, text: str, **more: Any) -> None:
        """An agent replies."""
        await self.desk.api("POST", f"/tickets/{number}/replies", json={"text": text, **more})
        self.replies += 1

    async def hold(self, number: int, text: str, seconds: int) -> str:
        """An agent replies, and may undo it for so long; returns the id of what waits."""
        body = {"text": text, "hold_seconds": seconds}
        return str((await self.desk.api("POST", f"/tickets/{number}/replies", json=body))["id"])

    async def undo(self, number: int, waiting: str) -> None:
        """The agent calls it back."""
        await self.desk.api("DELETE", f"/tickets/{number}/replies/{waiting}")

    async def has_gone(self, waiting: str) -> bool:
        """Whether a reply that waited was sent."""
        return bool(await self.desk.query("select from held_reply where id = $1 and state = 'sent'", UUID(waiting)))

    async def note(self, number: int, text: str) -> None:
        """An agent writes an internal note."""
        await self.desk.api("POST", f"/tickets/{number}/replies", json={"text": text, "internal": True})
        self.notes += 1

    async def change(self, number: int, **fields: str) -> None:
        """An agent changes a ticket."""
        await self.desk.api("PATCH", f"/tickets/{number}", json=fields)
        self.changes += 1

    async def numbers(self) -> dict[str, int]:
        """Customer's address → number of the ticket that their first mail opened."""
        found = {}
        for ticket in await all_tickets(self.desk):
            for address, subject in self.first.items():
                if ticket["subject"] == subject:
                    found[address] = ticket["number"]
        return found

    async def settled(self) -> None:
        """Wait until every mail so far has come to its end."""
        await self.desk.settled(self.mails, within_seconds=60)

    async def storm(self, first: int, count: int) -> None:
        """Many customers write at once."""
        await asyncio.gather(
            *(self.write(number, files=number % 5 == 0 or number == ERASED) for number in range(first, first + count))
        )


async def all_tickets(desk: RunningDesk) -> list[dict[str, Any]]:
    """Every ticket, as the API shows it."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await desk.api("GET", "/tickets", params={"limit": 100, **({"cursor": cursor} if cursor else {})})
        found += page["items"]
        cursor = page["next"]
        if not cursor:
            return found


async def nothing_waits(desk: RunningDesk) -> None:
    """Wait until the desk has no notification left to send."""

    async def none() -> bool:
        return (await desk.api("GET", "/intake/ledger"))["outbound_pending"] == 0

    await eventually(none, 60, every_seconds=0.2)

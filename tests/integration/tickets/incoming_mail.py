"""Customers' mails, settled on the database of a test without a broker around it."""

from typing import Any

import orjson

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk
from tests.unit.tickets.builders import ANA, NOON, incoming
from tickets.adapters.postgres.settling import SettlingStore
from tickets.domain.settling.incoming import Incoming
from tickets.domain.settling.matching import assign
from tickets.domain.settling.settlement import Settler


def mail(n: int, *, copied: tuple[str, ...] = (), grade: str = "verified", **changes: Any) -> Incoming:
    """A mail of Ana's with people in copy."""
    sender = changes.get("sender", ANA)
    parties = [{"address": address, "name": address.partition("@")[0].title()} for address in copied]
    return incoming(
        n,
        grade=grade,
        named=frozenset({sender, MAILBOX, *copied}),
        addressed=orjson.dumps({"to": [{"address": MAILBOX, "name": ""}], "cc": parties}).decode(),
        **changes,
    )


async def settle(api: ApiDesk, *messages: Incoming) -> None:
    """Settle mails as one batch, without what surrounds that."""
    store = SettlingStore(api.database, api.desk.signer)
    await store.epochs([("ACCEPTED", "a"), ("INTAKE", "b")])
    async with store.transaction() as settling:
        known = await settling.load(messages)
        assignments = assign(messages, known, api.desk.signer)
        contacts = await settling.contacts({message.writer: message for message in messages})
        fresh = [one.target for one in assignments if one.outcome == "created"]
        numbers = dict(zip(fresh, await settling.draw_numbers(len(fresh)), strict=True))
        deps = api.settle_deps()
        settler = Settler(api.desk, deps.caps, deps.language_of, numbers, contacts, known.tickets, NOON)
        rows = settler.settle(assignments)
        rows.notices.clear()
        await settling.save(rows)

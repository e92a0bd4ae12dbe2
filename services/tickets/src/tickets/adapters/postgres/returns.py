"""Mails of ours that came back, and the ways to addresses: rows and values."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.rows import Settlement
from tickets.domain.settling.bounces import SentMail
from tickets.domain.settling.incoming import Contact
from tickets.domain.settling.reach import REACHED, Reach

_SQL = load_queries("settle")


async def load_sent_mails(connection: Any, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], SentMail]:
    """Mails of ours by (ticket, nonce), locked; those that are not there any more are left out."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = await connection.fetch(
        _SQL["sent_mails"],
        [number for number, _ in wanted],
        [UUID(nonce + "0" * 16) for _, nonce in wanted],
        [UUID(nonce + "f" * 16) for _, nonce in wanted],
    )
    mails = [_sent_mail(row) for row in rows]
    return {mail.key: mail for mail in mails}


async def save_returns(connection: Any, rows: Settlement) -> None:
    """Write what reports said of mails and of the ways to addresses; no statement where there is nothing."""
    if rows.returned:
        columns = zip(
            *(
                (mail.id, mail.state, detail, orjson.dumps(mail.states).decode())
                for mail, detail in rows.returned.values()
            ),
            strict=True,
        )
        await connection.execute(_SQL["note_returns"], *columns)
    if rows.reaches:
        columns = zip(
            *(
                (address, r.since, r.reason, r.message_id, r.soft, r.soft_since, r.lifted_at)
                for address, r in sorted(rows.reaches.items())
            ),
            strict=True,
        )
        await connection.execute(_SQL["note_reaches"], *columns)


def contact_of(row: Any) -> Contact:
    """A row of the query `contacts`."""
    reach = REACHED
    if row["undeliverable_since"] or row["soft_bounces"] or row["reach_lifted_at"]:
        reach = Reach(
            row["undeliverable_since"], row["undeliverable_reason"], row["undeliverable_message"],
            row["soft_bounces"], row["soft_bounces_since"], row["reach_lifted_at"],
        )  # fmt: skip
    return Contact(row["id"], row["language"], row["acknowledged_since"], row["acknowledged_count"], reach)


def _sent_mail(row: Any) -> SentMail:
    addressed = orjson.loads(row["addressed"])
    people = [person["address"].lower() for role in ("to", "cc", "bcc") for person in addressed.get(role, ())]
    people = people or [row["requester_address"].lower()]  # acknowledgements name nobody: they go to whoever asked
    if row["fallback_to"] is not None:
        people = [row["fallback_to"].lower()]
    return SentMail(
        id=row["id"],
        ticket_number=row["ticket_number"],
        kind=row["kind"],
        recipients=tuple(dict.fromkeys(people)),
        state=row["delivery_state"],
        states=orjson.loads(row["delivery_recipients"]) if row["delivery_recipients"] else {},
        requested_at=row["accepted_at"],
        again=row["fallback_to"] is not None,
    )

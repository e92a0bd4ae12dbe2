"""What becomes of links to status pages that releases before 0027 said, in a database of theirs brought to ours."""

import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import KEYS, ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import people
from tests.integration.tickets.slack_messages import CUSTOMER, TEAM, acting, service
from tests.support import databases
from tickets.adapters.postgres import migrate as migrating
from tickets.domain.tokens import Signer
from ventanilla_devstack.postgres_server import PostgresServer

ABOUT_LINKS = ("0027", "0028")
"""Migrations of data alone; the tables of later ones are needed by today's API, which makes the tickets here."""
SIGNER = Signer(KEYS)


@pytest.fixture
async def old(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The DSN of a database in which links are as the release before 0027 has made them."""
    name = f"desk_old_{os.getpid()}"
    await databases.make_empty(postgres.dsn(), name)
    known = migrating.migrations()
    monkeypatch.setattr(migrating, "migrations", lambda: [one for one in known if one[0][:4] not in ABOUT_LINKS])
    applied = await migrating.migrate(postgres.dsn(name))
    monkeypatch.setattr(migrating, "migrations", lambda: known)
    assert len(applied) == len(known) - len(ABOUT_LINKS), applied
    yield postgres.dsn(name)
    await databases.drop(postgres.dsn(), name)


@pytest.fixture
async def api(old: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(old) as desk:
        await people(desk)
        yield desk


async def _in_slack(client: httpx.AsyncClient, place: str, line: int) -> int:
    chat = {"channel": "slack", "account": f"{TEAM}/{place}", "conversation": f"{TEAM}/{place}/1795.{line:06}"}
    body = {
        "subject": "Impresora",
        "text": "No imprime",
        "requester": {"address": CUSTOMER, "name": "Ana"},
        "chat": chat,
    }
    made = await client.post("/api/v1/tickets", json=body)
    assert made.status_code == 201, made.text
    return int(made.json()["number"])


async def _by_mail(client: httpx.AsyncClient) -> int:
    return int((await client.post("/api/v1/tickets", json=new_ticket())).json()["number"])


async def _said(api: ApiDesk, ticket: int, kind: str, words: str) -> None:
    """Words of an earlier release in a ticket's conversation."""
    await api.database.execute(
        """insert into message (id, ticket_number, event_id, kind, channel, account, author_address, author_name,
             subject, body, body_cut, accepted_at)
           select gen_random_uuid(), ticket_number, gen_random_uuid()::text, $2, channel, account, author_address,
             '', '', $3, false, now()
           from message where ticket_number = $1 limit 1""",
        ticket, kind, words,
    )  # fmt: skip


async def _leads(portal: httpx.AsyncClient, token: str) -> bool:
    status = (await portal.get(f"/api/v1/status/{token}")).status_code
    assert status in (200, 404)
    return status == 200


async def _today(client: httpx.AsyncClient, number: int) -> str:
    ticket: dict[str, Any] = (await client.get(f"/api/v1/tickets/{number}")).json()
    return str(ticket["links"]["status_page"]).rpartition("/")[2]


async def test_links_said_in_channels_lead_nowhere_and_those_that_their_customer_alone_has_lead_on(
    api: ApiDesk, old: str
) -> None:
    client = acting(await service(api), "ana")
    portal = await api.client("portal", name="portal")
    channel, direct, mail = (
        await _in_slack(client, "C0HELP", 1),
        await _in_slack(client, "D0ANA", 2),
        await _by_mail(client),
    )
    private, moved = await _in_slack(client, "G0TEAM", 3), await _by_mail(client)
    await api.database.execute("update ticket set page_epoch = 2 where number = any($1)", [private, moved])
    links = {number: SIGNER.status_token(number) for number in (channel, direct, mail)}
    links |= {number: SIGNER.status_token(number, 2) for number in (private, moved)}
    assert [await _leads(portal, link) for link in links.values()] == [True] * 5

    assert await migrating.migrate(old)

    assert {number: await _leads(portal, link) for number, link in links.items()} == {
        channel: False,
        private: False,
        direct: True,
        mail: True,
        moved: True,
    }
    assert all([await _leads(portal, await _today(client, number)) for number in links])
    assert await migrating.migrate(old) == []


async def test_the_link_of_direct_messages_that_a_merge_said_in_a_channel_leads_nowhere(api: ApiDesk, old: str) -> None:
    client = acting(await service(api), "ana")
    portal = await api.client("portal", name="portal")
    channel, direct = await _in_slack(client, "C0HELP", 1), await _in_slack(client, "D0ANA", 2)
    rekeyed, pasted = await _in_slack(client, "D0ANA", 3), await _in_slack(client, "D0ANA", 4)
    await api.database.execute("update ticket set page_epoch = 1 where number = $1", rekeyed)
    of = {number: SIGNER.status_token(number) for number in (direct, rekeyed, pasted)}
    await _said(api, channel, "automatic", f"Todo está ahí:\nhttps://desk.example/s/{of[direct]}\n\nUn saludo")
    await _said(api, channel, "automatic", f"Antes: https://desk.example/s/{of[rekeyed]}")  # it leads nowhere already
    await _said(api, channel, "customer", f"La mía es https://desk.example/s/{of[pasted]}")  # whose it is to show
    await _said(api, direct, "automatic", f"Puede verla en https://desk.example/s/{of[direct]}")
    assert await _leads(portal, of[direct])

    await migrating.migrate(old)

    assert not await _leads(portal, of[direct])
    assert await _leads(portal, await _today(client, direct))
    assert await _leads(portal, SIGNER.status_token(rekeyed, 1))
    assert await _leads(portal, of[pasted])

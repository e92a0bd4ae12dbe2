"""What operators hold and drop without the ticket service stands in its audit log all the same: once, and whole."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.runtime.test_command import ventanilla
from tests.integration.runtime.test_outbound_hold import publisher_of, request
from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.support.broker import Desk
from tickets.adapters.postgres.audit_log import Wanted, described, entries
from tickets.adapters.postgres.database import Database, open_database
from tickets.handlers.ledger.switch_history import SwitchHistory
from ventanilla_contracts.examples import EXAMPLES
from ventanilla_contracts.history_text import said_of
from ventanilla_contracts.ticket_events import TicketPaged
from ventanilla_runtime.outbound import Hold, hold
from ventanilla_runtime.publish import Outgoing

PAGED = next(one for one in EXAMPLES if isinstance(one, TicketPaged))


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def database_of_tickets(database: str) -> AsyncIterator[Database]:
    opened = await open_database(database)
    yield opened
    await opened.close()


async def test_what_is_held_and_let_go_is_noted_once_with_who_why_and_from_where(
    fresh_desk: Desk, database_of_tickets: Database
) -> None:
    broker = await fresh_desk.connect("tickets")
    await ventanilla("outbound", "hold", "--way", "email", "--why", "the relay", "--as", "eva", desk=fresh_desk)
    await ventanilla("outbound", "hold", "--way", "call", "--why", "the relay", "--as", "omar", desk=fresh_desk)
    await SwitchHistory(broker, database_of_tickets).look_once()
    await ventanilla("outbound", "release", "--way", "email", "--yes", "--as", "eva", desk=fresh_desk)
    history = SwitchHistory(broker, database_of_tickets)
    await history.look_once()
    await history.look_once()
    await SwitchHistory(broker, database_of_tickets).look_once()  # another replica

    released, second, first = [described(row) for row in await entries(database_of_tickets, Wanted(action="outbound."))]

    assert (first["actor"], first["action"], first["target"], first["why"]) == (
        "operator:eva", "outbound.held", "email", "the relay",
    )  # fmt: skip
    assert first["token"] == "ventanilla outbound"
    assert "@" in first["origin"]
    assert (second["actor"], second["target"]) == ("operator:omar", "call")
    assert second["changes"] == [{"field": "held", "old": ["email"], "new": ["call", "email"]}]
    assert (released["action"], released["target"]) == ("outbound.released", "email")


async def test_what_is_dropped_is_noted_and_a_dropped_call_stands_in_its_tickets_history(
    fresh_desk: Desk, api: ApiDesk
) -> None:
    publisher = await publisher_of(await fresh_desk.connect())
    agent = await api.client("read", "write", name="ana")
    number = (await agent.post("/api/v1/tickets", json=new_ticket())).json()["number"]
    of_it = {"ticket": PAGED.ticket.model_copy(update={"number": number}), "page": "p-1", "agent": "eva"}
    page = PAGED.model_copy(update=of_it).model_dump_json().encode()
    await publisher.publish_all([request(1), request(2, "acknowledgement")])
    await publisher.publish(Outgoing("TICKETS", f"desk.{TicketPaged.type}", page))
    await hold(publisher, Hold(frozenset({"email", "call"}), "eva", "a restore"))
    code, said, _ = await ventanilla("outbound", "drop", "--older-than", "0m", "--yes", "--as", "eva", desk=fresh_desk)
    assert (code, said.splitlines()[-1]) == (0, "3 dropped")

    for _ in range(2):
        await SwitchHistory(await fresh_desk.connect("tickets"), api.database).look_once()

    [line] = [described(row) for row in await entries(api.database, Wanted(action="outbound.dropped"))]
    assert (line["actor"], line["target"], line["detail"]["count"]) == ("operator:eva", "call, email", 3)
    assert line["detail"]["kinds"] == {"call": {"paged": 1}, "email": {"acknowledgement": 1, "reply": 1}}
    history = (await agent.get(f"/api/v1/tickets/{number}/history")).json()["items"]
    [dropped] = [one for one in history if one["action"] == "page.dropped"]
    assert "dropped by whoever runs the desk" in said_of(dropped, "en").plain(str)


async def test_what_no_release_can_read_ends_nothing(fresh_desk: Desk, database_of_tickets: Database) -> None:
    publisher = await publisher_of(await fresh_desk.connect())
    for key in ("dropped", "outbound", "something"):
        await publisher.publish(Outgoing("KV_switches", f"$KV.switches.{key}", b"{nonsense"))

    await SwitchHistory(await fresh_desk.connect("tickets"), database_of_tickets).look_once()

    [line] = [described(row) for row in await entries(database_of_tickets, Wanted(action="outbound."))]
    assert (line["action"], line["actor"]) == ("outbound.held", "operator:unknown")

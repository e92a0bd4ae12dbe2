"""What the router is told: in the real bucket, with the rights of the ticket service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import opened, people
from tests.integration.tickets.routed_mails import ANA, routed, settle
from tests.support.broker import Desk as BrokerDesk
from tickets.adapters.postgres.facts_store import FactsStore
from tickets.handlers.settling.facts_for_router import DEAD_AFTER_SECONDS, FactsQueue, FactsTeller
from ventanilla_contracts.routing import (
    DESK_KEY,
    FACTS_BUCKET,
    CustomerFacts,
    DeskFacts,
    OrganisationFacts,
    customer_key,
    domain_key,
)
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.state import StateBucket


class Rig:
    """An API desk on the real broker, somebody who tells, and the router's view."""

    def __init__(self, api: ApiDesk, bucket: StateBucket) -> None:
        assert api.publisher is not None
        self.api, self._bucket = api, bucket
        self.teller = self.new_teller(api.facts)

    def new_teller(self, queue: FactsQueue) -> FactsTeller:
        assert self.api.publisher is not None
        return FactsTeller(FactsStore(self.api.database), self.api.publisher, queue, ["acknowledgement"])

    async def customer(self, address: str = ANA) -> CustomerFacts | None:
        value = await self._bucket.get(customer_key("email", address))
        return CustomerFacts.model_validate_json(value) if value else None

    async def organisation(self, domain: str) -> OrganisationFacts | None:
        value = await self._bucket.get(domain_key(domain))
        return OrganisationFacts.model_validate_json(value) if value else None

    async def desk(self) -> DeskFacts:
        return DeskFacts.model_validate_json(await self._bucket.get(DESK_KEY) or b"{}")


@asynccontextmanager
async def open_rig(dsn: str, nats: BrokerDesk) -> AsyncIterator[Rig]:
    async with open_api_desk(dsn, nats) as api:
        reader = await nats.connect("router")
        yield Rig(api, StateBucket(reader, Publisher(reader), FACTS_BUCKET))


@pytest.fixture
async def rig(database: str, fresh_desk: BrokerDesk) -> AsyncIterator[Rig]:
    async with open_rig(database, fresh_desk) as opened_rig:
        yield opened_rig


async def test_whoever_wrote_is_told_of_with_their_tickets(rig: Rig) -> None:
    await settle(rig.api, routed(1), routed(2), routed(3, sender="eva@otra.example"))
    await rig.teller.tell_once()
    first = await rig.customer()

    client = await rig.api.client("read", "write")
    await client.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "a new toner"})
    await rig.teller.tell_once()

    assert first is not None
    assert (first.tickets, first.open_tickets, first.language, first.organisation) == (2, 2, "es", None)
    assert first.since is not None
    second = await rig.customer()
    assert second is not None
    assert (second.tickets, second.open_tickets) == (2, 1)
    assert await rig.customer("eva@otra.example") is not None
    assert await rig.customer("nobody@otra.example") is None
    assert len(rig.api.facts) == 0


async def test_a_ticket_opened_by_hand_counts_for_the_same_person(rig: Rig) -> None:
    await settle(rig.api, routed(1))
    await opened(await rig.api.client("write"), requester={"address": ANA})

    await rig.teller.tell_once()

    facts = await rig.customer()
    assert facts is not None
    assert facts.tickets == 2


async def test_an_organisation_reaches_its_domains_and_everybody_who_writes_from_there(rig: Rig) -> None:
    await settle(rig.api, routed(1))
    admin = await rig.api.client("admin")
    acme = {"domains": ["cliente.example", "acme.example"], "vip": True, "plan": "gold"}

    await admin.put("/api/v1/organisations/ACME", json=acme)
    await rig.teller.tell_once()
    told, person = await rig.organisation("acme.example"), await rig.customer()
    await admin.put("/api/v1/organisations/ACME", json={**acme, "domains": ["acme.example"]})
    await rig.teller.tell_once()
    left, person_left = await rig.organisation("cliente.example"), await rig.customer()
    await admin.delete("/api/v1/organisations/ACME")
    await rig.teller.tell_once()

    assert told == OrganisationFacts(name="ACME", vip=True, plan="gold")
    assert person is not None
    assert person.organisation == told
    assert left is None
    assert person_left is not None
    assert person_left.organisation is None
    assert await rig.organisation("acme.example") is None
    assert await rig.api.database.fetch("select from facts_outbox") == []


async def test_the_desk_tells_which_words_rules_may_use(rig: Rig) -> None:
    await people(rig.api)

    await rig.teller.tell_once()

    desk = await rig.desk()
    assert desk.teams == ("first-line", "makers", "network")
    assert (desk.categories, desk.templates) == (("outage",), ("acknowledgement",))


async def test_what_a_process_that_died_had_not_told_is_told_by_another(rig: Rig) -> None:
    await rig.teller.tell_once()  # it lives, and has told everything up to here
    await settle(rig.api, routed(1))
    dead = f"update facts_writer set seen_at = now() - interval '{DEAD_AFTER_SECONDS + 1} seconds'"
    await rig.api.database.execute(dead)

    other = rig.new_teller(FactsQueue())
    await other.tell_once()

    assert await rig.customer() is not None
    writers = await rig.api.database.fetch("select seen_at > now() - interval '1 minute' as alive from facts_writer")
    assert [row["alive"] for row in writers] == [True]


async def test_a_process_of_which_nobody_knows_the_end_is_left_alone(rig: Rig) -> None:
    await rig.api.database.execute("insert into facts_writer (writer, history_mark) values ($1, 0)", uuid4())
    await settle(rig.api, routed(1))

    await rig.new_teller(FactsQueue()).tell_once()

    assert await rig.customer() is None
    assert len(await rig.api.database.fetch("select from facts_writer")) == 2


async def test_what_cannot_be_told_waits(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    await settle(rig.api, routed(1))
    assert rig.api.publisher is not None

    async def away(*_: object) -> None:
        raise BrokerAway("the test says so")

    with monkeypatch.context() as patch:
        patch.setattr(rig.api.publisher, "publish_all", away)
        with pytest.raises(BrokerAway):
            await rig.teller.tell_once()
    waiting = len(rig.api.facts)
    await rig.teller.tell_once()

    assert waiting == 1
    assert await rig.customer() is not None


async def test_a_queue_without_end_is_cut_and_made_good_from_the_history(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.teller.tell_once()
    monkeypatch.setattr("tickets.handlers.settling.facts_for_router._MOST_WAITING", 0)
    await settle(rig.api, routed(1))
    overflowed, waiting = rig.api.facts.overflowed, len(rig.api.facts)
    monkeypatch.setattr("tickets.handlers.settling.facts_for_router.BEAT_SECONDS", 0)

    await rig.teller.tell_once()

    assert (overflowed, waiting) == (True, 0)
    assert await rig.customer() is not None


async def test_the_router_knows_of_marks_of_customers_who_have_written_and_who_have_not(rig: Rig) -> None:
    boss = await rig.api.client("read", "admin", name="boss")
    await settle(rig.api, routed(1))
    await rig.teller.tell_customers()

    await boss.put(f"/api/v1/customers/email/{ANA}", json={"vip": True, "tags": ["pilot"]})
    await boss.put("/api/v1/customers/email/new@acme.example", json={"vip": False})
    await rig.teller.tell_due()
    known, stranger = await rig.customer(), await rig.customer("new@acme.example")
    await boss.delete(f"/api/v1/customers/email/{ANA}")
    await boss.delete("/api/v1/customers/email/new@acme.example")
    await rig.teller.tell_due()

    assert known is not None
    assert stranger is not None
    assert (known.vip, known.tags, known.open_tickets) == (True, ("pilot",), 1)
    assert (stranger.vip, stranger.tags, stranger.open_tickets, stranger.since) == (False, (), 0, None)
    plain = await rig.customer()
    assert plain is not None
    assert (plain.vip, plain.tags) == (None, ())
    assert await rig.customer("new@acme.example") is None

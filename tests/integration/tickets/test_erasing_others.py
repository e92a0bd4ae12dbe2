"""What others keep when somebody is erased: words, tickets, answers that have not left; and what names them goes."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake_chat.domain.slack.cards.kept import Kept
from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.test_erasing_races import EVA, EVA_PEREZ, NAMED, settled, taking
from tests.support.broker import Desk as BrokerDesk
from tests.support.commands import run
from tickets.adapters.person_streams import PersonStreams
from tickets.adapters.postgres.erasure_store import ErasureStore
from tickets.adapters.postgres.person_store import PersonReads
from tickets.domain.privacy.ownership import Traces
from tickets.domain.privacy.person import BLACK, Identity
from tickets.handlers.privacy.find import as_traces, find_person, traces_of
from tickets.handlers.privacy.take_out import Taken, empty_ticket, leave_ticket
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.state import StateBucket

OTHER = {"address": "otra@otra.example", "name": "Otra"}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


def of_the_command(database: str, nats: BrokerDesk) -> dict[str, str]:
    return {
        "TICKETS_POSTGRES_URL": database,
        "TICKETS_SECRET": "a secret of the tests",
        "TICKETS_PRIVACY_NATS_URL": nats.address,
        "TICKETS_PRIVACY_NATS_USER": "privacy",
        "TICKETS_PRIVACY_NATS_PASSWORD": nats.password("privacy"),
    }


async def naming(api: ApiDesk) -> list[int]:
    async with api.database.connection() as connection:
        return await PersonReads(connection).naming(EVA_PEREZ, [], await api.database.now())


async def taken_out_of(api: ApiDesk, number: int) -> Taken:
    return await leave_ticket(number, taking(api, await api.database.now()), EVA_PEREZ)


async def everywhere_else(api: ApiDesk) -> None:
    async with api.deps.writes.transaction() as transaction:
        await transaction.persons.erase_outside(EVA_PEREZ, [], [], await api.database.now())


async def test_a_ticket_with_a_longer_address_names_nobody(api: ApiDesk) -> None:
    longer = {"address": f"jo-{EVA.address}", "name": "Eva Pérez"}
    await settled(api, 1, sender=longer, text=f"Soy jo-{EVA.address} y también {EVA.address}.org")
    assert await naming(api) == []

    *_, named = await settled(api, 2, sender=OTHER, text=f"Escriba a {EVA.address}")
    assert await naming(api) == [named]


async def test_whoever_has_the_same_name_keeps_it_in_their_ticket(api: ApiDesk) -> None:
    namesake = {"address": "eva@tercera.example", "name": "Eva Pérez"}
    [number] = await settled(api, 1, sender=namesake, subject="Eva Pérez", text=f"No soy {EVA.address}, Eva Pérez.")

    await taken_out_of(api, number)

    [row] = await api.database.fetch("select author_name, body from message where kind = 'customer'")
    assert (row["author_name"], row["body"]) == ("Eva Pérez", f"No soy {BLACK}, Eva Pérez.")
    [ticket] = await api.database.fetch("select requester_name from ticket")
    assert ticket["requester_name"] == "Eva Pérez"


async def test_whoever_claimed_the_name_of_somebody_else_takes_it_out_of_nobodys_words(api: ApiDesk) -> None:
    bruno = {"address": "bruno@otra.example", "name": "Bruno Torres"}
    text = "Soy Bruno Torres, y Eva Pérez escribe también."
    [number] = await settled(api, 1, sender=bruno, subject="De Bruno  torres", text=text)
    claimed = replace(EVA_PEREZ, names=("Bruno Torres", "Eva Pérez"))

    await leave_ticket(number, taking(api, await api.database.now(), claimed), claimed)

    [row] = await api.database.fetch("select subject, body from message where kind = 'customer'")
    assert (row["subject"], row["body"]) == ("De Bruno  torres", f"Soy Bruno Torres, y {BLACK} escribe también.")


async def test_what_people_of_the_desk_noted_anywhere_names_them_no_more(api: ApiDesk) -> None:
    named = {"address": "lista@otra.example", "name": f"{EVA.address} via Lista"}
    [number] = await settled(api, 1, sender=named)
    words = f"dicho a {EVA.address}"
    await api.database.execute(
        "update ticket set resolution = $1, cause = $1, tags = array['x', $2]", words, EVA.address
    )
    for statement in (
        "insert into agent (handle, name, email) values ('pau', 'Pau', 'pau@casa.example')",
        "insert into absence (agent, starts_at, ends_at, why, created_by) values ('pau', now(), now() + '1 d', $1, '')",
        "insert into sender_list (kind, sender, note, created_by) values ('allow', 'q@q.example', $1, '')",
        (
            "insert into announcement (key, texts, importance, starts_at, created_at, created_by) values"
            " ('k', jsonb_build_object('es', $1::text), 1, now(), now(), '')"
        ),
        "insert into customer_mark (name, tags) values ('email/otra@otra.example', array['vip', $1])",
        "insert into dropped_letter (created_at, sequence, dropped_by, why) values ('', 1, '', $1)",
    ):
        await api.database.execute(statement, *((words,) if "$1" in statement else ()))

    await taken_out_of(api, number)
    await everywhere_else(api)

    async with api.database.connection() as connection:
        left = await PersonReads(connection).still_named(EVA_PEREZ, {"outbox", "facts_outbox"})
    assert left.by_address == {}
    [ticket] = await api.database.fetch("select requester_name, resolution, tags from ticket")
    assert (ticket["requester_name"], ticket["resolution"]) == (f"{BLACK} via Lista", f"dicho a {BLACK}")
    assert ticket["tags"] == ["x"]
    [mark] = await api.database.fetch("select tags from customer_mark")
    assert mark["tags"] == ["vip"]
    told = await api.database.fetch("select name from facts_outbox where kind = 'customer'")
    assert "email/otra@otra.example" in {row["name"] for row in told}


async def test_what_may_name_them_is_to_be_looked_at(api: ApiDesk) -> None:
    [number] = await settled(api, 1, sender=OTHER, text=f"Ver {EVA.address}.gracias")
    async with api.database.connection() as connection:
        found = await PersonReads(connection).perhaps_naming(EVA_PEREZ, await api.database.now())

    assert list(found) == [number]
    [message] = await api.database.fetch("select id::text from message where kind = 'customer'")
    assert found[number] == [message["id"]]


async def shared_ticket(api: ApiDesk) -> tuple[int, str, str]:
    """One in which somebody else has written too; the notifications of a reply to each of the two."""
    [number] = await settled(api, 1, **NAMED)
    await settled(api, 2, sender=OTHER)
    await api.database.execute(
        "update message set ticket_number = $1 where author_address = $2", number, OTHER["address"]
    )
    agent = await api.client("read", "write", name="pau")
    for address in (EVA.address, OTHER["address"]):
        answer = await agent.post(
            f"/api/v1/tickets/{number}/replies", json={"text": f"Para {address}", "to": [{"address": address}]}
        )
        assert answer.status_code == 201, answer.text
    rows = await api.database.fetch("select notification_id from message where kind = 'agent' order by accepted_at")
    return number, rows[0]["notification_id"], rows[1]["notification_id"]


async def test_an_answer_to_somebody_else_leaves_and_one_to_them_does_not(api: ApiDesk) -> None:
    number, to_eva, to_other = await shared_ticket(api)
    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        found = await find_person([EVA], await api.database.now(), reads)
        kept = await traces_of(found, await api.database.now(), reads)

    await empty_ticket(number, taking(api, await api.database.now()))
    async with api.deps.writes.transaction() as transaction:
        await transaction.persons.erase_outside(EVA_PEREZ, [], [number], await api.database.now())

    assert (kept["shared"], {to_eva, to_other} & {*kept["notifications"]}) == ([number], set())
    waiting = {row["notification_id"] for row in await api.database.fetch("select notification_id from outbox")}
    assert to_other in waiting
    assert to_eva not in waiting
    states = await api.database.fetch("select notification_id, delivery_state from message where kind = 'agent'")
    assert {row["notification_id"]: row["delivery_state"] for row in states} == {to_eva: "failed", to_other: "queued"}


async def test_an_answer_to_somebody_else_is_deleted_from_its_stream_once_it_has_left(
    fresh_desk: BrokerDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = Publisher(await fresh_desk.connect("tickets"))
    await publisher.start()
    places = []
    for address in (EVA.address, OTHER["address"]):
        event = {"id": f"n-{address}", "medium": "email", "ticket_number": 7, "to": {"address": address}}
        asked = Outgoing("OUTBOUND", "desk.notification.requested.v1.email", json.dumps(event).encode())
        places.append((await publisher.publish(asked)).sequence)
    streams = PersonStreams(await fresh_desk.connect("privacy"))
    traces = Traces(EVA_PEREZ, tickets=frozenset({7}), shared=frozenset({7}))

    found = await streams.sweep(traces, frozenset(), datetime.now(UTC) + timedelta(hours=1))
    assert (found.erased, found.naming) == ({"OUTBOUND": 1}, {"OUTBOUND": [places[1]]})

    async def has_left(_stream: str) -> int:
        return places[1]

    monkeypatch.setattr(streams, "_read_by_all", has_left)
    found = await streams.sweep(traces, frozenset(), datetime.now(UTC) + timedelta(hours=1))
    assert (found.erased, found.naming) == ({"OUTBOUND": 1}, {})
    await streams.close()


async def test_whoever_orders_it_again_means_what_was_written_since_too(api: ApiDesk) -> None:
    store = ErasureStore(api.database, [b"key"])
    monday = await store.order([EVA], "token:dpo", "request 7")
    wednesday = await store.order([EVA], "operator:root", "request 8")

    assert wednesday.id == monday.id
    assert wednesday.before > monday.before
    assert (wednesday.ordered_by, wednesday.why) == ("operator:root", "request 8")
    assert not await store.finish(monday.id, {"state": "done"}, monday.before), "what came since is to be looked for"
    assert await store.finish(monday.id, {"state": "done"}, wednesday.before)
    assert await store.was_ordered([EVA])


async def test_one_mailbox_in_two_spellings_is_one_person(api: ApiDesk) -> None:
    for sequence, address in ((1, "ana@müller.example"), (2, '"ana"@xn--mller-kva.example')):
        await settled(api, sequence, sender={"address": address, "name": ""})

    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        found = await find_person([Identity("email", "ana@müller.example")], await api.database.now(), reads)
        assert await reads.known([Identity("email", "ana@muller.example"), Identity("phone", "+34600111222")]) == set()

    assert len(found.own) == 2
    assert {one.address for one in found.person.identities} == {
        "ana@müller.example", "ana@xn--mller-kva.example", '"ana"@xn--mller-kva.example',
    }  # fmt: skip


async def test_cards_have_followed_when_their_keeper_has_come_so_far(fresh_desk: BrokerDesk) -> None:
    """However often it is looked, and by whichever run of the order."""
    broker = await fresh_desk.connect("intake-chat")
    publisher = Publisher(broker)
    await publisher.start()
    chat = StateBucket(broker, publisher, "chat_state")
    streams = PersonStreams(await fresh_desk.connect("privacy"))
    traces = Traces(EVA_PEREZ, tickets=frozenset({9}), others=frozenset({10}))
    began = datetime.now(UTC) + timedelta(hours=1)

    async def followed(position: int) -> bool:
        await chat.put_all(["position"], str(position).encode())
        return await streams.cards_followed(traces, began)

    await chat.put_all(["card.9", "wanted.9"], b'{"ts": "1"}')
    wanted = await streams.broker.last_message("KV_chat_state", "$KV.chat_state.wanted.9")
    assert wanted is not None
    assert not await followed(wanted.sequence - 1)
    kept: Any = await streams.sweep(traces, frozenset({"card.9"}), datetime.now(UTC), cards=False)
    assert "KV_chat_state" not in kept.erased
    assert await followed(wanted.sequence)

    await chat.put_all(["card.10", "wanted.10.lines"], b'{"ts": "2"}')
    assert not await streams.cards_followed(traces, began)
    await streams.close()


async def test_cards_that_slack_let_nobody_change_are_told_with_the_place_where_they_stand(
    fresh_desk: BrokerDesk,
) -> None:
    broker = await fresh_desk.connect("intake-chat")
    publisher = Publisher(broker)
    await publisher.start()
    stuck = Kept(channel="C1", ts="1.2").stuck_at("C1", "1.2", "is_archived").gone()
    await StateBucket(broker, publisher, "chat_state").put_all(["card.9"], stuck.written())
    streams = PersonStreams(await fresh_desk.connect("privacy"))

    assert await streams.stuck_cards([9, 10]) == {9: ["C1 1.2 is_archived"]}
    await streams.close()


async def test_traces_say_in_which_tickets_others_wrote_too(api: ApiDesk) -> None:
    number, *_ = await shared_ticket(api)
    now = await api.database.now()
    async with api.database.connection() as connection:
        reads = PersonReads(connection)
        found = await find_person([EVA], now, reads)
        assert as_traces(found.person, await traces_of(found, now, reads)).shared == {number}


@pytest.mark.long
async def test_an_identity_that_nobody_knows_is_a_slip_and_ends_nothing_well(database: str, nats: BrokerDesk) -> None:
    environment = of_the_command(database, nats)
    async with open_api_desk(database) as desk:
        await settled(desk, 1, **NAMED)
        slip = run("tickets", "erase-person", EVA.address, "nobody@nowhere.example", "--yes", environment=environment)
        [orders] = await desk.database.fetch("select count(*) as given from erasure")

    assert (slip.code, orders["given"]) == (1, 0), slip.err
    assert "the desk knows nobody at email:nobody@nowhere.example, and nothing was erased" in slip.err


@pytest.mark.long
async def test_after_a_restore_whoever_carries_out_orders_without_the_list_is_told_what_is_missing(
    database: str, nats: BrokerDesk
) -> None:
    environment = of_the_command(database, nats)
    async with open_api_desk(database) as desk:
        await desk.database.execute("insert into recovery (since, known_until, report) values (now(), now(), '{}')")

    without = run("tickets", "erase-person", "--again", "--no-provider", environment=environment)

    assert without.code == 0
    assert "give it with --list FILE" in without.err

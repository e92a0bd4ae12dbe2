"""Sequences that a stream has given out twice: what has them ends as a dead letter, and holds up nothing else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import CREATED_AT, ledger, routed
from tests.support.broker import Desk
from tickets.adapters.postgres.ledger import DeadEnd, LedgerStore
from tickets.adapters.postgres.recovery_store import RecoveryStore
from tickets.adapters.postgres.settling import SettlingStore
from tickets.domain.settling.incoming import Place
from tickets.errors import Collision
from tickets.handlers.recovering.positions import Recovered, recover_positions
from tickets.handlers.settling.settle import settle_batch
from ventanilla_contracts.acceptance import HEADER
from ventanilla_runtime.answers import CREATED_AT_METADATA
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


def at(number: int, *, accepted: int, intake: int) -> Delivery:
    """Mail `number` that lies at these sequences."""
    delivery = routed(number)
    delivery.headers[HEADER] = f"ACCEPTED/{CREATED_AT}/{accepted}"
    delivery.headers["vnt-intake"] = f"INTAKE/{CREATED_AT}/{intake}"
    return delivery


@pytest.mark.parametrize(
    ("accepted", "intake"), [(1, 9), (9, 1), (1, 1)], ids=["the acceptance's", "the one in INTAKE", "both"]
)
async def test_a_message_whose_sequence_another_has_is_told_and_the_others_are_settled(
    api: ApiDesk, accepted: int, intake: int
) -> None:
    await settle_batch(Batch([at(1, accepted=1, intake=1)]), api.settle_deps())
    late = at(5, accepted=accepted, intake=intake)
    batch = Batch([at(2, accepted=2, intake=2), late, at(3, accepted=3, intake=3)])

    await settle_batch(batch, api.settle_deps())

    assert [outcome for outcome, _, _ in await ledger(api)] == ["created"] * 3
    assert list(batch.rejected) == [late]
    assert isinstance(batch.rejected[late], Collision)
    assert "tickets recover positions" in str(batch.rejected[late])


async def test_of_two_new_messages_with_one_sequence_the_first_is_settled(api: ApiDesk) -> None:
    batch = Batch([at(1, accepted=1, intake=1), at(2, accepted=2, intake=1)])

    await settle_batch(batch, api.settle_deps())

    assert [outcome for outcome, _, _ in await ledger(api)] == ["created"]
    assert list(batch.rejected) == [batch.deliveries[1]]


async def test_a_message_that_comes_again_is_no_collision(api: ApiDesk) -> None:
    for _ in range(2):
        batch = Batch([at(1, accepted=1, intake=1), at(2, accepted=2, intake=2)])
        await settle_batch(batch, api.settle_deps())
        assert not batch.rejected
    assert [outcome for outcome, _, _ in await ledger(api)] == ["created"] * 2


async def test_its_dead_letter_is_noted_though_its_place_in_intake_is_taken(api: ApiDesk) -> None:
    await settle_batch(Batch([at(1, accepted=1, intake=1)]), api.settle_deps())
    store = api.settle_deps().store
    epochs = await store.epochs([("ACCEPTED", CREATED_AT), ("INTAKE", CREATED_AT)])
    accepted, intake = (epochs[stream, CREATED_AT] for stream in ("ACCEPTED", "INTAKE"))
    late = DeadEnd(Place(accepted, 9), Place(intake, 1), "email", "message.received.v1:9", "tickets: collision", NOW)

    await LedgerStore(api.database).dead_lettered([late])

    assert [outcome for outcome, _, _ in await ledger(api)] == ["created", "dead_lettered"]


async def recover(api: ApiDesk, nats: Desk) -> Recovered:
    operator = await nats.connect("operator")
    publisher = Publisher(operator)
    await publisher.start()
    store, settling = RecoveryStore(api.database), SettlingStore(api.database, api.desk.signer, api.levels)
    return await recover_positions(operator, publisher, store, settling, prefix="desk", by="ops")


async def restored_before(operator: Broker, stream: str) -> str:
    """A stream of its own under another's identity, as a restore makes it; its identity."""
    info = await operator.api(f"STREAM.INFO.{stream}")
    metadata = {**(info["config"].get("metadata") or {}), CREATED_AT_METADATA: CREATED_AT}
    assert "error" not in await operator.api(f"STREAM.UPDATE.{stream}", {**info["config"], "metadata": metadata})
    return CREATED_AT


async def kept(operator: Broker, stream: str) -> dict[int, bytes]:
    state = await operator.stream_state(stream)
    found = [await operator.stored_message(stream, number + 1) for number in range(state.last_sequence)]
    return {one.sequence: one.body for one in found if one is not None}


async def test_what_came_between_the_restore_and_the_recovery_is_stored_anew_behind_all_that_was_given_out(
    fresh_desk: Desk, database: str
) -> None:
    async with open_api_desk(database, fresh_desk) as api:
        await settle_batch(Batch([at(n, accepted=n, intake=n) for n in (1, 2, 3)]), api.settle_deps())
        await api.database.execute("update ledger set settled_at = settled_at - interval '1 hour'")
        operator = await fresh_desk.connect()
        for stream in ("ACCEPTED", "INTAKE"):
            await restored_before(operator, stream)
        mine = {HEADER: f"ACCEPTED/{CREATED_AT}/1", "vnt-intake": f"INTAKE/{CREATED_AT}/1", MSG_ID: "a"}
        publisher = Publisher(operator)
        await publisher.start()
        for message in (
            Outgoing("ACCEPTED", "desk.mail.accepted.v1", b"mail", {MSG_ID: "a", "vnt-source": "s"}),
            Outgoing("INTAKE", "desk.message.received.v1.email", b"parsed", mine),
            Outgoing("INTAKE", "desk.message.received.v1.slack", b"said", {MSG_ID: "b"}),
            Outgoing("ROUTED", "desk.message.routed.v1.email", b'{"received": {}}', mine),
        ):
            await publisher.publish(message)

        found = await recover(api, fresh_desk)
        again = await recover(api, fresh_desk)

        assert (found.anew, again.anew) == ({"ACCEPTED": 1, "INTAKE": 1}, {})
        assert await kept(operator, "ACCEPTED") == {4: b"mail"}
        assert await kept(operator, "INTAKE") == {4: b"said"}
        assert await kept(operator, "ROUTED") == {}
        anew = await operator.stored_message("ACCEPTED", 4)
        assert anew is not None
        assert anew.headers["vnt-source"] == "s"

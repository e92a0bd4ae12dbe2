import asyncio

import pytest

from tests.support.broker import Desk
from tests.support.polling import eventually
from ventanilla_runtime.broker import Broker, OldServer
from ventanilla_runtime.errors import BrokerAway, StreamMissing


async def test_a_connection_comes_back_after_a_kill_and_after_an_orderly_stop(own_desk: Desk) -> None:
    broker = await own_desk.connect("router")
    came_back: list[int] = []
    broker.on_reconnect.append(lambda: came_back.append(1))
    for end in (own_desk.server.kill, own_desk.server.stop):
        end()
        await eventually(lambda: not broker.connected)
        own_desk.server.start()
        await eventually(lambda: broker.connected)
        assert await broker.stream_state("INTAKE")
    await eventually(lambda: len(came_back) == 2)
    assert broker.lost_for_good is None


async def test_changed_passwords_end_a_service_instead_of_leaving_it_outside(own_desk: Desk) -> None:
    broker = await own_desk.connect("router")
    own_desk.server.kill()
    own_desk.server.passwords["router"] = "another"
    own_desk.server.start()
    await eventually(lambda: broker.lost_for_good)
    assert "user and password" in (broker.lost_for_good or "")


async def test_a_client_whose_reconnecting_died_is_noticed(own_desk: Desk) -> None:
    broker = await own_desk.connect("router")
    own_desk.server.kill()
    await eventually(lambda: broker.client.is_reconnecting)
    broker.client._reconnection_task.cancel()
    await eventually(lambda: broker.lost_for_good)


async def test_an_old_server_is_refused(nats: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ventanilla_runtime.broker.MINIMUM_SERVER", (99, 0, 0))
    broker = Broker("router", nats.settings("router"))
    with pytest.raises(OldServer, match=r"too old: 99\.0\.0 or later"):
        await broker.connect()


async def test_a_missing_stream_and_a_missing_durable_say_what_to_run(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    with pytest.raises(StreamMissing, match="topology apply"):
        await operator.stream_state("NOTHING")
    with pytest.raises(StreamMissing, match="topology apply"):
        await operator.consumer_state("INTAKE", "nothing")


async def test_closing_twice_and_closing_without_a_broker_is_quick_and_quiet(own_desk: Desk) -> None:
    first, second = await own_desk.connect(), await own_desk.connect()
    await first.close()
    await first.close()
    own_desk.server.kill()
    async with asyncio.timeout(8):
        await second.close()
    with pytest.raises(BrokerAway):
        await second.send("desk.x", b"")


async def test_deleted_sequences_are_listed_on_request(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    for _ in range(3):
        await operator.client.request("desk.message.received.v1.email", b"x", timeout=5)
    await operator.api("STREAM.MSG.DELETE.INTAKE", {"seq": 2, "no_erase": True})
    state = await operator.stream_state("INTAKE", deleted=True)
    assert (state.first_sequence, state.last_sequence, state.messages, state.deleted) == (1, 3, 2, (2,))

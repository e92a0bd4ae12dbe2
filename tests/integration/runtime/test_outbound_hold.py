"""The switch that holds what goes out: nothing leaves, nothing is lost, and a person sees what waits."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from tests.integration.runtime.test_command import ventanilla
from tests.support.broker import Desk
from tests.support.consuming import Handling
from tests.support.polling import eventually
from tests.support.streams import stored
from ventanilla_contracts.dropped import read_dropped
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.dropped import is_dropped
from ventanilla_runtime.errors import BrokerAway, WrongSequence
from ventanilla_runtime.metrics import CONSUMED
from ventanilla_runtime.outbound import WAYS, Hold, OutboundSwitch, hold, read_hold
from ventanilla_runtime.outbound_queue import drop, waiting
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher
from ventanilla_runtime.state import StateBucket

SENDER = next(spec for spec in CONSUMERS if spec.durable == "intake-email-sender")
SUBJECT = "desk.notification.requested.v1.email"


def request(number: int, kind: str = "reply", *, asked_at: datetime | None = None) -> Outgoing:
    """A notification whose body is enough for whoever lists it."""
    at = asked_at or datetime.now(UTC)
    body = {
        "id": f"notification.requested.v1:{kind}/{number}",
        "ticket_number": number,
        "automatic": kind != "reply",
        "expires_at": (at + timedelta(days=3)).isoformat(),
    }
    return Outgoing("OUTBOUND", SUBJECT, json.dumps(body).encode(), {MSG_ID: f"{kind}-{number}"})


@asynccontextmanager
async def sending(broker: Broker, handling: Handling) -> AsyncIterator[tuple[Consumer, OutboundSwitch]]:
    """A sender of mails as a service wires it: held until the switch has been read."""
    switch, stopping = OutboundSwitch(broker, ("email",)), asyncio.Event()
    consumer = Consumer(broker, SENDER, handling, None, batch_size=10, postpones=True, gate=switch.gate("email"))
    tasks = [asyncio.create_task(switch.follow(stopping)), asyncio.create_task(consumer.run())]
    try:
        yield consumer, switch
    finally:
        stopping.set()
        consumer.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks)


async def publisher_of(broker: Broker) -> Publisher:
    publisher = Publisher(broker)
    await publisher.start()
    return publisher


async def test_what_is_held_waits_in_its_stream_and_leaves_when_it_is_let_go(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    assert (await ventanilla("outbound", "hold", "--why", "a restore", "--as", "eva", desk=fresh_desk))[0] == 0
    handling = Handling()

    async with sending(await fresh_desk.connect("intake-email"), handling) as (consumer, switch):
        await eventually(lambda: "eva (a restore)" in (switch.worry() or ""))
        await publisher.publish_all([request(number) for number in range(30)])
        code, said, _ = await ventanilla("outbound", "list", "--json", desk=fresh_desk)
        assert code == 0
        [row] = json.loads(said)["waiting"]
        assert (row["way"], row["kind"], row["count"], row["automatic"]) == ("email", "reply", 30, False)
        assert handling.calls == []
        assert consumer.problem is None

        assert (await ventanilla("outbound", "release", "--yes", desk=fresh_desk))[0] == 0
        await eventually(lambda: len(handling.handled) == 30)
        assert switch.worry() is None
        assert (await ventanilla("outbound", "status", desk=fresh_desk))[1] == "nothing is held\n"


async def test_a_sender_that_is_held_in_the_middle_gives_back_what_it_has_not_begun(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    handling, busy, go_on = Handling(), asyncio.Event(), asyncio.Event()

    async def take_long(_: object) -> None:
        busy.set()
        await go_on.wait()

    handling.misbehave = take_long
    async with sending(await fresh_desk.connect("intake-email"), handling) as (_, switch):
        await publisher.publish_all([request(number) for number in range(40)])
        await busy.wait()
        await hold(publisher, Hold(frozenset({"email"}), "eva", "stop"))
        await eventually(lambda: switch.gate("email").closed)
        go_on.set()

        async def all_back() -> bool:
            state = await operator.consumer_state("OUTBOUND", SENDER.durable)
            return state.pending + state.ack_pending == 40 - len(handling.handled)

        await eventually(all_back)
        begun = len(handling.handled)
        assert 0 < begun <= 10
        await hold(publisher, Hold(frozenset({"slack"})))
        await eventually(lambda: len(set(handling.handled)) == 40)
        assert len(handling.handled) == 40


async def test_whatever_cannot_be_read_in_the_switch_holds_everything(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    await publisher.publish(Outgoing("KV_switches", "$KV.switches.outbound", b"{nonsense"))

    assert "email" in (await read_hold(operator)).ways


async def test_what_was_sent_is_not_listed_and_what_was_begun_is_in_doubt(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    state = StateBucket(operator, publisher, "outbound_state")
    await publisher.publish_all([request(number) for number in range(4)])
    keys = [sha256(f"notification.requested.v1:reply/{number}".encode()).hexdigest() for number in range(4)]
    for key, stage in zip(keys, ("sent", "attempting", "waiting"), strict=False):
        await state.put_all([key], json.dumps({"stage": stage}).encode())

    _, said, _ = await ventanilla("outbound", "list", "--json", desk=fresh_desk)

    each = {one["ticket"]: one["in_doubt"] for one in json.loads(said)["each"]}
    assert each == {1: True, 2: False, 3: False}


async def test_what_is_dropped_is_reported_as_failed_and_never_sent(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    await publisher.publish_all([request(1), request(2, "acknowledgement"), request(3, "acknowledgement")])

    code, _, complained = await ventanilla("outbound", "drop", "--kind", "acknowledgement", "--yes", desk=fresh_desk)
    assert code == 1
    assert "is not held" in complained

    await hold(publisher, Hold(frozenset({"email"}), "eva", "a restore"))
    code, said, _ = await ventanilla(
        "outbound", "drop", "--kind", "acknowledgement", "--yes", "--as", "eva", desk=fresh_desk
    )
    assert (code, said.splitlines()[-1]) == (0, "2 dropped")
    assert max(map(len, said.splitlines())) <= 80
    reports = [json.loads(message.body) for message in await stored(operator, "DELIVERY")]
    assert [report["notification_id"][-1] for report in reports] == ["2", "3"]
    assert {(report["reason"], "eva" in report["detail"]) for report in reports} == {("dropped", True)}

    await hold(publisher, Hold())
    handling = Handling()
    async with sending(await fresh_desk.connect("intake-email"), handling):
        await eventually(lambda: len(handling.handled) == 1)
    assert '"reply/1"' in handling.handled[0].replace("notification.requested.v1:", "")


async def test_what_was_let_go_while_a_drop_asked_is_not_called_dropped(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    await publisher.publish(request(1))
    await hold(publisher, Hold(frozenset({"email"}), "eva", "a restore"))
    asking = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ventanilla_runtime", "outbound", "drop", "--older-than", "0m",
        env={"VENTANILLA_NATS_URL": fresh_desk.url("operator")}, stdin=PIPE, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    assert asking.stdout
    async with asyncio.timeout(20):
        await asking.stdout.readuntil(b"drop them")
        await hold(publisher, Hold())
        _, complained = await asking.communicate(b"y\n")

    assert (asking.returncode, b"somebody has turned the switch meanwhile" in complained) == (1, True)
    assert len(await waiting(operator, WAYS)) == 1


async def test_what_was_published_twice_is_dropped_as_often(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    again = request(2, "acknowledgement")
    await publisher.publish_all([request(1), again, replace(again, headers={MSG_ID: "after-a-restore"})])
    await hold(publisher, Hold(frozenset({"email"}), "eva", "a restore"))

    code, said, _ = await ventanilla("outbound", "drop", "--kind", "acknowledgement", "--yes", desk=fresh_desk)

    assert (code, said.splitlines()[-1]) == (0, "1 dropped")
    assert [json.loads(left.body)["ticket_number"] for left in await stored(operator, "OUTBOUND")] == [1]


async def test_where_there_is_nothing_to_drop_the_command_says_so_and_is_content(fresh_desk: Desk) -> None:
    code, said, _ = await ventanilla("outbound", "drop", "--older-than", "1h", "--yes", desk=fresh_desk)

    assert (code, said) == (0, "nothing to drop: nothing of that waits (`ventanilla outbound list`)\n")


async def test_what_was_dropped_stays_dropped_whoever_asks_for_it_again(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    await publisher.publish(request(1))
    await hold(publisher, Hold(frozenset({"email"}), "eva", "a restore"))
    await ventanilla("outbound", "drop", "--older-than", "0m", "--yes", "--as", "eva", desk=fresh_desk)

    await publisher.publish(replace(request(1), headers={MSG_ID: "reply-1.r1"}))

    assert await waiting(operator, WAYS) == []
    key = sha256(b"notification.requested.v1:reply/1").hexdigest()
    kept = await StateBucket(operator, publisher, "outbound_state").get(key)
    assert "eva" in (read_dropped(kept) or "")


async def test_what_a_channel_has_settled_meanwhile_is_not_dropped(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    state = StateBucket(operator, publisher, "outbound_state")
    await publisher.publish_all([request(1), request(2)])
    found = await waiting(operator, WAYS)
    await state.put_all([sha256(found[0].id.encode()).hexdigest()], b'{"stage":"sent"}')

    assert await drop(operator, publisher, "desk", found, "eva", "eva@here") == 1

    assert [json.loads(one.body)["notification_id"][-1] for one in await stored(operator, "DELIVERY")] == ["2"]
    assert [one.sequence for one in await stored(operator, "OUTBOUND")] == [found[0].sequence]


@pytest.mark.parametrize(
    ("kept", "waits", "in_doubt"),
    [
        (b"sent 1700000000.000100", False, False),
        (b"attempting 0f 1700000000", True, True),
        (b'{"since":1.0,"owner":"a","sids":["SM1"],"done":true,"failed":"","template":false}', False, False),
        (b'{"since":1.0,"owner":"a","sids":[],"done":false,"failed":"refused: 21610","template":false}', False, False),
        (b'{"since":1.0,"owner":"a","sids":[],"done":false,"failed":"","template":false}', True, True),
    ],
)
async def test_what_each_channel_remembers_is_read_in_its_own_form(
    fresh_desk: Desk, kept: bytes, waits: bool, in_doubt: bool
) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    await publisher.publish(replace(request(1), subject="desk.notification.requested.v1.sms"))
    key = sha256(b"notification.requested.v1:reply/1").hexdigest()
    await StateBucket(operator, publisher, "outbound_state").put_all([key], kept)

    assert [one.in_doubt for one in await waiting(operator, ["text"])] == ([in_doubt] if waits else [])


async def test_a_dropped_call_stays_in_its_stream_for_those_who_have_not_read_it(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    page = {"id": "e1", "page": "p1", "agent": "eva", "ticket": {"number": 7}}
    nobody = {"id": "e2", "page": None, "agent": None, "ticket": {"number": 7}}
    due, withdrawn = ({"id": state, "callback": "c", "state": state, "ticket": {"number": 8}} for state in ("due", "x"))
    for type_, body in (("paged", page), ("paged", nobody), ("callback", due), ("callback", withdrawn)):
        await publisher.publish(Outgoing("TICKETS", f"desk.ticket.{type_}.v1", json.dumps(body).encode()))
    await hold(publisher, Hold(frozenset({"call"}), "eva", "a test"))
    found = await waiting(operator, WAYS)
    assert [(one.kind, one.id, one.ticket_number) for one in found] == [("paged", "p1", 7), ("callback", "due", 8)]

    code, said, _ = await ventanilla("outbound", "drop", "--kind", "paged", "--yes", desk=fresh_desk)

    assert (code, said.splitlines()[-1]) == (0, "1 dropped")
    assert len(await stored(operator, "TICKETS")) == 4
    assert await stored(operator, "DELIVERY") == []
    assert await is_dropped(StateBucket(operator, publisher, "outbound_state"), "p1")
    assert [one.id for one in await waiting(operator, WAYS)] == ["due"]


async def test_of_two_who_turn_the_switch_at_once_the_later_one_is_told(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    seen = await read_hold(operator)
    await hold(publisher, Hold(frozenset({"email"}), "eva", "the relay is moved"), after=seen)

    with pytest.raises(WrongSequence):
        await hold(publisher, Hold(frozenset({"slack"}), "omar", "Slack is down"), after=seen)

    assert (await read_hold(operator)).ways == {"email"}
    assert (await ventanilla("outbound", "hold", "--way", "slack", "--why", "x", desk=fresh_desk))[0] == 0
    assert (await read_hold(operator)).ways == {"email", "slack"}


async def test_a_batch_that_waits_for_something_goes_back_when_it_is_held(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = await publisher_of(operator)
    handling, given_back = Handling(), CONSUMED.labels(SENDER.durable, "returned")
    away = True

    async def be_away(_: object) -> None:
        if away:
            raise BrokerAway("the state cannot be read")

    handling.misbehave = be_away
    # Before it asks: else its first batch may be one of them alone, and the others are never in its hand.
    await publisher.publish_all([request(number) for number in range(5)])
    async with sending(await fresh_desk.connect("intake-email"), handling) as (_, switch):
        await eventually(lambda: bool(handling.calls))
        before = given_back._value.get()
        await hold(publisher, Hold(frozenset({"email"}), "eva", "stop"))
        await eventually(lambda: switch.gate("email").closed)
        away = False

        # Twice, where a pull that was out already got them once more.
        await eventually(lambda: given_back._value.get() - before >= 5)

        assert handling.handled == []
        await hold(publisher, Hold())
        await eventually(lambda: len(handling.handled) == 5)

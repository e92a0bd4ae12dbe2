import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence

import pytest

from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.errors import BrokerAway, StreamFull, StreamMissing, WrongSequence
from ventanilla_runtime.metrics import PUBLISH_FAILURES
from ventanilla_runtime.publish import (
    BATCH_BYTES,
    BATCH_FROM,
    BATCH_MESSAGES,
    Outgoing,
    Publisher,
    _BatchRefused,
    _chunks,
    _read_ack,
)
from ventanilla_runtime.wire import Arrived, Message


def messages(count: int, size: int = 10) -> list[Outgoing]:
    return [Outgoing("INTAKE", f"desk.{n}", b"x" * size) for n in range(count)]


def test_chunks_keep_the_order_and_hold_no_more_than_a_batch() -> None:
    all_of_them = messages(2 * BATCH_MESSAGES + 1)
    chunks = _chunks(all_of_them)
    assert [len(chunk) for chunk in chunks] == [BATCH_MESSAGES, BATCH_MESSAGES, 1]
    assert [message for chunk in chunks for message in chunk] == all_of_them


def test_chunks_hold_no_more_bytes_than_a_batch_may() -> None:
    chunks = _chunks(messages(20, BATCH_BYTES // 3))
    assert max(len(chunk) for chunk in chunks) == 2


def test_a_message_larger_than_a_batch_goes_alone() -> None:
    assert [len(chunk) for chunk in _chunks(messages(3, BATCH_BYTES + 1))] == [1, 1, 1]


def test_nothing_is_no_chunk() -> None:
    assert _chunks([]) == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (10071, WrongSequence),
        (10164, WrongSequence),
        (10201, _BatchRefused),
        (10077, StreamFull),
        (10047, StreamFull),
        (10059, StreamMissing),
        (10008, BrokerAway),
        (99999, BrokerAway),
    ],
)
def test_a_refusal_of_the_broker_becomes_the_error_that_says_what_to_do(code: int, error: type[Exception]) -> None:
    answer = json.dumps({"error": {"code": 400, "err_code": code, "description": "no"}}).encode()
    with pytest.raises(error):
        _read_ack("INTAKE", answer)


@pytest.mark.parametrize("answer", [b"", b"{}", b'{"stream": "INTAKE"}'])
def test_an_answer_without_a_sequence_is_no_acknowledgement(answer: bytes) -> None:
    with pytest.raises(BrokerAway):
        _read_ack("INTAKE", answer)


def test_an_acknowledgement_says_where_and_whether_it_was_there_before() -> None:
    ack = _read_ack("INTAKE", b'{"stream": "INTAKE", "seq": 7, "duplicate": true}')
    assert (ack.stream, ack.sequence, ack.duplicate) == ("INTAKE", 7, True)


class Refusing:
    """A broker that answers: with these answers, one after the other."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.on_reconnect: list[Callable[[], None]] = []
        self.heard: Callable[[Arrived], None] = print

    async def subscribe(self, subject: str, heard: Callable[[Arrived], None]) -> str:
        self.heard = heard
        return f"_INBOX.{subject}"

    async def send_all(self, sent: Sequence[Message]) -> None:
        self.heard(Arrived(sent[-1].reply, "", self.answers.pop(0), {}))


STORED = b'{"stream": "INTAKE", "seq": 7}'
REFUSED = b'{"error": {"code": 503, "err_code": 10008, "description": "no space left on device"}}'
OTHERS = b'{"error": {"code": 400, "err_code": 10071, "description": "wrong last sequence"}}'


async def publisher_of(broker: Refusing, clock: Callable[[], float]) -> Publisher:
    publisher = Publisher(broker, clock)  # type: ignore[arg-type]  # as much of a broker as publishing asks
    await publisher.start()
    return publisher


async def test_a_broker_that_answers_and_stores_nothing_is_a_problem_until_it_stores_something() -> None:
    now = [0.0]
    broker = Refusing(REFUSED, OTHERS, REFUSED, REFUSED, STORED)
    publisher = await publisher_of(broker, lambda: now[0])
    seen = []
    for at in (0.0, 4.0, 5.0, 16.0, 17.0):
        now[0] = at
        with contextlib.suppress(BrokerAway, WrongSequence):
            await publisher.publish(messages(1)[0])
        seen.append(publisher.problem())

    assert [bool(one) for one in seen] == [False, False, False, True, False]
    assert "no space left on device" in str(seen[3])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (REFUSED, "broker_away"),
        (b'{"error": {"err_code": 10077, "description": "maximum bytes exceeded"}}', "stream_full"),
        (b'{"error": {"err_code": 10059, "description": "stream not found"}}', "stream_missing"),
        (b'{"stream": "INTAKE"}', "broker_away"),
    ],
)
async def test_whatever_was_not_stored_is_counted_message_by_message(answer: bytes, error: str) -> None:
    """As what was stored is: an alert divides one by the other."""
    failures = PUBLISH_FAILURES.labels("INTAKE", error)
    before = failures._value.get()
    broker = Refusing(answer, answer, answer, answer)
    publisher = await publisher_of(broker, lambda: 0.0)

    with pytest.raises(Temporary):
        await publisher.publish(messages(1)[0])
    assert failures._value.get() == before + 1
    with pytest.raises(Temporary):
        await publisher.publish_all(messages(BATCH_FROM))
    assert failures._value.get() == before + 1 + BATCH_FROM
    with pytest.raises(Temporary):
        await publisher.publish_together(messages(3))
    assert failures._value.get() == before + 4 + BATCH_FROM


async def test_a_bug_while_publishing_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = await publisher_of(Refusing(STORED), lambda: 0.0)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(publisher, "_note", fail)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(publisher.publish(messages(1)[0]), 5)


async def test_a_lost_connection_counts_and_another_writer_does_not() -> None:
    failures = PUBLISH_FAILURES.labels("INTAKE", "broker_away")
    before = failures._value.get()
    broker = Refusing(OTHERS)
    publisher = await publisher_of(broker, lambda: 0.0)
    with pytest.raises(WrongSequence):
        await publisher.publish(messages(1)[0])
    assert failures._value.get() == before
    broker.heard = lambda _: broker.on_reconnect[0]()
    broker.answers.append(b"")
    with pytest.raises(BrokerAway):
        await publisher.publish(messages(1)[0])
    assert failures._value.get() == before + 1


@pytest.mark.parametrize("reconnected", [True, False])
async def test_what_nobody_has_tried_since_is_no_problem(reconnected: bool) -> None:
    now = [0.0]
    broker = Refusing(REFUSED, REFUSED)
    publisher = await publisher_of(broker, lambda: now[0])
    for at in (0.0, 16.0):
        now[0] = at
        with pytest.raises(BrokerAway):
            await publisher.publish(messages(1)[0])
    assert publisher.problem()
    if reconnected:
        broker.on_reconnect[0]()
    else:
        now[0] = 77.0

    assert publisher.problem() is None

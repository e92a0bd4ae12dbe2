import json

import pytest

from ventanilla_runtime.errors import BrokerAway, StreamFull, StreamMissing, WrongSequence
from ventanilla_runtime.publish import BATCH_BYTES, BATCH_MESSAGES, Outgoing, _BatchRefused, _chunks, _read_ack


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

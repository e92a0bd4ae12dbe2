from hashlib import sha256

import pytest

from tests.support.broker import Desk
from ventanilla_contracts.events import BlobRef
from ventanilla_runtime.blobs import CHUNK_BYTES, Blobs, NewBlob
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BlobLost
from ventanilla_runtime.publish import Outgoing, Publisher


async def blobs_as(desk: Desk, user: str) -> tuple[Broker, Blobs]:
    broker = await desk.connect(user)
    publisher = Publisher(broker)
    await publisher.start()
    return broker, Blobs(broker, publisher)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * 1024 * 1024 + 17])
async def test_what_one_service_stores_another_reads(fresh_desk: Desk, size: int) -> None:
    _, writing = await blobs_as(fresh_desk, "intake-email")
    _, reading = await blobs_as(fresh_desk, "tickets")
    data = bytes(number % 251 for number in range(size))

    ref = await writing.put("raw", data)

    assert (ref.size_bytes, ref.sha256) == (size, sha256(data).hexdigest())
    assert await reading.get(ref) == data


async def test_the_same_bytes_twice_are_two_blobs(fresh_desk: Desk) -> None:
    _, blobs = await blobs_as(fresh_desk, "intake-email")

    first, second = await blobs.put("raw", b"same"), await blobs.put("raw", b"same")

    assert first.name != second.name
    assert await blobs.get(first) == await blobs.get(second) == b"same"


async def test_every_nats_client_can_read_a_blob(fresh_desk: Desk) -> None:
    """nats-py's own object store checks digest, size and chunks."""
    _, blobs = await blobs_as(fresh_desk, "intake-email")
    data = b"%PDF-1.7 " * 50_000
    ref = await blobs.put("attachments", data, content_type="application/pdf")

    operator = await fresh_desk.connect()
    store = await operator.client.jetstream().object_store("attachments")
    found = await store.get(ref.name)

    assert found.data == data
    assert (found.info.size, found.info.chunks) == (len(data), -(-len(data) // CHUNK_BYTES))


async def test_a_corrupted_blob_is_lost_and_never_handed_out(fresh_desk: Desk) -> None:
    broker, blobs = await blobs_as(fresh_desk, "intake-email")
    ref = await blobs.put("raw", b"a" * 10)
    publisher = Publisher(await fresh_desk.connect())
    await publisher.start()
    await publisher.publish(Outgoing("OBJ_raw", f"$O.raw.C.{ref.name}", b"and more"))

    with pytest.raises(BlobLost):
        await blobs.get(ref)
    assert broker.denied is None


@pytest.mark.parametrize(
    "place",
    [
        {"bucket": "raw", "name": "0" * 32},
        {"stream": "ACCEPTED", "created_at": "2026-01-01T00:00:00Z", "sequence": 4711},
        {},
    ],
    ids=["no such object", "no such message", "no place at all"],
)
async def test_bytes_that_are_not_there_are_lost(fresh_desk: Desk, place: dict[str, object]) -> None:
    _, blobs = await blobs_as(fresh_desk, "tickets")

    with pytest.raises(BlobLost):
        await blobs.get(BlobRef(size_bytes=3, sha256=sha256(b"abc").hexdigest(), **place))


async def test_a_reference_may_name_a_message_of_a_stream(fresh_desk: Desk) -> None:
    broker, blobs = await blobs_as(fresh_desk, "intake-email")
    publisher = Publisher(broker)
    await publisher.start()
    ack = await publisher.publish(Outgoing("ACCEPTED", "desk.mail.accepted.v1", b"From: ana"))
    state = await broker.stream_state("ACCEPTED")

    ref = BlobRef(
        size_bytes=9,
        sha256=sha256(b"From: ana").hexdigest(),
        stream="ACCEPTED",
        created_at=state.created_at,
        sequence=ack.sequence,
    )

    assert await blobs.get(ref) == b"From: ana"


async def test_a_blob_over_the_limit_is_refused_before_anything_is_sent(
    fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ventanilla_runtime.blobs.BLOB_LIMIT_BYTES", 10)
    broker, blobs = await blobs_as(fresh_desk, "intake-email")

    with pytest.raises(ValueError, match="over the limit"):
        await blobs.put("raw", b"x" * 11)
    assert (await broker.stream_state("OBJ_raw")).messages == 0


async def test_many_small_blobs_are_stored_with_one_write_and_each_is_found(fresh_desk: Desk) -> None:
    broker, blobs = await blobs_as(fresh_desk, "intake-email")
    datas = [b"%d" % number * 1_000 for number in range(40)]

    refs = await blobs.put_all("attachments", [NewBlob(data, owners=[f"o{n}"]) for n, data in enumerate(datas)])

    assert [await blobs.get(ref) for ref in refs] == datas
    operator = await fresh_desk.connect()
    assert (await operator.stream_state("OBJ_attachments")).messages == 2 * len(datas)
    found = [blob async for blob in blobs.all("attachments")]
    assert [blob.owners for blob in found] == [(f"o{n}",) for n in range(40)]
    assert broker.denied is None


async def test_blobs_too_large_for_one_write_take_several(fresh_desk: Desk) -> None:
    _, blobs = await blobs_as(fresh_desk, "intake-email")
    datas = [bytes([number]) * (3 * 1024 * 1024) for number in range(3)]
    refs = await blobs.put_all("raw", [NewBlob(data) for data in datas])
    assert [await blobs.get(ref) for ref in refs] == datas

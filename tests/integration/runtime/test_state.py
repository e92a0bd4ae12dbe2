import pytest

from tests.support.broker import Desk
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.state import StateBucket


@pytest.fixture
async def bucket(fresh_desk: Desk) -> StateBucket:
    broker = await fresh_desk.connect("intake-email")
    publisher = Publisher(broker)
    await publisher.start()
    return StateBucket(broker, publisher, "outbound_state")


async def test_a_key_is_created_once(bucket: StateBucket) -> None:
    assert await bucket.create_all(["a"], b"attempting") == [True]
    assert await bucket.create_all(["a"], b"again") == [False]
    assert await bucket.get("a") == b"attempting"


async def test_of_many_keys_only_those_that_exist_are_not_made(bucket: StateBucket) -> None:
    await bucket.create_all(["k3", "k7"], b"sent")

    made = await bucket.create_all([f"k{n}" for n in range(10)], b"attempting")

    assert [n for n, fresh in enumerate(made) if not fresh] == [3, 7]
    assert await bucket.get("k3") == b"sent"
    assert await bucket.get("k4") == b"attempting"


async def test_a_key_is_overwritten(bucket: StateBucket) -> None:
    await bucket.create_all(["a", "b"], b"attempting")
    await bucket.put_all(["a", "b"], b"sent")
    assert [await bucket.get(key) for key in ("a", "b")] == [b"sent", b"sent"]


async def test_a_key_that_does_not_exist_has_no_value(bucket: StateBucket) -> None:
    assert await bucket.get("nothing") is None


async def test_a_deleted_key_has_no_value(bucket: StateBucket, fresh_desk: Desk) -> None:
    await bucket.create_all(["a"], b"x")
    store = await (await fresh_desk.connect()).client.jetstream().key_value("outbound_state")
    await store.delete("a")
    assert await bucket.get("a") is None

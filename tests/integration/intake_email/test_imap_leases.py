"""Leases and positions in the real bucket, with the rights of the service."""

from datetime import date

import pytest

from intake_email.adapters.imap.positions import BUCKET, Positions
from intake_email.domain.imap.mailbox import Position
from tests.integration.intake_email.conftest import Connected
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.state import Entry, StateBucket


@pytest.fixture
def state(service: Connected) -> StateBucket:
    return StateBucket(service.broker, service.publisher, BUCKET)


async def test_a_key_is_written_only_over_the_revision_that_was_read(state: StateBucket) -> None:
    assert await state.read("lease.a") == Entry(None, 0)
    first = await state.replace("lease.a", b"one", 0)
    assert await state.read("lease.a") == Entry(b"one", first)
    second = await state.replace("lease.a", b"two", first)
    with pytest.raises(WrongSequence):
        await state.replace("lease.a", b"three", first)
    with pytest.raises(WrongSequence):
        await state.replace("lease.a", b"three", 0)
    assert await state.read("lease.a") == Entry(b"two", second)


async def test_positions_are_remembered_by_mailbox(state: StateBucket) -> None:
    positions = Positions(state)
    assert await positions.load("aa") is None
    position = Position(7, 10, 20, None, None, date(2026, 11, 27))
    await positions.save("aa", position)
    assert await positions.load("aa") == position
    assert await positions.load("bb") is None
    await state.put_all(["position.bb"], b"what?")
    assert await positions.load("bb") is None

"""Which published notifications are published again: those that the sender has behind it and nobody reported on."""

from typing import Any

import pytest

from tickets.adapters.postgres.outbound import Unreported
from tickets.handlers.sending.watch_outbound import look_once
from ventanilla_runtime.answers import ConsumerState, StoredMessage, StreamState


class FakeBroker:
    """The sender of mail has settled all up to 10, that of Slack up to 4; the stream holds what it is told to.

    Attributes:
        reports, read: how many reports there are, and how many of them were read.
    """

    def __init__(self, held: dict[int, str]) -> None:
        self._held = held
        self.reports = self.read = 0

    async def stream_state(self, name: str) -> StreamState:
        return StreamState(name, "made", 1, self.reports, self.reports, 0)

    async def consumer_state(self, stream: str, durable: str) -> ConsumerState:
        if stream == "DELIVERY":
            return ConsumerState("made", self.read, self.read, self.reports - self.read, 0)
        floor = {"intake-email-sender": 10, "intake-chat-speaker": 4}[durable]
        return ConsumerState("made", ack_floor=floor, delivered=floor, pending=0, ack_pending=0)

    async def stored_message(self, stream: str, sequence: int) -> StoredMessage | None:
        key = self._held.get(sequence)
        return key and StoredMessage("s", sequence, "t", b"", {"Nats-Msg-Id": key})


class FakeOutbound:
    def __init__(self, *unreported: Unreported) -> None:
        self._unreported = list(unreported)
        self.later: list[int] = []
        self.again: list[int] = []

    async def expire(self, grace_seconds: float) -> list[str]:
        return []

    async def unreported(self, limit: int) -> list[Unreported]:
        return self._unreported

    async def look_later(self, ids: list[int], seconds: float) -> None:
        self.later += ids

    async def publish_again(self, ids: list[int]) -> None:
        self.again += ids


@pytest.mark.parametrize(
    ("unreported", "again"),
    [
        (Unreported(1, "a", 11, 0), False),
        (Unreported(1, "a", 10, 0), True),
        (Unreported(1, "a", 12, 0), True),
        (Unreported(1, "b", 11, 0), True),
        (Unreported(1, "a", 11, 1), True),
        (Unreported(1, "a", None, 0), True),
        (Unreported(1, "a", 10, 0, "slack"), False),
        (Unreported(1, "a", 4, 0, "slack"), True),
        (Unreported(1, "a", 10, 0, "fax"), False),
    ],
    ids=[
        "waits",
        "the sender is past it",
        "gone",
        "the stream was made anew",
        "an older attempt",
        "never placed",
        "waits behind mail",
        "Slack is past it",
        "nobody owns the medium",
    ],
)
async def test_what_nobody_will_report_on_is_published_again(unreported: Unreported, again: bool) -> None:
    desk: Any = None  # nothing has expired
    broker: Any = FakeBroker({10: "a", 11: "a"})
    outbound: Any = FakeOutbound(unreported)
    await look_once(broker, outbound, desk, {})
    assert (outbound.again, outbound.later) == (([1], []) if again else ([], [1]))


async def test_nothing_is_published_again_before_what_was_reported_of_it_has_been_read() -> None:
    desk: Any = None
    broker: Any = FakeBroker({})
    broker.reports, broker.read = 7, 5
    outbound: Any = FakeOutbound(Unreported(1, "a", 11, 0))
    missed: dict[int, int] = {}

    for reports, read in ((7, 5), (8, 6), (9, 6)):
        broker.reports, broker.read = reports, read
        await look_once(broker, outbound, desk, missed)
        assert outbound.again == []
    broker.reports, broker.read = 12, 7  # those after it say nothing of it
    await look_once(broker, outbound, desk, missed)

    assert outbound.again == [1]


async def test_what_was_reported_meanwhile_is_not_missed_any_more() -> None:
    desk: Any = None
    broker: Any = FakeBroker({})
    broker.reports = 1
    outbound: Any = FakeOutbound(Unreported(1, "a", 11, 0))
    missed: dict[int, int] = {}
    await look_once(broker, outbound, desk, missed)

    nothing: Any = FakeOutbound()
    await look_once(broker, nothing, desk, missed)

    assert missed == {}

"""What no webhook brought: taken in once, under the same ids, and never forgotten because something else failed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from intake_phone.errors import NotAccepted, Senseless, TwilioAway
from intake_phone.handlers.accept import accepted_id
from intake_phone.handlers.reconciling.reconcile import Reconciler
from intake_phone.ports.lists import Kind, Listed
from ventanilla_runtime.metrics import REGISTRY

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


class Around:
    """Twilio's lists, the stream and the bucket."""

    def __init__(self) -> None:
        self.listed: list[Listed] = []
        self.known: set[str] = set()
        self.taken: list[str] = []
        self.values: dict[str, bytes] = {}
        self.asked: list[datetime] = []
        self.fails: dict[str, Exception] = {}
        self.away: Exception | None = None
        self.now = NOON

    async def since(self, at: datetime) -> Sequence[Listed]:
        if self.away:
            raise self.away
        self.asked.append(at)
        return self.listed

    async def ids(self, _at: datetime) -> set[str]:
        return self.known

    async def accept(self, listed: Listed) -> None:
        if error := self.fails.get(listed.sid):
            raise error
        self.taken.append(listed.sid)
        self.known.add(accepted_id(listed.kind, listed.sid))

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        self.values |= dict.fromkeys(keys, value)

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        raise NotImplementedError

    async def look(self) -> list[str]:
        reconciler = Reconciler(
            lists=self,
            accepted=self.ids,
            accept=self.accept,
            state=self,
            every_seconds=300,
            horizon=timedelta(days=3),
            broken=lambda: 0,
            now=lambda: self.now,
        )
        return [one.sid for one in await reconciler.look()]


def listed(sid: str, minutes_ago: float, kind: Kind = "text", *, over: bool = True) -> Listed:
    return Listed(kind, sid, {"MessageSid": sid}, NOON - timedelta(minutes=minutes_ago), over)


async def test_what_is_missing_is_taken_in_its_order_and_once() -> None:
    around = Around()
    around.listed = [listed("c", 1), listed("a", 30), listed("b", 20, "call"), listed("known", 10)]
    around.known = {accepted_id("text", "known")}

    assert await around.look() == ["a", "b", "c"]
    assert await around.look() == []
    assert around.taken == ["a", "b", "c"]


async def test_the_first_look_goes_back_to_the_horizon_and_the_next_from_the_last_one() -> None:
    around = Around()
    await around.look()
    around.now += timedelta(hours=5)
    await around.look()

    assert around.asked[0] == NOON - timedelta(days=3)
    assert NOON - timedelta(hours=1, minutes=5) < around.asked[1] <= NOON - timedelta(hours=1)


async def test_a_call_that_still_goes_on_is_waited_for() -> None:
    around = Around()
    around.listed = [listed("long", 90, "call", over=False)]
    assert await around.look() == []
    around.now += timedelta(days=1)
    around.listed = [listed("long", 90, "call")]

    assert await around.look() == ["long"]
    assert around.asked[-1] <= NOON - timedelta(minutes=90), "it was not moved past"


async def test_what_cannot_be_accepted_now_is_looked_for_again() -> None:
    around = Around()
    around.listed = [listed("a", 30), listed("b", 20)]
    around.fails = {"b": NotAccepted("no broker")}
    with pytest.raises(NotAccepted):
        await around.look()
    assert around.values == {}, "how far was read is not moved"

    around.fails = {}
    assert await around.look() == ["b"]


async def test_what_makes_no_sense_stops_nobody() -> None:
    around = Around()
    around.listed = [listed("rubbish", 30), listed("b", 20)]
    around.fails = {"rubbish": Senseless("no id")}
    assert await around.look() == ["b"]


async def test_while_twilio_is_away_nothing_is_moved() -> None:
    around = Around()
    around.away = TwilioAway("down")
    with pytest.raises(TwilioAway):
        await around.look()
    assert around.values == {}


async def test_metrics_show_how_far_the_lists_were_read() -> None:
    around = Around()
    around.listed = [listed("long call", 40, "call", over=False), listed("a", 30)]

    await around.look()

    assert REGISTRY.get_sample_value("intake_phone_reconciled_timestamp_seconds") == NOON.timestamp()
    up_to = REGISTRY.get_sample_value("intake_phone_reconciled_up_to_timestamp_seconds")
    assert up_to == (NOON - timedelta(minutes=40)).timestamp()  # a call that goes on holds it

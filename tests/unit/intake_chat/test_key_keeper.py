"""The frame of all keepers, around a work that does nothing: each key once at a time, and none stops the others."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import Counter

from intake_chat.errors import DeskAway, InDoubt, Overtaken, SlackRefused
from intake_chat.handlers.keeping import keeper as module
from intake_chat.handlers.keeping.keeper import KeyKeeper
from tests.support.polling import eventually
from tests.unit.intake_chat.reply_rig import FakeBucket
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.many import Page


class Work:
    """Notes what it is asked for; what a key does each time it is looked at, `does` says: an error, seconds, None."""

    def __init__(self) -> None:
        self.tended: list[str] = []
        self.ended: list[tuple[str, int, tuple[str, ...]]] = []
        self.behind: list[str] = []
        self.may_be_put_behind = False
        self.does: dict[str, list[Any]] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_once: set[str] = set()
        self.most_at_once = 0

    def keys_of(self, rest: str, _value: bytes) -> Iterable[str]:
        return () if rest.startswith("not") else rest.split("+")

    async def tend(self, key: str) -> float | None:
        assert key not in self.at_once
        self.tended.append(key)
        self.at_once.add(key)
        self.most_at_once = max(self.most_at_once, len(self.at_once))
        try:
            await self.gate.wait()
            one = self.does.get(key, [None]).pop(0) if self.does.get(key) else None
            if isinstance(one, Exception):
                raise one
            return one  # type: ignore[no-any-return]  # what a test has put there
        finally:
            self.at_once.discard(key)

    async def put_behind(self, key: str) -> bool:
        self.behind.append(key)
        return self.may_be_put_behind

    async def done(self, key: str, sequence: int, still: Collection[str]) -> None:
        self.ended.append((key, sequence, tuple(sorted(still))))


class World:
    """A bucket, a work, and who looks after it."""

    def __init__(self, most_known: int = 100, most_at_once: int = 100) -> None:
        self.bucket, self.work = FakeBucket(), Work()
        self.failures = Counter("failures", "Of this test.", registry=None)
        self.position_key: str | None = "position"
        self.bounds = {"most_known": most_known, "most_at_once": most_at_once}

    async def wants(self, *keys: str) -> None:
        await self.bucket.put_all([f"want.{key}" for key in keys], b"1")

    def keeper(self) -> KeyKeeper[str]:
        return KeyKeeper[str](
            name="test",
            state=self.bucket,
            keys=self.bucket,
            work=self.work,
            bucket="chat_state",
            beginning="want.",
            position=self.position_key,
            failures=self.failures,
            **self.bounds,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[KeyKeeper[str]]:
        keeper = self.keeper()
        task = asyncio.create_task(keeper.run())
        try:
            yield keeper
        finally:
            keeper.stop()
            await asyncio.wait_for(task, 5)

    def failed(self) -> float:
        return float(next(iter(self.failures.collect())).samples[0].value)

    def position(self) -> int:
        return int(self.bucket.values.get("position", (0, b"-1"))[1])

    def all_done(self) -> bool:
        """Whether all that is wanted is remembered as done."""
        return self.position() >= max(at for key, (at, _) in self.bucket.values.items() if key.startswith("want."))


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"_LOOK_SECONDS": 0.01, "_SAVE_SECONDS": 0.0, "_BACK_OFF_SECONDS": (0.01, 0.02), "_STOP_SECONDS": 0.05}
    for name, value in {**given, "AWAY_SECONDS": 0.01}.items():
        monkeypatch.setattr(module, name, value)


async def test_what_was_written_is_done_once_and_the_next_keeper_begins_behind_it() -> None:
    world = World()
    await world.wants("a", "b+c", "not-ours")
    async with world.running():
        await eventually(world.all_done)
    await world.wants("d")
    async with world.running():
        await eventually(world.all_done)

    assert world.work.tended == ["a", "b", "c", "d"]
    assert world.work.ended[:3] == [("a", 1, ("b", "c")), ("b", 2, ("c",)), ("c", 2, ())]


async def test_of_one_key_there_is_one_at_a_time_and_what_is_written_meanwhile_is_one_more_look() -> None:
    world = World()
    world.work.gate.clear()
    await world.wants("a")
    async with world.running():
        await eventually(lambda: world.work.at_once)
        for _ in range(20):
            await world.wants("a")
        await world.wants("b")
        await eventually(lambda: len(world.work.at_once) == 2)
        world.work.gate.set()
        await eventually(world.all_done)

    assert world.work.tended == ["a", "b", "a"]


async def test_no_more_are_worked_on_or_known_than_may_be() -> None:
    world = World(most_known=4, most_at_once=2)
    world.work.gate.clear()
    await world.wants("a", "b", "c")
    async with world.running():
        await eventually(lambda: world.work.at_once == {"a", "b"})
        await world.wants("d")
        await eventually(lambda: world.position() == 0)  # there was a look
        await world.wants("e")
        world.work.gate.set()
        await eventually(lambda: len(world.work.ended) == 5)

    assert world.work.most_at_once == 2
    assert world.work.tended == ["a", "b", "c", "d", "e"]


async def test_what_is_known_in_full_reads_no_more_until_some_are_done() -> None:
    world = World(most_known=1)
    world.work.gate.clear()
    await world.wants("a")
    async with world.running():
        await eventually(lambda: world.work.at_once)
        await world.wants("b")
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert world.work.tended == ["a"]
        world.work.gate.set()
        await eventually(lambda: world.work.tended == ["a", "b"])


async def test_a_bug_and_a_refusal_in_one_key_stop_no_other_and_are_counted() -> None:
    world = World()
    world.work.does = {"a": [ZeroDivisionError()], "b": [SlackRefused("chat.postMessage", "msg_too_long")]}
    await world.wants("a", "b", "c")
    async with world.running():
        await eventually(world.all_done)

    assert sorted(world.work.tended) == ["a", "b", "c"]
    assert world.failed() == 2


async def test_what_cannot_be_done_now_is_tried_again_and_what_waits_is_not_remembered_as_done() -> None:
    world = World()
    errors = [DeskAway("GET"), InDoubt(0.01), Overtaken("changed"), WrongSequence("quicker"), 0.01]
    world.work.does = {"a": list(errors)}
    await world.wants("a", "b")
    async with world.running():
        await eventually(lambda: ("b", 2, ("a",)) in world.work.ended)
        assert world.position() == 0
        await eventually(world.all_done)

    assert world.work.tended.count("a") == len(errors) + 1
    assert world.failed() == 0


async def test_what_is_to_be_looked_at_in_an_hour_is_looked_at_at_once_when_more_is_written_of_it() -> None:
    world = World()
    world.work.does = {"a": [3_600.0]}
    await world.wants("a")
    async with world.running():
        await eventually(lambda: world.work.tended == ["a"] and not world.work.at_once)
        await world.wants("a")
        await eventually(world.all_done)

    assert world.work.tended == ["a", "a"]


async def test_what_cannot_be_done_now_is_not_tried_more_often_because_more_is_written_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_BACK_OFF_SECONDS", (0.2,))
    world = World()
    world.work.does = {"a": [DeskAway("GET")]}
    await world.wants("a")
    async with world.running():
        await eventually(lambda: world.work.tended == ["a"] and not world.work.at_once)
        for _ in range(10):
            await world.wants("a")
            await asyncio.sleep(0.005)
        assert world.work.tended == ["a"]
        await eventually(world.all_done)


async def test_without_a_position_each_keeper_reads_all() -> None:
    world = World()
    world.position_key = None
    await world.wants("a")
    for _ in range(2):
        async with world.running():
            await eventually(lambda: world.work.ended)
            world.work.ended.clear()

    assert world.work.tended == ["a", "a"]
    assert world.position() == -1


@pytest.mark.parametrize("behind", [True, False])
async def test_what_does_not_work_for_long_is_put_behind_where_the_work_can(behind: bool) -> None:
    world = World()
    world.work.may_be_put_behind = behind
    world.work.does = {"a": [DeskAway("GET")] * 3}
    await world.wants("a")
    async with world.running():
        await eventually(lambda: world.work.ended)

    assert world.work.tended.count("a") == (2 if behind else 4)
    assert world.work.behind == (["a"] if behind else ["a", "a"])


async def test_stop_ends_what_waits_and_the_next_keeper_begins_it_again() -> None:
    world = World()
    world.work.does = {"a": [3_600.0]}
    await world.wants("a", "b")
    async with world.running():
        await eventually(lambda: "b" in world.work.tended)
    world.work.gate.clear()
    async with world.running():
        await eventually(lambda: world.work.at_once)
    assert world.work.at_once == set()

    world.work.gate.set()
    async with world.running():
        await eventually(world.all_done)
    assert world.work.tended.count("a") == 3


@pytest.mark.parametrize("times", [1, 3])
async def test_whoever_loses_the_lease_goes_on_with_nothing_however_often_that_is_told(times: int) -> None:
    world = World()
    await world.wants("a", "b")
    world.work.gate.clear()
    task = asyncio.create_task(world.keeper().run())
    await eventually(lambda: len(world.work.at_once) == 2)

    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([task])

    assert task.cancelled()
    await eventually(lambda: not world.work.at_once)


async def test_a_broker_that_is_away_for_a_while_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    await world.wants("a")
    away, page = [Temporary("away")] * 2, world.bucket.page

    async def sometimes(*given: Any, **more: Any) -> Page:
        if away:
            raise away.pop()
        return await page(*given, **more)

    monkeypatch.setattr(world.bucket, "page", sometimes)
    async with world.running():
        await eventually(world.all_done)

    assert world.work.tended == ["a"]

"""Leases: one holder for each mailbox, a dead one replaced, a cut-off one stopped before another begins."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from tests.support.polling import eventually
from ventanilla_runtime.errors import BrokerAway, WrongSequence
from ventanilla_runtime.leases import Job, LeaseKeeper, LeaseTimes
from ventanilla_runtime.state import Entry

TIMES = LeaseTimes(renew=0.1, give_up=0.6, expire=1.2, look=0.05)
"""Short, and yet longer than a busy machine lets a process wait."""


@dataclass
class Bucket:
    """Keys with revisions."""

    entries: dict[str, Entry] = field(default_factory=dict)
    revision: int = 0
    lose_acknowledgements: int = 0

    def write(self, key: str, value: bytes, revision: int) -> int:
        if self.entries.get(key, Entry(None, 0)).revision != revision:
            raise WrongSequence("another")
        self.revision += 1
        self.entries[key] = Entry(value, self.revision)
        if self.lose_acknowledgements:
            self.lose_acknowledgements -= 1
            raise BrokerAway("no acknowledgement")
        return self.revision


@dataclass
class Access:
    """One replica's way to the bucket."""

    bucket: Bucket
    away: bool = False
    tries: int = 0

    async def read(self, key: str) -> Entry:
        self.tries += 1
        if self.away:
            raise BrokerAway("away")
        return self.bucket.entries.get(key, Entry(None, 0))

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        self.tries += 1
        if self.away:
            raise BrokerAway("away")
        return self.bucket.write(key, value, revision)


class Replica:
    """A keeper with jobs that note when they run."""

    def __init__(self, bucket: Bucket, name: str, keys: list[str], log: list[str]) -> None:
        self.access = Access(bucket)
        self.running: set[str] = set()
        self.most_together = 0
        self.started = 0
        self.fail = False
        self._log = log
        self._name = name
        self.keeper = LeaseKeeper(
            self.access,
            {key: self._job(key) for key in keys},
            holder=name,
            clock=asyncio.get_running_loop().time,
            times=TIMES,
        )
        self.task = asyncio.create_task(self.keeper.run())

    def _job(self, key: str) -> Callable[[], Job]:
        def make() -> Job:
            stopping = asyncio.Event()

            async def run() -> None:
                self.started += 1
                if self.fail:
                    raise ValueError("a bug")
                self.running.add(key)
                self._log.append(f"{self._name} begins {key}")
                try:
                    await stopping.wait()
                finally:
                    self.running.discard(key)
                    self._log.append(f"{self._name} ends {key}")

            return Job(run, stopping.set)

        return make

    async def kill(self) -> None:
        """End without a word, as `kill -9` does."""
        self.access.away = True
        self.task.cancel()
        await asyncio.wait([self.task])


class Replicas:
    """Starts replicas on one bucket, and ends them."""

    def __init__(self) -> None:
        self.bucket = Bucket()
        self.log: list[str] = []
        self.made: list[Replica] = []

    def start(self, name: str, *keys: str) -> Replica:
        self.made.append(Replica(self.bucket, name, list(keys) or ["a"], self.log))
        return self.made[-1]

    async def renewals(self, count: int) -> None:
        """Wait until the lease was renewed so many times."""
        goal = self.bucket.revision + count
        await eventually(lambda: self.bucket.revision >= goal)


@pytest.fixture
async def replicas() -> AsyncIterator[Replicas]:
    made = Replicas()
    yield made
    for replica in made.made:
        await replica.kill()


async def test_one_of_two_holds_a_lease(replicas: Replicas) -> None:
    first, second = replicas.start("one"), replicas.start("two")
    await eventually(lambda: first.running or second.running)
    await replicas.renewals(25)  # time enough for the other to take it, if it could
    assert bool(first.running) != bool(second.running)
    assert first.started + second.started == 1


async def test_replicas_that_start_together_share_the_mailboxes(replicas: Replicas) -> None:
    keys = [f"k{number}" for number in range(6)]
    first, second = replicas.start("one", *keys), replicas.start("two", *keys)
    await eventually(lambda: len(first.running | second.running) == 6)
    assert not first.running & second.running


async def test_a_dead_holder_is_replaced_when_its_lease_has_not_changed_for_long_enough(replicas: Replicas) -> None:
    first = replicas.start("one")
    await eventually(lambda: first.running)
    second = replicas.start("two")
    await first.kill()
    began = asyncio.get_running_loop().time()
    await eventually(lambda: second.running)
    assert asyncio.get_running_loop().time() - began >= TIMES.expire - TIMES.renew - TIMES.look


async def test_a_holder_that_is_cut_off_stops_before_another_begins(replicas: Replicas) -> None:
    first = replicas.start("one")
    await eventually(lambda: first.running)
    second = replicas.start("two")
    first.access.away = True
    await eventually(lambda: second.running)
    assert replicas.log == ["one begins a", "one ends a", "two begins a"]


async def test_a_short_outage_of_the_broker_changes_nothing(replicas: Replicas) -> None:
    first = replicas.start("one")
    await eventually(lambda: first.running)
    first.access.away, tries = True, first.access.tries
    await eventually(lambda: first.access.tries > tries, every_seconds=0.005)
    first.access.away = False
    await replicas.renewals(8)
    assert first.started == 1
    assert first.running


async def test_after_a_long_outage_the_holder_goes_on_at_once_if_nobody_came(replicas: Replicas) -> None:
    first = replicas.start("one")
    await eventually(lambda: first.running)
    first.access.away = True
    await eventually(lambda: not first.running)
    first.access.away = False
    began = asyncio.get_running_loop().time()
    await eventually(lambda: first.running)
    assert asyncio.get_running_loop().time() - began < TIMES.expire


async def test_a_lost_acknowledgement_does_not_cost_the_lease(replicas: Replicas) -> None:
    first = replicas.start("one")
    await eventually(lambda: first.running)
    for _ in range(3):
        replicas.bucket.lose_acknowledgements = 1
        await eventually(lambda: not replicas.bucket.lose_acknowledgements)
        await replicas.renewals(2)
    assert first.started == 1
    assert first.running


async def test_a_restarted_replica_need_not_wait_for_its_own_lease(replicas: Replicas) -> None:
    first = replicas.start("one")
    await eventually(lambda: first.running)
    await first.kill()
    again = replicas.start("one")
    await eventually(lambda: again.running, TIMES.expire / 2)


async def test_two_that_wrongly_share_a_name_do_not_take_it_from_each_other_for_ever(replicas: Replicas) -> None:
    first = replicas.start("same")
    await eventually(lambda: first.running)
    second = replicas.start("same")
    await eventually(lambda: second.running)
    await eventually(lambda: not first.running)
    await replicas.renewals(15)
    assert second.running
    assert first.started == second.started == 1


async def test_an_orderly_stop_gives_the_lease_back(replicas: Replicas) -> None:
    first = replicas.start("one")
    await eventually(lambda: first.running)
    second = replicas.start("two")
    first.keeper.stop()
    await asyncio.wait_for(first.task, 1)
    await eventually(lambda: second.running, TIMES.expire / 2)


async def test_a_job_that_ends_of_a_bug_is_begun_again_and_the_others_go_on(replicas: Replicas) -> None:
    first = replicas.start("one", "a", "b")
    await eventually(lambda: len(first.running) == 2)
    second = replicas.start("two", "c")
    second.fail = True
    await eventually(lambda: second.started >= 2)
    second.fail = False
    await eventually(lambda: second.running)
    assert first.started == 2


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b"\xff", b"null", b"3"])
async def test_a_value_that_nobody_can_read_is_a_free_lease(replicas: Replicas, value: bytes) -> None:
    replicas.bucket.write("lease.a", value, 0)
    first = replicas.start("one")
    await eventually(lambda: first.running, TIMES.expire / 2)

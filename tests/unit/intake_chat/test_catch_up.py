"""What is read again after an outage: everything that events may not have told, once, and in spite of interruptions."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.catching_up import Position, thread_name
from intake_chat.domain.slack.entry.heard_threads import thread_in
from intake_chat.domain.slack.events import Said, happening_of
from intake_chat.errors import NotAccepted, SlackAway, SlackRefused
from intake_chat.handlers.catching_up import ahead
from intake_chat.handlers.catching_up import catch_up as module
from intake_chat.handlers.catching_up.catch_up import KEY, CatchUp, Progress
from intake_chat.handlers.catching_up.outages import Outages
from intake_chat.handlers.customers.accept import accepted_id
from tests.support.polling import eventually
from tests.unit.intake_chat.history_words import DAYS, NOW, Json, said, told, ts
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.state import Entry


@dataclass(frozen=True)
class Place:
    channel: str
    kind: str = "channel"
    archived: bool = False


@dataclass(frozen=True)
class Page:
    messages: Sequence[Json]
    more: bool


@dataclass
class History:
    """A workspace; `errors` are raised first, one for each page."""

    messages: dict[str, list[Json]] = field(default_factory=dict)
    threads: dict[str, list[Json]] = field(default_factory=dict)
    page_size: int = 2
    errors: list[Exception] = field(default_factory=list)
    read: list[tuple[str, str]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)
    roots: dict[str, Json] = field(default_factory=dict)

    async def ourselves(self) -> tuple[str, frozenset[str]]:
        return "T1", frozenset({"UBOT", "BBOT"})

    async def places(self, *, direct: bool = True) -> list[Place]:
        names = [one for one in self.messages if one not in self.hidden]
        found = [Place(one, "im" if one[0] == "D" else "channel", one in self.archived) for one in names]
        return [one for one in found if direct or one.kind != "im"]

    async def page(self, channel: str, oldest: str, latest: str) -> Page:
        if self.errors:
            raise self.errors.pop(0)
        self.read.append((channel, latest))
        found = sorted(
            (one for one in self.messages[channel] if oldest < one["ts"] < latest), key=lambda one: one["ts"]
        )
        return Page(found[::-1][: self.page_size], len(found) > self.page_size)

    async def replies(self, channel: str, root: str, after: str) -> list[Json]:
        if root in self.hidden:
            raise SlackRefused("conversations.replies", "thread_not_found")
        return [one for one in self.threads.get(root, []) if one["ts"] > after]

    async def thread(self, channel: str, root: str, after: str) -> tuple[Json | None, list[Json]]:
        self.read.append((channel, root))
        return self.roots.get(root), await self.replies(channel, root, after)


@dataclass
class World:
    """A catch-up with all that it needs, and what came of it."""

    history: History
    until: str | None = field(default_factory=lambda: ts(60))
    known: set[str] = field(default_factory=set)
    originals: dict[str, Said] = field(default_factory=dict)
    accepted: list[Any] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    revision: int = 1
    receives: bool = True
    at: float = 0.0
    certain: bool = True
    heard: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    ends: int = 0

    def __post_init__(self) -> None:
        self.value = orjson.dumps(Position(self.until).to_json()) if self.until else None
        self.progress = Progress()

    async def since(self, _at: datetime) -> set[str]:
        return set(self.known)

    async def said(self, identity: str, _at: datetime) -> Said | None:
        return self.originals.get(identity)

    async def accept(self, body: bytes, envelope: Any, door: str) -> None:
        if self.failing:
            raise self.failing.pop(0)
        assert (orjson.loads(body), door) == (envelope, "history")
        happening = happening_of(envelope)
        assert happening is not None
        self.known.add(accepted_id(happening.source_id))
        self.accepted.append(happening)

    async def read(self, key: str) -> Entry:
        if key != KEY:
            return Entry(self.heard.get(key), 1)
        return Entry(self.value, self.revision)

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        if revision != self.revision:
            raise WrongSequence("somebody else wrote it")
        self.value, self.revision = value, revision + 1
        return self.revision

    async def threads(self, _since: datetime, most: int) -> list[str]:
        return [thread_name(*thread) for key in self.heard if (thread := thread_in(key))][:most]

    async def called(self, after: int) -> tuple[set[str], int]:
        return set(self.calls[after:]), len(self.calls)

    @property
    def position(self) -> Position:
        assert self.value is not None
        return Position.from_json(orjson.loads(self.value))

    def catch_up(self) -> CatchUp:
        outages = Outages(
            receiving=lambda: self.receives,
            certain=self.certain,
            every_seconds=900,
            clock=lambda: self.at,
            refusals=lambda: self.ends,
        )
        return CatchUp(
            history=self.history, accepted=self, accept=self.accept, state=self, keys=self,
            channels=frozenset({"C1", "C2"}), outages=outages, progress=self.progress, now=lambda: NOW, horizon=DAYS,
            thread_horizon=timedelta(days=14), most_threads=20,
        )  # fmt: skip

    async def until_true(self, done: Callable[[], bool]) -> None:
        """Run until something holds, then stop it."""
        catch_up = self.catch_up()
        task = asyncio.create_task(catch_up.run())
        try:
            await eventually(done, 5)
        finally:
            catch_up.stop()
            await task

    async def to_the_end(self) -> None:
        await self.until_true(lambda: self.revision > 1 and not self.position.holes)

    def words(self) -> list[str | None]:
        return [one.text for one in self.accepted]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.005)
    monkeypatch.setattr(module, "_KEEP_EVERY", timedelta(0))


async def test_everything_since_the_last_good_moment_is_accepted_once() -> None:
    history = History({"C1": [said(90, "antes"), said(50, "uno"), said(40, "dos"), said(30, "tres")], "D1": []})
    history.messages["D1"] = [said(20, "directo", user="U2")]
    world = World(history)
    await world.to_the_end()

    assert sorted(map(str, world.words())) == ["directo", "dos", "tres", "uno"]
    world.accepted.clear()
    await world.to_the_end()
    assert world.accepted == []


async def test_within_a_page_the_older_comes_first() -> None:
    world = World(History({"C1": [said(50, "uno"), said(40, "dos")]}))
    await world.to_the_end()

    assert world.words() == ["uno", "dos"]


async def test_what_events_told_already_is_not_told_again() -> None:
    message = said(50, "uno")
    [known] = told(message)
    world = World(History({"C1": [message, said(40, "dos")]}), known={accepted_id(known.source_id)})
    await world.to_the_end()

    assert world.words() == ["dos"]


async def test_replies_below_messages_of_long_ago_are_found() -> None:
    root = said(60 * 24 * 10, "hace días", latest_reply=ts(15), reply_count=2)
    history = History({"C1": [root]}, {root["ts"]: [said(2000, "entonces"), said(15, "ahora", thread_ts=root["ts"])]})
    world = World(history)
    await world.to_the_end()

    assert world.words() == ["ahora"]
    assert world.accepted[0].where.root == root["ts"]


async def test_a_thread_that_is_gone_by_then_holds_up_nothing() -> None:
    root = said(50, "uno", latest_reply=ts(15))
    world = World(History({"C1": [root, said(40, "dos")]}, hidden={root["ts"]}))
    await world.to_the_end()

    assert world.words() == ["uno", "dos"]
    assert world.progress.worry() == "C2: the app is no member: invite it"


async def test_a_message_that_was_taken_back_is_told_if_it_was_accepted() -> None:
    [original] = told(said(30, "mi clave"))
    world = World(
        History({"C1": [{"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "ts": original.ts}]}),
        originals={accepted_id(original.source_id): original},
    )
    await world.to_the_end()

    [gone] = world.accepted
    assert (gone.text, gone.ts, gone.author) == (None, original.ts, original.author)


async def test_an_interruption_goes_on_where_it_was() -> None:
    history = History({"C1": [said(minutes, str(minutes)) for minutes in range(50, 10, -1)]})
    world = World(history)
    page = history.page

    async def slow(channel: str, oldest: str, latest: str) -> Page:
        return await (asyncio.Event().wait() if len(history.read) == 5 else page(channel, oldest, latest))  # type: ignore[return-value]  # for ever

    history.page = slow  # type: ignore[method-assign]  # it is killed in the middle
    await world.until_true(lambda: len(history.read) >= 5 and world.position.holes["C1"][0].pages == 5)
    before = world.position.holes["C1"][0].reached
    history.page = page  # type: ignore[method-assign]  # as above
    history.read.clear()
    await world.to_the_end()

    assert sorted(map(str, world.words())) == sorted(str(minutes) for minutes in range(50, 10, -1))
    assert len(world.accepted) == 40
    assert ("C1", before) in history.read
    assert len(history.read) == 20  # the newer gap ends where the older one goes on


@pytest.mark.parametrize("failures", [0, 1])
async def test_lines_of_a_direct_message_that_are_more_than_a_page_are_told_from_their_beginning(
    failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST_PAUSE_SECONDS", 0.01)
    lines = [said(minutes, str(minutes)) for minutes in range(50, 39, -1)]
    history = History({"D1": lines}, errors=[SlackAway("500")])
    world = World(history, failing=[NotAccepted("the broker is away")] * failures)
    await world.to_the_end()

    assert world.words() == [str(minutes) for minutes in range(50, 39, -1)]
    assert len(history.read) - len(set(history.read)) == failures  # only the page that could not be told, again


async def test_of_a_direct_message_without_end_no_more_is_held_than_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "MOST_LINES", 4)
    world = World(History({"D1": [said(minutes, str(minutes)) for minutes in range(50, 42, -1)]}))
    await world.to_the_end()

    assert world.words() == ["46", "45", "44", "43", "50", "49", "48", "47"]


async def test_a_broker_or_a_slack_that_is_away_for_a_moment_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_PAUSE_SECONDS", 0.01)
    world = World(History({"C1": [said(50, "uno"), said(40, "dos")]}, errors=[SlackAway("500"), SlackAway("cut")]))
    world.failing = [NotAccepted("the broker is away")]
    await world.to_the_end()

    assert world.words() == ["uno", "dos"]


async def test_a_channel_that_cannot_be_read_is_named_and_holds_up_no_other() -> None:
    history = History({"C1": [said(50, "uno")], "D1": [said(40, "dos")]})
    history.errors = [SlackRefused("conversations.history", "missing_scope")]
    world = World(history)
    await world.to_the_end()

    assert world.words() == ["dos"]
    assert "C1: its history cannot be read: missing_scope" in str(world.progress.worry())


async def test_channels_without_the_app_and_archived_ones_are_named() -> None:
    world = World(History({"C1": [], "C2": []}, hidden={"C2"}, archived={"C1"}))
    await world.to_the_end()

    assert world.progress.worry() == "C1: it is archived; C2: the app is no member: invite it"


async def test_a_channel_with_more_than_can_be_read_is_cut_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    history = History({"C1": [said(minutes) for minutes in range(50, 10, -1)]})
    world = World(history)
    await world.to_the_end()

    assert (len(history.read), len(world.accepted)) == (3, 6)
    assert f"C1: what is older than {ts(16)} was not caught up with" in str(world.progress.worry())


async def test_who_never_listened_before_reads_nothing_of_what_was_said_then() -> None:
    world = World(History({"C1": [said(50, "uno")]}), until=None)
    await world.until_true(lambda: world.revision > 3 and not world.position.holes)

    assert world.accepted == []
    assert world.position.until == ts(0)


async def test_nothing_is_read_before_events_come_in_so_that_nothing_falls_in_between() -> None:
    world = World(History({"C1": [said(50, "uno")]}), receives=False)
    catch_up = world.catch_up()
    task = asyncio.create_task(catch_up.run())
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert world.history.read == []
    world.receives = True
    await eventually(lambda: world.words() == ["uno"], 5)
    catch_up.stop()
    await task


async def test_the_end_does_not_wait_for_slack() -> None:
    world = World(History({"C1": [said(50, "uno")]}))
    world.history.page = lambda *_: asyncio.Event().wait()  # type: ignore[assignment, method-assign, return-value]  # for ever
    catch_up = world.catch_up()
    task = asyncio.create_task(catch_up.run())
    await eventually(lambda: world.revision > 1, 5)
    catch_up.stop()
    async with asyncio.timeout(2):
        await task

    assert world.position.holes["C1"][0].open


async def test_half_a_character_is_no_reason_to_stop() -> None:
    world = World(History({"C1": [said(50, "mal \ud83d"), said(40, "bien")]}))
    accept = world.accept

    async def lenient(body: bytes, envelope: Any, door: str) -> None:
        await accept(body, orjson.loads(body), door)

    world.accept = lenient  # type: ignore[method-assign]  # it compares both otherwise
    await world.to_the_end()

    assert world.words() == ["mal ?", "bien"]


async def test_where_it_is_is_not_written_after_every_page_but_at_the_end_and_when_it_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_KEEP_EVERY", DAYS)
    history = History({"C1": [said(minutes, str(minutes)) for minutes in range(50, 10, -1)]})
    world = World(history)
    page = history.page

    async def slow(channel: str, oldest: str, latest: str) -> Page:
        return await (asyncio.Event().wait() if len(history.read) == 5 else page(channel, oldest, latest))  # type: ignore[return-value]  # for ever

    history.page = slow  # type: ignore[method-assign]  # it is stopped in the middle
    await world.until_true(lambda: len(history.read) == 5)
    assert (world.revision, world.position.holes["C1"][0].pages) == (3, 5)
    history.page = page  # type: ignore[method-assign]  # as above
    await world.to_the_end()

    assert len(world.accepted) == 40
    assert world.revision == 5

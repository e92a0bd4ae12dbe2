"""Catch up with what events did not tell: read Slack's history after an outage, and accept what is missing.

Slack tries to give an event for some minutes, then it is lost. One replica reads the history of every conversation that
is heard, since the last time at which all was well, and accepts what it finds under the ids that the events would have
had. It goes on in the background for as long as Slack's budget takes, and remembers where it was.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import orjson
import structlog

from intake_chat import metrics
from intake_chat.domain.slack.catching_up import (
    Hole,
    Position,
    changed_thread,
    events_of,
    stamp_of,
    taken_back,
    thread_of,
    tombstone_of,
)
from intake_chat.domain.slack.entry.heard_threads import author_in, heard_key
from intake_chat.domain.slack.events import Said, happening_of
from intake_chat.domain.slack.json_text import written
from intake_chat.domain.slack.places import Conversation, is_direct, time_of
from intake_chat.errors import NotAccepted, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.handlers.catching_up.ahead import Ahead
from intake_chat.handlers.catching_up.looks import Looks
from intake_chat.handlers.catching_up.outages import Outages
from intake_chat.handlers.customers.accept import LIMIT_BYTES, accepted_id
from intake_chat.ports.customers import Accept
from intake_chat.ports.history import Json, KeepsPosition, KnowsAccepted, KnowsKeys, ReadsHistory, SeenPlace
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

KEY: Final = "seen.slack"
MOST_PAGES: Final = 100
"""Of one hole of one channel."""
_KEEP_EVERY: Final = timedelta(seconds=5)
_LEARN_AGAIN: Final = timedelta(minutes=3)
"""The broker knows for ten minutes what it has got already; before that is over, we look again."""
_LOOK_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 60.0
_GONE: Final = frozenset({"thread_not_found", "message_not_found"})
_TOMBSTONES_KEPT: Final = 5_000
_MOST_NAMED: Final = 10


class Progress:
    """What probes and metrics see of it."""

    def __init__(self) -> None:
        self.refused: str | None = None
        self.channels: dict[str, str] = {}
        self.cut: str | None = None

    def worry(self) -> str | None:
        """What somebody should look at, or None."""
        found = [self.refused, self.cut, *(f"{channel}: {why}" for channel, why in sorted(self.channels.items())[:5])]
        return "; ".join(one for one in found if one) or None


class CatchUp:
    """Reads what is missing; `run` until `stop`. One replica at a time does it."""

    def __init__(
        self,
        *,
        history: ReadsHistory,
        accepted: KnowsAccepted,
        accept: Accept,
        state: KeepsPosition,
        keys: KnowsKeys,
        channels: frozenset[str],
        outages: Outages,
        progress: Progress,
        now: Callable[[], datetime],
        horizon: timedelta,
        thread_horizon: timedelta,
        most_threads: int,
    ) -> None:
        """Nothing is read yet.

        Args:
            channels: ids of those that are heard beside direct messages.
            outages: says when to look.
            horizon: what is older is not read any more.
            thread_horizon: replies below messages that are older are not looked for, and threads in which nobody was
                heard for so long are not read.
            most_threads: so many threads in channels that are not heard are read, the latest first.
        """
        self._history = history
        self._accepted = accepted
        self._accept = accept
        self._state = state
        self._keys = keys
        self._most_threads = most_threads
        self._channels = channels
        self._outages = outages
        self._progress = progress
        self._now = now
        self._horizon = horizon
        self._thread_horizon = thread_horizon
        self._position: Position | None = None
        self._revision = 0
        self._team = ""
        self._ours: frozenset[str] = frozenset()
        self._kinds: dict[str, str] = {}
        self._known: set[str] = set()
        self._learned_at = self._kept_at = now()
        self._buried: dict[tuple[str, str], None] = {}
        self._pause_seconds = 0.0
        self._ahead = Ahead()
        self._looks = Looks(keys, self._clock)
        self._stopping = asyncio.Event()

    def _clock(self) -> datetime:
        return self._now()

    def stop(self) -> None:
        """Leave off; what was read is remembered."""
        self._stopping.set()

    async def run(self) -> None:
        """Look whenever something may be missing, and read until nothing is; until `stop`."""
        watching = asyncio.create_task(self._watch())
        try:
            while not self._stopping.is_set():
                await self._wait(await self._try_on())
            if self._position is not None and self._position.holes:
                with suppress(Temporary):
                    await self._keep(self._position, at_once=True)
        finally:
            watching.cancel()
            metrics.BEHIND.set(0)  # whoever goes on with it shows how far it is
            metrics.HOLES.set(0)

    async def _watch(self) -> None:
        """Reading takes minutes with the small budget; what happens to the door meanwhile counts too."""
        while True:
            self._outages.note()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _try_on(self) -> float:
        """One step; seconds until the next."""
        try:
            busy = await self._unless_stopped(self._go_on())
        except Temporary as error:
            self._pause_seconds = min(max(self._pause_seconds, _LOOK_SECONDS) * 2, _LONGEST_PAUSE_SECONDS)
            if not isinstance(error, SlackAway | SlackBusy | TooMuchWaits | NotAccepted):
                self._position = None  # somebody else may have written, or the broker was away
            log.info("history.waits", error=str(error), seconds=self._pause_seconds)
        except SlackRefused as error:
            self._pause_seconds = _LONGEST_PAUSE_SECONDS
            self._progress.refused = f"what was missed cannot be caught up with: {error}"
            log.warning("history.refused", reason=error.code)
        else:
            self._pause_seconds = 0.0 if busy else _LOOK_SECONDS
        return self._pause_seconds

    async def _go_on(self) -> bool:
        """One step; whether there is more to do at once."""
        position = self._position or await self._load()
        if self._outages.look_due():
            position = await self._open(position)
            self._outages.looked()
        elif self._team and await self._looks.due(troubled=bool(self._progress.channels)):
            position = await self._look_after_channels(position)
        self._show(position)
        found = position.next()
        if found is None or not self._team:
            return False
        await self._read(position, *found)
        return True

    async def _load(self) -> Position:
        entry = await self._state.read(KEY)
        self._revision = entry.revision
        try:
            self._position = Position.from_json(orjson.loads(entry.value)) if entry.value else None
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            log.warning("history.unreadable_position")
            self._position = None
        if self._position is None:  # nobody has listened before: what was said then was not said to us
            await self._keep(Position(stamp_of(self._now())), at_once=True)
        assert self._position is not None
        await self._learn(self._position)
        return self._position

    async def _open(self, position: Position) -> Position:
        """Note what may be missing in each conversation that is heard."""
        await self._looks.begin()
        self._team, self._ours = await self._history.ourselves()
        heard = await self._heard()
        self._progress.refused = None
        threads = await self._threads()
        self._kinds = {place.channel: place.kind for place in heard}
        self._progress.channels = self._troubles(heard)
        # Channels before threads, and those before direct messages, of which there may be thousands.
        channels = [place.channel for place in heard if place.kind != "im"]
        order = [*channels, *threads, *(place.channel for place in heard if place.kind == "im")]
        after = position.opened(order, self._now(), self._horizon, self._thread_horizon, wanted=self._channels)
        await self._keep(after, at_once=True)
        await self._learn(after)
        log.info("history.opened", channels=len(after.holes), since=after.known_from, until=after.until)
        return after

    async def _heard(self, *, direct: bool = True) -> list[SeenPlace]:
        """The conversations that the app is in and should hear."""
        places = await self._history.places(direct=direct)
        return [place for place in places if place.kind == "im" or place.channel in self._channels]

    def _troubles(self, heard: Sequence[SeenPlace]) -> dict[str, str]:
        """Channels that can be heard by nobody, and why."""
        absent = self._channels - {place.channel for place in heard}
        archived = {place.channel: "it is archived" for place in heard if place.archived and place.kind != "im"}
        return dict.fromkeys(absent, "the app is no member: invite it") | archived

    async def _look_after_channels(self, position: Position) -> Position:
        """See which channels can be heard, and read what was said meanwhile in those that could not be, and now can."""
        self._looks.tried()
        heard = await self._heard(direct=False)
        before, now, called = self._progress.channels, self._troubles(heard), self._looks.called
        # One that was left and joined again between two looks was away too.
        again = (before.keys() | called) - now.keys()
        back = [place.channel for place in heard if place.channel in again]
        if others := called - self._channels:
            back += [name for name in await self._threads() if name.partition("/")[0] in others]
        if back:
            self._kinds |= {place.channel: place.kind for place in heard}
            position = position.back(back, self._now(), self._horizon, self._thread_horizon)
            await self._keep(position, at_once=True)
            await self._learn(position)
            log.info("history.reopened", channels=back[:_MOST_NAMED], since=position.known_from)
        if new := sorted(now.keys() - before.keys()):
            log.warning("channels.unheard", channels=new[:_MOST_NAMED])
        self._progress.channels = now
        self._looks.looked(new=bool(new))
        return position

    async def _threads(self) -> Sequence[str]:
        """Threads that are heard by themselves, by name."""
        found = await self._keys.threads(self._now() - self._thread_horizon, self._most_threads)
        return [name for name in found if name.partition("/")[0] not in self._channels and not is_direct(name)]

    async def _learn(self, position: Position) -> None:
        """What was accepted since the first moment that matters."""
        since = position.known_from
        self._known = await self._learned(time_of(since)) if since else set()

    async def _learned(self, since: datetime) -> set[str]:
        at = self._now()
        found = await self._accepted.since(since - timedelta(minutes=1))
        self._learned_at = at
        return found

    async def _read(self, position: Position, channel: str, hole: Hole) -> None:
        """One page of a channel, with the threads that changed."""
        if self._now() - self._learned_at > _LEARN_AGAIN:  # with the small budget, reading takes hours
            self._known |= await self._learned(self._learned_at)
        if (thread := thread_of(channel)) is not None:
            await self._read_thread(*thread, hole)
            await self._keep(position.walked(channel, hole, None))
            return
        try:
            page = await self._history.page(channel, hole.floor, self._ahead.reached(channel, hole))
            if (told := self._ahead.told(hole, page, MOST_PAGES)) is None:
                return
            messages, pages = told
            for message in messages:
                await self._take(channel, message, hole)
        except SlackRefused as error:
            # Of one channel: left, archived away, a scope that is missing. The others go on.
            self._progress.channels[channel] = f"its history cannot be read: {error.code}"
            log.warning("history.refused", channel=channel, reason=error.code)
            await self._keep(position.missed(channel, hole), at_once=True)
            return
        self._ahead.forget()
        after = None
        if page.more and hole.pages + pages >= MOST_PAGES:
            self._progress.cut = f"{channel}: what is older than {page.messages[-1]['ts']} was not caught up with"
            log.warning("history.cut", channel=channel, pages=MOST_PAGES, reached=str(page.messages[-1]["ts"]))
        elif page.more:
            after = replace(hole, reached=str(page.messages[-1]["ts"]), pages=hole.pages + pages)
        await self._keep(position.walked(channel, hole, after))

    async def _read_thread(self, channel: str, root: str, hole: Hole) -> None:
        """A thread that is heard by itself, to its end; where it is not for us to see any more, nothing is."""
        kind = self._kinds.get(channel, "channel")
        try:
            first, replies = await self._history.thread(channel, root, hole.since)
        except SlackRefused as error:
            log.info("history.thread_refused", channel=channel, reason=error.code)
            if error.code in _GONE:
                await self._bury(channel, kind, root)
            return
        for message in (first, *replies) if first is not None else replies:
            for envelope in events_of(self._team, channel, kind, message, hole):
                await self._offer(envelope)
        if first is not None and tombstone_of(first) is not None:
            await self._bury(channel, kind, root)

    async def _take(self, channel: str, message: Json, hole: Hole) -> None:
        kind = self._kinds.get(channel, "channel")
        for envelope in events_of(self._team, channel, kind, message, hole):
            await self._offer(envelope)
        if (ts := tombstone_of(message)) is not None:
            await self._bury(channel, kind, ts)
        root = changed_thread(message, hole, self._ours)
        if root is None:
            return
        try:
            replies = await self._history.replies(channel, root, hole.since)
        except SlackRefused as error:
            if error.code not in _GONE:
                raise
            return  # taken back between two calls
        for reply in replies:
            for envelope in events_of(self._team, channel, kind, reply, hole):
                await self._offer(envelope)

    async def _offer(self, envelope: Json) -> None:
        """Accept an event that was not accepted before."""
        happening = happening_of(envelope)
        body = written(envelope)
        if happening is None or len(body) > LIMIT_BYTES:
            return
        identity = accepted_id(happening.source_id)
        if identity in self._known:
            return
        await self._accept(body, envelope, "history")
        self._known.add(identity)
        metrics.CAUGHT.labels("message" if isinstance(happening, Said) else "revision").inc()

    async def _bury(self, channel: str, kind: str, ts: str) -> None:
        """Tell of a message that was taken back, if it was accepted; its author is known from there alone."""
        if (channel, ts) in self._buried:
            return
        identity = accepted_id(f"{self._team}/{channel}/{ts}")
        said = await self._accepted.said(identity, time_of(ts)) or await self._handed_in(channel, kind, ts)
        if said is not None:
            await self._offer(taken_back(self._team, kind, said))
        self._buried[channel, ts] = None
        if len(self._buried) > _TOMBSTONES_KEPT:
            del self._buried[next(iter(self._buried))]

    async def _handed_in(self, channel: str, kind: str, ts: str) -> Said | None:
        """A message that no event told of because the app was not there yet, but somebody made a ticket of."""
        author = author_in((await self._state.read(heard_key(channel, ts))).value)
        if author is None:
            return None
        where = Conversation(self._team, channel, ts)
        return Said(where, ts, author, text="", kind=kind, reply=False, machine=False, files=())

    async def _keep(self, position: Position, *, at_once: bool = False) -> None:
        """Remember where reading is: not after every page, of which the large budget gives many."""
        self._position = position
        at = self._now()
        if at_once or not position.holes or at - self._kept_at >= _KEEP_EVERY:
            self._revision = await self._state.replace(KEY, orjson.dumps(position.to_json()), self._revision)
            self._kept_at = at

    def _show(self, position: Position) -> None:
        oldest = position.oldest
        metrics.BEHIND.set(max((self._now() - time_of(oldest)).total_seconds(), 0.0) if oldest else 0.0)
        metrics.HOLES.set(sum(len(holes) for holes in position.holes.values()))

    async def _unless_stopped(self, work: Awaitable[bool]) -> bool:
        """The work's answer; with the small budget it waits for minutes, and must not hold up the end."""
        step, stopping = asyncio.ensure_future(work), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((step, stopping), return_when=asyncio.FIRST_COMPLETED)
            return await step if step.done() else False
        finally:
            stopping.cancel()
            if not step.done():
                step.cancel()
                await asyncio.gather(step, return_exceptions=True)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

"""The one way out to Slack: every call waits here for its turn, the urgent ones first.

For each method there is one queue. What people say to a customer goes before what the desk says by itself, that before
who is on the telephone, that before a new card, that before an update of a card, and that before somebody's Home. A
call that Slack refuses for being too many is repeated when Slack says so; only its method waits, or with messages its
channel. Nothing waits here that is not written down elsewhere: whoever calls has it in a stream or a bucket, and hears
of it if it does not get its turn.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, Protocol

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackRequestError

from intake_chat import metrics
from intake_chat.domain.slack.channel_changes import UNHEARD
from intake_chat.domain.slack.pacing import FOR_CUSTOMERS, Pacing
from intake_chat.domain.slack.refusals import DEAD_TOKEN, Breaker, bot_token_words
from intake_chat.errors import SlackAway, SlackBusy, SlackRefused, TokenRefused, TooMuchWaits
from ventanilla_runtime import tracing

log = structlog.get_logger()

_MOST_WAITING: Final = 20_000
_LONGEST_PAUSE_SECONDS: Final = 300.0
_TRIAL_SECONDS: Final = 30.0
"""So long the one call that tries a dead token may be under way before another one does."""
_STOPPING: Final = "the service stops: another replica says it"
_LATER: Final = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Words of Slack after which the same may succeed."""


class Lane(IntEnum):
    """Who goes first where many wait."""

    PERSON = 0
    """Somebody looks at a dialog and waits."""
    CUSTOMER = 1
    AUTOMATIC = 2
    """What the desk itself says to customers: a hundred acknowledgements must not keep an answer waiting."""
    CALL = 3
    """Who is on the telephone: a minute later nobody needs it."""
    NEW_CARD = 4
    CARD = 5
    MENTION = 6
    """What people are called whom a message names: nobody's words wait for it."""
    HOME = 7
    READING = 8


class Answer(Protocol):
    """What Slack answers: the fields of its JSON."""

    def __getitem__(self, key: str) -> Any:
        """A field; KeyError: there is none."""

    def get(self, key: str, default: Any = None) -> Any:
        """A field, or the default."""


class Unasked:
    """The answer of a call that found nothing to ask when its turn came: it uses up nothing of what Slack allows."""

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def get(self, _key: str, default: Any = None) -> Any:
        """The default: there are no fields."""
        return default


Call = Callable[[], Awaitable[Answer]]


@dataclass(order=True, slots=True)
class _Waiting:
    lane: Lane
    due: float
    order: int
    channel: str = field(compare=False)
    call: Call = field(compare=False)
    answer: asyncio.Future[Answer] = field(compare=False)
    since: float = field(compare=False)
    trace: str | None = field(compare=False)


class WayOut:
    """Calls Slack's methods at the pace that Slack allows."""

    def __init__(
        self, *, small_history: bool = False, pace: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing waits yet.

        Args:
            small_history, pace: as in `Pacing`.
        """
        self._pacing = Pacing(small_history, pace)
        self._clock = clock
        self._queues: dict[str, list[_Waiting]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._orders = itertools.count()
        self._waiting = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._token = Breaker()
        self._stopping = False
        self.unheard: Callable[[str], None] = lambda _channel: None
        """Is told of channels in which we may not post: there nothing is heard either."""
        metrics.TOKEN_TAKEN.set_function(lambda: float(not self._token.reason))
        metrics.PAUSE_SECONDS.set_function(lambda: self._pacing.pause_left(self._clock()))
        metrics.OLDEST_WAITING_SECONDS.set_function(self._oldest_waiting_seconds)

    def problem(self) -> str | None:
        """What is wrong with the bot token, for the probes."""
        return bot_token_words(self._token.reason) if self._token.reason else None

    def token_ends(self) -> int:
        """How often Slack has stopped to take our token."""
        return self._token.ends

    def trial_seconds(self) -> float | None:
        """How long until a token that Slack does not take is tried again; None: it takes the token."""
        return self._token.waits_seconds(self._clock()) if self._token.reason else None

    async def call(
        self, method: str, lane: Lane, call: Call, *, channel: str = "", yields_seconds: float = 0.0
    ) -> Answer:
        """What Slack answers when it is this call's turn.

        Args:
            yields_seconds: calls of the same lane that come so much later still go first, and no others.

        Raises:
            SlackRefused: it will never be done.
            SlackAway: nobody knows whether it was done; as TokenRefused: Slack does not take our token.
            SlackBusy: Slack wants a pause that is too long to wait for.
            TooMuchWaits: there is no room.
        """
        if self._token.waits_seconds(self._clock()) > 0:
            raise TokenRefused(f"{method}: {self._token.reason}")
        if self._waiting >= _MOST_WAITING:
            raise TooMuchWaits(f"{self._waiting} calls wait for Slack")
        if self._stopping and lane > Lane.PERSON:
            raise TooMuchWaits(_STOPPING)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        now = self._clock()
        waiting = _Waiting(
            lane, now + yields_seconds, next(self._orders), channel, call, answer, now, tracing.current()
        )
        heapq.heappush(self._queues.setdefault(method, []), waiting)
        self._count(1)
        wake = self._wakes.setdefault(method, asyncio.Event())
        wake.set()
        if method not in self._workers:
            self._workers[method] = asyncio.create_task(self._work(method, wake))
        try:
            return await answer
        finally:
            answer.cancel()  # whoever gave up waiting is not called for

    def stop(self) -> None:
        """Let nothing wait any more but for people who look at a dialog: another replica says the rest in its turn.

        What is under way comes to its end; whoever waited hears that nothing was asked.
        """
        self._stopping = True
        for queue in self._queues.values():
            for waiting in queue:
                if waiting.lane > Lane.PERSON:
                    self._fail(waiting, TooMuchWaits(_STOPPING))
        for wake in self._wakes.values():
            wake.set()

    async def close(self) -> None:
        """Give up what waits; what is under way comes to its end elsewhere."""
        tasks = [*self._workers.values(), *self._under_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, method: str, wake: asyncio.Event) -> None:
        queue = self._queues[method]
        while True:
            wake.clear()
            pause = self._start_due(method, queue)
            try:
                async with asyncio.timeout(pause):
                    await wake.wait()
            except TimeoutError:
                pass

    def _start_due(self, method: str, queue: list[_Waiting]) -> float | None:
        """Start what may be called now, the first of each lane first; returns seconds until more may be."""
        held: list[_Waiting] = []
        soonest: float | None = None
        now = self._clock()
        while queue:
            waiting = heapq.heappop(queue)
            if waiting.answer.done():
                self._count(-1)
                continue
            if self._token.waits_seconds(now) > 0:  # it began to wait before Slack refused the token
                self._count(-1)
                self._fail(waiting, TokenRefused(f"{method}: {self._token.reason}"))
                continue
            spare = FOR_CUSTOMERS if waiting.lane > Lane.CUSTOMER else 0
            seconds = self._pacing.wait_seconds(method, waiting.channel, now, spare=spare)
            if seconds <= 0:
                self._token.called(now, _TRIAL_SECONDS)
                self._start(method, waiting, now)
                continue
            held.append(waiting)
            soonest = seconds if soonest is None else min(soonest, seconds)
            if self._pacing.wait_seconds(method, "", now, spare=spare) > 0:
                break  # nobody else gets a turn either
        for waiting in held:
            heapq.heappush(queue, waiting)
        return soonest

    def _start(self, method: str, waiting: _Waiting, now: float) -> None:
        self._pacing.take(method, waiting.channel, now)
        self._count(-1)
        metrics.CALL_SECONDS.labels(waiting.lane.name.lower()).observe(now - waiting.since)
        # The worker was begun by whoever came first: what it does for others belongs to their traces.
        task = asyncio.create_task(tracing.within(waiting.trace, self._do(method, waiting)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _do(self, method: str, waiting: _Waiting) -> None:
        try:
            with tracing.span(f"slack {method}", tracing.Kind.CLIENT):
                answer = await waiting.call()
        except SlackApiError as error:
            self._refused(method, waiting, error)
        except (aiohttp.ClientError, SlackRequestError, TimeoutError, OSError) as error:
            metrics.count_call(method, "away")
            self._fail(waiting, SlackAway(f"{method}: {type(error).__name__}"))
        except Exception as error:  # noqa: BLE001  # a bug of the caller's is the caller's to see
            self._fail(waiting, error)
        else:
            if isinstance(answer, Unasked):
                self._pacing.give_back(method, waiting.channel, self._clock())
                self._wakes[method].set()
            else:
                self._revive_token()
                metrics.count_call(method, "ok")
            if not waiting.answer.done():
                waiting.answer.set_result(answer)

    def _refused(self, method: str, waiting: _Waiting, error: SlackApiError) -> None:
        response = error.response
        status = getattr(response, "status_code", 0)
        code = str(response.get("error", "")) if isinstance(getattr(response, "data", None), dict) else ""
        if status == 429 or code == "ratelimited":
            self._again(method, waiting, _retry_after(response))
        elif status >= 500 or code in _LATER or not code:
            metrics.count_call(method, "away")
            self._fail(waiting, SlackAway(f"{method}: {status} {code}".rstrip()))
        elif code in DEAD_TOKEN:
            self._bury_token(code)
            metrics.count_call(method, code)
            self._fail(waiting, TokenRefused(f"{method}: {code}"))
        else:
            metrics.count_call(method, code)
            if waiting.channel and code in UNHEARD:
                self.unheard(waiting.channel)
            messages = (response.get("response_metadata") or {}).get("messages") or ()
            self._fail(waiting, SlackRefused(method, code, "; ".join(map(str, messages))[:500]))

    def _bury_token(self, code: str) -> None:
        if self._token.refused(code, self._clock()):
            log.error("slack.refused_token", reason=code, detail=bot_token_words(code))
        for wake in self._wakes.values():  # what waits is told at once: its own clock may be running out
            wake.set()

    def _revive_token(self) -> None:
        if self._token.taken():
            log.info("slack.took_token")

    def _again(self, method: str, waiting: _Waiting, seconds: float) -> None:
        metrics.count_call(method, "ratelimited")
        log.info("slack.limited", method=method, seconds=seconds)
        self._pacing.pause(method, waiting.channel, seconds, self._clock())
        if seconds > _LONGEST_PAUSE_SECONDS:
            self._fail(waiting, SlackBusy(f"{method}: Slack wants a pause of {seconds:.0f} s"))
        elif not waiting.answer.done():
            heapq.heappush(self._queues[method], waiting)
            self._count(1)
            self._wakes[method].set()

    def _fail(self, waiting: _Waiting, error: Exception) -> None:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)

    def _oldest_waiting_seconds(self) -> float:
        since = (waiting.since for queue in self._queues.values() for waiting in queue if not waiting.answer.done())
        return max(self._clock() - min(since, default=self._clock()), 0.0)

    def _count(self, more: int) -> None:
        self._waiting += more
        metrics.WAITING.set(self._waiting)


def _retry_after(response: Any) -> float:
    headers = getattr(response, "headers", None) or {}
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), "30")
    try:
        return max(1.0, float(found))
    except (TypeError, ValueError):
        return 30.0

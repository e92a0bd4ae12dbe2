"""One probe: issued, sent through the door, seen as a ticket, cleaned up. Each is timed, and named if it fails."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from prober.domain.advice import look_at
from prober.domain.probe import (
    ANSWER,
    BROKEN,
    CLEAN,
    DESK_CHANNEL,
    DOOR,
    ISSUE,
    MAIL,
    SETTLE,
    TICKET,
    Probe,
    Result,
    wrong_in,
)
from prober.errors import Away, Late, Refused

log = structlog.get_logger()

TOTAL = "total"
_FAILURES = (Refused, Away, Late)


class Door(Protocol):
    """By which a probe goes in."""

    async def knock(self, probe: Probe) -> None:
        """Send it; returns once it is accepted. Raises Refused, Away."""

    async def look(self) -> str:
        """What the door says to somebody who brings nothing and is who we are. Raises Refused, Away."""


class SeesProbes(Protocol):
    """Issues probes, and tells what became of them; `adapters.desk.Desk` does."""

    async def issue(self, channel: str, *, answer: bool = False) -> Probe:
        """A new one; `answer`: its acknowledgement is to leave. Raises Refused, Away."""

    async def seen(self, probe: Probe, within_seconds: float) -> dict[str, Any]:
        """What the desk saw of it. Raises Late, Refused."""

    async def answered(self, probe: Probe, within_seconds: float) -> None:
        """Wait for its acknowledgement. Raises Late, Refused."""

    async def clean(self, probe: Probe) -> None:
        """Forget it. Raises Refused, Away."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what comes after the door may take. `answer_seconds` None: the acknowledgement does not leave."""

    settle_seconds: float
    answer_seconds: float | None = None


async def probe_once(
    channel: str,
    door: Door,
    desk: SeesProbes,
    patience: Patience,
    tell: Callable[[str], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """Send one probe and say what became of it; whatever goes wrong is its result, and ends no other channel.

    Args:
        tell: hears in a few words how far it is.
    """
    under_way = _UnderWay(channel, desk, patience, tell, clock)
    try:
        wrong = await under_way.go_through(door)
    except _FAILURES as error:
        wrong = error.slug, str(error)
    except Exception as error:  # a bug, or an answer that nobody expected
        log.exception("probe.broken", channel=channel)
        wrong = BROKEN, type(error).__name__
    return under_way.result(wrong)


class _UnderWay:
    """A probe between its stages."""

    def __init__(
        self,
        channel: str,
        desk: SeesProbes,
        patience: Patience,
        tell: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._channel = channel
        self._named = DESK_CHANNEL.get(channel, channel)
        self._desk = desk
        self._patience = patience
        self._tell = tell
        self._clock = clock
        self._stage = ISSUE
        self._sent: Probe | None = None
        self._ticket: Mapping[str, Any] | None = None
        self._seconds: dict[str, float] = {}

    async def go_through(self, door: Door) -> tuple[str, str] | None:
        """All stages; (reason, words) of what is wrong at the one at which it stopped, None: nothing is.

        Raises:
            Refused, Away, Late: at the stage at which it stopped.
        """
        wants_answer = self._patience.answer_seconds is not None and self._channel == MAIL
        with self._timed(ISSUE):
            sent = self._sent = await self._desk.issue(self._named, answer=wants_answer)
        began = self._clock()
        with self._timed(DOOR):
            self._tell("at the door")
            await door.knock(sent)
        with self._timed(SETTLE):
            self._tell("accepted; waiting for the ticket")
            seen = await self._desk.seen(sent, self._patience.settle_seconds)
        self._seconds[TOTAL] = self._clock() - began
        self._ticket, self._stage = seen.get("ticket"), TICKET
        wrong = wrong_in(seen, sent, self._named)
        if wrong is None and wants_answer:
            with self._timed(ANSWER):
                self._tell("seen as a ticket; waiting for the answer")
                await self._desk.answered(sent, self._patience.answer_seconds or 0)
        if wrong is None:
            self._stage = CLEAN
        cleaning = self._clock()
        try:
            await self._desk.clean(sent)
        except _FAILURES:
            if wrong is None:  # else that is what has to be told; the desk cleans up by itself
                raise
        else:
            self._seconds[CLEAN] = self._clock() - cleaning
        return wrong

    def result(self, wrong: tuple[str, str] | None) -> Result:
        """What became of it."""
        probe = self._sent.id if self._sent else ""
        if wrong is None:
            return Result(self._channel, probe, seconds=self._seconds, ticket=self._ticket)
        reason, detail = wrong
        look = look_at(self._channel, self._stage, reason)
        return Result(self._channel, probe, self._stage, reason, detail, look, self._seconds, self._ticket)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        """Note how long a stage takes, if it comes to its end."""
        self._stage, began = stage, self._clock()
        yield
        self._seconds[stage] = self._clock() - began

"""Wiring of catching up: a reader of the history under a lease, and what the probes see of it. Part of `app.py`."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.chat_keys import ChatKeys, called_key
from intake_chat.adapters.chat_stream import ChatStream
from intake_chat.adapters.slack.history import History
from intake_chat.adapters.slack.socket_door import SocketDoor
from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.domain.slack.channel_changes import changed_channel
from intake_chat.errors import SlackRefused
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.catching_up.catch_up import CatchUp, Progress
from intake_chat.handlers.catching_up.outages import Outages
from intake_chat.handlers.customers.accept import Home
from intake_chat.ports.customers import Accept
from intake_chat.settings import Settings
from intake_chat.wiring.leases import lease_keeper
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_runtime.leases import Job, LeaseKeeper
from ventanilla_runtime.many import Many
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket

LEASE: Final = "catch-up"
_TOKEN_SECONDS: Final = 60.0
_MOMENT_SECONDS: Final = 1.0
_THREADS: Final = 200
_FEW_THREADS: Final = 20
"""With the small budget each takes a minute."""
_CALLED_AGAIN_SECONDS: Final = 30.0
_MOST_CALLED: Final = 1_000


def catching_up(
    service: Service,
    settings: Settings,
    web: AsyncWebClient,
    way_out: WayOut,
    accept: Accept,
    door: SocketDoor | None,
) -> LeaseKeeper:
    """Whoever reads the history, at one replica of all; nothing is read before its `run`."""
    clock = asyncio.get_running_loop().time
    state = StateBucket(service.broker, service.publisher, CHAT_STATE)
    many = Many(service.broker)
    service.stack.push_async_callback(many.close)
    history = History(web, way_out, small=settings.slack_small_history)
    progress = Progress()
    service.warn("history", progress.worry)

    def receiving() -> bool:
        # Without a token Slack tells of nothing, and it would not let us read what it did not tell.
        well = service.broker.connected and way_out.problem() is None
        return well and (door is None or door.problem() is None)

    def job() -> Job:
        catch_up = CatchUp(
            history=history,
            accepted=ChatStream(many),
            accept=accept,
            state=state,
            keys=ChatKeys(many, CHAT_STATE),
            channels=settings.heard_channels,
            outages=Outages(
                receiving=receiving,
                certain=door is not None,
                every_seconds=settings.slack_catch_up_minutes * 60,
                clock=clock,
                refusals=way_out.token_ends,
            ),
            progress=progress,
            now=partial(datetime.now, UTC),
            horizon=timedelta(days=settings.slack_catch_up_days),
            thread_horizon=timedelta(days=settings.slack_catch_up_thread_days),
            most_threads=_FEW_THREADS if settings.slack_small_history else _THREADS,
        )
        return Job(catch_up.run, catch_up.stop)

    return lease_keeper(state, settings, LEASE, job)


class Callers:
    """Lets whoever reads the history look at a channel, whichever replica notices; if lost, the next look sees it."""

    def __init__(self, service: Service) -> None:
        self._state = StateBucket(service.broker, service.publisher, CHAT_STATE)
        self._background = Background()
        service.stack.push_async_callback(self._background.close)
        self._called: dict[str, float] = {}

    def call(self, channel: str) -> None:
        """A channel may be heard from now on, or not any more."""
        now = asyncio.get_running_loop().time()
        if now - self._called.get(channel, -_CALLED_AGAIN_SECONDS) < _CALLED_AGAIN_SECONDS:
            return
        self._called[channel] = now
        if len(self._called) > _MOST_CALLED:
            del self._called[next(iter(self._called))]
        self._background.start(self._write(channel))

    async def take_in(self, take_in: Accept, body: bytes, envelope: Mapping[str, Any], door: str) -> None:
        """An event, as `take_in` takes it; those about channels are looked at here alone."""
        if (channel := changed_channel(envelope)) is not None:
            self.call(channel)
        await take_in(body, envelope, door)

    async def _write(self, channel: str) -> None:
        with suppress(Temporary):
            await self._state.put_all([called_key(channel)], b"1")


async def watch_token(service: Service, web: AsyncWebClient, way_out: WayOut, home: Home) -> None:
    """Try the bot token every minute, so that the probes know of its end before a customer waits for an answer.

    By it the desk learns which workspace is its own. A token that Slack does not take is tried when the way out lets
    it: a desk with nothing to say finds out as well when it works again.
    """
    while not service.stopping.is_set():
        with suppress(Temporary, SlackRefused):
            home.team = str((await way_out.call("auth.test", Lane.READING, web.auth_test)).get("team_id") or "")
        trial = way_out.trial_seconds()
        pause = _TOKEN_SECONDS if trial is None else max(trial, _MOMENT_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await service.stopping.wait()

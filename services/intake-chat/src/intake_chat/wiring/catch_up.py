"""Wiring of catching up: a reader of the history under a lease, and what the probes see of it. Part of `app.py`."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.chat_stream import ChatStream
from intake_chat.adapters.slack.history import History
from intake_chat.adapters.slack.socket_door import SocketDoor
from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.errors import SlackRefused
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
        return service.broker.connected and (door is None or door.problem() is None)

    def job() -> Job:
        catch_up = CatchUp(
            history=history,
            accepted=ChatStream(many),
            accept=accept,
            state=state,
            channels=settings.heard_channels,
            outages=Outages(
                receiving=receiving,
                certain=door is not None,
                every_seconds=settings.slack_catch_up_minutes * 60,
                clock=clock,
            ),
            progress=progress,
            now=partial(datetime.now, UTC),
            horizon=timedelta(days=settings.slack_catch_up_days),
            thread_horizon=timedelta(days=settings.slack_catch_up_thread_days),
        )
        return Job(catch_up.run, catch_up.stop)

    return lease_keeper(state, settings, LEASE, job)


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

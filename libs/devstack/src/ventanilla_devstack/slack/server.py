"""A local Slack that runs: one aiohttp server with all doors, for tests (as a context manager) and for the command."""

import asyncio
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import structlog
from aiohttp import web

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.errors import PortInUse
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.slack import doors, saving
from ventanilla_devstack.slack.courier import Courier
from ventanilla_devstack.slack.faults import Faults
from ventanilla_devstack.slack.hands import Hands
from ventanilla_devstack.slack.http_events import HttpEvents
from ventanilla_devstack.slack.limits import HistoryMode, Limits, LimitsMode
from ventanilla_devstack.slack.records import App
from ventanilla_devstack.slack.seed import Seed, new_workspace
from ventanilla_devstack.slack.sign_in import SignIn
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.sockets import Sockets
from ventanilla_devstack.slack.storing import FILE_BYTES
from ventanilla_devstack.slack.triggers import Lent
from ventanilla_devstack.slack.web_api.dispatch import WebApi
from ventanilla_devstack.slack.workspace import Happening, Workspace

_STOP_SECONDS = 2.0
_TURNS_TO_MEET = 3
"""Of the loop, from taking a connection to telling the server of it; asyncio needs two."""

log = structlog.get_logger()


class LocalSlack:
    """A Slack of one's own.

    Attributes:
        url: `http://127.0.0.1:PORT`; the Web API is below `/api/`.
        app: the app with its tokens and secrets.
        hands: acts for any person.
        faults: what shall go wrong.
        sockets: Socket Mode: `open_count`, `refresh`, `cut`, `disable`.
        courier: events on their way: `deliveries`, `settle`.
        limits: budgets, which may be switched while it runs.
        calls: method, arguments and error of each call of the Web API so far.
    """

    def __init__(
        self,
        *,
        seed: Seed | None = None,
        port: int = 0,
        state_file: Path | None = None,
        limits: LimitsMode = "off",
        history: HistoryMode = "large",
        request_url: str = "",
        retry_factor: float = 1.0,
        ack_seconds: float = 3.0,
        save_seconds: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare a workspace; nothing is opened before `start`.

        Args:
            port: 0 for any free one.
            state_file: where the workspace is kept between runs; the seed counts only for a new one.
            request_url: where events go by HTTP; empty for Socket Mode.
            retry_factor: shortens the waits between attempts to deliver an event.
            ack_seconds: how long an app may take to acknowledge.
            save_seconds: how long a change may be unsaved while we run.
        """
        self._port = port
        self._state_file = state_file
        kept = saving.load(state_file, clock) if state_file is not None else None
        self.workspace: Workspace = kept if kept is not None else new_workspace(seed or Seed(), clock)
        self.site = _make_site(self.workspace, clock, limits, history, ack_seconds, retry_factor)
        self.faults, self.limits = self.site.faults, self.site.limits
        self.sockets, self.courier = self.site.sockets, self.site.courier
        for name, value in seed.app.items() if seed is not None else ():
            setattr(self.app, name, value)  # a kept workspace gets the tokens that are given now
        self.app.request_url = request_url
        self.workspace.listeners.append(self.courier.hear)
        self.hands = Hands(self.site)
        self._web_api = WebApi(self.site)
        self.calls = self._web_api.calls
        self._runner: web.AppRunner | None = None
        self._entrance: socket.socket | None = None
        self._save_seconds = save_seconds
        self._saving: asyncio.Task[None] | None = None
        self._changed = False
        self.workspace.listeners.append(self._note_change)

    @property
    def app(self) -> App:
        """The app that is installed."""
        return next(iter(self.workspace.apps.values()))

    @property
    def url(self) -> str:
        """Our address."""
        return self.workspace.url

    async def start(self) -> None:
        """Listen.

        Raises:
            PortInUse: another program has the port.
        """
        application = web.Application(client_max_size=FILE_BYTES + 1024 * 1024)
        doors.open_doors(application, self.site, self._web_api, self.hands)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_STOP_SECONDS)
        await self._runner.setup()
        try:
            self._entrance = socket.create_server((HOST, self._port))
        except OSError as error:
            await self._runner.cleanup()
            raise PortInUse(f"port {self._port} is in use: choose another for the local Slack") from error
        await web.SockSite(self._runner, self._entrance).start()
        self._port = self._runner.addresses[0][1]
        self.workspace.url = f"http://{HOST}:{self._port}"
        if self._state_file is not None:
            self._saving = asyncio.create_task(self._keep_saving(self._state_file))

    async def stop(self) -> None:
        """Close everything, and keep the workspace if it has a file."""
        await self._let_nobody_in()
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.gather(self._saving, return_exceptions=True)
        await self.courier.stop()
        await self.sockets.stop()
        await self.site.http.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._state_file is not None:
            saving.save(self.workspace, self._state_file)

    async def _let_nobody_in(self) -> None:
        """Whoever came last is met, to be sent away with the others: what is being taken while a server is closed
        stays open and nobody knows of it.
        """
        if self._entrance is not None:
            asyncio.get_running_loop().remove_reader(self._entrance)
            self._entrance = None  # the runner closes it
            for _ in range(_TURNS_TO_MEET):
                await asyncio.sleep(0)

    async def _keep_saving(self, path: Path) -> None:
        """Save what has changed every few seconds, so that a killed process loses no more than that."""
        while True:
            await asyncio.sleep(self._save_seconds)
            if self._changed:
                self._changed = False
                text = saving.written(self.workspace)
                try:
                    await asyncio.to_thread(write_whole, path, text)
                except OSError as error:
                    self._changed = True
                    log.warning("slack_state.unsaved", path=str(path), error=str(error))

    def _note_change(self, happening: Happening) -> None:
        self._changed = self._changed or not happening.local

    async def set_request_url(self, url: str) -> bool:
        """Send events by HTTP from now on, if the address answers the challenge; whether it did. "" for Socket Mode."""
        before, self.app.request_url = self.app.request_url, url
        if url and not await self.site.http.verify(self.app):
            self.app.request_url = before
            return False
        return True

    async def __aenter__(self) -> "LocalSlack":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with asyncio.timeout(10 * _STOP_SECONDS):
            await self.stop()


def _make_site(
    workspace: Workspace,
    clock: Callable[[], float],
    limits: LimitsMode,
    history: HistoryMode,
    ack_seconds: float,
    retry_factor: float,
) -> Site:
    faults, sockets, http = Faults(clock), Sockets(clock, ack_seconds), HttpEvents(clock, ack_seconds)
    courier = Courier(workspace, faults, sockets, http, retry_factor)
    budgets = Limits(clock, limits, history)
    return Site(workspace, Lent(clock), faults, budgets, sockets, http, courier, SignIn(clock))

"""A local Twilio that runs: one aiohttp server with all doors, for tests (as a context manager) and for the command."""

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from aiohttp import web

from ventanilla_devstack.errors import PortInUse
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.twilio.callbacks import Callbacks
from ventanilla_devstack.twilio.control import Control
from ventanilla_devstack.twilio.faults import Faults
from ventanilla_devstack.twilio.hands import Hands
from ventanilla_devstack.twilio.pace import Pace
from ventanilla_devstack.twilio.page.handlers import Page
from ventanilla_devstack.twilio.records import Account, DeskNumber
from ventanilla_devstack.twilio.rest.dispatch import Rest
from ventanilla_devstack.twilio.seed import TRANSCRIPTIONS, Seed, add_number, add_person, new_exchange
from ventanilla_devstack.twilio.transcription import Transcriber
from ventanilla_devstack.twilio.voice.site import Site
from ventanilla_devstack.twilio.webhooks import Webhooks

_STOP_SECONDS = 2.0
_BODY_BYTES = 16 * 1024 * 1024


class LocalTwilio:
    """A Twilio of one's own.

    Attributes:
        url: `http://127.0.0.1:PORT`; REST is below `/2010-04-01/`.
        hands: acts for people outside: `call`, `text`, `ringing`, `receive`.
        faults: what shall go wrong.
        callbacks: status callbacks on their way: `settle`, `lost`, `release`.
        webhooks: requests to the desk: `sent`, `routes`.
        exchange: everything that there is: `calls`, `messages`, `recordings`, `queues`, `alerts`.
        rest: the calls of REST so far (`made`).
        transcriber: the recordings that were made into words so far (`made`).
    """

    def __init__(
        self,
        *,
        seed: Seed | None = None,
        port: int = 0,
        pace: float = 1.0,
        webhook_seconds: float = 15.0,
        patient: bool = True,
        routes: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare an account; nothing is opened before `start`.

        Args:
            port: 0 for any free one.
            pace: real seconds for each of the telephone's: rings, pauses, deliveries.
            webhook_seconds: how long the desk may take to answer.
            patient: time stands still for people in somebody's hand until they `wait`; the page wants that not.
            routes: a public address of the desk to where it really is; signatures are over the public one.
        """
        self._port = port
        self.pace = Pace(clock, pace)
        self.exchange = new_exchange(seed or Seed(), self.pace)
        self.faults = Faults(clock)
        self.webhooks = Webhooks(self.account.auth_token, webhook_seconds, dict(routes or {}))
        self.callbacks = Callbacks(self.exchange, self.faults, self.webhooks)
        self.site = Site(self.exchange, self.faults, self.webhooks, self.callbacks, patient=patient)
        self.hands = Hands(self.site)
        self.rest = Rest(self.site)
        self.transcriber = Transcriber(self.site)
        self.call, self.text = self.hands.call, self.hands.text
        self._runner: web.AppRunner | None = None

    @property
    def account(self) -> Account:
        """The account."""
        return self.exchange.account

    @property
    def url(self) -> str:
        """Our address."""
        return self.site.url

    def number(self, number: str, **settings: Any) -> DeskNumber:
        """A number of the desk, with other settings (`voice_url`, `sms_url`, …) if some are given."""
        return add_number(self.exchange, number=number, **settings)

    def person(self, number: str, **habits: Any) -> None:
        """Let somebody outside be there, or change their habits (`answers`, `script`, `receives`, …)."""
        add_person(self.exchange, number=number, **habits)

    def suspend(self) -> None:
        """The account is suspended: REST refuses, calls are not put through, texts are not brought."""
        self.account.status = "suspended"

    def run_out_of_money(self) -> None:
        """There is no money left, and Twilio suspends the account for it."""
        self.account.balance = -0.01
        self.suspend()

    def reactivate(self) -> None:
        """Everything is paid."""
        self.account.status = "active"
        self.account.balance = max(self.account.balance, 100.0)

    async def start(self) -> None:
        """Listen.

        Raises:
            PortInUse: another program has the port.
        """
        application = web.Application(client_max_size=_BODY_BYTES)
        application.router.add_route("*", "/2010-04-01/{tail:.*}", self.rest.serve)
        application.router.add_route("*", "/v1/Content/{tail:.*}", self.rest.serve)
        application.router.add_post(TRANSCRIPTIONS, self.transcriber.serve)
        Control(self.site, self.hands, self.rest).open_doors(application.router)
        page = Page(self.site, self.hands)
        page.open_doors(application.router)
        application.on_shutdown.append(page.news.close)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_STOP_SECONDS)
        await self._runner.setup()
        try:
            entrance = socket.create_server((HOST, self._port))
        except OSError as error:
            await self._runner.cleanup()
            raise PortInUse(f"port {self._port} is in use: choose another for the local Twilio") from error
        await web.SockSite(self._runner, entrance).start()
        self._port = self._runner.addresses[0][1]
        self.site.url = f"http://{HOST}:{self._port}"

    async def stop(self) -> None:
        """Close everything; calls that go on are cut."""
        await self.callbacks.stop()
        await self.webhooks.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "LocalTwilio":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with asyncio.timeout(10 * _STOP_SECONDS):
            await self.stop()

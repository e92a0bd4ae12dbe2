"""SIGTERM to one of two replicas of each service, as Kubernetes does it, under a stream of mails, chats and calls.

Kubernetes sends nobody new to a pod that is to end, waits a moment (`preStop`), then sends SIGTERM; connections that
exist go on. What must hold: it ends in time and with 0, everything that was accepted becomes one ticket, and no
provider saw an error that it would not try again after.
"""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.test_kills import LOTS_OF_ACKNOWLEDGEMENTS
from tests.faults.traffic import Sender, stream
from tests.support.balancer import Balancer
from tests.support.chat_desk import HELP, chat_settings
from tests.support.desk import RunningDesk
from tests.support.phone_desk import PUBLIC, phone_settings
from tests.support.polling import eventually
from ventanilla_devstack.ports import free_port
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.line import NotHeard
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

ORDER = ("router", "tickets", "portal", "intake-email", "intake-phone", "intake-chat")
DRAIN_SECONDS = 20.0
PRE_STOP_SECONDS = 0.5
"""In the chart 5: here nobody else has to hear of it first."""
MAILS_AT_ONCE = 8


@dataclass
class Stopping:
    """A desk of which everything runs twice, and what its providers saw.

    Attributes:
        fronts: service → what its callers connect to.
        ports: of each process, the port that is behind its front.
        said, called: texts in Slack, and numbers that called.
        troubles: what browsers saw instead of pages.
    """

    desk: RunningDesk
    slack: LocalSlack
    twilio: LocalTwilio
    fronts: dict[str, Balancer]
    ports: dict[str, int] = field(default_factory=dict)
    sender: Sender = field(default_factory=lambda: Sender(0))
    said: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    pages: int = 0
    over: bool = False

    async def write(self) -> None:
        """Customers write in Slack."""
        for number in itertools.count():
            if self.over:
                return
            text = f"Esto es lo {number} que me pasa hoy"
            self.slack.hands.write(("carmen", "john")[number % 2], HELP, text)
            self.said.append(text)
            await asyncio.sleep(0.3)

    async def call(self, line: int) -> None:
        """Customers call and leave a message, one after the other on each line."""
        for turn in itertools.count():
            if self.over:
                return
            number = f"+3460{line}1{turn:05}"
            call = self.twilio.call(number, DESK_ES)
            try:
                await call.hear("pulse uno", timeout_seconds=20)
                call.press("1")
                await call.hear("dejar un mensaje", timeout_seconds=20)
                call.press("3")
                await call.hear("señal", timeout_seconds=20)
                call.speak("No funciona nada", seconds=2)
                call.press("#")
                await call.ended(30)
            except (NotHeard, TimeoutError) as error:
                self.troubles.append(f"call {number}: {error!r}"[:300])
            finally:
                call.hang_up()
                await call.ended(30)
            self.called.append(number)

    async def read(self) -> None:
        """Somebody opens the portal's first page, and a program asks the API."""
        addresses = (f"{self.fronts['portal'].url}/", f"{self.fronts['tickets'].url}/openapi.json")
        while not self.over:
            for address in addresses:
                try:
                    async with httpx.AsyncClient(timeout=10) as browser:
                        status = (await browser.get(address)).status_code
                except httpx.TransportError as error:
                    self.troubles.append(f"{address}: {error!r}")
                else:
                    self.pages += 1
                    if status != 200:
                        self.troubles.append(f"{address}: {status}")
            await asyncio.sleep(0.1)

    async def stop(self, key: str) -> tuple[float, int]:
        """Take a process out of its service, wait a moment, end it; seconds and exit status."""
        process = self.desk.services[key]
        front = self.fronts.get(process.name)
        if front is not None:
            front.withdraw(self.ports[key])
        await asyncio.sleep(PRE_STOP_SECONDS)
        begun = time.monotonic()
        status = await process.stop(DRAIN_SECONDS + 10)
        return time.monotonic() - begun, status

    async def bring_back(self, key: str) -> None:
        """Start it again, as the next pod."""
        process = self.desk.services[key]
        await process.start()
        if process.name in self.fronts:
            self.fronts[process.name].offer(self.ports[key])


@asynccontextmanager
async def twice(folder: Path) -> AsyncIterator[Stopping]:
    """Every service with two replicas, and one address for both of them."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(LocalSlack(retry_factor=0.02))
        twilio = await stack.enter_async_context(LocalTwilio(pace=0.05))
        fronts = {name: await stack.enter_async_context(Balancer()) for name in ORDER if name != "router"}
        settings = {**chat_settings(slack, http=True), **phone_settings(twilio), **LOTS_OF_ACKNOWLEDGEMENTS}
        desk = RunningDesk(folder, {**settings, "INTAKE_PHONE_ACCEPT_SECONDS": "5"})
        stack.push_async_callback(desk.end)
        await desk.start(())
        at = Stopping(desk, slack, twilio, fronts, sender=Sender(fronts["intake-email"].port))
        token = await desk.token("read", "write", "act")
        peers = {
            f"{prefix}_TICKETS_{name}": value
            for prefix in ("INTAKE_CHAT", "INTAKE_PHONE")
            for name, value in (("URL", fronts["tickets"].url), ("TOKEN", token))
        }
        peers |= {"PORTAL_TICKETS_URL": fronts["tickets"].url, "PORTAL_TICKETS_TOKEN": await desk.token("portal")}
        for key in (f"{name}{suffix}" for name in ORDER for suffix in ("", "-2")):
            name = key.removesuffix("-2")
            smtp_port = free_port()
            own = {**peers, "INTAKE_EMAIL_SMTP_PORT": str(smtp_port)}
            process = await desk.add(name, key, environment=own)
            at.ports[key] = smtp_port if name == "intake-email" else process.http_port
            if name in fronts:
                fronts[name].offer(at.ports[key])
        await slack.set_request_url(f"{fronts['intake-chat'].url}/slack/events")
        twilio.webhooks.routes[PUBLIC] = fronts["intake-phone"].url
        twilio.number(
            DESK_ES,
            voice_url=f"{PUBLIC}/twilio/voice",
            sms_url=f"{PUBLIC}/twilio/messages",
            status_callback=f"{PUBLIC}/twilio/status/call",
        )
        yield at


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_each_service_ends_in_time_and_nobody_outside_has_the_worse_of_it(desk_folder: Path) -> None:
    dice = random.Random(20261128)
    async with twice(desk_folder) as at, asyncio.TaskGroup() as tasks:
        streams = [at.write(), at.read(), *(at.call(line) for line in range(3))]
        running = [tasks.create_task(one) for one in streams]
        mails: list[str] = []
        mailing = tasks.create_task(_mail_for_ever(at, mails))
        took: dict[str, tuple[float, int]] = {}
        for key in [*ORDER, *(f"{name}-2" for name in ORDER)]:
            await asyncio.sleep(dice.uniform(0.5, 1.5))
            took[key] = await at.stop(key)
            await at.bring_back(key)
        at.over = True
        await asyncio.gather(*running, mailing)

        print({key: f"{seconds:.1f} s, {status}" for key, (seconds, status) in took.items()})
        print(f"{len(mails)} mails in {at.sender.tries} tries, {len(at.said)} chats, {len(at.called)} calls")
        assert {key: status for key, (_, status) in took.items() if status} == {}
        assert max(seconds for seconds, _ in took.values()) < DRAIN_SECONDS + 5
        _check_what_providers_saw(at)
        await _check_tickets(at, mails)


async def _mail_for_ever(at: Stopping, keys: list[str]) -> None:
    for run in itertools.count():
        if at.over:
            return
        keys += await stream(at.sender, f"run{run}", 20, run, 0.05, MAILS_AT_ONCE)


def _check_what_providers_saw(at: Stopping) -> None:
    assert [line for line in at.sender.refused if not line.startswith("4")] == [], "a mail came back"
    assert at.troubles == []
    lost = [one for one in at.slack.courier.deliveries if one.lost]
    assert lost == [], "Slack has given events up"
    tried_again = Counter(reason for one in at.slack.courier.deliveries for reason in one.reasons)
    errors = Counter((sent.kind, sent.status, sent.problem) for sent in at.twilio.webhooks.sent if sent.status != 200)
    print(f"SMTP said {Counter(line[:9] for line in at.sender.refused)}; Slack tried again: {tried_again}; {errors}")
    # Twilio tries nothing again: whatever is no 200 or 204 was the last word.
    assert {key: count for key, count in errors.items() if key[1] != 204} == {}


async def _check_tickets(at: Stopping, mails: list[str]) -> None:
    async def all_there() -> list[Any]:
        tickets = await at.desk.query("select subject, channel from ticket")
        texts = {row["body"] for row in await at.desk.query("select body from message where kind = 'customer'")}
        calls = [row for row in tickets if row["channel"] == "voice"]
        assert set(mails) <= {row["subject"] for row in tickets}, "a mail is no ticket"
        assert set(at.said) <= texts, set(at.said) - texts
        assert len(calls) >= len(at.called), (len(calls), len(at.called))
        return tickets

    tickets = await eventually(all_there, 60, every_seconds=0.5)
    subjects = Counter(row["subject"] for row in tickets)
    assert {key: subjects[key] for key in mails if subjects[key] != 1} == {}, "a mail is two tickets"
    assert sum(row["channel"] == "voice" for row in tickets) == len(at.called), "a call is two tickets"
    bodies = Counter(row["body"] for row in await at.desk.query("select body from message where kind = 'customer'"))
    assert {text: bodies[text] for text in at.said if bodies[text] != 1} == {}, "what was said is there twice"
    assert not await at.desk.query("select 1 from ledger where outcome = 'dead_lettered'")

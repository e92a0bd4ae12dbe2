"""Calls a desk from many numbers at once, as Twilio's webhooks, and waits until every call is a ticket.

The callers are bare HTTP clients that sign as Twilio does: a telephone network of our own would cost more than the
desk, and its waiting would be measured as the desk's.
"""

import argparse
import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from twilio.request_validator import RequestValidator

from tests.bench.processes import cpu_seconds
from tests.bench.report import Report, Step
from tests.bench.servers import server_folder
from tests.support.desk import RunningDesk
from tests.support.phone_desk import PUBLIC, phone_desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.ids import new_sid
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

CALLS, SECONDS = 500, 30.0
QUICK_CALLS, QUICK_SECONDS = 20, 4.0
TARGET_SECONDS = 0.5
_ACTION = re.compile(r'<Gather action="([^"]+)"')
_KEYS = ("1", "3")
"""Spanish, and a message; at the tone the caller thinks better of it."""
_SAYS = re.compile(r"<Say[^>]*>([^<]*)</Say>")
_LETTERS_A_SECOND = 14.0
_THINKS = (0.5, 2.5)
"""Behind the last word, before a key."""
_RISE_SECONDS = 5.0
"""In which the first calls come."""
_PATIENCE_SECONDS = 120.0


@dataclass(slots=True)
class Callers:
    """What they met.

    Attributes:
        waits: seconds of each webhook. ended: calls of which the desk was told that they are over.
    """

    waits: list[float] = field(default_factory=list)
    ended: int = 0
    broken: int = 0


def calling(report: Report, arguments: argparse.Namespace) -> None:
    """How long webhooks take with many calls at once, and what a call costs."""
    calls, seconds = getattr(arguments, "calls", CALLS), getattr(arguments, "seconds", SECONDS)
    if arguments.quick:
        calls, seconds = min(calls, QUICK_CALLS), min(seconds, QUICK_SECONDS)
    report.heading("calls", f"{calls} at once for {seconds:.0f} s, each through the menu to the tone")
    with server_folder() as folder:
        asyncio.run(_run(report, folder, calls, seconds))


async def _run(report: Report, folder: Path, calls: int, seconds: float) -> None:
    async with LocalTwilio(pace=0.001) as twilio, phone_desk(folder / "desk", twilio) as desk:
        pids = _pids(desk)
        before, callers = cpu_seconds(pids), Callers()
        with report.doing("calling"):
            await _call_all(desk, twilio, callers, calls, seconds)
        with report.doing("tickets", callers.ended) as step:
            await eventually(lambda: _all_tickets(desk, callers.ended, step), _PATIENCE_SECONDS, 0.2)
        used = cpu_seconds(pids)
        tickets = await _tickets(desk)
    waits = sorted(callers.waits)
    spent = {role: 1e3 * (used[role] - before[role]) / max(callers.ended, 1) for role in used}
    report.line(f"  {callers.ended:,} calls, {len(waits):,} webhooks, {len(waits) / seconds:.0f} a second")
    report.line(f"  half of them within {1e3 * waits[len(waits) // 2]:.0f} ms, all within {1e3 * waits[-1]:.0f} ms")
    report.at_most("99 of 100 webhooks within", 1e3 * waits[len(waits) * 99 // 100], 1e3 * TARGET_SECONDS, "ms")
    report.at_most("webhooks without a good answer", callers.broken, 0)
    report.at_least("calls that are tickets, once", tickets, callers.ended)
    report.at_most("and none twice", tickets, callers.ended)
    told = ", ".join(f"{role} {value:.1f}" for role, value in spent.items())
    report.line(f"  CPU a call: {sum(spent.values()):.1f} ms ({told})")
    report.figures["calls: CPU a call"] = {"value": round(sum(spent.values()), 2), "unit": "ms"}


async def _call_all(desk: RunningDesk, twilio: LocalTwilio, callers: Callers, calls: int, seconds: float) -> None:
    over = time.monotonic() + seconds
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=15)) as session:
        caller = _Caller(session, desk.services["intake-phone"].url, twilio, callers)

        async def one(place: int) -> None:
            await asyncio.sleep(place / calls * _RISE_SECONDS)
            number = 0
            while time.monotonic() < over:
                await caller.call(f"+346{place:04d}{number:04d}")
                number += 1

        await asyncio.gather(*(one(place) for place in range(calls)))


class _Caller:
    """Makes one call after the other."""

    def __init__(self, session: aiohttp.ClientSession, url: str, twilio: LocalTwilio, callers: Callers) -> None:
        self._session = session
        self._url = url
        self._account = twilio.account.sid
        self._sign = RequestValidator(twilio.account.auth_token).compute_signature
        self._callers = callers
        self._chance = random.Random(5)

    async def call(self, number: str) -> None:
        """A call through the menu to the tone."""
        form = {
            "CallSid": new_sid("CA"), "AccountSid": self._account, "From": number, "To": DESK_ES,
            "CallStatus": "in-progress", "Direction": "inbound", "ApiVersion": "2010-04-01", "FromCountry": "ES",
        }  # fmt: skip
        document = await self._ask(f"{PUBLIC}/twilio/voice", form)
        for key in _KEYS:
            await self._listen(document)
            action = _ACTION.search(document)
            if action is None:
                self._callers.broken += 1
                return
            document = await self._ask(unescape(action[1]), {**form, "Digits": key})
        await self._listen(document)
        if "<Record" not in document:
            self._callers.broken += 1
        await self._ask(f"{PUBLIC}/twilio/status/call", {**form, "CallStatus": "completed", "CallDuration": "12"})
        self._callers.ended += 1

    async def _listen(self, document: str) -> None:
        """Hear a document out, and think."""
        letters = sum(map(len, _SAYS.findall(document)))
        await asyncio.sleep(letters / _LETTERS_A_SECOND + self._chance.uniform(*_THINKS))

    async def _ask(self, address: str, form: dict[str, str]) -> str:
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": self._sign(address, form),
        }
        began = time.perf_counter()
        async with self._session.post(
            self._url + address.removeprefix(PUBLIC), data=urlencode(form), headers=headers
        ) as answer:
            text = await answer.text()
        self._callers.waits.append(time.perf_counter() - began)
        self._callers.broken += answer.status not in (200, 204)
        return text


def _pids(desk: RunningDesk) -> dict[str, int]:
    found = {name: service.pid or 0 for name, service in desk.services.items()}
    return {**found, "nats": desk.nats.pid or 0, "postgres": desk.postgres.pid or 0}


async def _tickets(desk: RunningDesk) -> int:
    [[count]] = await desk.query("select count(*) from ticket where channel = 'voice'")
    return int(count)


async def _all_tickets(desk: RunningDesk, wanted: int, step: Step) -> bool:
    step.done = await _tickets(desk)
    return step.done >= wanted

"""Wiring of what looks at the account: its state all the time, its numbers when the service starts."""

import asyncio

import aiohttp
import structlog

from intake_phone.adapters.flow_file import read_flow_files
from intake_phone.adapters.twilio.account import TwilioAccount
from intake_phone.adapters.twilio.api import Twilio
from intake_phone.domain.account import MOST_NUMBERS
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.flows.review import Desk
from intake_phone.errors import FlowRefused, TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.account.alarms import Alarms
from intake_phone.handlers.account.watch import AccountWatch
from intake_phone.settings import Settings
from ventanilla_runtime.service import CannotStart, Service
from ventanilla_runtime.state import StateBucket

log = structlog.get_logger()

_START_SECONDS = 5.0
"""So long a start waits for Twilio's list of numbers at most; without it the service starts all the same."""


def account_of(settings: Settings, session: aiohttp.ClientSession, seconds: float | None = None) -> TwilioAccount:
    """The account that the settings name."""
    token = settings.twilio_auth_token.get_secret_value()
    return TwilioAccount(
        session, settings.twilio_account_sid, token, settings.twilio_url, seconds or settings.twilio_seconds
    )


async def check_numbers(settings: Settings, book: FlowBook, account: TwilioAccount, first_year: int) -> None:
    """See that the flows answer numbers which the account has, where Twilio can be asked.

    Raises:
        CannotStart: one of them is no number of the account; with file, line and column.
    """
    if not book.by_number:
        return
    try:
        async with asyncio.timeout(_START_SECONDS):
            numbers = await account.numbers()
    except (TwilioAway, TwilioBusy, TwilioRefused, TimeoutError) as error:
        # Calls are answered and texts kept without it; what is wrong with the account its own watch tells.
        log.warning("flows.numbers_not_checked", reason=str(error) or type(error).__name__)
        return
    if len(numbers) >= MOST_NUMBERS:
        log.info("flows.numbers_not_checked", reason=f"the account has {MOST_NUMBERS} numbers or more")
        return
    desk = Desk(numbers=frozenset(one.number for one in numbers))
    try:
        await asyncio.to_thread(read_flow_files, settings.flows, first_year=first_year, desk=desk)
    except FlowRefused as error:
        raise CannotStart(str(error)) from error


def watch_account(
    service: Service, settings: Settings, account: TwilioAccount, twilio: Twilio, state: StateBucket
) -> None:
    """Look at the account until the service stops; `/readyz` and the stream of operations say what is wrong."""
    watch = AccountWatch(
        account=account,
        alarms=Alarms(service.publisher, state, settings.prefix, settings.twilio_account_sid),
        stopped=twilio.account_is,
        trouble=twilio.problem,
        every_seconds=settings.account_minutes * 60,
        low=settings.balance_low,
    )
    service.warn("twilio balance", watch.worry)
    task = service.tasks.create_task(watch.run())

    async def leave() -> None:
        watch.stop()
        await asyncio.wait([task], timeout=settings.drain_seconds)

    service.stack.push_async_callback(leave)

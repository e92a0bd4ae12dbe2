"""Wiring of what looks at the account: its state all the time, its numbers when the service starts."""

import asyncio

import aiohttp
import structlog

from intake_phone.adapters.flow_file import read_flow_files
from intake_phone.adapters.twilio.account import TwilioAccount
from intake_phone.adapters.twilio.tokens import Tokens
from intake_phone.domain.account import MOST_NUMBERS
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.flows.review import Desk
from intake_phone.errors import FlowRefused, TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.account.alarms import Alarms
from intake_phone.handlers.account.numbers import DeskNumbers
from intake_phone.handlers.account.watch import AccountWatch
from intake_phone.settings import Settings
from intake_phone.wiring.ground import Ground
from ventanilla_runtime.service import CannotStart

log = structlog.get_logger()

_START_SECONDS = 5.0
"""So long a start waits for Twilio's list of numbers at most; without it the service starts all the same."""


def account_of(settings: Settings, session: aiohttp.ClientSession, tokens: Tokens | None = None) -> TwilioAccount:
    """The account that the settings name.

    Args:
        tokens: those of whoever else asks Twilio in this process; None: nobody does.
    """
    shown = tokens or Tokens(settings.twilio_account_sid, settings.twilio_tokens)
    return TwilioAccount(session, shown, settings.twilio_url, settings.twilio_seconds)


async def check_numbers(
    settings: Settings, book: FlowBook, desk_numbers: DeskNumbers, first_year: int
) -> frozenset[str]:
    """See that the flows answer numbers which the account has and lead to none of them, where Twilio can be asked.

    Returns:
        The numbers of the desk, as far as they are known: a call to one of them comes in again.

    Raises:
        CannotStart: a flow answers what is no number of the account, or transfers to one; with file, line and column.
    """
    desk_numbers.named((*book.by_number, *filter(None, (settings.desk_number,))))
    try:
        async with asyncio.timeout(_START_SECONDS):
            numbers = await desk_numbers.look()
    except (TwilioAway, TwilioBusy, TwilioRefused, TimeoutError) as error:
        # Calls are answered and texts kept without it; what is wrong with the account its own watch tells.
        log.warning("flows.numbers_not_checked", reason=str(error) or type(error).__name__)
        return desk_numbers.ours
    found = frozenset(one.number for one in numbers)
    if len(numbers) >= MOST_NUMBERS:
        log.info("flows.numbers_not_checked", reason=f"the account has {MOST_NUMBERS} numbers or more")
        return desk_numbers.ours
    if settings.desk_number and settings.desk_number not in found:
        reason = "INTAKE_PHONE_DESK_NUMBER is no number of the account: no page and no call back leaves from it"
        log.warning("account.desk_number_unknown", reason=reason)
    desk = Desk(numbers=found)
    try:
        await asyncio.to_thread(read_flow_files, settings.flows, first_year=first_year, desk=desk)
    except FlowRefused as error:
        raise CannotStart(str(error)) from error
    return desk_numbers.ours


def watch_account(ground: Ground, account: TwilioAccount, numbers: DeskNumbers) -> None:
    """Look at the account until the service stops; `/readyz` and the stream of operations say what is wrong."""
    service, settings = ground.service, ground.settings
    watch = AccountWatch(
        account=account,
        numbers=numbers,
        alarms=Alarms(service.publisher, ground.state, settings.prefix, settings.twilio_account_sid),
        stopped=ground.twilio.account_is,
        trouble=ground.twilio.problem,
        every_seconds=settings.account_minutes * 60,
        low=settings.balance_low,
    )
    service.warn("twilio reached", watch.away)
    service.warn("twilio balance", watch.worry)
    service.warn("twilio token", ground.tokens.worry)
    task = service.tasks.create_task(watch.run())

    async def leave() -> None:
        watch.stop()
        await asyncio.wait([task], timeout=service.budget.drain_left())

    service.stack.push_async_callback(leave)

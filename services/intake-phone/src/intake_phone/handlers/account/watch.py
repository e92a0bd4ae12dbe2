"""Looks at the account now and then: an account without money refuses everything, and only says so to who asks."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from intake_phone import metrics
from intake_phone.domain.account import AccountState, Danger, danger_of
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.account.numbers import DeskNumbers
from intake_phone.ports.account import LooksAtAccount, RaisesAlarms
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.metrics import UNKNOWN

log = structlog.get_logger()

SOON_SECONDS: Final = 60.0
"""While something is wrong the account is looked at so often: a passing refusal must not keep readiness red, and
somebody may have paid."""


class AccountWatch:
    """Whether the account works, as far as this replica knows."""

    def __init__(
        self,
        *,
        account: LooksAtAccount,
        numbers: DeskNumbers,
        alarms: RaisesAlarms,
        stopped: Callable[[str], None],
        trouble: Callable[[], str | None],
        every_seconds: float,
        low: float | None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            numbers: looks at them with each look at an account that works.
            stopped: told after each look why nothing goes in or out any more; "" if all is well.
            trouble: why nothing goes in or out, as far as anybody has noticed.
            low: money below which the account is in danger; None: it does not matter.
        """
        self._account = account
        self._numbers = numbers
        self._alarms = alarms
        self._stopped = stopped
        self._trouble = trouble
        self._every_seconds = every_seconds
        self._low = low
        metrics.BALANCE_LOW.set(UNKNOWN if low is None else low)
        self._danger: Danger | None = None
        self._away = ""
        self._over = asyncio.Event()

    def away(self) -> str | None:
        """That Twilio did not answer at the last look: what is to leave waits, and no call of ours is made."""
        return f"{self._away}; let INTAKE_PHONE_TWILIO_URL be reached from here" if self._away else None

    def worry(self) -> str | None:
        """That the money will soon be gone."""
        return self._danger.shown if self._danger is not None and self._danger.connection == "balance" else None

    async def run(self) -> None:
        """Look again and again, until told to stop."""
        pause = min(self._every_seconds, SOON_SECONDS)
        waited = self._every_seconds
        while not self._over.is_set():
            if waited >= self._every_seconds or self._danger is not None or self._trouble() or self._away:
                await self.look()
                waited = 0.0
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._over.wait()
            waited += pause

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    async def look(self) -> None:
        """Look once. What cannot be asked changes nothing; an alarm that could not be raised is raised next time."""
        try:
            state = await self._account.state()
            danger = danger_of(state, self._low)
            _show_money(state)
        except TwilioRefused as error:
            why = f"Twilio does not take our account's token, or has closed or suspended the account ({error})"
            told = f"{why}; look at INTAKE_PHONE_TWILIO_AUTH_TOKEN and at Twilio's console"
            danger = Danger("account", told, told)
        except (TwilioAway, TwilioBusy) as error:
            log.info("account.not_asked", reason=str(error))
            # Whoever wants a pause is there.
            self._away = str(error) if isinstance(error, TwilioAway) else ""
            return
        self._away = ""
        metrics.ACCOUNT_WORKS.set(danger is None or danger.connection != "account")
        metrics.ACCOUNT_ASKED_AT.set(time.time())
        if danger != self._danger:
            self._tell(danger)
        self._danger = danger
        self._stopped(danger.shown if danger is not None and danger.connection == "account" else "")
        if danger is None or danger.connection != "account":
            await self._look_at_numbers()
        if danger is None:
            return
        try:
            await self._alarms.endangered(danger.connection, danger.problem)
        except Temporary as error:
            log.warning("account.alarm_not_raised", reason=str(error))

    async def _look_at_numbers(self) -> None:
        try:
            await self._numbers.look()
        except (TwilioRefused, TwilioAway, TwilioBusy) as error:
            log.info("account.numbers_not_asked", reason=str(error))

    def _tell(self, danger: Danger | None) -> None:
        if danger is None:
            log.info("account.recovered")
        elif danger.connection == "account":
            log.error("account.stopped", detail=danger.problem)
        else:
            log.warning("account.endangered", detail=danger.problem)


def _show_money(state: AccountState) -> None:
    if state.balance is not None:
        metrics.BALANCE.clear()  # an account has one currency, and may get another
        metrics.BALANCE.labels(state.currency).set(float(state.balance))

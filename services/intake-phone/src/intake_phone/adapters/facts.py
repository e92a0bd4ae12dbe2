"""What is known of a caller: in which language they chose to be spoken to, their open tickets, whether they want texts.

What cannot be asked in time is left out: a call is answered without it. Numbers are kept as hashes only.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Final, Protocol

import structlog

from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.numbers import Caller
from intake_phone.ports.phone import RemembersState
from ventanilla_contracts.errors import ContractError

log = structlog.get_logger()

_SMS: Final = "sms"
_NONE: Final[tuple[int, ...]] = ()
KEPT_SECONDS: Final = 60.0
"""For the documents of one call: which tickets a caller has does not change between two keys."""
_MOST_KEPT: Final = 5_000


class KnowsTickets(Protocol):
    """Which tickets somebody has; `adapters.tickets_api.TicketsApi` asks."""

    async def open_tickets(self, number: str) -> tuple[int, ...]:
        """Their numbers, newest first. Raises DeskAway, DeskRefused."""


class KnowsAvailable(Protocol):
    """Which teams can be rung; `adapters.staff.Staff` knows."""

    async def available(self) -> frozenset[str] | None:
        """Teams of whom somebody can be rung; None: nobody can tell."""


class KnowsWishes(Protocol):
    """Who wants no texts; `handlers.texts.subscriptions.Subscriptions` knows."""

    async def wants_none(self, channel: str, number: str, customer: str) -> bool:
        """Whether somebody wants no texts from a number of the desk's. Raises Temporary."""


class DeskFacts:
    """Asks for what is known while somebody waits."""

    def __init__(
        self,
        state: RemembersState,
        desk: KnowsTickets | None,
        staff: KnowsAvailable,
        wishes: KnowsWishes,
        region: str | None,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is asked yet.

        Args:
            desk: None: nobody knows of tickets.
            seconds: how long each question may take.
        """
        self._state = state
        self._desk = desk
        self._staff = staff
        self._wishes = wishes
        self._region = region
        self._seconds = seconds
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Facts]] = OrderedDict()

    async def facts(self, caller: Caller, call: str, number: str) -> Facts:
        """What is known of a caller, asked once in a call; what cannot be asked is left out.

        Args:
            number: of the desk, that was called.
        """
        if caller.anonymous:
            return Facts(caller=caller, available=await self._staff.available(), region=self._region)
        now = self._clock()
        kept = self._kept.get(call)
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return replace(kept[1], available=await self._staff.available())
        language, tickets, available, none = await asyncio.gather(
            self._language(caller), self._tickets(caller), self._staff.available(), self._wants_none(caller, number)
        )
        found = Facts(caller, language, tickets, available=available, region=self._region, wants_no_texts=none)
        self._kept[call] = now, found
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    async def remember_language(self, caller: Caller, language: str) -> None:
        """Keep in which language somebody chose to be spoken to.

        Raises:
            Temporary: it may be kept or not.
        """
        if not caller.anonymous:
            for call in [call for call, (_, known) in self._kept.items() if known.caller == caller]:
                del self._kept[call]
            await self._state.put_all([_key(caller)], language.encode())

    async def _language(self, caller: Caller) -> str:
        try:
            async with asyncio.timeout(self._seconds):
                return (await self._state.get(_key(caller)) or b"").decode()
        except (TimeoutError, ContractError) as error:
            log.warning("call.language_unknown", error=error)
            return ""

    async def _wants_none(self, caller: Caller, number: str) -> bool:
        if not caller.textable:
            return False
        try:
            async with asyncio.timeout(self._seconds):
                return await self._wishes.wants_none(_SMS, number, caller.number)
        except (TimeoutError, ContractError) as error:
            log.warning("call.wish_unknown", error=error)
            return False

    async def _tickets(self, caller: Caller) -> tuple[int, ...]:
        if self._desk is None:
            return _NONE
        try:
            async with asyncio.timeout(self._seconds):
                return await self._desk.open_tickets(caller.number)
        except (TimeoutError, ContractError) as error:
            log.warning("call.tickets_unknown", error=error)
            return _NONE


def _key(caller: Caller) -> str:
    return f"language.{sha256(caller.number.encode()).hexdigest()}"

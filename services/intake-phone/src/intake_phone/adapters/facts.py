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
from intake_phone.ports.calls import KnowsNumbers
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

    async def is_textless(self, customer: str) -> bool:
        """Whether no text arrives at a number, as was learnt. Raises Temporary."""


class DeskFacts:
    """Asks for what is known while somebody waits."""

    def __init__(
        self,
        state: RemembersState,
        desk: KnowsTickets | None,
        staff: KnowsAvailable,
        wishes: KnowsWishes,
        numbers: KnowsNumbers,
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
        self._numbers = numbers
        self._region = region
        self._seconds = seconds
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Facts]] = OrderedDict()

    async def facts(self, caller: Caller, call: str, number: str) -> Facts:
        """What is known of a caller, asked once in a call; what cannot be asked is left out.

        Args:
            number: of the desk, that was called.
        """
        ours = self._numbers.ours | {number}
        if caller.anonymous:
            return Facts(caller=caller, available=await self._staff.available(), region=self._region, ours=ours)
        now = self._clock()
        kept = self._kept.get(call)
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return replace(kept[1], available=await self._staff.available())
        language, tickets, available, (none, textless) = await asyncio.gather(
            remembered_language(self._state, self._seconds, caller),
            self._tickets(caller),
            self._staff.available(),
            self._texting(caller, number),
        )
        found = Facts(
            replace(caller, textable=caller.textable and not textless),
            language,
            tickets,
            available=available,
            region=self._region,
            wants_no_texts=none,
            desk_texts=self._numbers.can_text(number),
            ours=ours,
        )
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
            for call in [call for call, (_, known) in self._kept.items() if known.caller.number == caller.number]:
                del self._kept[call]
            await self._state.put_all([_key(caller)], language.encode())

    async def _texting(self, caller: Caller, number: str) -> tuple[bool, bool]:
        """Whether a caller wants no texts from the number that was called, and whether none arrives at theirs."""
        if not caller.textable:
            return False, False
        try:
            async with asyncio.timeout(self._seconds):
                wants_none, textless = await asyncio.gather(
                    self._wishes.wants_none(_SMS, number, caller.number), self._wishes.is_textless(caller.number)
                )
        except (TimeoutError, ContractError) as error:
            log.warning("call.wish_unknown", error=error)
            return False, False
        return wants_none, textless

    async def _tickets(self, caller: Caller) -> tuple[int, ...]:
        if self._desk is None:
            return _NONE
        try:
            async with asyncio.timeout(self._seconds):
                return await self._desk.open_tickets(caller.number)
        except (TimeoutError, ContractError) as error:
            log.warning("call.tickets_unknown", error=error)
            return _NONE


async def remembered_language(state: RemembersState, seconds: float, caller: Caller) -> str:
    """The language in which somebody chose to be spoken to; empty: none, or it cannot be asked in so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return (await state.get(_key(caller)) or b"").decode()
    except (TimeoutError, ContractError) as error:
        log.warning("call.language_unknown", error=error)
        return ""


def _key(caller: Caller) -> str:
    return f"language.{sha256(caller.number.encode()).hexdigest()}"

"""Paging by telephone, wired: what follows the desk's events, what a rung telephone hears, and its key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from intake_phone.domain.calls.paging import Policy
from intake_phone.domain.twiml import Hangup, document
from intake_phone.handlers.desk_events import Follows
from intake_phone.handlers.paging.answer import PageAnswerer
from intake_phone.handlers.paging.page import Pager
from intake_phone.handlers.read import Reads
from intake_phone.wiring.ground import Ground
from ventanilla_contracts.ticket_events import TicketPaged, TicketPageSettled
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.dropped import is_dropped

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Paging:
    """Its parts.

    Attributes:
        follows: event type → what follows it. answer: (query, form) → document. acknowledge: a key that was kept.
    """

    follows: Mapping[str, Follows]
    answer: Callable[[Fields, Fields], Awaitable[str]]
    acknowledge: Callable[[Fields, Delivery], Awaitable[None]]

    def kinds(self) -> dict[str, Reads]:
        """What reads the words about pages in PHONE."""
        return {"page": self.acknowledge}


def paging_of(ground: Ground) -> Paging:
    """Everything about pages; without a desk to ask nobody is paged."""
    settings, desk = ground.settings, ground.desk
    if desk is None:
        return Paging({TicketPaged.type: _nothing, TicketPageSettled.type: _nothing}, _hang_up, _unheard)
    pager = Pager(
        state=ground.state,
        texter=ground.texter,
        placer=ground.placer,
        agents=desk,
        teams=ground.staff,
        words=ground.words,
        desk=settings.desk_number,
        doors=ground.doors,
        policy=Policy(
            timedelta(seconds=settings.page_call_seconds),
            timedelta(seconds=settings.page_again_seconds),
            settings.page_calls,
            settings.pages_each_hour,
        ),
        dropped=partial(is_dropped, ground.outbound),
    )
    answerer = PageAnswerer(
        desk=desk, kept=ground.acceptor, words=ground.words, doors=ground.doors, seconds=settings.call_seconds
    )
    follows = {TicketPaged.type: pager.paged, TicketPageSettled.type: pager.settled}
    return Paging(follows, answerer.answer, answerer.acknowledge)


async def _nothing(_: Delivery) -> float | None:
    return None


async def _hang_up(_query: Fields, _form: Fields) -> str:
    return document((Hangup(),), "")


async def _unheard(_form: Fields, _: Delivery) -> None:
    return None

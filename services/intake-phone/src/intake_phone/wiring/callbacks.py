"""Wiring of callbacks: who rings, who answers on the legs, and where the words about them go."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from intake_phone.adapters.records import CallbackRecords
from intake_phone.domain.callbacks.attempt import BACK, read_leg
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.callbacks.answer import CallbackLegs
from intake_phone.handlers.callbacks.ring import KIND, LEG_KIND, CallsBack
from intake_phone.handlers.desk_events import Follows
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.handlers.read import Reads
from intake_phone.settings import Settings
from intake_phone.wiring.ground import Ground
from ventanilla_contracts.call_events import TicketCallback
from ventanilla_runtime.dropped import is_dropped


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Who rings, and who answers."""

    rings: CallsBack
    legs: CallbackLegs

    def follows(self) -> dict[str, Follows]:
        """What follows the desk's events."""
        return {TicketCallback.type: self.rings.asked}

    def kinds(self) -> dict[str, Reads]:
        """What reads the words about them in PHONE."""
        return {KIND: self.rings.report, LEG_KIND: self.rings.leg_ended}


def callbacks_of(ground: Ground) -> Callbacks:
    """Callbacks, ready to be asked for."""
    settings, attempts = ground.settings, CallbackRecords(ground.many)
    rings = CallsBack(
        state=ground.state,
        attempts=attempts,
        placer=ground.placer,
        staff=ground.staff,
        lists=ground.twilio,
        desk=ground.desk,
        words=ground.acceptor,
        teller=CallTeller(ground.service.publisher, settings.prefix),
        book=ground.book,
        doors=ground.doors,
        dropped=partial(is_dropped, ground.outbound),
        default=settings.desk_number,
    )
    legs = CallbackLegs(
        state=ground.state,
        attempts=attempts,
        words=ground.acceptor,
        book=ground.book,
        texts=ground.words,
        doors=ground.doors,
        seconds=settings.call_seconds,
        accept_seconds=settings.accept_seconds,
    )
    return Callbacks(rings, legs)


async def leg_ended(acceptor: Acceptor, settings: Settings, query: Mapping[str, str], form: Mapping[str, str]) -> None:
    """The end of an agent's leg; which one it was the address says.

    Raises:
        Senseless: it does not.
        NotAccepted: Twilio is to bring it again.
    """
    read_leg(query)
    told = {**form, BACK: query[BACK]}
    await acceptor.accept(LEG_KIND, form.get("CallSid", ""), told, "webhook", settings.accept_seconds)

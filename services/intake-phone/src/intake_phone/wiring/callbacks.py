"""Wiring of callbacks: who rings, who answers on the legs, and where the words about them go."""

from collections.abc import Mapping
from dataclasses import dataclass

from intake_phone.adapters.callback_records import CallbackRecords
from intake_phone.adapters.staff import Staff
from intake_phone.adapters.tickets_api import TicketsApi
from intake_phone.adapters.twilio.api import Twilio
from intake_phone.domain.callbacks.attempt import BACK, read_leg
from intake_phone.domain.flows.book import FlowBook
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.callbacks.answer import CallbackLegs
from intake_phone.handlers.callbacks.ring import KIND, LEG_KIND, CallsBack
from intake_phone.handlers.desk_events import Follows
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.read import Reads
from intake_phone.settings import Settings
from ventanilla_contracts.call_events import TicketCallback
from ventanilla_runtime.many import Many
from ventanilla_runtime.state import StateBucket


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


def callbacks_of(
    settings: Settings,
    *,
    book: FlowBook,
    state: StateBucket,
    many: Many,
    placer: Placer,
    staff: Staff,
    twilio: Twilio,
    desk: TicketsApi | None,
    acceptor: Acceptor,
    words: Mapping[str, Mapping[str, str]],
    doors: str,
) -> Callbacks:
    """Callbacks, ready to be asked for."""
    attempts = CallbackRecords(many)
    rings = CallsBack(
        state=state,
        attempts=attempts,
        placer=placer,
        staff=staff,
        lists=twilio,
        desk=desk,
        words=acceptor,
        book=book,
        doors=doors,
        default=settings.desk_number,
    )
    legs = CallbackLegs(
        state=state,
        attempts=attempts,
        words=acceptor,
        book=book,
        texts=words,
        doors=doors,
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

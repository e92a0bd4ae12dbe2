"""One attempt to call a customer back: the broker, Twilio and the ticket service around it, in memory."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.etree import ElementTree

from intake_phone.adapters.records import CallbackRecords
from intake_phone.domain.callbacks.attempt import Attempt, Name
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.telephones import Agent
from intake_phone.errors import NotAccepted
from intake_phone.handlers.callbacks.answer import CallbackLegs
from intake_phone.handlers.callbacks.ring import KIND, CallsBack
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.ports.callbacks import ChildCall
from tests.unit.intake_phone.around_calls import Bucket, Phones
from tests.unit.intake_phone.samples import DOORS, WORDS, flow_of
from ventanilla_contracts.call_events import CallChanged, TicketCallback
from ventanilla_contracts.examples import EXAMPLES
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import Outgoing, PubAck

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
DESK, ANA = "+34910000000", "+34600111222"
EVA = Agent("eva", "Eva Ruiz", "+34600000011", ("es",))
TOM = Agent("tom", "Tom Baker", "+16175550012", ("en",))
NAME = Name("0f1c5e7a-52b1-4c7e-9d8e-1b2a3c4d5e6f", 1)
[EXAMPLE] = [one for one in EXAMPLES if isinstance(one, TicketCallback)]


class KeptBucket(Bucket):
    async def attempt(self, name: Name) -> Attempt:
        return await CallbackRecords(self).attempt(name)


class Desk:
    """The broker, Twilio, and the ticket service, around one attempt."""

    def __init__(self) -> None:
        self.bucket = KeptBucket()
        self.at = NOW
        self.phones = Phones(self.clock)
        self.team_: Sequence[Agent] = (EVA, TOM)
        self.words: dict[tuple[str, str], Mapping[str, str]] = {}
        self.children: list[ChildCall] = []
        self.told: list[Mapping[str, Any]] = []
        self.events: list[CallChanged] = []
        self.error: Exception | None = None
        self.away = False
        self.dropped: set[str] = set()

    def clock(self) -> float:
        return self.at.timestamp()

    async def is_dropped(self, event: str) -> bool:
        return event in self.dropped

    async def team(self, name: str) -> Sequence[Agent]:
        return self.team_ if name == "first-line" else ()

    async def reachable(self, handle: str) -> Sequence[Agent]:
        return [one for one in self.team_ if one.handle == handle]

    async def accept(self, kind: str, sid: str, told: Mapping[str, str], door: str, seconds: float) -> None:
        if self.away:
            raise NotAccepted("away")
        self.words.setdefault((kind, sid), told)

    async def children_of(self, call: str) -> Sequence[ChildCall]:
        if self.error:
            raise self.error
        return self.children

    async def report_attempt(self, callback: str, attempt: int, told: Mapping[str, Any]) -> None:
        if self.error:
            raise self.error
        assert (callback, attempt) == (NAME.callback, NAME.attempt)
        self.told.append(told)

    async def caller(self, number: str) -> tuple[str, tuple[int, ...]]:
        return ("Ana Roldán", (4, 9)) if number == ANA else ("", ())

    async def publish(self, message: Outgoing) -> PubAck:
        self.events.append(CallChanged.model_validate_json(message.body))
        return PubAck("PHONE", len(self.events))

    def rings(self) -> CallsBack:
        placer = Placer(self.bucket, self.phones, 15.0, lambda: self.at)
        return CallsBack(
            state=self.bucket, attempts=self.bucket, placer=placer, staff=self, lists=self, desk=self, words=self,
            teller=CallTeller(self, "desk"), book=book(), doors=DOORS, dropped=self.is_dropped, now=lambda: self.at,
        )  # fmt: skip

    def legs(self) -> CallbackLegs:
        return CallbackLegs(
            state=self.bucket, attempts=self.bucket, words=self, book=book(), texts=WORDS, doors=DOORS, seconds=0.5,
            accept_seconds=0.5, now=lambda: self.at,
        )  # fmt: skip

    async def wanted(self, **changes: Any) -> None:
        await self.rings().asked(event(**changes))

    async def leg_ended(self, place: int, status: str, deliveries: int = 1) -> None:
        query = dict(parse_qsl(urlsplit(self.phones.wanted[place].told).query))
        told = {**query, "CallSid": self.phones.made[place].sid, "CallStatus": status}
        delivery = event()
        delivery.deliveries = deliveries
        await self.rings().leg_ended(told, delivery)

    async def hears(self, place: int, address: str = "", **form: str) -> ElementTree.Element:
        """The document for an agent's leg, at its first address or another one."""
        address = address or self.phones.wanted[place].document
        query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        told = {
            "CallSid": self.phones.made[place].sid,
            "From": DESK,
            "To": EVA.phone,
            "CallStatus": "in-progress",
            **form,
        }
        return ElementTree.fromstring(await self.legs().answer(query, told))

    async def takes(self, place: int) -> ElementTree.Element:
        asked = await self.hears(place)
        gather = asked.find("Gather")
        assert gather is not None
        return await self.hears(place, gather.attrib["action"], Digits="1")

    @property
    def rung(self) -> list[str]:
        return [one.number for one in self.phones.wanted]

    def word(self, end: str = "end") -> Mapping[str, str]:
        return self.words[KIND, f"{NAME}.{end}"]


def book() -> FlowBook:
    flow = flow_of()
    return FlowBook({DESK: flow}, flow)


def event(**changes: Any) -> Delivery:
    told = EXAMPLE.model_copy(
        update={"account": DESK, "number": ANA, "answer_by": NOW + timedelta(minutes=10), "agent": None, **changes}
    )
    body = told.model_dump_json().encode()
    return Delivery("desk.ticket.callback.v1", body, {}, "TICKETS", "x", 1, 1, 10**18, "")

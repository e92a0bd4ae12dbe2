"""A page by telephone: a text, then calls, once each, in bounds; and the key that acknowledges it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake_phone.adapters.words import load_words
from intake_phone.domain.calls.paging import Policy
from intake_phone.errors import DeskAway, DeskRefused, NotAccepted, TwilioAway, TwilioRefused
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.paging.answer import PageAnswerer
from intake_phone.handlers.paging.page import Pager
from intake_phone.handlers.texts.once import Texter
from intake_phone.ports.paging import OnCall
from intake_phone.ports.phone import Sent
from tests.unit.intake_phone.around_calls import Bucket, Phones
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.examples import EXAMPLES
from ventanilla_contracts.ticket_events import TicketPaged, TicketPageSettled
from ventanilla_runtime.delivery import Delivery

DESK, EVA = "+34910000100", "+34600000011"
PAGED = next(one for one in EXAMPLES if isinstance(one, TicketPaged))
WORDS = load_words()


def delivery(event: TicketPaged | TicketPageSettled) -> Delivery:
    body = event.model_dump_json().encode()
    return Delivery(f"desk.{event.type}", body, {}, "TICKETS", "2026-11-28T09:00:00Z", 1, 1, 0, "")


class Paging:
    """A pager with a bucket, Twilio and an agent."""

    def __init__(self, policy: Policy | None = None, phone: str = EVA) -> None:
        self.bucket = Bucket()
        self.at = datetime(2026, 11, 28, 10, tzinfo=UTC)
        self.phones = Phones(self.clock)
        self.policy = policy or Policy()
        self.phone = phone
        self.texts: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.answer_is_lost = False
        self.language = "es"
        self.dropped: set[str] = set()
        self.called = {PAGED.ticket.team: {"es": "Seguridad", "en": "Security"}}

    def clock(self) -> float:
        return self.at.timestamp()

    def event(self, page: str = "p-1") -> TicketPaged:
        changes = {"page": page, "agent": "eva", "occurred_at": self.at, "answer_by": self.at + timedelta(minutes=15)}
        return PAGED.model_copy(update=changes)

    async def is_dropped(self, page: str) -> bool:
        return page in self.dropped

    async def agent(self, handle: str) -> OnCall | None:
        return OnCall("Eva Ruiz", self.phone, self.language) if handle == "eva" else None

    async def titles(self, team: str) -> Mapping[str, str]:
        return self.called.get(team, {})

    async def send_text(self, fields: Mapping[str, Any]) -> Sent:
        if self.error:
            raise self.error
        self.texts.append(dict(fields))
        if self.answer_is_lost:
            self.answer_is_lost = False
            raise TwilioAway("no answer")
        return Sent(f"SM{len(self.texts)}", "queued")

    async def texts_to(self, sender: str, recipient: str, since: float) -> Sequence[tuple[Sent, str]]:
        return [(Sent(f"SM{place}", "sent"), one["body"]) for place, one in enumerate(self.texts, 1)]

    @property
    def pager(self) -> Pager:
        return Pager(
            state=self.bucket,
            texter=Texter(self.bucket, self.bucket, self, 15.0, lambda: self.at),
            placer=Placer(self.bucket, self.phones, 15.0, lambda: self.at),
            agents=self,
            teams=self,
            words=WORDS,
            desk=DESK,
            doors="https://phone.example/twilio",
            policy=self.policy,
            dropped=self.is_dropped,
            now=lambda: self.at,
        )

    async def run(self, event: TicketPaged, minutes: int = 60) -> list[tuple[float, str]]:
        """(seconds, what) that is done, when the event comes whenever it wants to, each time twice."""
        begun, done = self.at, []
        while self.at - begun < timedelta(minutes=minutes):
            before = len(self.texts), len(self.phones.made)
            again = await self.pager.paged(delivery(event))
            await self.pager.paged(delivery(event))
            after = len(self.texts), len(self.phones.made)
            seconds = (self.at - begun).total_seconds()
            done += [(seconds, "text")] * (after[0] - before[0]) + [(seconds, "call")] * (after[1] - before[1])
            if again is None:
                break
            self.at += timedelta(seconds=max(again, 0.5))
        return done


async def test_a_page_is_a_text_at_once_and_then_calls() -> None:
    paging = Paging()
    done = await paging.run(paging.event())
    assert [(what, round(seconds / 60)) for seconds, what in done] == [
        ("text", 0),
        ("call", 1),
        ("call", 3),
        ("call", 5),
    ]
    assert (paging.texts[0]["to"], paging.texts[0]["from_"]) == (EVA, DESK)
    assert f"#{PAGED.ticket.number}" in paging.texts[0]["body"]
    assert PAGED.ticket.subject not in paging.texts[0]["body"], "a text is read on a locked screen"


async def test_a_page_that_is_settled_disturbs_nobody_any_more() -> None:
    paging = Paging()
    event = paging.event()
    await paging.pager.paged(delivery(event))
    settled = next(one for one in EXAMPLES if isinstance(one, TicketPageSettled))
    await paging.pager.settled(delivery(settled.model_copy(update={"page": event.page})))
    paging.at += timedelta(minutes=2)
    assert await paging.pager.paged(delivery(event)) is None
    assert paging.phones.made == []


@pytest.mark.parametrize("by", ["pau", None, "eva"])
async def test_what_rings_for_a_page_that_waits_for_nobody_stops_also_if_its_agent_has_it(by: str | None) -> None:
    paging = Paging()
    event = paging.event()
    await paging.pager.paged(delivery(event))
    paging.at += timedelta(seconds=61)
    await paging.pager.paged(delivery(event))
    settled = next(one for one in EXAMPLES if isinstance(one, TicketPageSettled))
    told = settled.model_copy(update={"page": event.page, "agent": "eva", "by": by})
    await paging.pager.settled(delivery(told))
    assert len(paging.phones.ended) == 1


async def test_what_may_ring_for_a_page_that_waits_for_nobody_is_found_and_stopped() -> None:
    paging = Paging()
    event = paging.event()
    await paging.pager.paged(delivery(event))
    paging.at += timedelta(seconds=61)
    paging.phones.answer_is_lost = True
    with pytest.raises(TwilioAway):
        await paging.pager.paged(delivery(event))
    settled = next(one for one in EXAMPLES if isinstance(one, TicketPageSettled))
    await paging.pager.settled(delivery(settled.model_copy(update={"page": event.page, "agent": "eva", "by": "pau"})))
    assert paging.phones.ended == [paging.phones.made[0].sid]


async def test_the_call_on_which_a_page_is_acknowledged_goes_on() -> None:
    paging = Paging()
    event = paging.event()
    await paging.pager.paged(delivery(event))
    paging.at += timedelta(seconds=61)
    await paging.pager.paged(delivery(event))
    paging.phones.statuses[paging.phones.made[0].sid] = "in-progress"
    settled = next(one for one in EXAMPLES if isinstance(one, TicketPageSettled))
    await paging.pager.settled(delivery(settled.model_copy(update={"page": event.page, "agent": "eva", "by": "eva"})))
    assert paging.phones.ended == []


async def test_after_its_time_a_page_is_the_ladders() -> None:
    paging = Paging(Policy(calls=10))
    event = paging.event()
    done = await paging.run(event)
    assert max(seconds for seconds, _ in done) < 15 * 60
    paging.at += timedelta(hours=1)
    assert await paging.pager.paged(delivery(event)) is None


@pytest.mark.parametrize("minute", [0, 30, 59])
async def test_one_person_is_disturbed_so_often_in_any_hour_whatever_the_clock_says(minute: int) -> None:
    paging = Paging(Policy(each_hour=5))
    paging.at = begun = paging.at.replace(minute=minute)
    for page in range(6):
        paging.at = begun + timedelta(minutes=page)
        await paging.run(paging.event(f"p-{page}"), minutes=10)
    assert len(paging.texts) + len(paging.phones.made) == 5

    paging.at = begun + timedelta(minutes=70)
    await paging.run(paging.event("p-later"), minutes=1)
    assert len(paging.texts) + len(paging.phones.made) > 5


async def test_the_places_of_calls_that_were_promised_and_not_needed_are_free_again() -> None:
    paging = Paging(Policy(each_hour=6))
    settled = next(one for one in EXAMPLES if isinstance(one, TicketPageSettled))
    for number in range(5):
        event = paging.event(f"p-{number}")
        await paging.pager.paged(delivery(event))
        told = {"page": event.page, "agent": "eva", "by": "eva"}
        await paging.pager.settled(delivery(settled.model_copy(update=told)))
    assert len(paging.texts) == 5
    assert all("Le llamamos enseguida" in text["body"] for text in paging.texts)


@pytest.mark.parametrize(
    "policy",
    [Policy(calls=0), Policy(each_hour=1), Policy(call_after=timedelta(minutes=15))],
    ids=["no calls", "too many", "too late"],
)
@pytest.mark.parametrize(("language", "promise"), [("es", "llam"), ("en", "call you")])
async def test_a_text_that_no_call_follows_promises_none(policy: Policy, language: str, promise: str) -> None:
    paging = Paging(policy)
    paging.language = language
    assert [what for _, what in await paging.run(paging.event())] == ["text"]
    assert promise not in paging.texts[0]["body"]


async def test_what_many_texts_promise_is_kept() -> None:
    paging = Paging(Policy(each_hour=5, calls=1))
    events = [paging.event(f"p-{number}") for number in range(5)]
    for event in events:
        await paging.pager.paged(delivery(event))
    paging.at += timedelta(minutes=1)
    for event in events:
        await paging.pager.paged(delivery(event))
    promised = [text for text in paging.texts if "Le llamamos enseguida" in text["body"]]
    assert (len(paging.texts), len(promised), len(paging.phones.made)) == (3, 2, 2)


@pytest.mark.parametrize(
    ("language", "words"), [("es", "(prioridad alta, Seguridad)"), ("en", "(high priority, Security)")]
)
async def test_a_text_says_priority_and_team_in_words_of_whoever_is_on_call(language: str, words: str) -> None:
    paging = Paging()
    paging.language = language
    ticket = PAGED.ticket.model_copy(update={"priority": "high"})
    await paging.pager.paged(delivery(paging.event().model_copy(update={"ticket": ticket})))
    assert words in paging.texts[0]["body"]


async def test_a_team_without_a_title_is_called_by_its_name() -> None:
    paging = Paging()
    paging.called = {}
    await paging.pager.paged(delivery(paging.event()))
    assert f", {PAGED.ticket.team})" in paging.texts[0]["body"]


async def test_a_text_that_was_sent_without_our_knowing_is_not_sent_again() -> None:
    paging = Paging()
    paging.answer_is_lost = True
    event = paging.event()
    with pytest.raises(TwilioAway):
        await paging.pager.paged(delivery(event))
    paging.called = {}  # the same text in other words
    await paging.pager.paged(delivery(event))
    assert len(paging.texts) == 1


async def test_a_page_that_was_not_texted_does_not_take_the_text_of_another_one_for_its_own() -> None:
    paging = Paging()
    paging.error = TwilioAway("503")
    with pytest.raises(TwilioAway):
        await paging.pager.paged(delivery(paging.event("p-1")))
    paging.error = None
    await paging.pager.paged(delivery(paging.event("p-2")))
    paging.at += timedelta(seconds=2)
    await paging.pager.paged(delivery(paging.event("p-1")))
    assert len(paging.texts) == 2


async def test_a_number_that_takes_no_texts_is_called() -> None:
    paging = Paging()
    paging.error = TwilioRefused(21614, "not a mobile number")
    assert [what for _, what in await paging.run(paging.event())] == ["call"] * 3


@pytest.mark.parametrize("phone", ["", None])
async def test_who_has_no_telephone_or_is_gone_is_left_alone(phone: str | None) -> None:
    paging = Paging(phone=phone or "")
    event = paging.event() if phone is not None else paging.event().model_copy(update={"agent": "gone"})
    assert await paging.pager.paged(delivery(event)) is None
    nobody = paging.event().model_copy(update={"agent": None, "page": None})
    assert await paging.pager.paged(delivery(nobody)) is None
    assert paging.texts == []


async def test_what_is_no_event_is_said_so() -> None:
    broken = Delivery("desk.ticket.paged.v1", b"{}", {}, "TICKETS", "2026-11-28T09:00:00Z", 1, 1, 0, "")
    with pytest.raises(MalformedEvent):
        await Paging().pager.paged(broken)
    with pytest.raises(MalformedEvent):
        await Paging().pager.settled(broken)


class Keys:
    """The desk, and whatever keeps a key for it."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.acknowledged: list[tuple[str, str]] = []
        self.kept: list[tuple[str, Mapping[str, str]]] = []
        self.has_it = ""

    async def acknowledge(self, page: str, agent: str) -> str:
        self._fail()
        self.acknowledged.append((page, agent))
        return self.has_it or agent

    async def accept(self, kind: str, sid: str, told: Mapping[str, str], door: str, seconds: float) -> None:
        self._fail()
        self.kept.append((sid, told))

    def _fail(self) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error:
            raise error

    async def press(self, digits: str, language: str = "es") -> str:
        answerer = PageAnswerer(desk=self, kept=self, words=WORDS, doors="https://x", seconds=0.5)
        asked = {"p": "p-1", "h": "eva", "t": "4711", "l": language, "a": "1"}
        return await answerer.answer(asked, {"CallStatus": "in-progress", "Digits": digits})


@pytest.mark.parametrize(
    ("errors", "digits", "words"),
    [
        ((), "1", "page.done"),
        ((), "", "page.open"),
        ((), "2", "page.open"),
        ((DeskRefused("withdrawn", 409),), "1", "page.taken"),
        ((DeskAway("down"),), "1", "page.later"),
        ((DeskAway("down"), NotAccepted("down")), "1", "page.unsure"),
    ],
)
@pytest.mark.parametrize("language", ["es", "en"])
async def test_only_the_key_acknowledges_and_whoever_presses_it_hears_what_came_of_it(
    errors: tuple[Exception, ...], digits: str, words: str, language: str
) -> None:
    keys = Keys(*errors)
    assert WORDS[language][words] in await keys.press(digits, language)
    assert keys.acknowledged == ([("p-1", "eva")] if words == "page.done" else [])
    assert [sid for sid, _ in keys.kept] == (["p-1"] if words == "page.later" else [])


async def test_who_presses_the_key_after_somebody_else_hears_so() -> None:
    keys = Keys()
    keys.has_it = "pau"
    assert WORDS["es"]["page.taken"] in await keys.press("1")


async def test_a_key_that_was_kept_is_told_to_the_desk_later() -> None:
    keys = Keys(DeskAway("down"))
    await keys.press("1")
    answerer = PageAnswerer(desk=keys, kept=keys, words=WORDS, doors="https://x", seconds=0.5)
    [(_, told)] = keys.kept
    broken = Delivery("desk.phone.accepted.v1.page", b"", {}, "PHONE", "2026-11-28T09:00:00Z", 1, 1, 0, "")
    await answerer.acknowledge(told, broken)
    assert keys.acknowledged == [("p-1", "eva")]


async def test_whoever_answers_hears_the_number_and_nothing_of_what_it_is_about() -> None:
    answerer = PageAnswerer(desk=Keys(), kept=Keys(), words=WORDS, doors="https://x", seconds=0.5)
    heard = await answerer.answer({"p": "p-1", "h": "eva", "t": "4711", "l": "en"}, {"CallStatus": "in-progress"})
    assert heard.count("Ticket four, seven, one, one needs you") == 2
    assert "/page?p=p-1&amp;h=eva&amp;t=4711&amp;l=en&amp;a=1" in heard
    strange = await answerer.answer({"l": "xx", "t": "no"}, {"CallStatus": "in-progress"})
    assert "<Gather" in strange

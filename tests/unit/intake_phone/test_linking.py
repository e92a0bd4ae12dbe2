"""A link that is texted to a caller: kept before it is promised, sent once, and what became of it stands in the log."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake_phone.domain.calls.effects import TextLink
from intake_phone.domain.calls.links import Link, read_link
from intake_phone.domain.calls.record import CallRecord, Noted, noted, read_noted, written
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Step
from intake_phone.domain.numbers import read_caller
from intake_phone.domain.outcome import CallEnd, report
from intake_phone.domain.texts.opt_out import Wish
from intake_phone.errors import Senseless, TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.calls.linking import Linker
from intake_phone.handlers.texts.once import Texter
from intake_phone.handlers.texts.subscriptions import Subscriptions
from intake_phone.ports.phone import Sent
from tests.unit.intake_phone.around_calls import Bucket
from tests.unit.intake_phone.samples import WORDS, flow_of
from ventanilla_runtime.delivery import Delivery

DESK, CARMEN = "+34910000100", "+34600000001"
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
LINK = Link("CA1", 3, 0, "link", DESK, CARMEN, "https://desk.example", NOON.timestamp())
TOLD = Delivery("desk.phone.accepted.v1.link", b"", {}, "PHONE", "2026-11-28T09:00:00Z", 1, 1, 0, "")


class Around:
    """Twilio, and what is kept of calls.

    Attributes:
        errors: what Twilio answers, one after the other, each with whether it sent the text all the same.
        list_error: what it answers whoever asks for its list.
    """

    def __init__(self) -> None:
        self.bucket = Bucket()
        self.now = NOON
        self.subscriptions = Subscriptions(self.bucket, clock=self.clock)
        self.texts: list[Mapping[str, Any]] = []
        self.noted: dict[str, bytes] = {}
        self.errors: list[tuple[Exception, bool]] = []
        self.list_error: Exception | None = None
        self.status = ("queued", None)

    def clock(self) -> float:
        return self.now.timestamp()

    async def send_text(self, fields: Mapping[str, str | Sequence[str]]) -> Sent:
        error, done = self.errors.pop(0) if self.errors else (None, True)
        if done:
            self.texts.append(fields)
        if error:
            raise error
        return Sent(f"SM{len(self.texts)}", *self.status)

    async def texts_to(self, sender: str, recipient: str, since: float) -> Sequence[tuple[Sent, str]]:
        if self.list_error:
            raise self.list_error
        return [(Sent(f"SM{at}", "sent"), str(one["body"])) for at, one in enumerate(self.texts, 1)][::-1]

    async def note(self, call: str, document: Noted) -> None:
        self.noted[document.name] = written(document)

    async def record(self, call: str) -> CallRecord:
        promised = Step((), State("link", step=3), (TextLink(CARMEN, "https://desk.example", "es"),))
        own = written(noted(flow_of(), promised, over=False))
        documents = [read_noted(name, value) for name, value in sorted({"03": own, **self.noted}.items())]
        return CallRecord(tuple(one for one in documents if one))

    async def read(self, link: Link = LINK, *, after: float = 0) -> bool:
        """Whether the word of a link was read to its end, so many seconds later."""
        self.now += timedelta(seconds=after)
        texter = Texter(self.bucket, self.bucket, self, 15.0, lambda: self.now)
        try:
            await Linker(texter, self.subscriptions, self, lambda: self.now).read(link.form(), TOLD)
        except (TwilioAway, TwilioBusy):
            return False
        return True

    async def log(self, language: str = "es") -> list[str]:
        record = await self.record("CA1")
        state = State(language=language)
        told = report(record.entries, state, CallEnd("completed", 20), read_caller(CARMEN), WORDS, "es")
        return [line for line in told.text.splitlines() if line.startswith("- ")]


async def test_a_link_whose_word_comes_again_is_texted_once_and_the_log_says_so() -> None:
    around = Around()
    assert [await around.read(after=after) for after in (0, 5, 3_600)] == [True] * 3

    assert around.texts == [{"to": CARMEN, "from_": DESK, "body": "https://desk.example"}]
    assert await around.log() == ["- Se le envió un enlace por mensaje de texto."]
    assert (await around.record("CA1")).state["n"] == "link", "where the call stood is what its documents say"


async def test_a_link_that_is_still_under_way_at_the_end_of_the_call_is_told_as_that() -> None:
    around = Around()
    assert (await around.record("CA1")).texting
    assert await around.log() == ["- Se le está enviando un enlace por mensaje de texto."]
    assert await around.log("en") == ["- Is being texted a link."]
    await around.read()
    assert not (await around.record("CA1")).texting


@pytest.mark.parametrize("error", [TwilioBusy("429", 2.0), TwilioAway("503"), TwilioAway("cut off")])
async def test_a_link_that_twilio_did_not_take_once_is_tried_again_until_it_does(error: Exception) -> None:
    around = Around()
    around.errors = [(error, False), (error, False)]
    assert [await around.read(after=after) for after in (0, 2, 4)] == [False, False, True]
    assert len(around.texts) == 1
    assert await around.log() == ["- Se le envió un enlace por mensaje de texto."]


async def test_a_link_whose_answer_was_lost_is_found_in_twilios_list() -> None:
    around = Around()
    around.errors = [(TwilioAway("no answer"), True)]
    assert [await around.read(after=after) for after in (0, 2)] == [False, True]
    assert len(around.texts) == 1
    assert await around.log() == ["- Se le envió un enlace por mensaje de texto."]


async def test_two_calls_that_are_promised_the_same_link_get_one_each() -> None:
    around = Around()
    around.errors = [(TwilioAway("503"), False)]
    assert not await around.read()
    assert await around.read(replace(LINK, call="CA2"), after=1)
    assert await around.read(after=2)
    assert len(around.texts) == 2


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_twilio_refuses_to_who_wants_no_texts_is_told_and_kept_as_their_wish(at_once: bool) -> None:
    around = Around()
    if at_once:
        around.errors = [(TwilioRefused(21610, "unsubscribed"), False)]
    else:
        around.status = ("failed", 21610)
    assert await around.read()

    assert await around.log() == [
        "- No se le pudo enviar el enlace por mensaje de texto: el cliente no quiere mensajes de este número."
    ]
    assert (await around.log("en"))[0].endswith("texted: the customer wants no texts from this number.")
    assert await around.subscriptions.wants_none("sms", DESK, CARMEN)

    around.now += timedelta(seconds=5)
    await around.subscriptions.note("sms", DESK, CARMEN, Wish.START)
    assert await around.read(), "and the word of it comes again"
    assert not await around.subscriptions.wants_none("sms", DESK, CARMEN), "what they have said since is in force"


async def test_a_caller_to_whom_no_link_can_be_texted_is_not_promised_the_next_one() -> None:
    around = Around()
    around.errors = [(TwilioRefused(21614, "not a mobile number"), False)]
    assert await around.read()

    assert (await around.log())[0].endswith("a ese teléfono no llegan mensajes.")
    assert await around.subscriptions.is_textless(CARMEN)


async def test_who_asks_for_no_texts_while_a_link_is_tried_gets_none() -> None:
    around = Around()
    around.errors = [(TwilioBusy("429", 2.0), False)]
    await around.read()
    await around.subscriptions.note("sms", DESK, CARMEN, Wish.STOP)
    assert await around.read(after=2)
    assert around.texts == []
    assert (await around.log())[0].endswith("el cliente no quiere mensajes de este número.")


async def test_another_refusal_is_told_with_its_reason_and_is_no_wish() -> None:
    around = Around()
    around.errors = [(TwilioRefused(21408, "not enabled for that country"), False)]
    assert await around.read()

    assert (await around.log())[0].endswith("texto: la cuenta de Twilio no puede escribir a ese país.")
    assert not await around.subscriptions.wants_none("sms", DESK, CARMEN)


@pytest.mark.parametrize("error", [None, TwilioBusy("429", 2.0), TwilioAway("503")])
async def test_a_link_that_would_come_too_late_is_not_sent_any_more(error: Exception | None) -> None:
    around = Around()
    if error is not None:
        around.errors = [(error, False)]
        assert not await around.read()
    assert await around.read(after=600)
    assert around.texts == []
    assert (await around.log())[0].endswith("por mensaje de texto: se pasó el plazo para enviarlo.")


@pytest.mark.parametrize("listed", [True, False])
async def test_of_a_link_in_doubt_the_last_look_says_what_became_of_it_or_nobody_knows(listed: bool) -> None:
    around = Around()
    around.errors = [(TwilioAway("no answer"), True)]
    around.list_error = TwilioAway("down")
    assert [await around.read(after=after) for after in (0, 300)] == [False, False]
    around.list_error = None if listed else around.list_error
    assert await around.read(after=300)
    said = "Se le envió un enlace por mensaje de texto." if listed else "No se sabe si salió el mensaje de texto con el"
    assert (await around.log())[0].startswith(f"- {said}")
    assert len(around.texts) == 1


def test_a_word_of_a_link_is_read_as_it_was_written_and_nothing_else_is() -> None:
    assert read_link(LINK.form()) == LINK
    for broken in ({}, LINK.form() | {"Step": "x"}):
        with pytest.raises(Senseless):
            read_link(broken)

"""A link that is texted to a caller: once, and what became of it stands in the call's log, true."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from intake_phone.domain.calls.effects import TextLink
from intake_phone.domain.calls.record import CallRecord, Noted, noted, read_noted, written
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Step
from intake_phone.domain.numbers import read_caller
from intake_phone.domain.outcome import CallEnd, report
from intake_phone.errors import TwilioAway, TwilioRefused
from intake_phone.handlers.calls.linking import Linker
from intake_phone.handlers.texts.subscriptions import Subscriptions
from intake_phone.ports.phone import Sent
from tests.unit.intake_phone.around_calls import Bucket
from tests.unit.intake_phone.samples import WORDS, flow_of

DESK, CARMEN = "+34910000100", "+34600000001"
LINK = TextLink(CARMEN, "https://desk.example", "es")
STATE = State("link", step=3)


class Around:
    """Twilio, and what is kept of calls."""

    def __init__(self) -> None:
        self.bucket = Bucket()
        self.subscriptions = Subscriptions(self.bucket)
        self.texts: list[Mapping[str, Any]] = []
        self.noted: dict[str, bytes] = {}
        self.error: Exception | None = None
        self.sent = Sent("SM1", "queued")

    async def send_text(self, fields: Mapping[str, str | Sequence[str]]) -> Sent:
        if self.error:
            raise self.error
        self.texts.append(fields)
        return self.sent

    async def texts_to(self, sender: str, recipient: str, since: float) -> Sequence[tuple[Sent, str]]:
        return []

    async def note(self, call: str, document: Noted) -> None:
        self.noted[document.name] = written(document)

    async def record(self, call: str) -> CallRecord:
        own = written(noted(flow_of(), Step((), STATE), over=False))
        documents = [read_noted(name, value) for name, value in sorted({"03": own, **self.noted}.items())]
        return CallRecord(tuple(one for one in documents if one))

    async def text(self, times: int = 1) -> None:
        linker = Linker(self, self.bucket, self.subscriptions, self)
        for _ in range(times):
            await linker.text("CA1", DESK, STATE, 0, LINK)

    async def log(self, language: str = "es") -> list[str]:
        record = await self.record("CA1")
        state = State(language=language)
        told = report(record.entries, state, CallEnd("completed", 20), read_caller(CARMEN), WORDS, "es")
        return [line for line in told.text.splitlines() if line.startswith("- ")]


async def test_a_document_that_is_asked_for_twice_texts_its_link_once_and_the_log_says_so() -> None:
    around = Around()
    await around.text(times=3)

    assert around.texts == [{"to": CARMEN, "from_": DESK, "body": "https://desk.example"}]
    assert await around.log() == ["- Se le envió un enlace por mensaje de texto."]
    assert (await around.record("CA1")).state["n"] == "link", "where the call stood is what its documents say"


@pytest.mark.parametrize("refused", [TwilioRefused(21610, "unsubscribed"), Sent("SM1", "failed", 21610)])
async def test_what_twilio_refuses_to_who_wants_no_texts_is_told_and_kept_as_their_wish(refused: Any) -> None:
    around = Around()
    if isinstance(refused, Sent):
        around.sent = refused
    else:
        around.error = refused
    await around.text()

    assert await around.log() == [
        "- No se le pudo enviar el enlace por mensaje de texto: el cliente no quiere mensajes de este número."
    ]
    assert (await around.log("en"))[0].endswith("texted: the customer wants no texts from this number.")
    assert await around.subscriptions.wants_none("sms", DESK, CARMEN)


async def test_another_refusal_is_told_with_its_reason_and_is_no_wish() -> None:
    around = Around()
    around.error = TwilioRefused(21408, "not enabled for that country")
    await around.text()

    assert (await around.log())[0].endswith("texto: la cuenta de Twilio no puede escribir a ese país.")
    assert not await around.subscriptions.wants_none("sms", DESK, CARMEN)


async def test_where_nobody_knows_whether_a_link_was_sent_the_log_says_that() -> None:
    around = Around()
    around.error = TwilioAway("no answer")
    await around.text(times=2)

    assert await around.log() == ["- No se sabe si salió el mensaje de texto con el enlace."]

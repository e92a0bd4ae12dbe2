"""The doors that Twilio knocks at: what is signed is answered, what is not is refused, and a call always gets words."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from intake_phone.adapters.twilio.doors import LIMIT_BYTES, Doors
from intake_phone.adapters.twilio.signature import Signatures
from intake_phone.domain.twiml import Door
from intake_phone.errors import NotAccepted, Senseless

TOKEN, PUBLIC = "a" * 32, "https://phone.example"
FORM = {"CallSid": "CA" + "0" * 32, "From": "+34600000001", "Body": "", "To": "+34910000100"}
SORRY = "<Response><Hangup/></Response>"
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
SORRY_AGENT = "<Response><Say>No</Say></Response>"


class Behind:
    """What stands behind the doors."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = []
        self.texts: list[Mapping[str, str]] = []
        self.told: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = []
        self.error: Exception | None = None
        self.answer = ""
        self.hangs = False

    async def call(self, door: Door, query: Mapping[str, str], form: Mapping[str, str]) -> str:
        if self.error:
            raise self.error
        if self.hangs:
            await asyncio.Event().wait()
        self.calls.append((door, query, form))
        return "<Response><Say>Hola</Say></Response>"

    async def page(self, query: Mapping[str, str], form: Mapping[str, str]) -> str:
        return await self.call("page", query, form)

    async def text(self, form: Mapping[str, str]) -> str:
        if self.error:
            raise self.error
        self.texts.append(form)
        return self.answer

    async def ended(self, query: Mapping[str, str], form: Mapping[str, str]) -> None:
        if self.error:
            raise self.error
        self.told.append(("call", query, form))

    async def state(self, query: Mapping[str, str], form: Mapping[str, str]) -> None:
        self.told.append(("text", query, form))

    def client(self) -> httpx.AsyncClient:
        doors = Doors(
            signatures=Signatures((TOKEN,), PUBLIC),
            calls=self.call,
            agents={"page": self.page, "callback": self.page},
            texts=self.text,
            call_ended=self.ended,
            leg_ended=self.ended,
            text_state=self.state,
            sorry=SORRY,
            sorry_agent=SORRY_AGENT,
            call_seconds=0.05,
        )
        return httpx.AsyncClient(transport=httpx.ASGITransport(doors.application()), base_url="http://127.0.0.1:8003")


async def knock(
    behind: Behind, path: str, form: Mapping[str, str] = FORM, *, sign: str | None = None, **more: str
) -> httpx.Response:
    signature = RequestValidator(TOKEN).compute_signature(sign or f"{PUBLIC}{path}", dict(form))
    headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded", **more}
    async with behind.client() as client:
        return await client.post(path, content=urlencode(form), headers=headers)


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/twilio/voice", "step"),
        ("/twilio/step?v=1&n=menu", "step"),
        ("/twilio/wait?v=1", "wait"),
        ("/twilio/leg?v=1", "leg"),
        ("/twilio/page?p=1", "page"),
    ],
)
async def test_a_signed_request_about_a_call_gets_its_document(path: str, door: str) -> None:
    behind = Behind()
    answer = await knock(behind, path)

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/xml")
    assert "Hola" in answer.text
    [(asked, query, form)] = behind.calls
    assert (asked, form["From"], form["Body"]) == (door, "+34600000001", "")
    assert query.get("v", "1") == "1"


@pytest.mark.parametrize("sign", ["https://elsewhere.example/twilio/voice", f"{PUBLIC}/twilio/voice?x=1"])
async def test_what_twilio_did_not_sign_is_refused_without_a_look(sign: str) -> None:
    behind = Behind()
    answer = await knock(behind, "/twilio/voice", sign=sign)
    assert (answer.status_code, behind.calls) == (403, [])


async def test_a_form_that_was_changed_on_the_way_is_refused() -> None:
    behind = Behind()
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/twilio/messages", FORM)
    headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
    async with behind.client() as client:
        for content in (urlencode({**FORM, "Body": "x"}), urlencode(FORM) + "&Body=x", b"\xff\xfe", b""):
            answer = await client.post("/twilio/messages", content=content, headers=headers)
            assert answer.status_code == 403, content
    assert behind.texts == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/twilio/voice", SORRY),
        ("/twilio/step?v=1", SORRY),
        ("/twilio/wait?v=1", SORRY),
        ("/twilio/taken?v=1", EMPTY),
        ("/twilio/leg?v=1", SORRY_AGENT),
        ("/twilio/page?p=1", SORRY_AGENT),
        ("/twilio/callback?b=1", SORRY_AGENT),
    ],
)
@pytest.mark.parametrize("error", [RuntimeError("a bug"), Senseless("whose?"), NotAccepted("no broker"), None])
async def test_a_call_whose_answer_fails_or_takes_too_long_still_gets_a_good_word(
    path: str, said: str, error: Exception | None
) -> None:
    behind = Behind()
    behind.error, behind.hangs = error, error is None
    answer = await knock(behind, path)
    assert (answer.status_code, answer.text) == (200, said)


async def test_a_text_that_is_not_durable_is_to_be_brought_again() -> None:
    behind = Behind()
    behind.error = NotAccepted("no broker")
    answer = await knock(behind, "/twilio/messages")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_what_makes_no_sense_is_not_brought_again() -> None:
    behind = Behind()
    behind.error = Senseless("a text without AccountSid and MessageSid")
    assert (await knock(behind, "/twilio/messages")).status_code == 400


async def test_a_text_is_answered_at_once_where_there_is_something_to_say() -> None:
    behind = Behind()
    assert "<Response/>" in (await knock(behind, "/twilio/messages")).text
    behind.answer = "Hecho: <BAJA> & adiós"
    assert "<Message>Hecho: &lt;BAJA&gt; &amp; adiós</Message>" in (await knock(behind, "/twilio/messages")).text


async def test_too_much_is_refused_before_it_is_read() -> None:
    behind = Behind()
    form = {**FORM, "Body": "x" * LIMIT_BYTES}
    assert (await knock(behind, "/twilio/messages", form)).status_code == 413


async def test_states_and_ends_are_taken_with_what_their_address_says() -> None:
    behind = Behind()
    assert (await knock(behind, "/twilio/status/call")).status_code == 204
    assert (await knock(behind, "/twilio/status/text?id=n%2F1&medium=sms")).status_code == 204
    assert [(kind, dict(query)) for kind, query, _ in behind.told] == [
        ("call", {}),
        ("text", {"id": "n/1", "medium": "sms"}),
    ]


async def test_nothing_else_is_there() -> None:
    async with Behind().client() as client:
        for path in ("/docs", "/openapi.json", "/redoc", "/twilio", "/"):
            assert (await client.get(path)).status_code == 404
        assert (await client.get("/twilio/voice")).status_code == 405

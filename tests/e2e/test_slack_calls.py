"""A call in its team's channel, and the note of whoever took it, through all services: what the wiring alone shows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.card_desk import FIRST, CardDesk, buttons, words
from tests.support.polling import eventually
from ventanilla_contracts.call_events import CallChanged
from ventanilla_contracts.event import Event
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.parts import Authentication, CallFacts, Party
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("alone")]
UNDO_SECONDS = 2
SECONDS = 30
NUMBER, DESK = "+34600111222", "+34910000111"
MESSAGE = "message.received.v1:call-1"
Json = dict[str, Any]


async def publish(phone: Publisher, stream: str, event: Event, kind: str = "") -> None:
    """What intake-phone tells."""
    told: Any = event
    headers = {MSG_ID: told.id, "ce-type": told.type, "ce-id": told.id}
    subject = f"desk.{told.type}{kind}"
    await phone.publish(Outgoing(stream, subject, told.model_dump_json().encode(), headers))


def changed(state: str, **more: Any) -> CallChanged:
    """One more state of Ana's call."""
    caller = Party(address=NUMBER, name="Ana Roldán")
    given = {"team": FIRST, "account": DESK, "caller": caller, "language": "es", "occurred_at": datetime.now(UTC)}
    return CallChanged(id=f"call.changed.v1:CA1:{state}", call="CA1", state=state, **{**given, **more})


def said_to(at: CardDesk, who: str, kind: str) -> list[Json]:
    """What the app has said of a kind where somebody reads it."""
    space, person = at.slack.workspace, at.slack.workspace.person(who).id
    return [
        {**dict(space.show_message(place, one, metadata=True)), "channel": place.id}
        for place in space.channels.values()
        if person in place.members
        for one in place.messages.values()
        if one.metadata.get("event_type") == kind
    ]


async def once(at: CardDesk, kind: str, *phrases: str) -> Json:
    """The one message of a kind that Eva reads, once it says all this."""

    def there() -> Json:
        [message] = said_to(at, "eva", kind) or [{}]
        missing = [phrase for phrase in phrases if phrase not in words(message)]
        assert not missing, (missing, words(message))
        return message

    return await eventually(there, SECONDS)


async def test_a_call_is_seen_at_once_and_its_note_is_written_by_whoever_took_it(at: CardDesk) -> None:
    phone = Publisher(await at.desk.broker.connect("intake-phone"))
    await phone.start()
    await publish(phone, "PHONE", changed("waiting"))
    await once(at, "ventanilla_call", "Ana Roldán (+34600111222, número sin comprobar) espera a *first-line*")
    await publish(phone, "PHONE", changed("answered", agent="eva", seconds=21))
    await once(at, "ventanilla_call", f"{at.mention('eva')} habla con Ana Roldán", "tras 21 s")
    await publish(phone, "PHONE", changed("over", agent="eva", seconds=200, message_id=MESSAGE))
    call = MessageReceived(
        id=MESSAGE,
        channel="voice",
        account=DESK,
        sender=Party(address=NUMBER),
        subject="Llamada atendida",
        text="Habló con Eva.",
        language="es",
        authentication=Authentication(grade="plausible", detail="caller id"),
        call=CallFacts(taken_by="eva"),
    )
    await publish(phone, "INTAKE", call, ".voice")

    await once(at, "ventanilla_call", "habló con", "3:20", "https://desk.example/desk/")
    shown = await once(at, "ventanilla_call", "https://desk.example/desk/")
    at.slack.hands.write("tom", FIRST, "Ya llamó ayer.", thread_ts=shown["ts"])
    asked = await once(at, "ventanilla_wrap_up", "Has hablado 3:20 con Ana Roldán")
    assert buttons(asked) == ["wrap_up", "open"]
    seen = await at.slack.hands.press("eva", "wrap_up", channel=asked["channel"], ts=asked["ts"])
    assert seen.answered, seen
    await eventually(lambda: [one for one in at.slack.hands.modals("eva") if one.body.get("callback_id") == "wrap_up"])
    note = {"text": "Reinició el router y va.", "status": "solved", "resolution": "Router reiniciado"}
    seen = await at.slack.hands.submit("eva", note)
    assert (seen.modal, seen.errors) == (None, {}), seen

    await once(at, "ventanilla_wrap_up", "✓ Eva Ruiz ha escrito la nota")
    [ticket] = (await at.desk.api("GET", "/tickets", params={"message": MESSAGE}))["items"]
    assert (ticket["status"], ticket["resolution"]) == ("solved", "Router reiniciado")

    async def notes() -> set[tuple[str, str]]:
        messages = (await at.desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        found = {(one["author"]["handle"], one["text"]) for one in messages if one["kind"] == "note"}
        assert len(found) == 2, found
        return found

    assert await eventually(notes, SECONDS) == {("eva", "Reinició el router y va."), ("tom", "Ya llamó ayer.")}


async def test_an_agent_verifies_who_asks_by_a_code_that_they_are_told(at: CardDesk) -> None:
    ana, home = "ana@cliente.example", "ana@casa.example"
    await at.desk.api("PUT", f"/customers/email/{ana}", json={"ways": [home]})
    await at.desk.query("update customer_way set added_at = added_at - interval '1 hour'")
    asked = {"subject": "Cambien mi clave", "text": "Soy Ana", "requester": {"address": ana, "name": "Ana"}}
    number = (await at.desk.api("POST", "/tickets", json={**asked, "team": FIRST}))["number"]
    [card] = await eventually(lambda: at.cards(FIRST, number), SECONDS)

    async def top(callback: str, phrase: str = "") -> Json:
        def there() -> Json:
            modals = at.slack.hands.modals("eva")
            body: Json = modals[-1].body if modals else {}
            assert body.get("callback_id") == callback, body
            assert phrase in str(body["blocks"]), body
            return body

        return await eventually(there, SECONDS)

    await at.slack.hands.choose("eva", "more", f"verify:{number}", channel=FIRST, ts=card["ts"])
    view = await top("verify", "a***@casa.example")
    assert "consta desde después de empezar la conversación" in str(view["blocks"])  # the one of the ticket itself
    await at.slack.hands.submit("eva", {})
    await top("verify_code")
    [mail] = await at.desk.sent_to(home)
    code = mail.get_body(("plain",)).get_content().strip()[:6]  # type: ignore[union-attr]  # it has words
    await at.slack.hands.submit("eva", {"code": "000000" if code != "000000" else "000001"})
    await top("verify_code", "quedan 4 intentos")
    await at.slack.hands.submit("eva", {"code": f"{code[:3]} {code[3:]}"})
    await top("verify.shown", "Identidad comprobada")

    async def shown() -> bool:
        [now] = at.cards(FIRST, number)
        assert "identidad comprobada" in words(now)
        found = words(at.thread(FIRST, card["ts"]))
        assert "✓ Eva Ruiz ha verificado a quien pide" in found, found
        return True

    assert await eventually(shown, SECONDS)
    assert code not in str([at.thread(FIRST, card["ts"]), at.cards(FIRST, number)])

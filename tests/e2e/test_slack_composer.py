"""An agent answers customers from Slack: written, sent, undone, warned, delivered; over both doors."""

import os
import signal
from typing import Any

import asyncpg
import pytest

from tests.support.card_desk import FIRST, CardDesk, buttons, line, words
from tests.support.chat_desk import HELP
from tests.support.polling import eventually
from ventanilla_devstack.slack.records import View

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("alone")]
Json = dict[str, Any]
SECONDS = 30
UNDO_SECONDS = 5
"""Long enough for a slow machine to show the line, press in it, or kill somebody meanwhile."""
TEMPLATE = {
    "title": {"es": "Pedir más datos", "en": "Ask for details"},
    "texts": {"es": "Hola, {{requester.first_name}}: ¿qué mensaje apareció?"},
    "status": "open",
}


async def card_of(at: CardDesk, subject: str) -> tuple[int, str]:
    """(number of a ticket, time stamp of its card), once both are there."""

    async def found() -> Json:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((one for one in tickets if one["subject"] == subject), {})

    number = int((await eventually(found, SECONDS))["number"])
    card = (await eventually(lambda: at.cards(FIRST, number), SECONDS))[0]
    return number, str(card["ts"])


async def by_mail(at: CardDesk, subject: str) -> tuple[int, str]:
    """A ticket of a customer who writes mails."""
    person = {"address": "ana@cliente.example", "name": "Ana García"}
    body = {"subject": subject, "text": "Desde ayer.", "requester": person, "team": FIRST, "language": "es"}
    await at.desk.api("POST", "/tickets", json=body)
    return await card_of(at, subject)


async def compose(at: CardDesk, ts: str, who: str = "eva") -> View:
    """Press "Reply to customer"; the composer, once it is there."""
    seen = await at.slack.hands.press(who, "reply", channel=FIRST, ts=ts)
    assert seen.answered, seen
    return await composer(at, who)


async def composer(at: CardDesk, who: str = "eva") -> View:
    def there() -> View:
        [*_, top] = at.slack.hands.modals(who)
        assert top.body.get("callback_id") == "compose", words(top.body)
        return top

    return await eventually(lambda: at.slack.hands.modals(who) and there(), SECONDS)


def block(view: View, name: str) -> str:
    """The field of this name, whatever its count."""
    return next(one["block_id"] for one in view.body["blocks"] if one.get("block_id", "").startswith(f"{name}."))


async def send(at: CardDesk, text: str, who: str = "eva", **more: Any) -> Any:
    view = await composer(at, who)
    values = {f"{block(view, 'text')}/{block(view, 'text')}": text}
    values |= {(name if name == "files" else f"{block(view, name)}/{block(view, name)}"): v for name, v in more.items()}
    return await at.slack.hands.submit(who, values)


async def told(at: CardDesk, who: str) -> Json:
    """The last sentence that only they see."""

    def there() -> Json:
        found = [one for one in at.slack.hands.messages(who, FIRST) if one.get("is_ephemeral")]
        assert found
        return found[-1]

    return await eventually(there, SECONDS)


async def replies(at: CardDesk, number: int) -> list[str]:
    said = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
    return [one["text"] for one in said if one["kind"] == "agent"]


async def test_a_reply_is_sent_to_a_mail_customer_and_its_line_says_delivered(at: CardDesk) -> None:
    number, ts = await by_mail(at, "No imprime")
    await compose(at, ts)

    seen = await send(at, "Ya está arreglado.", status="pending")

    assert (seen.problem, seen.errors, seen.modal) == ("", {}, None)
    held = await line(at, ts, "⏳", "Eva Ruiz", "Ya está arreglado.")
    assert buttons(held) == ["reply_undo"]
    assert await replies(at, number) == [], "nothing leaves before its time"
    sent = await line(at, ts, "✓✓")
    assert buttons(sent) == []
    said = [words(one) for one in at.thread(FIRST, ts) if "Ya está arreglado." in words(one)]
    assert len(said) == 1, "the thread says it once"
    [answer] = [one for one in at.desk.sent() if "Ya está arreglado." in one.get_body(("plain",)).get_content()]
    assert answer["To"] == "Ana García <ana@cliente.example>"
    ticket = await at.desk.api("GET", f"/tickets/{number}")
    assert (ticket["status"], ticket["service_level"]["first_response"]["state"]) == ("pending", "met")
    history = (await at.desk.api("GET", f"/tickets/{number}/history", params={"limit": 200}))["items"]
    [entry] = [one for one in history if one["action"] == "reply.sent"]
    eva = at.slack.workspace.person("eva")
    assert (entry["actor"], entry["via"]) == ("agent:eva", f"slack:{eva.team_id}/{eva.id}")


async def test_a_reply_that_is_undone_is_never_sent_and_its_words_come_back(at: CardDesk) -> None:
    number, ts = await by_mail(at, "No llega la nómina")
    await compose(at, ts)
    await send(at, "Esto no queria decirlo", status="solved", resolution="Otra cuenta")
    held = await line(at, ts, "⏳")

    seen = await at.slack.hands.press("eva", "reply_undo", channel=FIRST, ts=held["ts"])

    assert seen.answered
    again = await composer(at)
    field = next(one for one in again.body["blocks"] if one.get("block_id") == block(again, "text"))
    assert field["element"]["initial_value"] == "Esto no queria decirlo"
    status, resolution = (
        next(one["element"] for one in again.body["blocks"] if one.get("block_id") == block(again, name))
        for name in ("status", "resolution")
    )
    assert (status["initial_option"]["value"], resolution["initial_value"]) == ("solved", "Otra cuenta")
    assert buttons(await line(at, ts, "↩")) == []
    history = (await at.desk.api("GET", f"/tickets/{number}/history", params={"limit": 200}))["items"]
    assert "reply.recalled" in [one["action"] for one in history]
    assert await replies(at, number) == []


async def test_a_reply_to_a_chat_customer_stands_in_their_thread(at: CardDesk) -> None:
    first = at.slack.hands.write("carmen", HELP, "Una pregunta de horarios")
    number, ts = await card_of(at, "Una pregunta de horarios")
    channel = at.slack.workspace.channel_named(HELP).id
    goes = f"In <#{channel}>, in the thread: everybody in the channel reads it."
    assert goes in words((await compose(at, ts, "tom")).body)

    await send(at, "Prueba <ahora>", "tom")

    await line(at, ts, "✓✓", "Tom Baker")
    thread = [one["text"] for one in at.slack.hands.messages("carmen", HELP, thread_ts=first.ts)]
    assert "*Tom Baker*\nPrueba &lt;ahora&gt;" in thread
    assert await replies(at, number) == ["Prueba <ahora>"]


async def test_a_reply_that_does_not_arrive_says_why_and_can_be_tried_again(at: CardDesk) -> None:
    at.slack.hands.write("carmen", HELP, "Una pregunta de Carmen")
    number, ts = await card_of(at, "Una pregunta de Carmen")
    await compose(at, ts)
    await send(at, "Hola, Carmen.")
    await line(at, ts, "⏳")
    at.slack.hands.archive("carmen", HELP)
    try:
        failed = await line(at, ts, "⚠", "Hola, Carmen.")
    finally:
        at.slack.hands.unarchive("carmen", HELP)
    mine = f"⚠ Tu respuesta en la solicitud #{number} no llegó al cliente:"

    def told_directly() -> list[str]:
        said = [words(one) for one in at.slack.hands.messages("eva", at.slack.hands.dm("eva"))]
        return [one for one in said if mine in one]

    assert len(await eventually(told_directly, SECONDS)) == 1
    await at.slack.hands.press("eva", "reply_retry", channel=FIRST, ts=failed["ts"])

    again = await composer(at)
    field = next(one for one in again.body["blocks"] if one.get("block_id") == block(again, "text"))
    assert buttons(failed) == ["reply_retry"]
    assert field["element"]["initial_value"] == "Hola, Carmen."
    await at.slack.hands.submit("eva")

    def arrived() -> bool:
        states = [
            words(one) for one in at.thread(FIRST, ts) if "reply" in (one.get("metadata") or {}).get("event_type", "")
        ]
        assert [state[:1] for state in states] == ["⚠", "✓"], states
        return states[1].startswith("✓✓")

    assert await eventually(arrived, SECONDS)


async def test_what_came_meanwhile_is_shown_once_and_the_second_press_sends(at: CardDesk) -> None:
    number, ts = await by_mail(at, "Se ha caído la VPN")
    await compose(at, ts)
    await at.act("tom", "POST", f"/tickets/{number}/replies", json={"text": "Es el router", "internal": True})
    await at.act("tom", "POST", f"/tickets/{number}/replies", json={"text": "Voy yo.", "hold_seconds": 20})

    warned = await send(at, "Lo miramos.")
    shown = await composer(at)
    again = await at.slack.hands.submit("eva")

    assert "Es el router" in words(shown.body)
    assert "Tom Baker ya ha respondido" in words(shown.body), "what waits for its time is news too"
    assert "Voy yo." in words(shown.body)
    assert "Tom Baker" in words(shown.body)
    assert warned.modal is not None
    assert again.modal is None, (again.problem, again.errors)
    await line(at, ts, "Lo miramos.")


async def test_a_template_goes_behind_what_was_written_and_the_preview_shows_the_mail(at: CardDesk) -> None:
    await at.desk.api("PUT", "/desk/templates/more-details", json=TEMPLATE)
    _, ts = await by_mail(at, "Pantalla azul")
    view = await compose(at, ts)
    at.slack.hands.fill("eva", {f"{block(view, 'text')}/{block(view, 'text')}": "Buenos días."})
    offered = await at.slack.hands.suggest("eva", "compose_template", "datos")
    await at.slack.hands.choose("eva", "compose_template", offered.options[0]["value"])

    def filled() -> View:
        [top] = at.slack.hands.modals("eva")
        assert block(top, "text") == "text.1"
        return top

    top = await eventually(filled, SECONDS)
    field = next(one for one in top.body["blocks"] if one.get("block_id") == "text.1")
    assert field["element"]["initial_value"] == "Buenos días.\n\nHola, Ana: ¿qué mensaje apareció?"
    await at.slack.hands.press("eva", "compose_preview")

    def previewed() -> str:
        modals = at.slack.hands.modals("eva")
        assert len(modals) == 2
        text = words(modals[1].body)
        assert "Hola, Ana: ¿qué mensaje apareció?" in text, text
        return text

    seen = await eventually(previewed, SECONDS)
    assert "Re: Pantalla azul" in seen
    assert "Por correo a Ana García &lt;ana@cliente.example&gt;." in seen


async def test_files_are_sent_with_the_reply(at: CardDesk) -> None:
    number, ts = await by_mail(at, "Manda la guía")
    view = await compose(at, ts)
    file = at.slack.hands.upload("eva", FIRST, "guia.txt", b"paso 1", share=False, mimetype="text/plain")
    at.slack.hands.fill("eva", {f"{block(view, 'text')}/{block(view, 'text')}": "Va la guía.", "files": [file.id]})
    await at.slack.hands.press("eva", "compose_preview")
    await eventually(lambda: "guia.txt" in words(at.slack.hands.modals("eva")[-1].body), SECONDS)
    await at.slack.hands.close("eva")

    seen = await send(at, "Va la guía.", files=[file.id])

    assert seen.modal is not None, "the files are on their way"
    assert "Va la guía." in words(seen.modal.body), "and the words are still there"
    await line(at, ts, "✓✓")
    messages = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
    [answer] = [one for one in messages if one["kind"] == "agent"]
    assert [one["filename"] for one in answer["attachments"]] == ["guia.txt"]


async def test_whoever_is_no_agent_is_told_what_to_do_and_nothing_happens(at: CardDesk) -> None:
    _, ts = await by_mail(at, "Sin permiso")

    at.slack.hands.invite("eva", FIRST, "carmen")
    await at.slack.hands.press("carmen", "reply", channel=FIRST, ts=ts)

    assert "agentes de la mesa" in (await told(at, "carmen"))["text"]
    assert at.slack.hands.modals("carmen") == []


async def test_of_two_who_claim_one_is_told_who_has_it(at: CardDesk) -> None:
    number, ts = await by_mail(at, "Los dos a la vez")
    await at.act("tom", "POST", f"/tickets/{number}/claim")

    # The card that she sees still has the button: it was claimed this very moment.
    await at.slack.hands.press("eva", "claim", channel=FIRST, ts=ts)

    assert "Tom Baker" in (await told(at, "eva"))["text"]
    assert (await at.desk.api("GET", f"/tickets/{number}"))["assignee"] == "tom"


async def test_the_other_buttons_of_a_card_do_what_they_say(at: CardDesk) -> None:
    number, ts = await by_mail(at, "Todos los botones")

    async def chosen(action: str, values: Json) -> Json:
        """Choose in the card's menu, fill in what opens, submit; the ticket afterwards."""
        if action == "assign":
            await at.slack.hands.press("eva", action, channel=FIRST, ts=ts)
        else:
            await at.slack.hands.choose("eva", "more", f"{action}:{number}", channel=FIRST, ts=ts)

        def opened() -> View:
            [view] = at.slack.hands.modals("eva")
            assert view.body.get("callback_id") == action, words(view.body)
            return view

        await eventually(lambda: at.slack.hands.modals("eva") and opened(), SECONDS)
        seen = await at.slack.hands.submit("eva", values)
        assert seen.modal is None, (seen.problem, seen.errors)
        ticket: Json = await at.desk.api("GET", f"/tickets/{number}")
        return ticket

    assert (await chosen("assign", {"agent": "tom"}))["assignee"] == "tom"
    assert (await chosen("priority", {"which": "urgent", "why": "es el jefe"}))["priority"] == "urgent"
    assert (await chosen("snooze", {"when": "hour"}))["status"] == "on_hold"
    solved = await chosen("solve", {"resolution": "tóner nuevo"})
    assert (solved["status"], solved["resolution"]) == ("solved", "tóner nuevo")
    other, ts = await by_mail(at, "Gane dinero ya")
    number = other
    spam = await chosen("spam", {})
    assert (spam["status"], spam["tags"]) == ("closed", ["spam"])
    eva = at.slack.workspace.person("eva")
    history = (await at.desk.api("GET", f"/tickets/{number}/history", params={"limit": 200}))["items"]
    assert {one["via"] for one in history if one["actor"] == "agent:eva"} == {f"slack:{eva.team_id}/{eva.id}"}


async def test_while_the_desk_is_slow_the_dialog_says_so_and_what_was_written_stays(at: CardDesk) -> None:
    _, ts = await by_mail(at, "La mesa va lenta")
    tickets = at.desk.services["tickets"].pid
    view = await compose(at, ts)
    os.kill(tickets, signal.SIGSTOP)
    try:
        slow = await send(at, "Un texto largo que nadie quiere escribir dos veces")
        kept = (await composer(at)).values
        await at.slack.hands.close("eva", all_of_them=True)
        seen = await at.slack.hands.press("eva", "reply", channel=FIRST, ts=ts)
        opened = await eventually(lambda: at.slack.hands.modals("eva"), 3)
    finally:
        os.kill(tickets, signal.SIGCONT)

    assert slow.answered, "Slack has its answer in three seconds"
    assert "sigue aquí" in next(iter(slow.errors.values()))
    assert kept[block(view, "text")][block(view, "text")]["value"].startswith("Un texto largo")
    assert (seen.answered, "Un momento" in words(opened[0].body)) == (True, True)
    await composer(at)


async def test_what_was_stored_unheard_has_its_line_and_corrected_words_take_its_place(at: CardDesk) -> None:
    number, ts = await by_mail(at, "La base de datos va lenta")
    await compose(at, ts)
    pool = asyncpg.create_pool(at.desk.postgres.dsn(), min_size=1)
    async with pool, pool.acquire() as held, held.transaction():
        await held.execute("select from ticket where number = $1 for update", number)
        doubt = await send(at, "El tóner sale a 10 euros")
    stored = await line(at, ts, "⏳", "10 euros")
    corrected = await send(at, "El tóner sale a 100 euros")

    assert "no se sabe si se ha guardado" in next(iter(doubt.errors.values()))
    assert "reply_undo" in buttons(stored)
    assert corrected.modal is None, (corrected.problem, corrected.errors)
    await eventually(lambda: replies(at, number), SECONDS)
    assert await replies(at, number) == ["El tóner sale a 100 euros"]


async def test_a_desk_that_dies_before_the_time_sends_it_once_afterwards(at: CardDesk) -> None:
    number, ts = await by_mail(at, "Se muere la mesa")
    await compose(at, ts)
    await send(at, "Esto sobrevive.")
    await line(at, ts, "⏳")

    process = at.desk.services["tickets"]
    await process.kill()
    await process.start()

    await line(at, ts, "✓✓")
    assert await replies(at, number) == ["Esto sobrevive."]


async def test_a_chat_service_that_dies_shows_the_line_once_afterwards(at: CardDesk) -> None:
    number, ts = await by_mail(at, "Se muere el chat")
    await compose(at, ts)
    await send(at, "Esto se ve una vez.")
    await line(at, ts, "⏳")

    chat = at.desk.services["intake-chat"]
    await chat.kill()
    await chat.start()

    await line(at, ts, "✓✓")
    assert await replies(at, number) == ["Esto se ve una vez."]
    assert len([one for one in at.thread(FIRST, ts) if "Esto se ve una vez." in words(one)]) == 1

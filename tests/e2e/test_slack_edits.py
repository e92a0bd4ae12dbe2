"""An agent edits an answer that a customer has read in Slack, or takes it back; over both doors."""

import os
import signal
from typing import Any

import pytest

from tests.support.card_desk import FIRST, CardDesk, buttons, line, words
from tests.support.chat_desk import HELP
from tests.support.polling import eventually
from ventanilla_devstack.slack import posting
from ventanilla_devstack.slack.records import Message, View

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("alone")]
Json = dict[str, Any]
SECONDS = 30
UNDO_SECONDS = 2
"""Nothing is called back here: what matters begins when the answer is there."""


class Answered:
    """A customer's question in Slack, and the answer that an agent has sent from the composer."""

    def __init__(self, at: CardDesk, root: str, number: int, card: str, text: str) -> None:
        self.at, self.root, self.number, self.card = at, root, number, card
        self.text = text
        self.message: Json = {}

    async def line(self, *phrases: str) -> Json:
        """The one line about the answer, once it says all this."""
        return await line(self.at, self.card, *phrases)

    def said(self) -> list[Message]:
        """What the app says in the customer's thread, below the question."""
        place = self.at.slack.workspace.channel_named(HELP)
        return [one for one in place.messages.values() if one.thread_ts == self.root and one.bot_id]

    def answer(self) -> Message | None:
        """The answer as the customer reads it; None: it is not there."""
        return next((one for one in self.said() if one.text.startswith("*Eva Ruiz*\n")), None)

    async def reads(self, text: str) -> Message:
        """The answer once it says this."""

        def there() -> Message:
            found = self.answer()
            assert found is not None
            assert found.text == f"*Eva Ruiz*\n{text}", found.text
            return found

        return await eventually(there, SECONDS)

    async def press(self, action: str, who: str = "eva") -> Any:
        shown = await self.line()
        return await self.at.slack.hands.press(who, action, channel=FIRST, ts=shown["ts"])

    async def dialog(self, who: str = "eva") -> View:
        """The dialog with the words, once it is there."""
        seen = await self.press("reply_edit", who)
        assert seen.answered, seen

        def there() -> View:
            [view] = self.at.slack.hands.modals(who)
            assert view.body.get("callback_id") == "correct", words(view.body)
            return view

        return await eventually(lambda: self.at.slack.hands.modals(who) and there(), SECONDS)

    async def edit(self, text: str) -> Any:
        await self.dialog()
        return await self.at.slack.hands.submit("eva", {"text/text": text})

    async def api(self, method: str, who: str = "eva", **more: Any) -> Any:
        return await self.at.act(who, method, f"/tickets/{self.number}/messages/{self.message['id']}", **more)

    async def history(self) -> list[Json]:
        found = await self.at.desk.api("GET", f"/tickets/{self.number}/history", params={"limit": 200})
        return list(found["items"])


async def answered(at: CardDesk, question: str, text: str, *, files: list[str] | None = None) -> Answered:
    first = at.slack.hands.write("carmen", HELP, question)

    async def ticket() -> Json:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((one for one in tickets if one["subject"] == question), {})

    number = int((await eventually(ticket, SECONDS))["number"])
    card = (await eventually(lambda: at.cards(FIRST, number), SECONDS))[0]["ts"]
    made = Answered(at, first.ts, number, str(card), text)
    await at.slack.hands.press("eva", "reply", channel=FIRST, ts=made.card)

    def composer() -> View:
        [view] = at.slack.hands.modals("eva")
        assert view.body.get("callback_id") == "compose", words(view.body)
        return view

    await eventually(lambda: at.slack.hands.modals("eva") and composer(), SECONDS)
    await at.slack.hands.submit("eva", {"text.0/text.0": text} | ({"files": files} if files else {}))
    await made.line("✓✓", text)
    if at.slack.hands.modals("eva"):
        await at.slack.hands.close("eva", all_of_them=True)
    messages = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
    [made.message] = [one for one in messages if one["kind"] == "agent"]
    return made


async def test_an_edited_answer_reads_anew_at_the_customers_and_its_line_says_so(at: CardDesk) -> None:
    made = await answered(at, "¿A qué hora viene el técnico?", "A las 12.")
    before = await made.reads("A las 12.")
    line = await made.line("✓✓")

    view = await made.dialog()
    seen = await at.slack.hands.submit("eva", {"text/text": "A las 13 <seguro>."})

    assert buttons(line) == ["reply_edit", "reply_take_back"]
    field = next(one for one in view.body["blocks"] if one["block_id"] == "text")
    assert field["element"]["initial_value"] == "A las 12."
    assert (seen.problem, seen.errors, seen.modal) == ("", {}, None)
    after = await made.reads("A las 13 &lt;seguro&gt;.")
    assert (after.ts, bool(after.edited)) == (before.ts, True), "the same message, and Slack says that it was edited"
    assert after.metadata["event_payload"]["notification"] == before.metadata["event_payload"]["notification"]
    assert len([one for one in made.said() if "A las 1" in one.text]) == 1
    shown = await made.line("✓✓", "se ha corregido", "A las 13 <seguro>.")
    assert buttons(shown) == ["reply_edit", "reply_take_back"]
    message = await made.api("GET")
    assert (message["text"], message["revision"]["state"]) == ("A las 13 <seguro>.", "delivered")
    former = (await at.desk.api("GET", f"/messages/{message['id']}/revisions"))["items"]
    assert [one["text"] for one in former] == ["A las 12."]
    eva = at.slack.workspace.person("eva")
    [entry] = [one for one in await made.history() if one["action"] == "message.edited"]
    assert (entry["actor"], entry["via"]) == ("agent:eva", f"slack:{eva.team_id}/{eva.id}")


async def test_an_answer_that_is_taken_back_is_gone_and_its_line_no_longer_says_it(at: CardDesk) -> None:
    made = await answered(at, "¿Cuál es la contraseña?", "La contraseña es 1234")
    line = await made.line("✓✓")
    [take_back] = [one for each in line["blocks"] for one in each.get("elements", ()) if one.get("confirm")]

    await made.press("reply_take_back")

    shown = await made.line("↩", "se ha retirado")
    assert take_back["action_id"] == "reply_take_back", "Slack asks before it is pressed"
    assert made.answer() is None
    assert "1234" not in words(shown)
    assert buttons(shown) == []
    message = await made.api("GET")
    assert (message["text"], message["revision"]["kind"], message["revision"]["state"]) == ("", "deleted", "delivered")
    assert "1234" not in str([words(one) for one in at.thread(FIRST, made.card)])


async def test_whoever_did_not_write_it_is_told_so_and_nothing_opens(at: CardDesk) -> None:
    made = await answered(at, "¿Quién puede cambiarlo?", "Solo Eva.")

    for action in ("reply_edit", "reply_take_back"):
        await made.press(action, "tom")

    def told() -> list[str]:
        thread = at.slack.hands.messages("tom", FIRST, thread_ts=made.card)
        found = [one["text"] for one in thread if one.get("is_ephemeral")]
        assert len(found) >= 2
        return found

    assert all("Only whoever wrote it" in one for one in (await eventually(told, SECONDS))[-2:])
    assert at.slack.hands.modals("tom") == []
    answer = await at.desk.call(
        "PATCH",
        f"/tickets/{made.number}/messages/{made.message['id']}",
        json={"text": "De Tom"},
        headers={"Ventanilla-Agent": "tom", "Authorization": f"Bearer {at.settings['INTAKE_CHAT_TICKETS_TOKEN']}"},
    )
    assert answer.status_code == 403
    await made.reads("Solo Eva.")


async def test_what_was_mailed_has_no_such_buttons_and_is_refused(at: CardDesk) -> None:
    person = {"address": "ana@cliente.example", "name": "Ana García"}
    body = {"subject": "Por correo", "text": "Desde ayer.", "requester": person, "team": FIRST, "language": "es"}
    number = int((await at.desk.api("POST", "/tickets", json=body))["number"])
    card = (await eventually(lambda: at.cards(FIRST, number), SECONDS))[0]["ts"]
    held = await at.act("eva", "POST", f"/tickets/{number}/replies", json={"text": "Ya está."})
    mailed = Answered(at, "", number, str(card), "Ya está.")
    mailed.message = held

    await eventually(at.desk.sent, SECONDS)
    answer = await at.desk.call("PATCH", f"/tickets/{number}/messages/{held['id']}", json={"text": "Otra"})

    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "what was mailed cannot be changed; send a second answer",
    )
    assert (await mailed.api("GET"))["changeable_until"] is None


async def test_a_message_that_slack_no_longer_has_is_told_to_the_author_and_in_the_history(at: CardDesk) -> None:
    made = await answered(at, "¿Sigue ahí?", "Aquí sigue.")
    place = at.slack.workspace.channel_named(HELP)
    gone = made.answer()
    assert gone is not None
    posting.delete(at.slack.workspace, place, gone)

    await made.edit("Aquí ya no.")

    shown = await made.line("⚠", "no llegó", "ya no está en el hilo")
    assert buttons(shown) == ["reply_edit", "reply_take_back"]
    [entry] = [one for one in await made.history() if one["action"] == "revision.failed"]
    assert entry["why"].startswith("message_not_found")
    assert made.answer() is None, "nothing is said anew"
    await made.press("reply_take_back")
    await made.line("↩", "se ha retirado")


async def test_of_two_quick_edits_the_last_one_holds_however_they_reach_slack(at: CardDesk) -> None:
    made = await answered(at, "¿Cuánto cuesta?", "10 euros.")
    # The first one hangs at Slack's door while the others come.
    slow = at.slack.faults.add("wait", "chat.update", seconds=2.0, about="20 euros")

    for euros in (20, 30, 40):
        await made.api("PATCH", json={"text": f"{euros} euros."})

    await made.reads("40 euros.")
    await made.line("✓✓", "se ha corregido", "40 euros.")
    await eventually(lambda: _settled(at), SECONDS)
    await made.reads("40 euros.")
    assert slow.hits <= 1
    states = await at.desk.query("select number, state from sent_revision where message_id = $1", made.message["id"])
    assert {(row["number"], row["state"]) for row in states} == {(1, "delivered"), (2, "delivered"), (3, "delivered")}


async def _settled(at: CardDesk) -> bool:
    [row] = await at.desk.query(
        "select (select count(*) from sent_revision where state = 'queued')"
        " + (select count(*) from outbox where notification_id is not null) as left"
    )
    return int(row["left"]) == 0


async def test_a_chat_service_that_dies_before_it_could_report_does_it_again_and_nobody_sees_it(at: CardDesk) -> None:
    made = await answered(at, "¿Y si se muere el chat?", "Entonces nada.")
    # Slack has done it, and whoever asked dies before it hears of it.
    cut = at.slack.faults.add("cut_after", "chat.update", about="Entonces vuelve.")
    await made.api("PATCH", json={"text": "Entonces vuelve."})
    await eventually(lambda: cut.hits, SECONDS)

    chat = at.desk.services["intake-chat"]
    await chat.kill()
    await made.reads("Entonces vuelve.")
    await chat.start()

    await made.line("✓✓", "se ha corregido", "Entonces vuelve.")
    await made.reads("Entonces vuelve.")
    assert len([one for one in made.said() if "Entonces" in one.text]) == 1
    assert [one["action"] for one in await made.history()].count("message.edited") == 1


async def test_taken_back_and_killed_before_the_report_it_is_gone_and_said_so(at: CardDesk) -> None:
    made = await answered(at, "¿Y si se muere al borrar?", "Se borra igual.")
    cut = at.slack.faults.add("cut_after", "chat.delete")
    await made.api("DELETE")
    await eventually(lambda: cut.hits, SECONDS)

    chat = at.desk.services["intake-chat"]
    await chat.kill()
    await chat.start()

    await made.line("↩", "se ha retirado")
    assert made.answer() is None
    assert "revision.failed" not in [one["action"] for one in await made.history()]


async def test_an_answer_with_files_is_edited_beside_them_and_taken_back_with_them(at: CardDesk) -> None:
    file = at.slack.hands.upload("eva", FIRST, "guia.txt", b"paso 1", share=False, mimetype="text/plain")
    made = await answered(at, "¿Hay una guía?", "Va la guía.", files=[file.id])
    before = await made.reads("Va la guía.")
    [shared] = [str(one) for one in before.files]

    await made.edit("Va la guía nueva.")
    after = await made.reads("Va la guía nueva.")
    await made.line("✓✓", "Va la guía nueva.")
    assert (after.ts, [str(one) for one in after.files]) == (before.ts, [shared])

    await made.press("reply_take_back")
    await made.line("↩", "se ha retirado")
    assert made.answer() is None
    assert shared not in at.slack.workspace.files


async def test_while_the_desk_is_slow_the_dialog_keeps_what_was_written(at: CardDesk) -> None:
    made = await answered(at, "¿Va lenta la mesa?", "Sí.")
    await made.dialog()
    tickets = at.desk.services["tickets"].pid
    os.kill(tickets, signal.SIGSTOP)
    try:
        slow = await at.slack.hands.submit("eva", {"text/text": "Un texto que nadie quiere escribir dos veces"})
    finally:
        os.kill(tickets, signal.SIGCONT)

    assert slow.answered, "Slack has its answer in three seconds"
    assert "sigue aquí" in next(iter(slow.errors.values()))
    again = await at.slack.hands.submit("eva")
    assert again.modal is None, (again.problem, again.errors)
    await made.reads("Un texto que nadie quiere escribir dos veces")
    await made.line("✓✓", "se ha corregido")

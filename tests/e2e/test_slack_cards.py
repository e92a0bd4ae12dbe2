"""Cards in teams' channels, end to end: what mail becomes, what agents read and write there, once whatever dies."""

import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from intake_chat.domain.slack.cards.kept import Kept
from intake_chat.handlers.cards.record import card_key
from intake_chat.handlers.customers.departures import gone_key
from tests.support.card_desk import FIRST, NETWORK, REST, SEED, CardDesk, card_desk, words
from tests.support.chat_desk import HELP
from tests.support.desk import mail
from tests.support.polling import eventually
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.state import StateBucket

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECONDS = 30
ESCALATION = {"team": NETWORK, "reason": "es cosa de redes", "note": "Reiniciado dos veces, sigue cayendo."}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at(servers_folder: Path) -> AsyncIterator[CardDesk]:
    folder = servers_folder / "slack-cards"
    try:
        async with LocalSlack(seed=SEED) as slack, card_desk(folder, slack) as desk:
            await desk.add_chat()
            yield desk
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def ticket_of(at: CardDesk, subject: str, text: str = "Desde ayer.\nEn la segunda planta.") -> dict[str, Any]:
    """A mail's ticket."""
    await at.desk.send_later(mail(subject, text, message_id=f"<{abs(hash(subject))}@cliente.example>"))

    async def found() -> dict[str, Any]:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((ticket for ticket in tickets if ticket["subject"] == subject), {})

    return await eventually(found, SECONDS)


async def card_of(at: CardDesk, channel: str, ticket: dict[str, Any], *phrases: str) -> dict[str, Any]:
    """The one card of a ticket in a channel, once it says all this."""

    def there() -> dict[str, Any]:
        [card] = at.cards(channel, ticket["number"])
        missing = [phrase for phrase in phrases if phrase not in words(card)]
        assert not missing, (missing, words(card))
        return card

    return await eventually(lambda: at.cards(channel, ticket["number"]) and there(), SECONDS)


def pressed(card: dict[str, Any]) -> list[str]:
    """What can be pressed on a card."""
    return [one["action_id"] for block in card["blocks"] if block["type"] == "actions" for one in block["elements"]]


async def notes_of(at: CardDesk, ticket: dict[str, Any]) -> list[str]:
    said = (await at.desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    return [one["text"] for one in said if one["kind"] == "note"]


async def test_a_mail_becomes_a_card_that_shows_the_last_state(at: CardDesk) -> None:
    ticket = await ticket_of(at, "La impresora no imprime")
    number = ticket["number"]
    fresh = await card_of(at, FIRST, ticket, f"#{number} · La impresora no imprime", "Desde ayer.", "nadie todavía")

    await at.act("eva", "POST", f"/tickets/{number}/claim")
    await at.act("eva", "PATCH", f"/tickets/{number}", json={"priority": "urgent"})
    claimed = await card_of(at, FIRST, ticket, at.mention("eva"), "urgente")

    assert pressed(fresh) == ["claim", "assign", "reply", "more", "open"]
    assert pressed(claimed) == ["assign", "reply", "more", "open"]
    assert claimed["ts"] == fresh["ts"]
    assert f"https://desk.example/desk/{number}" in str(claimed["blocks"])


async def test_what_the_customer_writes_next_stands_in_the_thread_and_calls_the_assignee(at: CardDesk) -> None:
    ticket = await ticket_of(at, "No llega el correo")
    number = ticket["number"]
    card = await card_of(at, FIRST, ticket)
    await at.act("eva", "POST", f"/tickets/{number}/claim")
    original = f"<{abs(hash('No llega el correo'))}@cliente.example>"
    text = "Sigue sin llegar <!channel> *nada*"
    await at.desk.send_later(
        mail("Re: No llega el correo", text, message_id="<2@cliente.example>", in_reply_to=original)
    )

    def told() -> list[dict[str, Any]]:
        return [one for one in at.thread(FIRST, card["ts"]) if "Sigue sin llegar" in words(one)]

    [line] = await eventually(told, SECONDS)
    await at.act("eva", "POST", f"/tickets/{number}/replies", json={"text": "Ya está <arreglado>"})
    await eventually(lambda: "Ya está &lt;arreglado&gt;" in words(at.thread(FIRST, card["ts"])), SECONDS)
    assert at.mention("eva") in line["blocks"][0]["text"]["text"]
    assert line["blocks"][1]["elements"][0]["elements"][0]["text"] == text
    assert "<!channel>" not in line["text"]
    assert len(told()) == 1


async def test_an_answer_that_did_not_arrive_is_told_in_the_thread_and_calls_the_assignee(at: CardDesk) -> None:
    at.slack.hands.write("carmen", HELP, "Esto se va a archivar")

    async def found() -> dict[str, Any]:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((ticket for ticket in tickets if ticket["subject"] == "Esto se va a archivar"), {})

    ticket = await eventually(found, SECONDS)
    card = await card_of(at, FIRST, ticket)
    await at.act("eva", "POST", f"/tickets/{ticket['number']}/claim")
    at.slack.hands.archive("eva", HELP)
    try:
        await at.act("eva", "POST", f"/tickets/{ticket['number']}/replies", json={"text": "Ya está"})
        lost = f"{at.mention('eva')} ⚠ No llegó al cliente: el canal está archivado."
        await eventually(lambda: lost in words(at.thread(FIRST, card["ts"])), SECONDS)
    finally:
        at.slack.hands.unarchive("eva", HELP)


async def test_an_answer_that_its_customer_does_not_read_any_more_is_told_in_the_thread(at: CardDesk) -> None:
    pilar = at.slack.hands.add_person("pilar", "Pilar Soto", "pilar@ejemplo.example")
    at.slack.hands.join("pilar", HELP)
    at.slack.hands.write("pilar", HELP, "Me voy mañana")

    async def found() -> dict[str, Any]:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((ticket for ticket in tickets if ticket["subject"] == "Me voy mañana"), {})

    ticket = await eventually(found, SECONDS)
    card = await card_of(at, FIRST, ticket)
    broker = await at.desk.broker.connect("intake-chat")
    at.slack.hands.delete_user("pilar")
    await eventually(lambda: StateBucket(broker, Publisher(broker), CHAT_STATE).get(gone_key(pilar.id)), SECONDS)
    await at.act("eva", "POST", f"/tickets/{ticket['number']}/claim")
    await at.act("eva", "POST", f"/tickets/{ticket['number']}/replies", json={"text": "Suerte"})

    line = f"{at.mention('eva')} ⚠ La cuenta de Slack del solicitante está desactivada"
    await eventually(lambda: line in words(at.thread(FIRST, card["ts"])), SECONDS)


async def test_spam_and_blocked_senders_are_lines_that_say_who_did_it_and_what_it_means(at: CardDesk) -> None:
    ticket = await ticket_of(at, "Compre ya")
    path, card = f"/tickets/{ticket['number']}", await card_of(at, FIRST, ticket)
    spam = {"status": "closed", "tags": ["spam"], "resolution": "basura", "cause": "basura"}
    back = {"status": "open", "tags": [], "resolution": None, "cause": None, "why": "era un cliente"}
    block = {"kind": "deny", "sender": "ofertas@ventas.example", "note": "ofertas", "ticket": ticket["number"]}

    await at.act("eva", "PATCH", path, json=spam)
    await at.act("eva", "PATCH", path, json=back)
    await at.desk.api("POST", "/sender-list", json=block)
    said = (
        "Eva Ruiz la ha cerrado como basura",
        "no es basura: está abierta otra vez, sin decir nada a quien escribió. Motivo: era un cliente",
        "ha bloqueado a ofertas@ventas.example en toda la mesa: lo que escriba espera en cuarentena",
    )
    await eventually(lambda: all(line in words(at.thread(FIRST, card["ts"])) for line in said), SECONDS)


async def test_a_ticket_that_goes_to_another_team_takes_its_card_along(at: CardDesk) -> None:
    ticket = await ticket_of(at, "La red se cae")
    number = ticket["number"]
    old = await card_of(at, FIRST, ticket)

    await at.act("eva", "POST", f"/tickets/{number}/escalate", json=ESCALATION)
    card = await card_of(at, NETWORK, ticket, "La red se cae", NETWORK)
    left = await card_of(at, FIRST, ticket, f"#{number} está ahora con {NETWORK}")
    await eventually(lambda: ESCALATION["note"] in words(at.thread(NETWORK, card["ts"])), SECONDS)

    assert left["ts"] == old["ts"]
    assert ESCALATION["note"] in words(left)
    await eventually(lambda: ESCALATION["note"] in words(at.thread(FIRST, old["ts"])), SECONDS)  # its readers hear it
    told = words(at.thread(NETWORK, card["ts"]))
    assert "es cosa de redes" in told
    assert f"https://desk.example/desk/{number}" in told
    assert f"En {NETWORK}, nivel 2: la mandó Eva Ruiz («es cosa de redes»)." in words(card)
    await at.act("nora", "POST", f"/tickets/{number}/claim")
    await at.act("nora", "PATCH", f"/tickets/{number}", json={"priority": "urgent", "why": "toda la oficina"})
    await card_of(at, NETWORK, ticket, at.mention("nora"), "Prioridad urgente: la puso Nora Gil («toda la oficina»).")
    assert len(at.cards(NETWORK, number)) == 1

    other = await ticket_of(at, "La red se cae, otra vez")
    merge = {"into": number, "reason": "es el mismo fallo", "tell_customer": False, "share": True}
    await at.desk.api("POST", f"/tickets/{other['number']}/merge", json=merge)
    line = f"ha unido aquí la #{other['number']}. <https://desk.example/desk/{other['number']}|Leer entero>"
    await eventually(lambda: line in words(at.thread(NETWORK, card["ts"])), SECONDS)


async def test_what_an_agent_writes_in_the_thread_is_a_note_and_nothing_else(at: CardDesk) -> None:
    ticket = await ticket_of(at, "No puedo entrar")
    card = await card_of(at, FIRST, ticket)
    note = at.slack.hands.write("tom", FIRST, "mirad el *servidor* @eva", thread_ts=card["ts"])

    await eventually(lambda: notes_of(at, ticket), SECONDS)
    at.slack.hands.edit("tom", FIRST, note.ts, "mirad el otro servidor")

    async def both() -> list[str]:
        notes = await notes_of(at, ticket)
        return notes if len(notes) == 2 else []

    first, second = await eventually(both, SECONDS)
    at.slack.hands.delete("tom", FIRST, note.ts)

    def told() -> list[str]:
        seen = at.slack.hands.messages("tom", FIRST, thread_ts=card["ts"])
        return [one["text"] for one in seen if one.get("is_ephemeral")]

    [stays] = await eventually(told, SECONDS)
    history = (await at.desk.api("GET", f"/tickets/{ticket['number']}/history"))["items"]
    [entry, _] = [one for one in history if one["action"] == "note.added"]
    messages = (await at.desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    assert first == "mirad el *servidor* @eva"
    assert second.startswith("mirad el otro servidor")
    assert "is not deleted" in stays
    assert (entry["actor"], entry["via"].partition(":")[0]) == ("agent:tom", "slack")
    assert [one["kind"] for one in messages if one["kind"] in ("customer", "agent")] == ["customer"]
    assert "mirad" not in words([one for one in at.thread(FIRST, card["ts"]) if one.get("bot_id")])


async def test_whoever_is_no_agent_writes_no_note_and_is_told_so(at: CardDesk) -> None:
    ticket = await ticket_of(at, "El portal va lento")
    card = await card_of(at, FIRST, ticket)
    at.slack.hands.invite("tom", FIRST, "john")
    at.slack.hands.write("john", FIRST, "I have an idea", thread_ts=card["ts"])

    def told() -> list[str]:
        seen = at.slack.hands.messages("john", FIRST, thread_ts=card["ts"])
        return [one["text"] for one in seen if one.get("is_ephemeral")]

    [sentence] = await eventually(told, SECONDS)
    assert sentence.startswith("Agents talk among themselves here")  # in his own language
    assert await notes_of(at, ticket) == []
    tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
    assert "I have an idea" not in [one["subject"] for one in tickets]


async def test_a_team_without_a_channel_has_its_cards_in_the_one_for_the_rest_also_when_it_is_retired(
    at: CardDesk,
) -> None:
    ticket = await ticket_of(at, "Una llamada perdida")
    await card_of(at, FIRST, ticket)
    await at.desk.api("PATCH", f"/tickets/{ticket['number']}", json={"team": "billing"})

    card = await card_of(at, REST, ticket, "billing")
    await at.desk.api("DELETE", "/teams/billing")
    await eventually(lambda: "El equipo billing ya no existe" in words(at_rest(at, card)), SECONDS)
    await at.act("nora", "POST", f"/tickets/{ticket['number']}/claim")
    await card_of(at, REST, ticket, f"<@{at.slack.workspace.person('nora').id}>")
    await at.act("nora", "POST", f"/tickets/{ticket['number']}/escalate", json={**ESCALATION, "team": FIRST})
    await card_of(at, FIRST, ticket)


def at_rest(at: CardDesk, card: dict[str, Any]) -> list[dict[str, Any]]:
    return at.thread(REST, card["ts"])


async def test_an_archived_channel_leads_to_the_one_for_the_rest_and_the_operator_is_told(at: CardDesk) -> None:
    at.slack.hands.archive("nora", NETWORK)
    ticket = await ticket_of(at, "El cortafuegos bloquea")
    await card_of(at, FIRST, ticket)
    await at.act("eva", "POST", f"/tickets/{ticket['number']}/escalate", json=ESCALATION)

    await card_of(at, REST, ticket, "El cortafuegos bloquea")
    told = [one for one in at.desk.services["intake-chat"].events() if one.get("event") == "card_channel.unusable"]
    assert [one["reason"] for one in told] == ["is_archived"]


async def test_the_menu_of_a_card_works_twice_with_the_same_entry(at: CardDesk) -> None:
    ticket = await ticket_of(at, "Dos veces lo mismo")
    card = await card_of(at, FIRST, ticket)
    names = [card["blocks"][-1]["block_id"]]
    for _ in range(2):
        await at.slack.hands.choose("eva", "more", f"history:{ticket['number']}", channel=FIRST, ts=card["ts"])

        def renewed() -> bool:
            [now] = at.cards(FIRST, ticket["number"])
            name = now["blocks"][-1]["block_id"]
            assert name not in names, names
            names.append(name)
            return bool(at.slack.hands.modals("eva"))

        assert await eventually(renewed, SECONDS)
        await at.slack.hands.close("eva", all_of_them=True)

    assert len(names) == 3


async def test_a_card_that_somebody_deletes_comes_back(at: CardDesk) -> None:
    ticket = await ticket_of(at, "El ratón no va")
    card = await card_of(at, FIRST, ticket)
    # What happens before the thread is told for the first time, the card itself shows: then no line would come.
    await at.act("tom", "POST", f"/tickets/{ticket['number']}/replies", json={"text": "Lo miramos."})
    await eventually(lambda: at.thread(FIRST, card["ts"]), SECONDS)
    del at.slack.workspace.channel_named(FIRST).messages[card["ts"]]
    await at.act("eva", "POST", f"/tickets/{ticket['number']}/claim")

    again = await card_of(at, FIRST, ticket, at.mention("eva"))
    await eventually(lambda: at.thread(FIRST, again["ts"]), SECONDS)
    assert again["ts"] != card["ts"]


async def test_a_reply_whose_line_nobody_asked_for_is_told_to_its_author_though_there_is_no_card(at: CardDesk) -> None:
    ticket = await ticket_of(at, "Se arregló sola")
    path, card = f"/tickets/{ticket['number']}", await card_of(at, FIRST, ticket)
    broker = await at.desk.broker.connect("intake-chat")
    state = StateBucket(broker, Publisher(broker), CHAT_STATE)
    del at.slack.workspace.channel_named(FIRST).messages[card["ts"]]
    await at.act("eva", "PATCH", path, json={"status": "solved", "resolution": "sola"})

    async def gone() -> bool:
        return not Kept.parse(await state.get(card_key(ticket["number"]))).stands

    await eventually(gone, SECONDS)
    # As the composer does it in a process that dies before it can ask for the line.
    reply = {"text": "Se arregló, sí", "hold_seconds": 1, "status": "solved"}
    await at.act("eva", "POST", f"{path}/replies", json=reply)

    def told() -> bool:
        said = [words(one) for one in at.slack.hands.messages("eva", at.slack.hands.dm("eva"))]
        return any("✓✓ Eva Ruiz" in one and "Se arregló, sí" in one for one in said)

    await eventually(told, SECONDS)


async def test_a_kill_between_post_and_memory_makes_no_second_card(at: CardDesk) -> None:
    chat = at.desk.services["intake-chat"]
    at.slack.faults.add("wait", "chat.postMessage", seconds=2)
    ticket = await ticket_of(at, "Un corte a medias")
    await eventually(lambda: not at.slack.faults.in_force, SECONDS)  # the post is on its way and not answered yet
    os.kill(chat.pid, signal.SIGSTOP)
    await eventually(lambda: len(at.cards(FIRST, ticket["number"])) == 1, SECONDS)
    await chat.kill()
    await chat.start()

    await at.act("eva", "POST", f"/tickets/{ticket['number']}/claim")
    await card_of(at, FIRST, ticket, at.mention("eva"))
    assert len(at.cards(FIRST, ticket["number"])) == 1


async def test_a_post_whose_answer_was_cut_off_is_not_repeated(at: CardDesk) -> None:
    at.slack.faults.add("cut_after", "chat.postMessage")
    ticket = await ticket_of(at, "Respuesta perdida")
    await card_of(at, FIRST, ticket)
    await at.act("eva", "POST", f"/tickets/{ticket['number']}/claim")

    await card_of(at, FIRST, ticket, at.mention("eva"))
    assert len(at.cards(FIRST, ticket["number"])) == 1


async def test_two_replicas_keep_one_card_and_one_takes_over_from_the_other(at: CardDesk) -> None:
    second = await at.add_chat("intake-chat-2")
    tickets = [await ticket_of(at, f"Petición {number} de dos réplicas") for number in range(3)]
    for ticket in tickets:
        await card_of(at, FIRST, ticket)
    await at.desk.services["intake-chat"].stop()
    await at.act("tom", "POST", f"/tickets/{tickets[0]['number']}/claim")

    await card_of(at, FIRST, tickets[0], at.mention("tom"))
    assert [len(at.cards(FIRST, ticket["number"])) for ticket in tickets] == [1, 1, 1]
    assert second.pid


async def test_a_customer_in_a_chat_reads_who_answers_who_has_it_and_that_it_is_solved(at: CardDesk) -> None:
    first = at.slack.hands.write("carmen", HELP, "El VPN se corta cada hora")

    async def found() -> int:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((one["number"] for one in tickets if one["subject"] == "El VPN se corta cada hora"), 0)

    number = await eventually(found, SECONDS)
    path = f"/tickets/{number}"
    await at.act("eva", "POST", f"{path}/claim")
    await at.act("eva", "POST", f"{path}/replies", json={"text": "Lo miro <ahora>."})
    await at.act("eva", "POST", f"{path}/escalate", json=ESCALATION)
    await at.desk.api("PATCH", path, json={"status": "solved", "resolution": "secreto: otro cable"})

    def read() -> list[str]:
        said = [one["text"] for one in at.slack.hands.messages("carmen", HELP, thread_ts=first.ts)][2:]
        assert len(said) == 4, said
        return said

    said = sorted(await eventually(read, SECONDS))  # two of them may stand either way round
    name = (await at.desk.api("GET", "/agents/eva"))["name"]
    assert said[0] == f"*{name}*\nLo miro &lt;ahora&gt;."
    assert said[1] == f"{name} se ocupa ahora de su solicitud {number}."
    assert said[2].startswith(f"Hemos dado por resuelta su solicitud {number}.")
    assert f"Su solicitud {number} está ahora en manos de {NETWORK}" in said[3]
    assert "secreto" not in str(said)
    history = (await at.desk.api("GET", f"{path}/history", params={"limit": 200}))["items"]
    assert "customer.told" in [one["action"] for one in history]

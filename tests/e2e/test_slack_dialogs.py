"""Every dialog for what agents do besides answering, once over the local Slack, with what came of it in the desk."""

import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from intake_chat.domain.slack import actions
from tests.support.chat_desk import HELP
from tests.support.desk import mail
from tests.support.dialog_desk import EVERYBODY, FIRST, NETWORK, SECONDS, Working, dialog_desk, words, written
from tests.support.polling import eventually
from tests.support.slack import BOTH_DOORS

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
SOLVED: Json = {"resolution": "se explicó"}
POLICY: Json = {"targets": {"resolution": {"normal": {"minutes": 240, "calendar": "always"}}}}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BOTH_DOORS)
async def at(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Working]:
    folder = servers_folder / f"slack-dialogs-{request.param_index}"
    try:
        async with dialog_desk(folder, http=request.param == "http") as working:
            yield working
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_ticket_goes_up_with_a_note_and_comes_back(at: Working) -> None:
    number = (await at.ticket("El router se cae"))["number"]
    view = await at.open("eva", actions.ESCALATE, number)
    assert "El router se cae" in str(view.body["blocks"])  # the note begins with what is known
    seen = await at.submit("eva", {"to": f"team:{NETWORK}", "reason": "hace falta redes"})
    assert list(seen.errors or ()) == ["note"]  # and is not handed on as it is
    await at.done(
        "eva", {"to": f"team:{NETWORK}", "reason": "hace falta redes", "note": "Reiniciado dos veces, sigue cayendo."}
    )

    up = await at.now(number)
    assert (up["team"], up["tier"]) == (NETWORK, "2")
    entry = await at.history(number, "ticket.escalated")
    assert (entry["actor"], entry["via"], entry["why"]) == ("agent:eva", at.via("eva"), "hace falta redes")

    await at.open("nora", actions.RETURN, number)
    await at.done("nora", {"to": "back:", "reason": "no es la red", "note": "El router va bien, mirad el cable."})

    assert (await at.now(number))["team"] == FIRST
    assert (await at.history(number, "ticket.returned"))["via"] == at.via("nora")


async def test_a_closed_ticket_goes_nowhere_and_what_was_written_stays(at: Working) -> None:
    number = (await at.ticket("Ya no hace falta"))["number"]
    await at.open("eva", actions.ESCALATE, number)
    await at.desk.api("PATCH", f"/tickets/{number}", json={"status": "closed", "resolution": "se fue solo"})

    seen = await at.submit(
        "eva", {"to": f"team:{NETWORK}", "reason": "hace falta redes", "note": "Probado todo lo que sé."}
    )

    assert seen.modal is not None
    assert seen.errors == {"to": f"La #{number} está cerrada. Abre una nueva que la mencione."}
    assert written(seen.modal)["note"] == "Probado todo lo que sé."


async def test_who_is_not_of_the_team_reads_why_beside_the_field(at: Working) -> None:
    number = (await at.ticket("De la primera línea"))["number"]
    await at.open("nora", actions.ESCALATE, number)

    seen = await at.submit("nora", {"to": f"team:{NETWORK}", "reason": "me la llevo yo", "note": "Es cosa de redes."})

    assert seen.errors["to"].startswith(f"nora no es del equipo {FIRST}, que lleva la #{number}")
    assert (await at.now(number))["team"] == FIRST


async def test_too_few_words_are_refused_at_their_field(at: Working) -> None:
    number = (await at.ticket("Pocas palabras"))["number"]
    await at.open("tom", actions.ESCALATE, number)

    seen = await at.submit("tom", {"to": f"team:{NETWORK}", "reason": "hard", "note": "Tried all that I know."})

    assert list(seen.errors) == ["reason"]
    assert "at least 3 words" in seen.errors["reason"]


async def test_a_ticket_goes_on_in_another_one_that_was_looked_for(at: Working) -> None:
    number, into = (await at.ticket("Impresora uno"))["number"], (await at.ticket("Impresora otra vez"))["number"]
    await at.open("eva", actions.MERGE, number)

    before = await at.slack.hands.suggest("eva", "find_ticket", "")
    itself = await at.submit("eva", {"into/find_ticket": str(number), "reason": "la misma impresora"})
    found = await at.slack.hands.suggest("eva", "find_ticket", "impresora otra")
    await at.done("eva", {"into/find_ticket": str(into), "reason": "la misma impresora"})

    assert str(into) in [one["value"] for one in before.options]
    assert itself.errors == {"into": "Es la misma petición: elige otra."}
    assert [one["value"] for one in found.options] == [str(into)]
    assert (await at.now(number))["merged_into"] == into
    assert (await at.history(number, "ticket.merged"))["via"] == at.via("eva")

    await at.open("eva", actions.UNMERGE, number)
    await at.done("eva", {"reason": "dos impresoras al final"})
    assert [(await at.now(number))[name] for name in ("merged_into", "status")] == [None, "new"]


async def test_what_was_closed_as_spam_or_solved_by_mistake_is_open_again(at: Working) -> None:
    number = (await at.ticket("No era una oferta"))["number"]
    became = []
    for action, filled in ((actions.SPAM, {}), (actions.NOT_SPAM, {}), (actions.SOLVE, SOLVED), (actions.REOPEN, {})):
        await at.open("eva", action, number)
        await at.done("eva", filled)
        now = await at.now(number)
        became.append((now["status"], now["tags"]))
    assert became == [("closed", ["spam"]), ("open", []), ("solved", []), ("open", [])]


async def test_tickets_are_linked_and_parted(at: Working) -> None:
    number, other = (await at.ticket("Una"))["number"], (await at.ticket("La otra"))["number"]
    await at.open("eva", actions.LINK, number)
    await at.done("eva", {"to/find_ticket": str(other), "kind": "duplicate"})

    links = (await at.desk.api("GET", f"/tickets/{other}/links"))["items"]
    assert [(one["number"], one["kind"], one["direction"]) for one in links] == [(number, "duplicate", "in")]
    assert (await at.history(number, "ticket.linked"))["via"] == at.via("eva")

    view = await at.open("eva", actions.LINK, number)
    assert f"#{other}" in words(view)
    await at.slack.hands.press("eva", "unlink")

    async def parted() -> bool:
        assert not (await at.desk.api("GET", f"/tickets/{number}/links"))["items"]
        assert "Todavía no está" in words(at.modals("eva")[-1])
        return True

    assert await eventually(parted, SECONDS)
    assert (await at.history(number, "ticket.unlinked"))["via"] == at.via("eva")


async def customers_thread(at: Working, *texts: str) -> Json:
    """The ticket of somebody's thread in Slack, once it has all these messages."""
    first = at.slack.hands.write("carmen", HELP, texts[0])
    for text in texts[1:]:
        at.slack.hands.write("carmen", HELP, text, thread_ts=first.ts)

    async def found() -> Json:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        fitting = [one for one in tickets if one["subject"] == texts[0]]
        assert fitting
        said = (await at.desk.api("GET", f"/tickets/{fitting[0]['number']}/messages"))["items"]
        assert len([one for one in said if one["kind"] == "customer"]) == len(texts)
        return dict(fitting[0])

    return await eventually(found, SECONDS)


async def test_a_message_about_something_else_becomes_a_ticket_of_its_own(at: Working) -> None:
    ticket = await customers_thread(at, "La impresora no va", "Y la factura de noviembre está mal")
    number = ticket["number"]
    view = await at.open("eva", actions.SPLIT, number)
    field = next(one for one in view.body["blocks"] if one.get("block_id") == "messages")
    [invoice] = [one["value"] for one in field["element"]["options"] if "factura" in one["text"]["text"]]

    await at.submit("eva", {"messages": [invoice], "reason": "es una factura, no la impresora", "subject": "Factura"})

    shown = words(await at.top("eva", "split.shown"))
    made = int(shown.partition("#")[2].partition(".")[0])
    assert (await at.now(made))["subject"] == "Factura"
    assert (await at.history(number, "ticket.split"))["via"] == at.via("eva")


async def test_why_it_is_here_is_told_in_the_agents_language(at: Working) -> None:
    ticket = await customers_thread(at, "¿Por qué está aquí esto?")

    spanish = words(await at.open("eva", actions.WHY, ticket["number"], "why.shown"))
    english = words(await at.open("tom", actions.WHY, ticket["number"], "why.shown"))
    by_hand = words(await at.open("eva", actions.WHY, (await at.ticket("A mano"))["number"], "why.shown"))

    assert "Conjunto de reglas" in spanish or "reglas" in spanish
    assert "rule" in english.lower()
    assert spanish != english
    assert "a mano" in by_hand


async def test_a_problem_tells_everybody_whom_it_concerns(at: Working) -> None:
    problem, incident = await at.ticket("Caída del servicio"), await at.ticket("No funciona nada")
    await at.open("eva", actions.PROBLEM, problem["number"])
    await at.submit("eva", {"which": "is"})
    assert (await at.now(problem["number"]))["type"] == "problem"

    await at.open("eva", actions.PROBLEM, incident["number"])
    nothing = await at.submit("eva", {"which": "caused"})
    await at.done("eva", {"which": "caused", "to/find_problem": str(problem["number"])})
    await at.open("eva", actions.PROBLEM, problem["number"], "update_all")
    silent = await at.submit("eva", {"status": "solved"})
    unsolved = await at.submit("eva", {"text_es": "Ya funciona todo."})

    assert nothing.errors == {"to": "Elige el problema que la causa."}
    assert list(silent.errors) == ["text_es"]
    assert list(unsolved.errors) == ["resolution"]
    await at.submit("eva", {"resolution": "router nuevo"})
    assert "Avisadas 1" in words(await at.top("eva", "problem.shown"))
    told = await at.now(incident["number"])
    assert told["status"] == "solved"
    said = (await at.desk.api("GET", f"/tickets/{incident['number']}/messages"))["items"]
    assert [one["text"] for one in said if one["kind"] == "agent"] == ["Ya funciona todo."]
    assert (await at.history(incident["number"], "reply.sent"))["via"] == at.via("eva")


async def test_the_history_is_read_a_page_at_a_time(at: Working) -> None:
    number = (await at.ticket("Con mucha historia"))["number"]
    for each in range(30):
        await at.desk.api("PATCH", f"/tickets/{number}", json={"subject": f"Asunto {each} <!channel>"})

    first = words(await at.open("eva", actions.HISTORY, number, "history.shown"))
    await at.slack.hands.press("eva", "history:onward")

    def second() -> bool:
        shown = words(at.modals("eva")[-1])
        assert "Asunto 0 " in shown, shown
        assert "Asunto 29 " not in shown, shown
        return True

    assert "Asunto 29 <!channel>" in first
    assert "Asunto 0 " not in first
    assert await eventually(second, SECONDS)
    assert len(at.modals("eva")) == 1


async def test_the_arithmetic_of_the_service_level_is_shown(at: Working) -> None:
    nothing = words(await at.open("eva", actions.CLOCKS, (await at.ticket("Sin plazo"))["number"], "clocks.shown"))
    await at.desk.api("PUT", "/desk/policies/standard", json=POLICY)
    number = (await at.ticket("¿Cuánto queda?"))["number"]

    shown = words(await at.open("eva", actions.CLOCKS, number, "clocks.shown"))

    assert "No se prometió nada." in nothing
    assert "Las horas son las de Madrid." in shown
    assert "de 4 h 00 min" in shown


async def test_somebody_else_asks_from_now_on(at: Working) -> None:
    number = (await at.ticket("Ana se fue"))["number"]
    await at.open("eva", actions.REQUESTER, number)

    wrong = await at.submit("eva", {"address": "nadie", "reason": "Ana ya no trabaja aquí"})
    await at.done("eva", {"address": "luis@cliente.example", "name": "Luis", "reason": "Ana ya no trabaja aquí"})

    assert list(wrong.errors) == ["address"]
    assert (await at.now(number))["requester"]["identities"][0]["address"] == "luis@cliente.example"
    assert (await at.history(number, "requester.changed"))["via"] == at.via("eva")


async def test_in_slack_somebody_of_slack_asks_from_now_on(at: Working) -> None:
    ticket = await customers_thread(at, "Esto es de John")
    john, bot = at.slack.hands.person("john"), next(one for one in at.slack.workspace.users.values() if one.bot_id)
    await at.open("eva", actions.REQUESTER, ticket["number"])

    machine = await at.submit("eva", {"person": bot.id, "reason": "lo lleva John ahora"})
    outside = await at.submit("eva", {"person": at.slack.hands.person("marta-socio").id})
    await at.done("eva", {"person": john.id, "reason": "lo lleva John ahora"})

    now = await at.now(ticket["number"])
    assert now["requester"]["identities"][0]["address"] == f"{john.team_id}/{john.id}"
    assert (now["requester"]["name"], now["requester"]["grade"]) == ("John Smith", "verified")
    assert "bot" in machine.errors["person"]
    assert "No está en el canal" in outside.errors["person"]


async def test_people_come_into_copy_and_leave_it(at: Working) -> None:
    number = (await at.ticket("Con copia"))["number"]
    await at.open("eva", actions.CC, number)
    await at.done("eva", {"address": "jefa@cliente.example", "name": "La jefa"})

    assert (await at.history(number, "participants.added"))["via"] == at.via("eva")
    view = await at.open("eva", actions.CC, number)
    assert "La jefa <jefa@cliente.example> (en copia)" in words(view)
    await at.slack.hands.press("eva", "cc_remove")

    async def left() -> bool:
        people = (await at.desk.api("GET", f"/tickets/{number}/participants"))["items"]
        assert "jefa@cliente.example" not in [one["address"] for one in people]
        assert "Nadie está en copia." in words(at.modals("eva")[-1])
        return True

    assert await eventually(left, SECONDS)
    assert (await at.history(number, "participants.removed"))["via"] == at.via("eva")


async def test_a_blocked_sender_waits_in_quarantine_until_somebody_releases_it(at: Working) -> None:
    sender = "ofertas@ventas.example"
    number = (await at.ticket("Ofertas", address=sender))["number"]
    await at.open("eva", actions.BLOCK, number)
    await at.submit("eva", {"whom": sender, "reason": "solo manda ofertas"})
    assert sender in words(await at.top("eva", "block.shown"))
    listed = (await at.desk.api("GET", "/sender-list"))["items"]
    assert [(one["kind"], one["sender"], one["note"]) for one in listed] == [
        ("deny", sender, f"#{number}: solo manda ofertas")
    ]
    decisions = (await at.desk.api("GET", "/decisions", params={"action": "sender.listed"}))["items"]
    assert (decisions[0]["actor"], decisions[0]["via"]) == ("agent:eva", at.via("eva"))
    assert (await at.history(number, "sender.listed"))["via"] == at.via("eva")

    await at.desk.send_later(mail("Más ofertas", "Compre ya", sender=sender), sender=sender)

    async def held() -> Json:
        waiting = (await at.desk.api("GET", "/quarantine"))["items"]
        assert len(waiting) == 1, waiting
        return dict(waiting[0])

    item = await eventually(held, SECONDS)
    shown = words(await at.open("eva", actions.RELEASE, number, "quarantine.shown"))
    assert all(one in shown for one in ("Más ofertas", "remitente bloqueado", "Compre ya")), shown
    await at.slack.hands.press("eva", "quarantine_release", value=item["id"])
    assert "Compre ya" in words(await at.top("eva", "quarantine_release"))
    await at.submit("eva", {"why": "esta sí"})

    made = (await at.desk.api("GET", f"/quarantine/{item['id']}"))["ticket_number"]
    assert f"#{made}" in words(await at.top("eva", "quarantine.shown"))
    assert (await at.now(made))["subject"] == "Más ofertas"
    decisions = (await at.desk.api("GET", "/decisions", params={"action": "quarantine.released"}))["items"]
    assert (decisions[0]["via"], decisions[0]["why"]) == (at.via("eva"), "esta sí")

    def below() -> bool:
        assert "No espera nada" in words(at.modals("eva")[0])
        return True

    assert await eventually(below, SECONDS)

    view = await at.open("eva", actions.BLOCK, number)
    assert f"Bloqueado por eva hasta el : {sender}" in " ".join(words(view).split())
    await at.slack.hands.press("eva", "unblock")
    assert await eventually(lambda: "Bloqueado por" not in words(at.modals("eva")[-1]), SECONDS)
    assert (await at.desk.api("GET", "/sender-list"))["items"] == []


async def test_the_menu_of_a_card_opens_dialogs_too(at: Working) -> None:
    number = (await at.ticket("Por el menú"))["number"]
    await at.slack.hands.close("eva", all_of_them=True) if at.modals("eva") else None

    chosen = actions.choice(actions.CC, number)
    await at.slack.hands.choose("eva", actions.MORE, chosen, channel=EVERYBODY, ts=await at.panel(number))

    assert "Nadie está en copia." in words(await at.top("eva", actions.CC))


async def test_somebody_who_is_no_agent_reads_what_to_do(at: Working) -> None:
    number = (await at.ticket("No es cosa tuya"))["number"]

    panel = await at.panel(number)
    await at.slack.hands.press("carmen", actions.MERGE, channel=EVERYBODY, ts=panel, value=str(number))

    def told() -> bool:
        seen = [one.text for one in at.slack.workspace.ephemerals.get(at.slack.hands.person("carmen").id, [])]
        assert any("agentes de la mesa" in text for text in seen), seen
        return True

    assert await eventually(told, SECONDS)
    assert not at.modals("carmen")


async def test_a_desk_that_is_down_keeps_what_was_written(at: Working) -> None:
    number, into = (await at.ticket("Se cae la mesa"))["number"], (await at.ticket("Otra mesa"))["number"]
    await at.open("eva", actions.MERGE, number)
    await at.slack.hands.suggest("eva", "find_ticket", str(into))
    pid = at.desk.services["tickets"].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        kept = await at.slack.hands.submit("eva", {"into/find_ticket": str(into), "reason": "la misma mesa"})
    finally:
        os.kill(pid, signal.SIGCONT)

    assert kept.modal is not None
    assert "sigue aquí" in kept.errors["into"]
    assert written(kept.modal)["reason"] == "la misma mesa"
    await at.done("eva", {})
    assert (await at.now(number))["merged_into"] == into
    entries = (await at.desk.api("GET", f"/tickets/{number}/history", params={"limit": 200}))["items"]
    assert [one["action"] for one in entries].count("ticket.merged") == 1


async def test_something_stands_there_while_the_desk_is_slow(at: Working) -> None:
    number = (await at.ticket("La mesa va lenta"))["number"]
    panel = await at.panel(number)
    pid = at.desk.services["tickets"].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        seen = await at.slack.hands.press("eva", actions.HISTORY, channel=EVERYBODY, ts=panel, value=str(number))
        await eventually(lambda: "Un momento" in words(at.modals("eva")[-1]) if at.modals("eva") else False, SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)

    assert seen.answered
    assert "la abrió, por" in words(await at.top("eva", "history.shown"))

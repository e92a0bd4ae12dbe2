"""Ways in beside writing to the desk: `/ticket`, a message that is handed in, 🎫, Slack Connect, lines of one matter.

Each once, each delivered twice, by those who may and by others; over both doors.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.chat_desk import HELP, chat_desk
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from tests.support.slack import BOTH_DOORS
from ventanilla_devstack.slack import interactions
from ventanilla_devstack.slack.seed import PARTNER_CHANNEL
from ventanilla_devstack.slack.server import LocalSlack

pytestmark = pytest.mark.asyncio(loop_scope="module")
Talking = tuple[RunningDesk, LocalSlack]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BOTH_DOORS)
async def talking(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Talking]:
    folder = servers_folder / f"entry-{request.param_index}"
    try:
        async with LocalSlack() as slack:
            channels = ",".join(slack.workspace.channel_named(name).id for name in (HELP, PARTNER_CHANNEL))
            more = {"INTAKE_CHAT_SLACK_CHANNELS": channels}
            async with chat_desk(folder, slack, http=request.param == "http", more=more) as desk:
                await desk.api("PUT", "/teams/soporte", json={"tier": "1"})
                person = {"name": "Eva Ruiz", "email": "eva@soporte.example", "teams": [{"team": "soporte"}]}
                await desk.api("PUT", "/agents/eva", json=person)
                yield desk, slack
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def tickets_with(desk: RunningDesk, subject: str) -> list[dict[str, Any]]:
    async def found() -> list[dict[str, Any]]:
        tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        named = [ticket for ticket in tickets if ticket["subject"] == subject]
        assert len(named) == 1, [ticket["subject"] for ticket in tickets]
        return named

    return await eventually(found, 20)


async def subjects(desk: RunningDesk) -> list[str]:
    tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
    return [ticket["subject"] for ticket in tickets]


async def said(desk: RunningDesk, number: int, kind: str = "customer") -> list[str]:
    items = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
    return [one["text"] for one in items if one["kind"] == kind]


async def said_in(desk: RunningDesk, number: int, words: list[str]) -> bool:
    async def found() -> bool:
        assert await said(desk, number) == words, await said(desk, number)
        return True

    return await eventually(found, 20)


def read(slack: LocalSlack, who: str, channel: str, root: str | None = None) -> list[str]:
    return [message["text"] for message in slack.hands.messages(who, channel, thread_ts=root)]


def user(slack: LocalSlack, who: str) -> str:
    person = slack.hands.person(who)
    return f"{person.team_id}/{person.id}"


async def kinds(desk: RunningDesk, number: int, wanted: dict[str, str]) -> bool:
    """Text → kind of the messages of a ticket that people wrote, once they are these."""

    async def found() -> bool:
        items = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
        written = {one["text"]: one["kind"] for one in items if one["kind"] != "automatic"}
        assert written == wanted, written
        return True

    return await eventually(found, 20)


async def test_an_agent_is_known_by_the_first_line_and_is_the_customer_where_they_ask(talking: Talking) -> None:
    desk, slack = talking
    assert (await desk.api("GET", "/agents/eva"))["slack"] == [], "nobody has linked her: she has pressed nothing"
    first = slack.hands.write("carmen", HELP, "El fax de la entrada no contesta")
    [ticket] = await tickets_with(desk, "El fax de la entrada no contesta")
    slack.hands.write("soporte-eva", HELP, "Lo miro ahora", thread_ts=first.ts)
    slack.hands.write("john", HELP, "Same here", thread_ts=first.ts)

    asked = slack.hands.write("soporte-eva", HELP, "Mi teclado no escribe la eñe")
    slack.hands.write("soporte-eva", HELP, "Ni los acentos", thread_ts=asked.ts)
    slack.hands.write("soporte-eva", slack.hands.dm("soporte-eva"), "Mi ratón tampoco va")
    slack.hands.write("soporte-eva", slack.hands.dm("soporte-eva"), "Desde ayer")

    texts = ("El fax de la entrada no contesta", "Lo miro ahora", "Same here")
    assert await kinds(desk, ticket["number"], dict(zip(texts, ("customer", "agent", "customer"), strict=True)))
    for lines in (("Mi teclado no escribe la eñe", "Ni los acentos"), ("Mi ratón tampoco va", "Desde ayer")):
        [own] = await tickets_with(desk, lines[0])
        assert await kinds(desk, own["number"], dict.fromkeys(lines, "customer"))
        unanswered = await desk.api("GET", f"/tickets/{own['number']}")
        assert unanswered["service_level"]["first_response"]["met_at"] is None
    answered = await desk.api("GET", f"/tickets/{ticket['number']}")
    assert answered["service_level"]["first_response"]["met_at"] is not None
    assert [one["user_id"] for one in (await desk.api("GET", "/agents/eva"))["slack"]] == [
        slack.hands.person("soporte-eva").id
    ]


async def test_a_command_becomes_a_conversation_in_the_persons_direct_messages(talking: Talking) -> None:
    desk, slack = talking
    seen = await slack.hands.command("carmen", "general", "/ticket La <impresora> del pasillo pita")

    [ticket] = await tickets_with(desk, "La <impresora> del pasillo pita")
    direct = slack.hands.dm("carmen")
    root = slack.hands.messages("carmen", direct)[-1]
    slack.hands.write("carmen", direct, "Y parpadea", thread_ts=root["ts"])

    assert seen.answered
    assert await said_in(desk, ticket["number"], ["La <impresora> del pasillo pita", "Y parpadea"])
    assert ticket["requester"]["identities"] == [{"kind": "slack", "address": user(slack, "carmen")}]
    assert root["text"].startswith("Tu petición a la mesa de ayuda:\n>La &lt;impresora&gt;")
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Vamos a verla."})
    await eventually(lambda: "Vamos a verla." in read(slack, "carmen", direct, root["ts"]), 20)


async def test_a_command_without_words_opens_a_dialog_that_keeps_nothing_back(talking: Talking) -> None:
    desk, slack = talking
    await slack.hands.command("john", "general", "/ticket")
    await eventually(lambda: len(slack.hands.modals("john")) == 1, 20)
    seen = await slack.hands.submit("john", {"text": "My mouse\nis gone"})

    [ticket] = await tickets_with(desk, "My mouse")
    assert (seen.problem, seen.modal) == ("", None)
    assert await said(desk, ticket["number"]) == ["My mouse\nis gone"]
    assert ticket["language"] == "en"


async def test_a_message_that_is_handed_in_begins_a_conversation_in_its_thread_once(talking: Talking) -> None:
    desk, slack = talking
    first = slack.hands.write("carmen", "general", "El proyector de la sala 2 no enciende")
    slack.faults.doubled_events = 2
    for who in ("soporte-eva", "john"):
        seen = await slack.hands.shortcut(who, "create_ticket", channel="general", ts=first.ts)
        assert seen.answered

    [ticket] = await tickets_with(desk, "El proyector de la sala 2 no enciende")
    slack.hands.write("john", "general", "I need it at ten", thread_ts=first.ts)
    slack.hands.write("john", "general", "something else, in the channel")

    assert await said_in(desk, ticket["number"], ["El proyector de la sala 2 no enciende", "I need it at ten"])
    assert ticket["requester"]["identities"][0]["address"] == user(slack, "carmen")
    history = (await desk.api("GET", f"/tickets/{ticket['number']}/history"))["items"]
    assert history[0]["detail"]["brought_by"] == user(slack, "soporte-eva")
    assert "something else, in the channel" not in await subjects(desk)
    await eventually(lambda: len(read(slack, "carmen", "general", first.ts)) >= 3, 20)


async def test_an_interaction_that_comes_twice_is_one_request(talking: Talking) -> None:
    desk, slack = talking
    person, app, site = slack.hands.person("carmen"), slack.app, slack.hands.site
    place = slack.workspace.channel_named("general")
    first = slack.hands.write("carmen", "general", "Se ha roto la silla")
    message = slack.workspace.message(place, first.ts)
    command = interactions.slash_command(site, person, app, "/ticket", "El timbre suena solo", place)
    shortcut = interactions.message_shortcut(site, person, app, "create_ticket", place, message, first.ts)
    for _ in range(2):
        assert (await site.courier.ask(app, "slash_commands", command)).answered
        assert (await site.courier.ask(app, "interactive", shortcut)).answered
    direct = slack.hands.dm("carmen")

    for subject in ("El timbre suena solo", "Se ha roto la silla"):
        [ticket] = await tickets_with(desk, subject)
        assert await said(desk, ticket["number"]) == [subject]
    await slack.hands.command("carmen", "general", "/ticket Después de todo lo anterior")
    await tickets_with(desk, "Después de todo lo anterior")
    assert (await subjects(desk)).count("El timbre suena solo") == 1
    assert (await subjects(desk)).count("Se ha roto la silla") == 1
    assert sum("El timbre suena solo" in text for text in read(slack, "carmen", direct)) == 1


async def test_a_message_from_where_the_app_is_not_is_the_matter_of_whoever_hands_it_in(talking: Talking) -> None:
    desk, slack = talking
    between = slack.hands.dm("carmen", "john")
    first = slack.hands.write("carmen", between, "La VPN se corta")
    await slack.hands.shortcut("john", "create_ticket", channel=between, ts=first.ts)

    [ticket] = await tickets_with(desk, "La VPN se corta")
    assert await said(desk, ticket["number"]) == ["La VPN se corta\n\n(Carmen Vidal wrote this.)"]
    assert ticket["requester"]["identities"][0]["address"] == user(slack, "john")

    direct = slack.hands.dm("john")
    [root] = [one["ts"] for one in slack.hands.messages("john", direct) if "La VPN se corta" in one["text"]]
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Pruebe con la otra pasarela."})

    def answered() -> str:
        found = slack.hands.messages("john", direct, thread_ts=root)
        return next((str(one["ts"]) for one in found if "otra pasarela" in one["text"]), "")

    answer = await eventually(answered, 20)
    await slack.hands.shortcut("john", "create_ticket", channel=direct, ts=answer)
    [again] = await tickets_with(desk, "Pruebe con la otra pasarela.")
    assert again["requester"]["identities"][0]["address"] == user(slack, "john")


async def test_a_reaction_makes_a_ticket_for_the_author_and_for_agents_and_for_nobody_else(talking: Talking) -> None:
    desk, slack = talking
    foreign, own, late = (
        slack.hands.write("carmen", "general", text) for text in ("No es de John", "Es mío", "Lo ve una agente")
    )
    slack.faults.doubled_events = 3
    slack.hands.react("john", "general", foreign.ts, "ticket")
    slack.hands.react("carmen", "general", own.ts, "ticket")
    slack.hands.react("carmen", "general", own.ts, "eyes")
    slack.hands.react("soporte-eva", "general", late.ts, "ticket")
    slack.hands.react("carmen", "general", late.ts, "ticket")

    [mine] = await tickets_with(desk, "Es mío")
    [seen] = await tickets_with(desk, "Lo ve una agente")
    assert "No es de John" not in await subjects(desk)
    assert {ticket["requester"]["identities"][0]["address"] for ticket in (mine, seen)} == {user(slack, "carmen")}
    await slack.courier.settle()
    assert await said(desk, seen["number"]) == ["Lo ve una agente"]


async def test_a_reply_that_is_handed_in_is_the_first_word_and_its_thread_is_heard(talking: Talking) -> None:
    desk, slack = talking
    first = slack.hands.write("soporte-eva", "general", "¿Cómo va todo?")
    reply = slack.hands.write("carmen", "general", "Mal, no tengo correo", thread_ts=first.ts)
    slack.hands.react("soporte-eva", "general", reply.ts, "ticket")

    [ticket] = await tickets_with(desk, "Mal, no tengo correo")
    slack.hands.write("carmen", "general", "Desde ayer", thread_ts=first.ts)
    assert await said_in(desk, ticket["number"], ["Mal, no tengo correo", "Desde ayer"])


async def test_people_of_another_company_are_shown_with_it_and_are_never_agents(talking: Talking) -> None:
    desk, slack = talking
    await desk.api(
        "PUT", "/agents/marta", json={"name": "Marta", "email": "marta@socio.example", "teams": [{"team": "soporte"}]}
    )
    first = slack.hands.write("marta-socio", PARTNER_CHANNEL, "El pedido 17 no aparece")
    slack.hands.react("marta-socio", "socios", first.ts, "ticket")
    [ticket] = await tickets_with(desk, "El pedido 17 no aparece")
    slack.hands.write("soporte-eva", PARTNER_CHANNEL, "Lo miro", thread_ts=first.ts)
    slack.hands.write("marta-socio", PARTNER_CHANNEL, "Gracias", thread_ts=first.ts)

    assert await said_in(desk, ticket["number"], ["El pedido 17 no aparece", "Gracias"])
    with pytest.raises(Exception, match="unknown"):
        await slack.hands.command("marta-socio", PARTNER_CHANNEL, "/ticket hola")
    assert ticket["requester"]["name"] == "Marta Socio (Socio S.L.)"
    assert ticket["requester"]["identities"][0]["address"] == user(slack, "marta-socio")
    assert ticket["requester"]["grade"] == "verified"
    assert (await desk.api("GET", "/agents/marta"))["slack"] == []


async def test_files_cross_in_a_channel_that_is_shared_with_another_company(talking: Talking) -> None:
    desk, slack = talking
    slack.hands.upload("marta-socio", PARTNER_CHANNEL, "pedido.pdf", b"%PDF-1.4", text="El pedido 18 no cuadra")
    [ticket] = await tickets_with(desk, "El pedido 18 no cuadra")
    made = await desk.call("POST", "/attachments", params={"filename": "factura.pdf"}, content=b"%PDF-1.7")
    answer = {"text": "Aquí está.", "attachments": [made.json()["id"]]}

    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json=answer)

    [message] = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"][:1]
    assert [one["filename"] for one in message["attachments"]] == ["pedido.pdf"]
    [first] = [one for one in slack.hands.messages("marta-socio", PARTNER_CHANNEL) if "pedido 18" in one["text"]]

    def arrived() -> list[str]:
        seen = slack.hands.messages("marta-socio", PARTNER_CHANNEL, thread_ts=first["ts"])
        return [file["name"] for one in seen if one["text"] == "Aquí está." for file in one["files"]]

    assert await eventually(arrived, 20) == ["factura.pdf"]


async def test_lines_of_a_direct_message_are_one_matter_until_it_is_solved(talking: Talking) -> None:
    desk, slack = talking
    direct = slack.hands.dm("invitada")
    slack.faults.doubled_events = 3
    for line in ("Hola", "el portátil no carga", "¿me ayudáis?"):
        slack.hands.write("invitada", direct, line)

    [ticket] = await tickets_with(desk, "Hola")
    assert await said_in(desk, ticket["number"], ["Hola", "el portátil no carga", "¿me ayudáis?"])
    await desk.api("PATCH", f"/tickets/{ticket['number']}", json={"status": "solved", "resolution": "otro cargador"})
    slack.hands.write("invitada", direct, "Otra cosa: el ratón")
    [mouse] = await tickets_with(desk, "Otra cosa: el ratón")

    merge = {"into": ticket["number"], "reason": "es el mismo portátil"}  # wakes it
    await desk.api("POST", f"/tickets/{mouse['number']}/merge", json=merge)
    slack.hands.write("invitada", direct, "Y el teclado")
    assert await said_in(desk, ticket["number"], ["Hola", "el portátil no carga", "¿me ayudáis?", "Y el teclado"])
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Es el hub."})
    [root] = [one["ts"] for one in slack.hands.messages("invitada", direct) if one["text"] == "Otra cosa: el ratón"]
    assert await eventually(lambda: "Es el hub." in read(slack, "invitada", direct, root), 20)

    person = {"address": user(slack, "john"), "reason": "lo lleva John ahora"}
    refused = await desk.call("POST", f"/tickets/{ticket['number']}/requester", json=person)
    assert refused.json()["type"].endswith(":one_persons_own")

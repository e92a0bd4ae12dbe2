"""An agent's day in App Home and behind `/desk`, and what everybody else sees there; over both doors."""

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
from ventanilla_devstack.slack.records import View
from ventanilla_devstack.slack.server import LocalSlack

pytestmark = pytest.mark.asyncio(loop_scope="module")
Talking = tuple[RunningDesk, LocalSlack]
EVA, TOM = "soporte-eva", "soporte-tom"
FIRST_LINE = {"es": "Primera línea", "en": "First line"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BOTH_DOORS)
async def talking(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Talking]:
    folder = servers_folder / f"home-{request.param_index}"
    try:
        async with (
            LocalSlack() as slack,
            chat_desk(folder, slack, http=request.param == "http") as desk,
        ):
            await desk.api("PUT", "/teams/first-line", json={"tier": "1", "title": FIRST_LINE})
            for handle, name, mail in (
                ("eva", "Eva Ruiz", "eva@soporte.example"),
                ("tom", "Tom", "tom@soporte.example"),
            ):
                person = {"name": name, "email": mail, "teams": [{"team": "first-line"}], "capacity": {"default": 7}}
                await desk.api("PUT", f"/agents/{handle}", json=person)
            yield desk, slack
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def new_ticket(desk: RunningDesk, slack: LocalSlack, text: str, who: str = "carmen") -> int:
    """A customer asks in the channel; the number of the ticket in first-line."""
    slack.hands.write(who, HELP, text)

    async def found() -> int:
        tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((ticket["number"] for ticket in tickets if ticket["subject"] == text), 0)

    number = await eventually(found, 20)
    await desk.api("PATCH", f"/tickets/{number}", json={"team": "first-line"})
    return number


def shown(view: View | None) -> str:
    """All words of a view."""
    return repr(view.body["blocks"]) if view else ""


async def home_with(slack: LocalSlack, who: str, words: str, *, gone: str = "", chosen: str = "") -> View:
    def found() -> View | None:
        view = slack.hands.home(who)
        assert view is None or chosen in view.body.get("private_metadata", ""), view.body
        assert words in shown(view), shown(view)[:3_000]
        assert not gone or gone not in shown(view), shown(view)[:3_000]
        return view

    view = await eventually(found, 20)
    assert view is not None
    return view


def answers(slack: LocalSlack, who: str, channel: str = "general") -> list[str]:
    found = slack.hands.messages(who, channel)
    return [f"{one['text']} {one.get('blocks')}" for one in found if one.get("is_ephemeral")]


async def told(slack: LocalSlack, who: str, words: str) -> str:
    def found() -> str:
        assert any(words in one for one in answers(slack, who)), answers(slack, who)
        return answers(slack, who)[-1]

    return await eventually(found, 20)


async def test_an_agent_sees_their_queue_and_works_from_it(talking: Talking) -> None:
    desk, slack = talking
    number = await new_ticket(desk, slack, "El *wifi* <!channel> no va")
    slack.faults.doubled_events = 1
    slack.hands.open_home(EVA)
    view = await home_with(slack, EVA, "no va")
    assert "Tu cola" in shown(view)
    assert "first-line" not in shown(view)
    assert "<!channel>" not in shown(view)

    await slack.hands.choose(EVA, "home_view", "unassigned", view=view.id)
    view = await home_with(slack, EVA, "no va", chosen="unassigned")
    await slack.hands.press(EVA, "claim:unassigned", view=view.id, value=str(number))

    async def claimed() -> bool:
        return bool((await desk.api("GET", f"/tickets/{number}"))["assignee"] == "eva")

    assert await eventually(claimed, 20)
    view = await home_with(slack, EVA, "No hay nada aquí")
    await slack.hands.choose(EVA, "home_view", "mine", view=view.id)
    view = await home_with(slack, EVA, "no va", chosen="mine")
    history = (await desk.api("GET", f"/tickets/{number}/history"))["items"]
    person = slack.hands.person(EVA)
    assert f"slack:{person.team_id}/{person.id}" in {line.get("via") for line in history}

    slack.hands.fill(EVA, {"home_search": "impresora"}, view=view.id)
    await slack.hands.choose(EVA, "home_search", "impresora", view=view.id)
    view = await home_with(slack, EVA, "Quitar filtros", gone="no va")
    await slack.hands.press(EVA, "home_clear", view=view.id)
    await home_with(slack, EVA, "no va")


async def test_a_note_that_names_an_agent_is_in_their_home_until_they_have_read_it(talking: Talking) -> None:
    desk, slack = talking
    number = await new_ticket(desk, slack, "El plotter pinta rayas")
    await desk.api("POST", f"/tickets/{number}/replies", json={"text": "@eva, ¿te suena?", "internal": True})
    slack.hands.open_home(EVA)
    view = await home_with(slack, EVA, "Me mencionan (1)")
    await slack.hands.choose(EVA, "home_view", "mentions", view=view.id)
    view = await home_with(slack, EVA, "¿te suena?", chosen="mentions")
    [mention] = (await desk.api("GET", "/agents/eva/queue", params={"view": "mentions"}))["items"]
    await slack.hands.press(EVA, f"home_read:{mention['mention']['id']}", view=view.id)
    await home_with(slack, EVA, "No hay nada aquí", gone="¿te suena?")
    await slack.hands.choose(EVA, "home_view", "all", view=view.id)


async def test_whoever_is_on_call_sees_it_and_nobody_else_does(talking: Talking) -> None:
    desk, slack = talking
    rota = {"zone": "UTC", "layers": [{"members": ["eva"], "first_day": "2026-01-05"}]}
    await desk.api("PUT", "/desk/rotas/noches", json=rota)
    slack.hands.open_home(EVA)
    await home_with(slack, EVA, "Estás de guardia: noches")
    slack.hands.open_home(TOM)
    await home_with(slack, TOM, "Quarantine", gone="noches")
    await desk.api("DELETE", "/desk/rotas/noches")
    slack.hands.open_home(EVA)
    await home_with(slack, EVA, "Tu cola", gone="noches")


async def test_the_button_in_home_opens_the_quarantine(talking: Talking) -> None:
    _, slack = talking
    slack.hands.open_home(TOM)
    view = await home_with(slack, TOM, "Quarantine")
    await slack.hands.press(TOM, "release:home", view=view.id)

    def opened() -> bool:
        assert "Nothing waits in quarantine" in shown(slack.hands.modals(TOM)[-1])
        return True

    assert await eventually(lambda: slack.hands.modals(TOM) and opened(), 20)
    await slack.hands.close(TOM, all_of_them=True)


async def test_availability_and_capacity_are_set_from_home(talking: Talking) -> None:
    desk, slack = talking
    slack.hands.open_home(TOM)
    view = await home_with(slack, TOM, "Your queue")
    await slack.hands.choose(TOM, "home_availability", "busy", view=view.id)

    async def busy() -> bool:
        return bool((await desk.api("GET", "/agents/tom"))["availability"] == "busy")

    assert await eventually(busy, 20)
    view = await home_with(slack, TOM, "you get no work")
    await slack.hands.press(TOM, "home_capacity", view=view.id)
    await eventually(lambda: slack.hands.modals(TOM) and "default" in shown(slack.hands.modals(TOM)[-1]), 20)
    wrong = await slack.hands.submit(TOM, {"default": "many"})
    assert "default" in wrong.errors
    right = await slack.hands.submit(TOM, {"default": "3", "email": "5"})
    assert (right.problem, right.modal) == ("", None)
    assert (await desk.api("GET", "/agents/tom"))["capacity"] == {"default": 3, "email": 5}


async def test_whoever_is_no_agent_sees_how_to_ask_and_what_they_have_asked(talking: Talking) -> None:
    desk, slack = talking
    number = await new_ticket(desk, slack, "The scanner is loud", "john")
    slack.hands.open_home("john")
    view = await home_with(slack, "john", "The scanner is loud")
    assert f"#{number}" in shown(view)
    assert "How can we help?" in shown(view)

    await slack.hands.press("john", "ask", view=view.id)
    await eventually(lambda: slack.hands.modals("john"), 20)
    assert (await slack.hands.submit("john", {"text": "And it smells"})).modal is None
    await slack.hands.command("john", "general", "/desk mine")
    await told(slack, "john", "Agents of the desk do this")


async def test_commands_find_list_assign_and_solve(talking: Talking) -> None:
    desk, slack = talking
    number = await new_ticket(desk, slack, "La centralita no suena")
    await slack.hands.command(EVA, "general", "/desk find centralita")
    await told(slack, EVA, f"#{number}")
    await slack.hands.command(EVA, "general", "/desk queue primera linea")
    await told(slack, EVA, "Sin asignar")
    await told(slack, EVA, "Primera línea")
    slack.hands.open_home(TOM)
    await home_with(slack, TOM, "Your queue")
    await slack.hands.command(EVA, "general", f"/desk assign {number} @{TOM}")
    await told(slack, EVA, f"#{number} es de Tom")
    await slack.hands.command(EVA, "general", f"/desk solve {number} cable suelto")
    await told(slack, EVA, f"#{number} está resuelta")
    await slack.hands.command(EVA, "general", "/desk solve 99999")
    await told(slack, EVA, "No se ha hecho nada")
    await slack.hands.command(EVA, "general", "/desk haz café")
    await told(slack, EVA, "/desk mías")

    ticket = await desk.api("GET", f"/tickets/{number}")
    assert (ticket["status"], ticket["resolution"], ticket["assignee"]) == ("solved", "cable suelto", "tom")
    await slack.hands.command(EVA, "general", f"/desk reabre {number} sigue igual")
    await told(slack, EVA, f"#{number} vuelve a estar abierta")
    assert (await desk.api("GET", f"/tickets/{number}"))["status"] == "open"


async def test_an_agent_announces_a_problem_sees_it_and_ends_it(talking: Talking) -> None:
    desk, slack = talking
    number = await new_ticket(desk, slack, "Sin internet en Málaga")
    await desk.api("PATCH", f"/tickets/{number}", json={"type": "problem"})

    def top(name: str, words: str) -> View:
        view = slack.hands.modals(EVA)[-1]
        assert view.body.get("callback_id") == name, view.body
        assert words in shown(view)
        return view

    await slack.hands.command(EVA, "general", f"/desk anuncia {number}")
    await eventually(lambda: top("announce", f"problema #{number}"), 20)
    said = await slack.hands.submit(EVA, {"text_es": "No hay internet en Málaga.", "text_en": "No internet in Málaga."})
    assert (said.problem, said.errors) == ("", {})
    top("announcements.shown", "No hay internet en Málaga.")
    [one] = (await desk.api("GET", "/announcements"))["items"]
    assert (one["problem"], one["created_by"], one["texts"]["en"]) == (number, "agent:eva", "No internet in Málaga.")
    await slack.hands.close(EVA, all_of_them=True)

    await slack.hands.command(EVA, "general", "/desk anuncios")
    view = await eventually(lambda: top("announcements.shown", f"Problema #{number}"), 20)
    await slack.hands.press(EVA, "announcement_end", view=view.id)
    await eventually(lambda: top("announcements.shown", "no se anuncia nada"), 20)
    assert (await desk.api("GET", "/announcements"))["items"] == []
    await slack.hands.close(EVA, all_of_them=True)


async def test_a_ticket_is_opened_for_a_customer_and_the_conversation_begins(talking: Talking) -> None:
    desk, slack = talking
    carmen = slack.hands.person("carmen").id
    await slack.hands.command(EVA, "general", "/desk new Tu portátil")
    await eventually(lambda: slack.hands.modals(EVA), 20)
    wrong = await slack.hands.submit(EVA, {"channel": "slack", "text": "Ya está listo."})
    assert "person" in wrong.errors
    right = await slack.hands.submit(EVA, {"person": carmen})
    assert (right.problem, right.errors) == ("", {})
    assert "Carmen" in str(right.modal), "it says as which ticket"
    await slack.hands.close(EVA)

    direct = slack.hands.dm("carmen")
    [root] = [one for one in slack.hands.messages("carmen", direct) if one["text"] == "*Tu portátil*"]

    def thread() -> list[str]:
        return [one["text"] for one in slack.hands.messages("carmen", direct, thread_ts=root["ts"])]

    await eventually(lambda: thread() == ["*Tu portátil*", "*Eva Ruiz*\nYa está listo."], 20)
    slack.hands.write("carmen", direct, "Voy", thread_ts=root["ts"])

    async def heard() -> dict[str, Any]:
        tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        [ticket] = [one for one in tickets if one["subject"] == "Tu portátil"]
        said = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        assert [one["kind"] for one in said] == ["note", "agent", "customer"], said
        return dict(ticket)

    ticket = await eventually(heard, 20)
    assert (ticket["channel"], ticket["assignee"], ticket["requester"]["grade"]) == ("slack", "eva", "verified")

    await slack.hands.command(EVA, "general", "/desk new Factura")
    await eventually(lambda: slack.hands.modals(EVA), 20)
    mail = {"channel": "email", "address": "ana@cliente.example", "text": "Adjuntamos la factura."}
    right = await slack.hands.submit(EVA, mail)
    assert (right.problem, right.errors) == ("", {})
    assert "ana@cliente.example" in str(right.modal)
    [ticket] = (await desk.api("GET", "/tickets", params={"requester": "ana@cliente.example"}))["items"]
    note, answer = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    assert (note["kind"], note["author"]["handle"]) == ("note", "eva")
    assert answer["subject"] == f"Factura [#{ticket['number']}]", "nobody wrote before: it answers nothing"

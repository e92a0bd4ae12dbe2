"""Customers who write in Slack: one thread, one ticket; what the desk says comes into the thread. Over both doors."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.chat_desk import HELP, chat_desk
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from ventanilla_devstack.slack import posting
from ventanilla_devstack.slack.server import LocalSlack

pytestmark = pytest.mark.asyncio(loop_scope="module")
Talking = tuple[RunningDesk, LocalSlack]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["socket mode", "http"])
async def talking(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Talking]:
    folder = servers_folder / f"slack-{request.param_index}"
    try:
        async with LocalSlack() as slack, chat_desk(folder, slack, http=request.param == "http") as desk:
            yield desk, slack
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def ticket_with(desk: RunningDesk, subject: str) -> dict[str, Any]:
    async def found() -> dict[str, Any]:
        tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((ticket for ticket in tickets if ticket["subject"] == subject), {})

    return await eventually(found, 20)


def thread(slack: LocalSlack, who: str, channel: str, root: str) -> list[str]:
    """What somebody reads in a thread below its first message."""
    return [message["text"] for message in slack.hands.messages(who, channel, thread_ts=root)][1:]


async def test_who_sends_a_file_that_is_too_large_reads_so_and_the_agents_too(talking: Talking) -> None:
    desk, slack = talking
    direct = slack.hands.dm("john")
    slack.hands.upload("john", direct, "volcado.bin", b"x" * (25 * 1024 * 1024 + 1), text="Este es el volcado")

    ticket = await ticket_with(desk, "Este es el volcado")
    [root] = [one["ts"] for one in slack.hands.messages("john", direct) if one["text"] == "Este es el volcado"]
    await eventually(lambda: len(thread(slack, "john", direct, root)) == 2, 20)

    said = " ".join(thread(slack, "john", direct, root))
    assert "25 MB" in said
    [first, *_] = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    assert (first["notes"], first["attachments"]) == (["attachments_cut"], [])


async def test_a_direct_message_becomes_a_ticket_and_the_answer_comes_back(talking: Talking) -> None:
    desk, slack = talking
    direct = slack.hands.dm("carmen")
    first = slack.hands.write("carmen", direct, "No puedo *entrar* en el portal\nDesde ayer por la tarde.")

    ticket = await ticket_with(desk, "No puedo *entrar* en el portal")
    await eventually(lambda: len(thread(slack, "carmen", direct, first.ts)) == 1, 20)
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Pruebe <ahora>, por favor & gracias"})
    await eventually(lambda: len(thread(slack, "carmen", direct, first.ts)) == 2, 20)

    acknowledgement, answer = thread(slack, "carmen", direct, first.ts)
    assert (ticket["channel"], ticket["language"], ticket["requester"]["grade"]) == ("slack", "es", "verified")
    assert ticket["requester"]["name"]
    assert str(ticket["number"]) in acknowledgement
    assert answer == "Pruebe &lt;ahora&gt;, por favor &amp; gracias"
    messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    assert [one["kind"] for one in messages] == ["customer", "automatic", "agent"]

    async def delivered() -> bool:
        said = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        return all(one["delivery"]["state"] == "delivered" for one in said if one["kind"] != "customer")

    assert await eventually(delivered, 20)


async def test_replies_in_a_thread_join_its_ticket_whoever_writes(talking: Talking) -> None:
    desk, slack = talking
    first = slack.hands.write("carmen", HELP, "La impresora no imprime")
    ticket = await ticket_with(desk, "La impresora no imprime")
    slack.hands.write("carmen", HELP, "Es la de la segunda planta", thread_ts=first.ts)
    slack.hands.write("john", HELP, "same here", thread_ts=first.ts)

    async def three() -> list[Any]:
        said = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        found = [one for one in said if one["kind"] == "customer"]
        assert len(found) == 3, said
        return found

    messages = await eventually(three, 20)
    assert [one["text"] for one in messages] == [
        "La impresora no imprime", "Es la de la segunda planta", "same here",
    ]  # fmt: skip


async def test_an_event_that_comes_twice_makes_one_message(talking: Talking) -> None:
    desk, slack = talking
    slack.faults.doubled_events = 3
    slack.hands.write("john", HELP, "VPN drops every hour")
    ticket = await ticket_with(desk, "VPN drops every hour")
    await slack.courier.settle()
    slack.hands.write("john", HELP, "After the doubled one")
    await ticket_with(desk, "After the doubled one")

    tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
    assert [one["subject"] for one in tickets].count("VPN drops every hour") == 1
    messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    assert [one["kind"] for one in messages].count("customer") == 1


async def test_edits_and_deletions_of_customers_cross(talking: Talking) -> None:
    desk, slack = talking
    first = slack.hands.write("carmen", HELP, "El escáner no funciona")
    second = slack.hands.write("carmen", HELP, "mi clave es 1234", thread_ts=first.ts)
    ticket = await ticket_with(desk, "El escáner no funciona")

    # Slack names no more of an edit than its second, which these may share.
    for words in ("El escáner del pasillo no", "El escáner del pasillo no funciona"):
        slack.hands.edit("carmen", HELP, first.ts, words)
    slack.hands.delete("carmen", HELP, second.ts)

    async def crossed() -> bool:
        said = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        words = [one["text"] for one in said if one["kind"] == "customer"]
        assert words == ["El escáner del pasillo no funciona", ""], words
        return True

    assert await eventually(crossed, 20)


async def test_a_first_message_that_is_taken_back_under_its_replies_loses_its_words(talking: Talking) -> None:
    desk, slack = talking
    first = slack.hands.write("carmen", HELP, "Mi clave es 1234 y no entra")
    ticket = await ticket_with(desk, "Mi clave es 1234 y no entra")
    await eventually(lambda: len(thread(slack, "carmen", HELP, first.ts)) == 1, 20)
    slack.hands.delete("carmen", HELP, first.ts)

    async def taken_back() -> bool:
        said = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        return [one["text"] for one in said if one["kind"] == "customer"] == [""]

    assert await eventually(taken_back, 20)


async def test_whoever_deletes_the_first_line_of_a_direct_message_gets_answers_and_is_heard(talking: Talking) -> None:
    desk, slack = talking
    direct = slack.hands.dm("invitada")
    first = slack.hands.write("invitada", direct, "El monitor parpadea")
    ticket = await ticket_with(desk, "El monitor parpadea")
    await eventually(lambda: len(thread(slack, "invitada", direct, first.ts)) == 1, 20)
    place = slack.workspace.channels[direct]
    slack.hands.delete("invitada", direct, first.ts)
    [acknowledgement] = [one for one in place.messages.values() if one.thread_ts == first.ts and one.bot_id]
    posting.delete(slack.workspace, place, acknowledgement)  # and with the last reply what stood in its place

    def said() -> list[str]:
        return [str(one["text"]) for one in slack.hands.messages("invitada", direct)]

    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "¿Qué cable usa?"})
    await eventually(lambda: "¿Qué cable usa?" in said(), 20)
    [answer] = [one for one in place.messages.values() if one.text == "¿Qué cable usa?"]
    slack.hands.write("invitada", direct, "HDMI", thread_ts=answer.ts)
    slack.hands.write("invitada", direct, "y a veces DP")
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Pruebe otro."})
    await eventually(lambda: "Pruebe otro." in thread(slack, "invitada", direct, answer.ts), 20)

    async def heard() -> bool:
        messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        words = {one["text"] for one in messages if one["kind"] == "customer"}
        assert words == {"", "HDMI", "y a veces DP"}, words
        states = [one["delivery"]["state"] for one in messages if one["kind"] == "agent"]
        assert states == ["delivered", "delivered"], states
        return True

    assert await eventually(heard, 20)


async def test_a_file_of_a_customer_is_in_the_ticket(talking: Talking) -> None:
    desk, slack = talking
    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 100
    slack.hands.upload("john", HELP, "error.png", picture, text="See the screenshot")
    ticket = await ticket_with(desk, "See the screenshot")

    [message] = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"][:1]
    [file] = message["attachments"]
    data = await desk.call("GET", f"/attachments/{file['id']}")

    assert (file["filename"], file["detected_type"]) == ("error.png", "image/png")
    assert data.content == picture

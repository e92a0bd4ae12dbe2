"""What a customer reads of their own call: a sentence and what they said, never the desk's log of it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.routed_mails import items, routed, settle
from tests.integration.tickets.texts import CARMEN, DESK
from tickets.adapters.postgres.correspondence import Correspondence

LOG = "Dejó un mensaje de voz de 13 s.\nDuración: 40 s. Idioma: español.\n- Eligió la opción 2."
SENTENCE = "Usted llamó y dejó un mensaje de 13 s."
SAID = "La impresora no imprime."
CALL: dict[str, Any] = {"channel": "voice", "account": DESK, "sender": CARMEN, "decision": {"team": "first-line"}}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ({"text": LOG, "call": {"sentence": SENTENCE}}, SENTENCE),
        (
            {"text": f"{SAID}\n\n{LOG}", "reply_text": SAID, "call": {"sentence": SENTENCE}},
            f"{SENTENCE}\n\n{SAID}",
        ),
    ],
)
async def test_the_page_and_quotations_tell_the_call_in_a_sentence_and_agents_read_the_log(
    api: ApiDesk, call: dict[str, Any], shown: str
) -> None:
    await settle(api, routed(1, **CALL, **call))

    ana = await agent(api, "ana")
    [kept] = await items(ana, "/tickets/1/messages")
    portal = await api.client("portal", name="portal")
    page = (await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()
    [quoted] = await Correspondence(api.database).conversation(1, datetime.fromisoformat(kept["accepted_at"]))
    assert (kept["text"], kept["reply_text"]) == (call["text"], call.get("reply_text", LOG))
    assert [one["text"] for one in page["messages"] if one["from"] == "customer"] == [shown]
    assert (quoted.words, quoted.cut) == (shown, False)


async def test_the_page_names_a_call_as_its_caller_does_and_whatever_an_agent_calls_it_as_that(api: ApiDesk) -> None:
    subject = "Mensaje de voz de +34600000001"
    await settle(api, routed(1, **CALL, subject=subject, text=LOG, call={"sentence": SENTENCE}))
    portal, link = await api.client("portal", name="portal"), f"/api/v1/status/{api.desk.signer.status_token(1)}"

    first = (await portal.get(link)).json()["subject"]
    await (await agent(api, "ana")).patch("/api/v1/tickets/1", json={"subject": "Impresora"})

    assert (first, (await portal.get(link)).json()["subject"]) == (SENTENCE.removesuffix("."), "Impresora")


async def test_what_is_written_is_read_as_it_was_written(api: ApiDesk) -> None:
    await settle(api, routed(1, text="Hola\n\n> antes", reply_text="Hola"))

    portal = await api.client("portal", name="portal")
    page = (await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()
    assert [one["text"] for one in page["messages"] if one["from"] == "customer"] == ["Hola\n\n> antes"]


async def test_the_recording_of_a_talk_is_the_desks_and_the_voicemail_its_callers(api: ApiDesk) -> None:
    files = [
        {"filename": name, "content_type": "audio/mpeg", "size_bytes": 0, "sha256": "0" * 64, "desk_only": desk_only}
        for name, desk_only in (("voicemail-1.mp3", False), ("conversation-1.mp3", True))
    ]
    await settle(api, routed(1, **CALL, text=LOG, call={"sentence": SENTENCE}, attachments=files))

    portal, link = await api.client("portal", name="portal"), f"/api/v1/status/{api.desk.signer.status_token(1)}"
    [told] = (await portal.get(link)).json()["messages"]
    [kept] = await items(await agent(api, "ana"), "/tickets/1/messages")
    assert [one["filename"] for one in kept["attachments"]] == ["voicemail-1.mp3", "conversation-1.mp3"]
    assert [one["filename"] for one in told["files"]] == ["voicemail-1.mp3"]
    shown, hidden = told["files"][0]["id"], f"{kept['id']}.1"
    assert shown == f"{kept['id']}.0"
    assert [(await portal.get(f"{link}/attachments/{id_}")).status_code for id_ in (shown, hidden)] == [200, 404]

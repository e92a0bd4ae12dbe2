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


async def test_what_is_written_is_read_as_it_was_written(api: ApiDesk) -> None:
    await settle(api, routed(1, text="Hola\n\n> antes", reply_text="Hola"))

    portal = await api.client("portal", name="portal")
    page = (await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()
    assert [one["text"] for one in page["messages"] if one["from"] == "customer"] == ["Hola\n\n> antes"]

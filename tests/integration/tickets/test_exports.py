"""What is given to a person: what was said to them, wherever that was, and nothing that was said to somebody else."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.merging_desk import PIA, merge, two_tickets
from tests.integration.tickets.routed_mails import ANA, answered, routed, settle
from tests.integration.tickets.test_api_quarantine import routed as quarantined
from tests.integration.tickets.test_requesters import LUIS, ask

BEFORE, AFTER, ASIDE = "ANSWER-TO-ANA", "ANSWER-TO-LUIS", "ONLY-FOR-PIA"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def given(api: ApiDesk, address: str) -> dict[str, Any]:
    officer = await api.client("privacy", name=f"dpo-{address}")
    found: dict[str, Any] = (await officer.get(f"/api/v1/privacy/people/{address}/export")).json()
    return found


async def test_whoever_asks_now_gets_nothing_of_what_was_said_to_who_asked_before(api: ApiDesk) -> None:
    await people(api)
    await settle(api, routed(1, text="SECRET-OF-ANA"))
    ana = await agent(api, "ana")
    await answered(ana, 1, text=BEFORE)
    await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "RESOLVED-FOR-ANA"})
    assert (await ask(ana, drop=True)).status_code == 200
    await answered(ana, 1, text=AFTER)

    luis, before = await given(api, LUIS), await given(api, ANA)

    text = json.dumps(luis)
    assert AFTER in text
    assert not [words for words in (BEFORE, "SECRET-OF-ANA", "RESOLVED-FOR-ANA") if words in text]
    [ticket] = luis["tickets"]
    assert ticket["not_given"]["of_others"] == 1
    assert ticket["not_given"]["to_others"] == 2, "the acknowledgement, which names nobody, and the answer"
    [written] = before["written_in_tickets_of_others"]
    said = [(one["from"], one["text"]) for one in written["messages"]]
    assert ("you", "SECRET-OF-ANA") in said
    assert ("the desk", BEFORE) in said
    assert AFTER not in json.dumps(before)


async def test_what_was_said_aside_is_given_to_whom_it_was_said_and_to_nobody_else(api: ApiDesk) -> None:
    await people(api)
    await settle(api, routed(1))
    ana = await agent(api, "ana")
    await answered(ana, 1, text=ASIDE, to=[{"address": PIA, "name": "Pia"}])

    assert ASIDE not in json.dumps(await given(api, ANA))
    [other] = (await given(api, PIA))["written_in_tickets_of_others"]
    assert [one["text"] for one in other["messages"]] == [ASIDE]


async def test_what_is_said_in_a_ticket_that_goes_on_in_another_is_given_to_whom_it_went(api: ApiDesk) -> None:
    ana = await two_tickets(api, second=PIA)
    assert (await merge(ana, 1, 2, share=True, tell_customer=False)).status_code == 200
    await answered(ana, 2, text="FOR-BOTH")
    await answered(ana, 2, text=ASIDE, to=[{"address": PIA}], cc=[])

    assert "FOR-BOTH" in json.dumps(await given(api, ANA))
    assert ASIDE not in json.dumps(await given(api, ANA))
    assert {"FOR-BOTH", ASIDE} <= {
        one["text"] for ticket in (await given(api, PIA))["tickets"] for one in ticket["messages"]
    }


async def test_a_number_that_somebody_else_gave_for_their_ticket_is_not_given(api: ApiDesk) -> None:
    await people(api)
    await settle(api, routed(1))
    await api.database.execute(
        "insert into callback (id, ticket_number, account, number, wanted_at, asked_at, state, team, asked_by)"
        " values (gen_random_uuid(), 1, '+34910000000', '+34600999888', now(), now(), 'done', 'first-line', 'ana')"
    )
    await api.database.execute(
        "insert into one_time_code (id, ticket_number, requester_id, medium, address, prefix, shown, actor,"
        " notification_id, sent_at, expires_at)"
        " values (gen_random_uuid(), 1, 1, 'sms', '+34600999777', '', '', 'ana', 'n', now(), now())"
    )

    exported = await given(api, ANA)

    assert "+34600999" not in json.dumps(exported)
    assert [one["number"] for one in exported["callbacks"]] == [None]
    assert [one["address"] for one in exported["one_time_codes"]] == [None]


async def test_an_original_that_was_in_quarantine_and_released_is_given_once(api: ApiDesk) -> None:
    raw = {"size_bytes": 3, "sha256": "1" * 64, "bucket": "raw", "name": "abc"}
    await settle(api, quarantined(1))
    [row] = await api.database.fetch("select id, sender_address from quarantine")
    await api.database.execute("update quarantine set raw = $1::jsonb", json.dumps(raw))
    admin = await api.client("admin", name="eva")
    released = await admin.post(f"/api/v1/quarantine/{row['id']}/release", json={"why": "hers"})
    assert released.is_success, released.text

    exported = await given(api, row["sender_address"])

    original = f"originals/{row['id']}.eml"
    assert exported["quarantine"][0]["original"] == original
    assert original in [one["original"] for ticket in exported["tickets"] for one in ticket["messages"]]
    [line] = await api.database.fetch("select detail from desk_decision where action = 'person.exported'")
    assert json.loads(line["detail"])["files"] == 1

"""What customers send to merged tickets: where it lands, what is remembered, and what un-merging takes back."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history
from tests.integration.tickets.merging_desk import (
    ANA,
    PIA,
    answer_by_token,
    answer_to,
    merge,
    participants,
    subjects,
    ticket,
    two_tickets,
    unmerge,
)
from tests.integration.tickets.routed_mails import (
    NINE,
    answered,
    bounce,
    ledger,
    message,
    return_path,
    routed,
    settle,
)
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.handlers.sending.deliveries import note_reports
from ventanilla_contracts.events import Undelivered

LEO = "leo@cliente.example"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def test_every_proof_of_a_merged_ticket_leads_to_the_other_one(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    ours = (await answered(ana, 1))["message_id"]
    await merge(ana, 1, 2)

    await settle(api, answer_by_token(api, 11, 1, "x@y.example"))
    await settle(api, answer_to(12, ours))
    await settle(api, answer_to(13, "1@cliente.example"))
    await settle(api, routed(14, subject="Sobre lo mismo [#1]"))
    await settle(api, answer_to(15, "11@cliente.example"))  # to what came by it

    assert await subjects(ana, 2) == [
        ("Asunto 2", None), ("Asunto 11", 1), ("Asunto 12", 1), ("Asunto 13", 1), ("Sobre lo mismo [#1]", 1),
        ("Asunto 15", 1),
    ]  # fmt: skip
    assert await subjects(ana, 1) == [("Asunto 1", None)]
    assert (await ledger(api))[2:] == [
        ("appended", "reply_token", 2),
        ("appended", "our_message_id", 2),
        ("appended", "customer_message_id", 2),
        ("appended", "subject_tag", 2),
        ("appended", "customer_message_id", 2),
    ]
    lines = [one["detail"] for one in await history(ana, 2) if one["action"] == "message.added"]
    assert [line["came_by"] for line in lines] == [1] * 5


async def test_in_one_batch_as_well(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await merge(ana, 2, 1)

    await settle(api, answer_by_token(api, 11, 2), answer_to(12, "11@cliente.example"), answer_by_token(api, 13, 1))
    await unmerge(ana, 2)

    assert await subjects(ana, 1) == [("Asunto 1", None), ("Asunto 13", None)]
    assert await subjects(ana, 2) == [("Asunto 2", None), ("Asunto 11", None), ("Asunto 12", None)]


async def test_a_mail_comes_once_however_often_it_is_delivered(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await merge(ana, 1, 2)
    letter = answer_by_token(api, 11, 1)

    await settle(api, letter)
    await settle(api, letter)
    await unmerge(ana, 1)
    await settle(api, letter)

    assert await subjects(ana, 1) == [("Asunto 1", None), ("Asunto 11", None)]
    assert await subjects(ana, 2) == [("Asunto 2", None)]
    assert len(await ledger(api)) == 3


async def test_un_merging_takes_back_what_customers_wrote_and_leaves_what_agents_answered(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await answered(ana, 1, status="pending")
    await merge(ana, 1, 2)
    await settle(api, answer_by_token(api, 11, 1, text="La trituradora hace ruido.", at=NINE.replace(year=2030)))
    await answered(ana, 2, text="Miramos la trituradora.")
    await settle(api, answer_by_token(api, 12, 2))

    await unmerge(ana, 1)

    assert await subjects(ana, 1) == [("Asunto 1", None), ("Asunto 11", None)]
    assert await subjects(ana, 2) == [("Asunto 2", None), ("Asunto 12", None)]
    agents = [
        one["text"] for one in (await ana.get("/api/v1/tickets/2/messages")).json()["items"] if one["kind"] == "agent"
    ]
    assert agents == ["Miramos la trituradora."]
    found = [one["number"] for one in (await ana.get("/api/v1/tickets?q=trituradora")).json()["items"]]
    assert 1 in found
    here = {one["action"]: one["detail"] for one in await history(ana, 1)}
    there = {one["action"]: one["detail"] for one in await history(ana, 2)}
    assert here["ticket.unmerged"]["messages"] == there["ticket.merged_out"]["messages"]
    assert len(here["ticket.unmerged"]["messages"]) == 1
    assert (await ledger(api))[2:] == [("appended", "reply_token", 1), ("appended", "reply_token", 2)]


@pytest.mark.parametrize(("answer_it", "status"), [(False, "open"), (True, "pending")])
async def test_what_nobody_has_answered_waits_in_the_ticket_that_it_went_back_to(
    api: ApiDesk, answer_it: bool, status: str
) -> None:
    ana = await two_tickets(api)
    await answered(ana, 1, status="pending")
    await merge(ana, 1, 2)
    await settle(api, answer_by_token(api, 11, 1))
    if answer_it:
        await answered(ana, 2)

    await unmerge(ana, 1)

    assert (await ticket(ana, 1))["status"] == status
    added = [one["detail"].get("came_back_from") for one in await history(ana, 1) if one["action"] == "message.added"]
    assert added == ([] if answer_it else [2])


async def test_after_un_merging_each_goes_its_own_way_and_may_be_merged_again(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    for round_ in range(2):
        assert (await merge(ana, 1, 2)).status_code == 200
        await settle(api, answer_by_token(api, 20 + round_, 1))
        assert (await unmerge(ana, 1)).status_code == 200
        await settle(api, answer_by_token(api, 30 + round_, 1))
    await merge(ana, 1, 2)

    assert [subject for subject, _ in await subjects(ana, 1)] == [
        "Asunto 1", "Asunto 20", "Asunto 21", "Asunto 30", "Asunto 31",
    ]  # fmt: skip
    assert await subjects(ana, 2) == [("Asunto 2", None)]


async def test_what_became_of_a_mail_of_the_merged_ticket_stays_with_it_and_wakes_nothing(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    sent = await answered(ana, 1, status="pending")
    token = await return_path(api)
    await merge(ana, 1, 2)

    await settle(api, bounce(11, threading={"bounce_token": token}))

    one = await ticket(ana, 1)
    assert (one["status"], one["merged_into"]) == ("closed", 2)
    assert (await message(ana, 1, sent["id"]))["delivery"]["state"] == "bounced"
    assert (await ledger(api))[-1] == ("appended", "bounce_token", 1)
    assert (await ticket(ana, 2))["status"] == "new"


async def test_an_answer_wakes_the_other_ticket_but_a_machines_does_not(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await answered(ana, 1)
    await merge(ana, 1, 2)
    await answered(ana, 2, status="pending")

    await settle(api, answer_by_token(api, 11, 1, automation="auto-replied"))
    asleep = (await ticket(ana, 2))["status"]
    await settle(api, answer_by_token(api, 12, 1))

    assert (asleep, (await ticket(ana, 2))["status"]) == ("pending", "open")


async def test_what_belongs_to_a_ticket_that_goes_on_in_a_closed_one_opens_one_that_points_there(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await merge(ana, 1, 2)
    await ana.patch("/api/v1/tickets/2", json={"status": "closed", "resolution": "told them"})

    await settle(api, answer_by_token(api, 11, 1))

    assert (await ledger(api))[-1] == ("created", "", 3)
    assert (await ticket(ana, 3))["related_to"] == 2


async def test_whom_a_mail_brought_along_goes_back_with_it(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await merge(ana, 1, 2)
    copied = [{"address": LEO, "name": "Leo"}]
    letter = answer_by_token(api, 11, 1, cc=copied, authentication={"grade": "verified"})

    await settle(api, letter)
    there = await participants(ana, 2)
    await settle(api, answer_to(12, "11@cliente.example", LEO))
    await unmerge(ana, 1)

    assert there == {ANA: "requester", LEO: "cc"}
    assert await participants(ana, 2) == {ANA: "requester"}
    assert await participants(ana, 1) == {ANA: "requester", LEO: "cc"}
    assert [subject for subject, _ in await subjects(ana, 1)] == ["Asunto 1", "Asunto 11", "Asunto 12"]


async def test_what_was_answered_aside_stays_aside_in_the_other_ticket(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    supplier = "ventas@proveedor.example"
    aside = await answered(ana, 1, text="¿Cuánto cuesta un tóner?", to=[{"address": supplier}])
    await merge(ana, 1, 2)

    await settle(api, answer_to(11, aside["message_id"], supplier, text="Para ustedes, 12 euros."))

    assert ("Asunto 11", 1) in await subjects(ana, 2)
    assert await participants(ana, 2) == {ANA: "requester"}
    portal = await api.client("portal")
    pages = [
        json.dumps((await portal.get(f"/api/v1/status/{api.desk.signer.status_token(number)}")).json())
        for number in (1, 2)
    ]
    assert not any("12 euros" in page for page in pages)
    await answered(ana, 2, text="Ya viene.", quote=True)
    assert "12 euros" not in str((await api.leaving("notification.requested"))[-1])
    await unmerge(ana, 1)
    assert (await ticket(ana, 1))["status"] == "open"
    page = await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")
    assert "12 euros" not in page.text


async def test_a_stranger_with_the_number_of_a_merged_ticket_joins_neither(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await merge(ana, 1, 2)

    await settle(api, routed(11, sender="x@y.example", subject="Hola [#1]"))

    assert (await ledger(api))[-1] == ("created", "", 3)


async def test_two_customers_of_one_matter_both_reach_it_and_part_with_their_own_words(api: ApiDesk) -> None:
    ana = await two_tickets(api, PIA)
    await merge(ana, 1, 2, share=True)
    sent = await answered(ana, 2, text="¿Es la de la planta baja?")

    await settle(api, answer_to(11, sent["message_id"], ANA), answer_to(12, sent["message_id"], PIA))
    await settle(api, answer_by_token(api, 13, 1))
    await unmerge(ana, 1)
    await settle(api, answer_to(14, sent["message_id"], ANA))

    assert await subjects(ana, 2) == [("Asunto 2", None), ("Asunto 11", None), ("Asunto 12", None)]
    assert await subjects(ana, 1) == [("Asunto 1", None), ("Asunto 13", None)]
    assert (await ledger(api))[-1] == ("created", "", 3)  # she has no part in that conversation any more


async def test_a_message_that_vanished_comes_home_to_the_ticket_in_which_it_lay(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await merge(ana, 1, 2)
    letter = answer_by_token(api, 11, 1)
    await settle(api, letter)

    await api.database.execute("delete from message where subject = 'Asunto 11'")
    await settle(api, letter)
    first = await subjects(ana, 2)
    await api.database.execute("delete from message where subject = 'Asunto 11'")
    await api.database.execute("delete from ticket where number = 1")
    await settle(api, letter)

    assert first == [("Asunto 2", None), ("Asunto 11", 1)]
    assert (await ledger(api))[-1] == ("created", "", 3)
    assert (await ticket(ana, 2))["status"] == "new"


async def test_the_router_is_told_of_the_customer_whose_tickets_became_one(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    api.facts.take(100)

    await merge(ana, 1, 2)

    assert api.facts.take(100) == [("email", ANA)]


async def test_a_mail_of_the_merged_ticket_that_the_relay_refuses_is_told_there_and_wakes_nothing(
    api: ApiDesk,
) -> None:
    ana = await two_tickets(api)
    sent = await answered(ana, 1, status="pending")
    await merge(ana, 1, 2)
    [row] = await api.database.fetch("select notification_id from message where id = $1", UUID(sent["id"]))
    refused = Undelivered(recipient=ANA, status="5.1.1", reason="user_unknown", diagnostic="550 no", action="refused")

    reported = Report(row["notification_id"], "failed", "550 no", [refused])
    await note_reports([reported], OutboundStore(api.database), api.deps)

    one, two = await ticket(ana, 1), await ticket(ana, 2)
    assert (one["status"], one["tags"], two["tags"]) == ("closed", ["undeliverable"], [])
    assert (await message(ana, 1, sent["id"]))["delivery"]["state"] == "failed"


async def test_what_was_held_back_is_released_to_where_its_ticket_goes_on(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    denied = {"kind": "deny", "sender": ANA, "expires_at": until, "ticket": 1}
    assert (await ana.post("/api/v1/sender-list", json=denied)).status_code == 201
    await settle(api, answer_by_token(api, 11, 1))
    [held] = (await ana.get("/api/v1/quarantine")).json()["items"]
    await merge(ana, 1, 2)

    released = await ana.post(f"/api/v1/quarantine/{held['id']}/release", json={"why": "a customer after all"})
    there = await subjects(ana, 2)
    await unmerge(ana, 1)

    assert (released.status_code, released.json()["ticket_number"]) == (200, 2)
    assert there == [("Asunto 2", None), ("Asunto 11", 1)]
    assert await subjects(ana, 1) == [("Asunto 1", None), ("Asunto 11", None)]

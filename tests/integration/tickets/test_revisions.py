"""Messages that their authors edit or delete in Slack: what is shown, what is kept, for whom and for how long."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history, people
from tests.integration.tickets.routed_mails import items, settle
from tests.integration.tickets.slack_messages import CUSTOMER, EVA, delivered, linked, revised, said, service
from tickets.adapters.postgres.revision_store import RevisionReads
from tickets.handlers.settling.revise import revise_messages
from ventanilla_contracts.events import MessageRevised
from ventanilla_runtime.delivery import Batch

FIRST = "La impresora de la planta 1 no imprime"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        await settle(desk, said(1, text=FIRST))
        yield desk


async def revise(api: ApiDesk, *events: MessageRevised, deliveries: int = 1) -> Batch:
    batch = Batch([delivered(event, deliveries) for event in events])
    await revise_messages(batch, api.deps)
    return batch


async def message(api: ApiDesk, number: int = 1) -> dict[str, Any]:
    client = await api.client("read", name="reader")
    return (await items(client, f"/tickets/{number}/messages"))[0]


async def former(api: ApiDesk, *scopes: str) -> list[tuple[str, str | None]]:
    client = await api.client(*scopes, name="reader")
    found = await items(client, f"/messages/{(await message(api))['id']}/revisions")
    return [(one["kind"], one["text"]) for one in found]


async def test_an_edited_message_says_the_new_thing_and_keeps_the_old(api: ApiDesk) -> None:
    await revise(api, revised(1))

    shown = await message(api)
    assert (shown["text"], shown["reply_text"]) == ("La impresora de la planta 2", "La impresora de la planta 2")
    assert (shown["edited_at"], shown["deleted_at"]) == ("2026-11-02T09:30:00Z", None)
    assert await former(api, "read") == [("edited", FIRST)]
    line = (await history(await api.client("read"), 1))[-1]
    assert (line["action"], line["actor"]) == ("message.edited", "customer")
    [event] = await api.leaving("ticket.message_changed")
    assert (event["kind"], event["message_id"], event["ticket"]["version"]) == ("edited", shown["id"], 2)
    found = await items(await api.client("read"), "/tickets?q=planta")
    assert [one["number"] for one in found] == [1]


async def test_a_deleted_message_is_read_by_nobody_but_whoever_may_change_the_desk(api: ApiDesk) -> None:
    await revise(api, revised(1))

    await revise(api, revised(1, "deleted", revision="r2", revised_at="2026-11-02T09:40:00Z"))

    shown = await message(api)
    assert (shown["text"], shown["html"], shown["deleted_at"]) == ("", None, "2026-11-02T09:40:00Z")
    assert await former(api, "read", "write") == [("edited", None), ("deleted", None)]
    assert await former(api, "admin") == [("edited", FIRST), ("deleted", "La impresora de la planta 2")]
    page = await (await api.client("portal")).get(f"/api/v1/status/{api.desk.signer.status_token(1)}")
    assert [one for one in page.json()["messages"] if one["from"] == "customer"] == []


async def test_the_files_of_a_deleted_message_are_handed_out_no_more(api: ApiDesk) -> None:
    file = {"filename": "pasaporte.jpg", "content_type": "image/jpeg", "size_bytes": 3, "sha256": "0" * 64}
    blob = {"size_bytes": 3, "sha256": "0" * 64, "bucket": "attachments", "name": "a"}
    await settle(api, said(5, thread=5, attachments=[{**file, "blob": blob}]))
    client = await api.client("read")
    [before] = (await message(api, 2))["attachments"]
    await revise(api, revised(5, "deleted"))

    assert (await message(api, 2))["attachments"] == []
    assert (await client.get(before["url"])).status_code == 404


async def test_a_ticket_is_not_called_after_a_deleted_message_any_more(api: ApiDesk) -> None:
    await settle(api, said(5, thread=5, text=FIRST, subject=FIRST))

    await revise(api, revised(5, "deleted"))

    client = await api.client("read", name="reader")
    assert (await client.get("/api/v1/tickets/2")).json()["subject"] == "(mensaje eliminado)"
    assert FIRST not in str(await history(client, 2)) + str(await items(client, "/tickets/2/messages"))


async def test_a_secret_that_is_edited_out_is_gone_from_the_subject_and_the_search_too(api: ApiDesk) -> None:
    client = await api.client("read", "write", "admin", name="boss")
    for n in (5, 6):
        await settle(api, said(n, thread=n, text="mi clave es hunter2", subject="mi clave es hunter2"))
    await client.patch("/api/v1/tickets/3", json={"subject": "No entra"})

    for n in (5, 6):
        await revise(api, revised(n, text="mi clave no entra", subject="mi clave no entra"))

    subjects = [(await client.get(f"/api/v1/tickets/{n}")).json()["subject"] for n in (2, 3)]
    assert subjects == ["mi clave no entra", "No entra"]
    assert (await message(api, 2))["subject"] == "mi clave no entra"
    assert await items(client, "/tickets?q=hunter2") == []
    assert [one["number"] for one in await items(client, "/tickets?q=clave")] == [3, 2]
    changed = (await api.leaving("ticket.message_changed"))[0]
    assert changed["ticket"]["subject"] == "mi clave no entra", "the card is called so from now on"


async def test_after_a_month_nobody_reads_it_any_more(api: ApiDesk) -> None:
    await revise(api, revised(1), revised(1, "deleted", revision="r2"))
    reads = RevisionReads(api.database)
    assert await reads.forget() == 0

    await api.database.execute("update message set deleted_at = now() - interval '31 days'")

    assert await reads.forget() == 2
    assert await former(api, "admin") == []


async def test_the_decision_about_a_deleted_message_no_longer_quotes_it(api: ApiDesk) -> None:
    decision = (
        '{"facts": {"message.subject": "secret", "sender.vip": true}, "found": {"a/0": ["secret"]}, "trace":'
        ' [{"rule": "a", "conditions": [{"truth": true, "saw": {"message.content": "secret", "sender.vip": true}}]}]}'
    )
    await api.database.execute("update routing set decision = $1", decision)

    await revise(api, revised(1, "deleted"))

    [row] = await api.database.fetch("select decision from routing")
    assert "secret" not in row["decision"]
    assert row["decision"].count("vip") == 2


async def test_a_revision_that_comes_again_changes_nothing(api: ApiDesk) -> None:
    for _ in range(3):
        await revise(api, revised(1), revised(1, "deleted", revision="r2"))

    assert len(await former(api, "admin")) == 2
    lines = [one["action"] for one in await history(await api.client("read"), 1)]
    assert lines[-2:] == ["message.edited", "message.deleted"]
    assert len(await api.leaving("ticket.message_changed")) == 2


async def test_an_edit_that_comes_late_does_not_undo_a_later_one(api: ApiDesk) -> None:
    await revise(api, revised(1, revision="r2", text="tercera", revised_at="2026-11-02T09:31:00Z"))

    await revise(api, revised(1, revision="r1", text="segunda"))

    assert (await message(api))["text"] == "tercera"
    assert [text for _, text in await former(api, "read")] == ["segunda", FIRST]


async def test_an_edit_that_comes_late_is_kept_and_changes_nothing_else(api: ApiDesk) -> None:
    await revise(api, revised(1, revision="r2", text="tercera", revised_at="2026-11-02T09:31:00Z"))
    lines = len(await history(await api.client("read"), 1))

    await revise(api, revised(1, revision="r1", text="segunda"), revised(1, revision="r1", text="segunda"))

    assert len(await history(await api.client("read"), 1)) == lines
    assert len(await api.leaving("ticket.message_changed")) == 1
    client = await api.client("read")
    assert await items(client, "/tickets?q=segunda") == []
    assert [one["number"] for one in await items(client, "/tickets?q=tercera")] == [1]


async def test_an_edit_back_to_the_first_words_holds_although_it_comes_before_the_one_that_it_undid(
    api: ApiDesk,
) -> None:
    await revise(api, revised(1, revision="r2", text=FIRST, revised_at="2026-11-02T09:31:00Z"))

    await revise(api, revised(1, revision="r1", text="otra cosa"))

    shown = await message(api)
    assert (shown["text"], shown["edited_at"]) == (FIRST, "2026-11-02T09:31:00Z")
    assert await former(api, "read") == [("edited", "otra cosa")]


async def test_edits_that_wait_for_their_message_hold_in_the_order_in_which_they_were_made(api: ApiDesk) -> None:
    edits = (
        revised(7, revision="r2", text="tercera", revised_at="2026-11-02T09:31:00Z"),
        revised(7, revision="r1", text="segunda"),
        revised(7, "deleted", revision="r3", author=EVA),
    )
    assert len((await revise(api, *edits)).postponed) == 3

    await settle(api, said(7, thread=7, text="primera"))
    await revise(api, *edits, deliveries=2)

    assert (await message(api, 2))["text"] == "tercera"


async def test_what_an_older_release_has_noted_counts_too(api: ApiDesk) -> None:
    await api.database.execute("update message set body = 'tercera', edited_at = '2026-11-02T09:31:00Z'")

    await revise(api, revised(1, revision="r1", text="segunda"))

    assert (await message(api))["text"] == "tercera"


async def test_an_edit_after_the_deletion_brings_nothing_back(api: ApiDesk) -> None:
    await revise(api, revised(1, "deleted", revision="r2", revised_at="2026-11-02T09:40:00Z"))

    await revise(api, revised(1), revised(1, revision="r3", revised_at="2026-11-02T09:50:00Z"))

    assert (await message(api))["text"] == ""


async def test_nobody_revises_what_another_wrote(api: ApiDesk) -> None:
    await revise(api, revised(1, author=EVA), revised(1, "deleted", author=EVA, revision="r2"))

    shown = await message(api)
    assert (shown["text"], shown["edited_at"], shown["deleted_at"]) == (FIRST, None, None)
    assert await api.leaving("ticket.message_changed") == []


async def test_a_link_that_unfolds_is_no_edit(api: ApiDesk) -> None:
    await revise(api, revised(1, text=FIRST))

    assert (await message(api))["edited_at"] is None


async def test_what_is_not_settled_yet_is_looked_for_later_and_at_last_let_go(api: ApiDesk) -> None:
    waiting = await revise(api, revised(7))
    hopeless = await revise(api, revised(7), deliveries=40)

    assert list(waiting.postponed.values()) == [1.0]
    assert not hopeless.postponed
    assert not hopeless.rejected


async def test_an_agents_answer_in_the_thread_can_be_revised_too(api: ApiDesk) -> None:
    await linked(await service(api), "eva", EVA)
    await settle(api, said(2, EVA))

    await revise(api, revised(2, author=EVA, text="mejor dicho"), revised(2, author=CUSTOMER, revision="x"))

    line = (await history(await api.client("read"), 1))[-1]
    assert (line["action"], line["actor"], line["via"]) == ("message.edited", "agent:eva", f"slack:{EVA}")
    rows = await api.database.fetch("select count(*) from message_revision")
    assert rows[0][0] == 1


async def test_only_so_many_former_texts_are_kept(api: ApiDesk) -> None:
    for n in range(103):
        at = f"2026-11-02T10:{n // 60:02}:{n % 60:02}Z"
        await revise(api, revised(1, revision=f"r{n}", text=f"texto {n}", revised_at=at))

    assert len(await former(api, "read")) == 100
    assert (await message(api))["text"] == "texto 102"


async def test_something_that_is_no_revision_is_poison(api: ApiDesk) -> None:
    broken = delivered(revised(1))
    broken.body = b'{"kind": "edited"}'
    batch = Batch([broken])

    await revise_messages(batch, api.deps)

    assert list(batch.rejected) == [broken]

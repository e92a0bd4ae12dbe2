"""Calls and texts between one pair of numbers: each call has a ticket, and texts belong to the newest one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.merging_desk import merge
from tests.integration.tickets.routed_mails import answered, ledger, settle
from tests.integration.tickets.texts import CARMEN, DESK, texted
from ventanilla_runtime.delivery import Delivery

PAIR = f"sms/{DESK}/{CARMEN}"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


def called(sequence: int, subject: str = "Mensaje de voz", **received: Any) -> Delivery:
    """Call number `sequence` from Carmen's mobile, as the intake tells of it."""
    threading = {"message_id": f"AC/CA{sequence}", "conversation": PAIR, "opens": True}
    fields = {"channel": "voice", "subject": subject, "text": "Quiero sillas.", "threading": threading}
    return texted(sequence, **{**fields, **received})


async def related(api: ApiDesk) -> list[int | None]:
    """The tickets at which tickets point, in the order of their numbers."""
    return [row["related_to"] for row in await api.database.fetch("select related_to from ticket order by number")]


async def close(api: ApiDesk, *numbers: int) -> None:
    await api.database.execute("update ticket set status = 'closed' where number = any($1::bigint[])", list(numbers))


@pytest.mark.parametrize("together", [True, False])
async def test_a_call_is_a_ticket_of_its_own_and_later_texts_belong_to_it(api: ApiDesk, *, together: bool) -> None:
    came = [texted(1), called(2, decision={"team": "orders"}), texted(3), called(4), called(5), texted(6)]
    for batch in [came] if together else [[one] for one in came]:
        await settle(api, *batch)

    assert await ledger(api) == [
        ("created", "", 1),
        ("created", "", 2),
        ("appended", "shared_reference", 2),
        ("created", "", 3),
        ("created", "", 4),
        ("appended", "shared_reference", 4),
    ]
    rows = await api.database.fetch("select team, conversation from ticket order by number")
    assert rows[1]["team"] == "orders", "the rules sent it there"
    assert {row["conversation"] for row in rows} == {PAIR}
    assert await related(api) == [None] * 4


async def test_a_call_joins_the_ticket_that_its_caller_chose_and_no_other(api: ApiDesk) -> None:
    await settle(api, texted(1), called(2))
    await settle(api, called(3, "Llamada [#1]"), texted(4))
    await close(api, 1)
    await settle(api, called(5, "Llamada [#1]"), texted(6))

    assert (await ledger(api))[2:] == [
        ("appended", "subject_tag", 1),
        ("appended", "shared_reference", 2),
        ("created", "", 3),
        ("appended", "shared_reference", 3),
    ]
    assert await related(api) == [None, None, 1]


async def test_a_call_that_is_told_twice_is_one(api: ApiDesk) -> None:
    await settle(api, called(1))
    await settle(api, called(1), called(2, id="message.received.v1:1"))

    assert await ledger(api) == [("created", "", 1), ("duplicate", "", 1)]
    assert await related(api) == [None]


async def test_the_older_ticket_goes_on_by_text_and_takes_texts_when_the_newer_one_is_closed(api: ApiDesk) -> None:
    await settle(api, texted(1), called(2))
    eva = await api.client("read", "write", name="Eva")
    await answered(eva, 1)
    await answered(eva, 2)
    sent = [one for one in await api.leaving("notification.requested") if not one["automatic"]]
    await api.database.execute("update ticket set status = 'solved' where number = 2")
    await settle(api, texted(3))
    await close(api, 2)
    await settle(api, texted(4))

    assert [(one["medium"], one["chat"]["conversation"], one["ticket_number"]) for one in sent] == [
        ("sms", PAIR, 1),
        ("sms", PAIR, 2),
    ]
    assert [ticket for _, _, ticket in (await ledger(api))[2:]] == [2, 1]


async def test_texts_go_where_the_call_s_ticket_goes_on(api: ApiDesk) -> None:
    await settle(api, texted(1), called(2))
    eva = await api.client("read", "write", name="Eva")
    assert (await merge(eva, 2, 1)).status_code == 200
    await settle(api, texted(3), called(4), texted(5))

    assert [ticket for _, _, ticket in (await ledger(api))[2:]] == [1, 3, 3]


async def test_what_is_told_by_text_speaks_of_messages_and_not_of_threads(api: ApiDesk) -> None:
    await settle(api, texted(1), called(2))
    eva = await api.client("read", "write", name="Eva")
    assert (await merge(eva, 2, 1, tell_customer=True)).status_code == 200
    assert (await eva.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "new cable"})).is_success

    said = [one["text"] for one in await api.leaving("notification.requested") if one["automatic"]][-2:]
    assert "Si responde a este mensaje, nos llega como siempre." in said[0]
    assert "responda a este mensaje y la volvemos a abrir" in said[1]


@pytest.mark.parametrize("closed", [11, 30])
async def test_a_pair_of_numbers_never_has_had_too_many_tickets(api: ApiDesk, closed: int) -> None:
    for place in range(1, closed + 1):
        await settle(api, called(place))
    await close(api, *range(1, closed + 1))
    await settle(api, texted(closed + 1))
    await settle(api, texted(closed + 2))

    assert (await ledger(api))[-2:] == [
        ("created", "", closed + 1),
        ("appended", "shared_reference", closed + 1),
    ]
    assert await related(api) == [*[None] * closed, closed]

"""What an operator dropped is neither texted nor rung by the phone service, however often it is asked for."""

import orjson
import pytest

from tests.unit.intake_phone.callback_rig import Desk, event
from tests.unit.intake_phone.test_paging import Paging
from tests.unit.intake_phone.test_texts_out import World, say, wanted
from ventanilla_contracts.dropped import state_key, written_dropped


@pytest.mark.parametrize("begun", [False, True])
async def test_a_dropped_text_is_not_sent_and_reported_as_dropped(begun: bool) -> None:
    world = World()
    request = wanted()
    before = orjson.dumps({"since": 1.0, "owner": "a", "sids": ["SM1"], "done": False, "failed": ""})
    world.values[state_key(request.id)] = written_dropped(before if begun else None, "eva")

    await say(world, request)

    assert world.texts == []
    [report] = map(orjson.loads, world.reports)
    assert (report["notification_id"], report["reason"]) == (request.id, "dropped")
    assert "(eva)" in report["detail"]


async def test_a_dropped_page_neither_texts_nor_rings() -> None:
    paging = Paging()
    paging.dropped = {"p-1"}

    assert await paging.run(paging.event()) == []
    assert [what for _, what in await paging.run(paging.event("p-2"))][:2] == ["text", "call"]


async def test_a_page_that_is_dropped_between_its_calls_rings_no_more() -> None:
    paging = Paging()
    await paging.run(paging.event(), minutes=1)
    paging.dropped = {"p-1"}
    assert await paging.run(paging.event()) == []


async def test_a_dropped_callback_rings_nobody_and_the_desk_is_told_that_it_failed() -> None:
    desk = Desk()
    desk.dropped = {orjson.loads(event().body)["id"]}

    await desk.wanted()
    await desk.wanted()

    assert desk.rung == []
    assert desk.word()["Outcome"] == "failed"


async def test_that_a_callback_is_taken_back_is_carried_out_whatever_was_dropped() -> None:
    desk = Desk()
    await desk.wanted()
    assert len(desk.rung) == 1
    desk.dropped = {orjson.loads(event().body)["id"]}

    await desk.wanted(state="withdrawn")

    assert desk.words == {}
    assert desk.phones.ended == [desk.phones.made[0].sid]

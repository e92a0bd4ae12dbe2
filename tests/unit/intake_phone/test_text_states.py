"""States of texts: a notification of several texts has arrived when each has, and fails with the first that fails."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from intake_phone.domain.texts.opt_out import Wish
from intake_phone.domain.texts.refusals import STATE_AT
from intake_phone.domain.texts.sending import Progress, read_progress
from intake_phone.errors import TwilioAway
from intake_phone.handlers.reports import Reports
from intake_phone.handlers.texts.say import progress_key
from intake_phone.handlers.texts.states import TextStates
from tests.unit.intake_phone.test_texts_out import CARMEN, DESK, NOON, World, delivered, say, wanted
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed

ONE, TWO = "SM1", "MM2"
TOLD = NOON + timedelta(minutes=1)


async def read(
    world: World, sid: str, state: str, code: str = "", *, listed: datetime | None = None, notification: str = "n1"
) -> NotificationDelivered | NotificationFailed | None:
    acceptor: Any = None  # nothing is taken in here
    told = {"id": notification, "medium": "whatsapp", "sid": sid, "state": state, "code": code}
    told |= {"From": f"whatsapp:{DESK}", "To": f"whatsapp:{CARMEN}"}
    told |= {STATE_AT: str(int(listed.timestamp()))} if listed else {}
    states = TextStates(acceptor, Reports(lambda: NOON), world, world.subscriptions(), 1.0)
    delivery = delivered(wanted())
    delivery.stored_at_ns = int(TOLD.timestamp() * 1e9)
    return await states.read(told, delivery)


async def sent(*sids: str, done: bool = True, failed: str = "") -> World:
    world = World()
    progress = Progress(NOON.timestamp(), "me", sids, done=done, failed=failed)
    await world.put_all([progress_key("n1")], progress.written())
    return world


async def test_one_of_two_has_not_arrived_yet() -> None:
    world = await sent(ONE, TWO)
    assert await read(world, ONE, "delivered") is None
    assert await read(world, ONE, "delivered") is None, "told twice it is still one"
    report = await read(world, TWO, "delivered")
    assert isinstance(report, NotificationDelivered)
    assert (report.taken, report.read) == (False, False)


async def test_what_was_read_has_arrived_and_all_of_it_must_be_read() -> None:
    world = await sent(ONE, TWO)
    assert await read(world, ONE, "read") is None
    arrived = await read(world, TWO, "delivered")
    assert isinstance(arrived, NotificationDelivered)
    assert not arrived.read
    opened = await read(world, TWO, "read")
    assert isinstance(opened, NotificationDelivered)
    assert opened.read
    assert opened.id != arrived.id


async def test_that_no_text_arrives_at_a_number_counts_for_the_next_one_whichever_number_it_leaves_from() -> None:
    world = await sent(ONE)
    report = await read(world, ONE, "undelivered", "30006")
    assert isinstance(report, NotificationFailed)
    assert report.reason == "no_texts"
    assert await world.subscriptions().is_textless(CARMEN)


async def test_one_that_fails_fails_them_all() -> None:
    world = await sent(ONE, TWO)
    await read(world, ONE, "delivered")
    report = await read(world, TWO, "undelivered", "63019")
    assert isinstance(report, NotificationFailed)
    assert report.reason == "file_refused"


async def test_a_state_that_is_faster_than_the_other_texts_waits_for_them() -> None:
    world = await sent(ONE, done=False)
    with pytest.raises(TwilioAway):
        await read(world, ONE, "delivered")


async def test_what_broke_off_has_failed_whatever_arrived_of_it() -> None:
    assert await read(await sent(ONE, failed="blocked: 30007"), ONE, "delivered") is None


async def test_of_what_nobody_remembers_the_word_counts() -> None:
    assert isinstance(await read(World(), ONE, "delivered"), NotificationDelivered)


async def test_what_whatsapp_says_of_its_day_counts_more_than_what_we_had_counted() -> None:
    world = await sent(ONE)
    await world.subscriptions().heard("whatsapp", DESK, CARMEN)
    report = await read(world, ONE, "failed", "63016")
    assert isinstance(report, NotificationFailed)
    assert report.reason == "window_closed"

    await say(world, wanted("n2", medium="whatsapp"), templates={"es": "HX1"})
    assert [one["content_sid"] for _, one in world.texts] == ["HX1"]
    progress = read_progress(await world.get(progress_key("n2")))
    assert progress is not None
    arrived = await read(world, *progress.sids, "read", notification="n2")
    assert isinstance(arrived, NotificationDelivered)
    assert (arrived.template, arrived.read) == (True, True), "that it was read says nothing of the desk's words"


async def test_an_opt_out_that_twilio_tells_later_is_kept_to() -> None:
    world = await sent(ONE)
    await read(world, ONE, "undelivered", "63032")
    assert await world.subscriptions().wants_none("whatsapp", DESK, CARMEN)


async def test_an_opt_out_that_is_told_again_does_not_undo_what_the_customer_said_since() -> None:
    world = await sent(ONE)
    await read(world, ONE, "undelivered", "63032")
    world.now = TOLD - timedelta(seconds=30)
    await world.subscriptions().note("whatsapp", DESK, CARMEN, Wish.START)
    await read(world, ONE, "undelivered", "63032")
    assert not await world.subscriptions().wants_none("whatsapp", DESK, CARMEN)


@pytest.mark.parametrize("listed", [None, NOON])
async def test_an_opt_out_that_is_read_late_counts_from_when_it_was_told(listed: datetime | None) -> None:
    world = await sent(ONE)
    world.now = TOLD + timedelta(hours=1) if listed is None else TOLD - timedelta(seconds=30)
    await world.subscriptions().note("whatsapp", DESK, CARMEN, Wish.START)
    await read(world, ONE, "undelivered", "63032", listed=listed)
    assert not await world.subscriptions().wants_none("whatsapp", DESK, CARMEN)

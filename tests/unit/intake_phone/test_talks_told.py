"""Whoever has called a customer back is asked what was said, as after any other call: agents' channel hears of it."""

import pytest

from intake_phone.domain.callbacks.attempt import word
from intake_phone.errors import DeskRefused
from tests.unit.intake_phone.callback_rig import ANA, DESK, NAME, Desk, event


async def test_a_talk_is_told_once_with_its_ticket_its_agent_and_whom_they_called() -> None:
    desk = Desk()
    await desk.wanted()
    delivery = event()
    for _ in range(2):
        await desk.rings().report(word(NAME, "talked", "eva", "CA1", "200"), delivery)

    told, again = desk.events
    assert told == again, "one event, however often it is published"
    assert (told.state, told.callback, told.ticket, told.team) == ("over", NAME.callback, 4711, "first-line")
    assert (told.agent, told.seconds, told.account) == ("eva", 200, DESK)
    assert (told.caller.address, told.caller.name) == (ANA, "Ana Roldán")
    assert told.occurred_at == delivery.stored_at


@pytest.mark.parametrize("outcome", ["calling", "customer_no_answer", "customer_busy", "nobody_took_it", "failed"])
async def test_what_was_no_talk_is_told_to_the_desk_alone(outcome: str) -> None:
    desk = Desk()
    await desk.wanted()
    await desk.rings().report(word(NAME, outcome, "eva"), event())

    assert (len(desk.told), desk.events) == (1, [])


async def test_of_a_ticket_that_is_gone_nobody_is_asked_for_a_note() -> None:
    desk = Desk()
    await desk.wanted()
    desk.error = DeskRefused("gone", 404)
    await desk.rings().report(word(NAME, "talked", "eva", "CA1", "200"), event())

    assert desk.events == []

"""A colleague's reply on its way is news in the composer, as one that was sent: once, and never one's own."""

from typing import Any

import pytest

from intake_chat.domain.slack.replies.composer import composed
from intake_chat.errors import DeskRefused
from tests.unit.intake_chat.agent_rig import PRESSER, words
from tests.unit.intake_chat.test_composer import MESSAGES, REPLIES, Rig, written
from ventanilla_devstack.slack.blocks import check_view

WAITING = ("GET", "/tickets/7/replies/waiting")
MARC = {"address": "", "name": "Marc Soler", "handle": "marc"}
HELD = {"id": "r1", "state": "held", "author": MARC, "text": "Ya lo miro <!channel>", "message_id": None}
SENT = {**HELD, "state": "sent", "text": None, "message_id": "m2"}
MESSAGE = {"id": "m2", "kind": "agent", "author": MARC, "text": "Ya lo miro"}


def rig_with(*waiting: dict[str, Any]) -> Rig:
    return Rig(answers={WAITING: {"items": list(waiting)}})


def asked(rig: Rig) -> list[tuple[str, str]]:
    return [one[:2] for one in rig.desk.asked]


async def test_what_a_colleague_has_on_its_way_is_asked_about_before_sending() -> None:
    rig = rig_with(HELD)

    answer = await rig.submit("Respuesta de Eva")

    assert "Marc Soler ya ha respondido; sale en unos segundos:" in words(answer["view"])
    assert "Ya lo miro <!channel>" in words(answer["view"])
    assert check_view(answer["view"], "modal") == []
    assert REPLIES not in asked(rig), "nothing was sent"


@pytest.mark.parametrize("then", [HELD, SENT])
async def test_it_is_said_once_whatever_becomes_of_it(then: dict[str, Any]) -> None:
    rig = rig_with(HELD)
    shown = composed(written("x") | {"private_metadata": (await rig.submit())["view"]["private_metadata"]}).composer
    rig.desk.answers[WAITING] = {"items": [then]}
    if then is SENT:
        rig.desk.answers[MESSAGES] = {"items": [MESSAGE, {"id": "m1", "kind": "customer"}]}

    answer = await rig.submit("Respuesta de Eva", shown=shown)

    assert answer == {"response_action": "clear"}
    assert REPLIES in asked(rig)


async def test_another_one_that_waits_is_news_again() -> None:
    rig = rig_with(HELD)
    shown = composed(written("x") | {"private_metadata": (await rig.submit())["view"]["private_metadata"]}).composer
    rig.desk.answers[WAITING] = {"items": [HELD, {**HELD, "id": "r2", "text": "Y otra"}]}

    answer = await rig.submit("Respuesta de Eva", shown=shown)

    assert "Y otra" in words(answer["view"])


async def test_what_was_sent_before_it_was_shown_is_news_as_a_message() -> None:
    rig = rig_with(SENT)
    rig.desk.answers[MESSAGES] = {"items": [MESSAGE, {"id": "m1", "kind": "customer"}]}

    answer = await rig.submit("Respuesta de Eva")

    assert "Marc Soler respondió:" in words(answer["view"])
    assert "ya ha respondido" not in words(answer["view"])


@pytest.mark.parametrize(
    "answer",
    [{"items": [{**HELD, "author": {**MARC, "handle": PRESSER.actor.handle}}]}, DeskRefused(422, "invalid", "")],
)
async def test_ones_own_and_what_an_earlier_ticket_service_does_not_say_hold_nothing_up(answer: Any) -> None:
    rig = Rig(answers={WAITING: answer})

    assert await rig.submit() == {"response_action": "clear"}

"""What an agent sent from the composer while the broker or Slack was away can be edited and taken back afterwards."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.test_slack_edits import SECONDS, UNDO_SECONDS, Answered  # noqa: F401  # the fixture reads UNDO_SECONDS
from tests.support.card_desk import FIRST, CardDesk, buttons, line, words
from tests.support.chat_desk import HELP
from tests.support.polling import eventually
from ventanilla_devstack.slack.records import View

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("alone"),
    pytest.mark.long,
    pytest.mark.timeout(240),
]
Json = dict[str, Any]
LATER = 90
"""Seconds until whatever waited for the broker or for Slack has been tried again."""


def no_broker(at: CardDesk) -> Callable[[], None]:
    at.desk.nats.kill()
    return at.desk.nats.start


def no_slack(at: CardDesk) -> Callable[[], None]:
    at.slack.faults.add("unavailable", "*", calls=None)
    return at.slack.faults.clear


@pytest.mark.parametrize("outage", [no_broker, no_slack])
async def test_it_is_edited_and_taken_back_and_its_one_line_says_so(
    at: CardDesk, outage: Callable[[CardDesk], Callable[[], None]]
) -> None:
    question, text = f"¿Qué pasa sin nadie ({outage.__name__})?", "Espere a las 12."
    first = at.slack.hands.write("carmen", HELP, question)

    async def ticket() -> Json:
        tickets = (await at.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((one for one in tickets if one["subject"] == question), {})

    number = int((await eventually(ticket, SECONDS))["number"])
    card = str((await eventually(lambda: at.cards(FIRST, number), SECONDS))[0]["ts"])
    await at.slack.hands.press("eva", "reply", channel=FIRST, ts=card)

    def composer() -> View:
        [view] = at.slack.hands.modals("eva")
        assert view.body.get("callback_id") == "compose", words(view.body)
        return view

    await eventually(lambda: at.slack.hands.modals("eva") and composer(), SECONDS)

    mended = outage(at)
    await at.slack.hands.submit("eva", {"text.0/text.0": text})

    async def stored() -> Json:
        messages = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
        return next((one for one in messages if one["kind"] == "agent"), {})

    message = await eventually(stored, SECONDS)
    await asyncio.to_thread(mended)

    made = Answered(at, first.ts, number, card, text)
    made.message = message
    await eventually(lambda: made.answer() is not None, LATER)

    assert buttons(await line(at, card, "✓✓", text, seconds=LATER)) == ["reply_edit", "reply_take_back"]

    await made.edit("Espere a las 13.")
    await made.reads("Espere a las 13.")
    await line(at, card, "✓✓", "se ha corregido", "Espere a las 13.")

    await made.press("reply_take_back")
    await eventually(lambda: made.answer() is None, LATER)
    shown = await made.line("↩", "se ha retirado")
    assert buttons(shown) == []
    messages = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
    assert [one["kind"] for one in messages].count("agent") == 1

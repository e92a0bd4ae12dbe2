"""What is lent to an app has an end: triggers, the stack of modals, addresses to answer to; and who may do what."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.integration.devstack.slack.receiver import Receiver
from tests.support.slack import client_for
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.server import LocalSlack


def text(words: str) -> dict[str, str]:
    return {"type": "plain_text", "text": words}


NAME = {
    "type": "input",
    "block_id": "name",
    "label": text("name"),
    "element": {"type": "plain_text_input", "action_id": "name_input"},
}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "m",
        "title": text("T"),
        "submit": text("S"),
        "blocks": list(blocks),
        **more,
    }


async def test_a_trigger_is_good_once_and_for_three_seconds() -> None:
    now = [1_700_000_000.0]
    async with LocalSlack(clock=lambda: now[0]) as slack, Receiver() as receiver:
        slack.app.request_url = receiver.url
        client = client_for(slack)

        async def trigger() -> str:
            await slack.hands.shortcut("carmen", "new_ticket")
            return str(receiver.interactions("shortcut")[-1]["trigger_id"])

        async def refusal(trigger_id: str, view: dict[str, Any]) -> str:
            with pytest.raises(SlackApiError) as refused:
                await client.views_open(trigger_id=trigger_id, view=view)
            return str(refused.value.response["error"])

        first = await trigger()
        await client.views_open(trigger_id=first, view=modal(NAME))
        assert await refusal(first, modal(NAME)) == "exchanged_trigger_id"
        late = await trigger()
        now[0] += 3.5
        assert await refusal(late, modal(NAME)) == "expired_trigger_id"
        assert await refusal("1.2.x", modal(NAME)) == "invalid_trigger_id"
        assert await refusal(await trigger(), modal({"type": "divider", "block_id": "x" * 256})) == "invalid_arguments"
        big = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}} for _ in range(90)]
        assert await refusal(await trigger(), modal(*big)) == "view_too_large"


async def test_modals_are_stacked_three_deep(slack: LocalSlack, receiver: Receiver, client: Any) -> None:
    inside = {"type": "actions", "elements": [{"type": "button", "action_id": "deeper", "text": text("Deeper")}]}
    await slack.hands.shortcut("carmen", "new_ticket")
    first = await client.views_open(
        trigger_id=receiver.interactions("shortcut")[0]["trigger_id"], view=modal(inside, external_id="one")
    )
    for _ in range(2):
        await slack.hands.press("carmen", "deeper")
        last = await client.views_push(
            trigger_id=receiver.interactions("block_actions")[-1]["trigger_id"], view=modal(inside)
        )

    assert last["view"]["root_view_id"] == first["view"]["id"]
    await slack.hands.press("carmen", "deeper")
    trigger = receiver.interactions("block_actions")[-1]["trigger_id"]
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=trigger, view=modal(inside))
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await client.views_open(trigger_id=trigger, view=modal(inside, external_id="one"))
    await slack.hands.close("carmen")
    assert len(slack.hands.modals("carmen")) == 2


async def test_an_address_to_answer_to_is_good_five_times_and_half_an_hour() -> None:
    now = [1_700_000_000.0]
    async with LocalSlack(clock=lambda: now[0]) as slack, Receiver() as receiver:
        slack.app.request_url = receiver.url
        await slack.hands.command("carmen", "ayuda", "/ticket")
        await slack.hands.command("carmen", "ayuda", "/ticket")
        first, second = (AsyncWebhookClient(each.payload["response_url"]) for each in receiver.received)

        answers = [await first.send(text=str(number)) for number in range(6)]
        now[0] += 31 * 60
        late = await second.send(text="late")

        assert [answer.status_code for answer in answers] == [200] * 5 + [404]
        assert "used_url" in answers[-1].body
        assert (late.status_code, "expired_url" in late.body) == (404, True)
        assert len(slack.hands.messages("carmen", "ayuda")) == 5


async def test_a_stranger_and_a_guest_can_do_only_what_slack_lets_them(slack: LocalSlack) -> None:
    with pytest.raises(Refused, match="not_in_channel"):
        slack.hands.write("marta-socio", "ayuda", "x")
    with pytest.raises(Refused, match="channel_not_found"):
        slack.hands.write("carmen", "soporte", "x")
    with pytest.raises(Refused, match="restricted_action"):
        slack.hands.join("invitada", "general")
    with pytest.raises(Refused, match="unknown_command"):
        await slack.hands.command("marta-socio", "socios", "/ticket")
    with pytest.raises(Refused, match="unknown_shortcut"):
        await slack.hands.shortcut("marta-socio", "new_ticket")
    slack.hands.delete_user("john")
    with pytest.raises(Refused, match="user_disabled"):
        slack.hands.write("john", "ayuda", "x")

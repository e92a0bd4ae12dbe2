"""Our events and interactions hold every field of recorded ones, with the same types."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.integration.devstack.slack.receiver import Receiver
from tests.integration.devstack.slack.recorded import FOLDER, differences, load
from ventanilla_devstack.slack.server import LocalSlack

BUTTON = {"type": "button", "action_id": "a", "value": "v", "text": {"type": "plain_text", "text": "Button"}}
MODAL = {
    "type": "modal",
    "callback_id": "view-id",
    "private_metadata": "This is for you!",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "My App"},
    "submit": {"type": "plain_text", "text": "Submit"},
    "close": {"type": "plain_text", "text": "Cancel"},
    "blocks": [
        {
            "type": "input",
            "block_id": "hspI",
            "label": {"type": "plain_text", "text": "Label"},
            "element": {"type": "plain_text_input", "action_id": "maBWU"},
        },
        {
            "type": "input",
            "block_id": "es_b",
            "optional": True,
            "label": {"type": "plain_text", "text": "Search"},
            "element": {"type": "external_select", "action_id": "es_a"},
        },
    ],
}


def recorded(kind: str) -> list[Any]:
    """The recorded payloads of one kind, by file name; one that skips where there are none."""
    return sorted(path.name for path in FOLDER.glob(f"{kind}--*.json")) or [f"{kind}--.json"]


async def the_event(slack: LocalSlack, receiver: Receiver, kind: str, subtype: str | None = None) -> dict[str, Any]:
    assert await slack.courier.settle()
    return receiver.events(kind, subtype)[-1]


@pytest.mark.parametrize("name", recorded("event_callback-message"))
async def test_a_message_of_a_person_is_like_recorded_ones(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    slack.hands.write("carmen", "ayuda", "Hello World!")

    assert differences(load(name), await the_event(slack, receiver, "message", "")) == []


@pytest.mark.parametrize("name", recorded("event_callback-app_mention"))
async def test_a_mention_of_the_app_is_like_recorded_ones(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    slack.hands.write("carmen", "ayuda", "@ventanilla Hi there!")

    envelope = await the_event(slack, receiver, "app_mention")

    assert differences(load(name), envelope) == []
    assert envelope["event"]["text"] == f"<@{slack.app.bot_user}> Hi there!"


@pytest.mark.parametrize("name", recorded("event_callback-message.file_share"))
async def test_a_shared_file_is_like_a_recorded_one(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    slack.hands.upload("carmen", "ayuda", "test.png", b"png", text="Here is your file!")

    assert differences(load(name), await the_event(slack, receiver, "message", "file_share")) == []


@pytest.mark.parametrize("name", recorded("event_callback-message.message_changed"))
async def test_a_changed_message_is_like_a_recorded_one(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    message = slack.hands.write("carmen", "ayuda", "original message")
    slack.hands.edit("carmen", "ayuda", message.ts, "updated message")

    envelope = await the_event(slack, receiver, "message", "message_changed")

    assert differences(load(name), envelope) == []
    assert envelope["event"]["message"]["text"] == "updated message"
    assert envelope["event"]["previous_message"]["text"] == "original message"


@pytest.mark.parametrize("name", recorded("event_callback-message.thread_broadcast"))
async def test_a_broadcast_reply_is_like_a_recorded_one(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    parent = slack.hands.write("carmen", "ayuda", "Write in the thread")
    slack.hands.write("john", "ayuda", "Hi there!", parent.ts, broadcast=True)

    assert differences(load(name), await the_event(slack, receiver, "message", "thread_broadcast")) == []


@pytest.mark.parametrize("name", recorded("event_callback-message.bot_message"))
async def test_an_answer_at_a_response_url_is_like_a_recorded_one(
    slack: LocalSlack, receiver: Receiver, name: str
) -> None:
    await slack.hands.command("carmen", "ayuda", "/ticket x")
    [asked] = [received.payload for received in receiver.received if "command" in received.payload]
    await AsyncWebhookClient(asked["response_url"]).send(text="Hi there!", response_type="in_channel")

    assert differences(load(name), await the_event(slack, receiver, "message", "bot_message")) == []


@pytest.mark.parametrize("name", recorded("event_callback-reaction_added"))
async def test_a_reaction_is_like_recorded_ones(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    message = slack.hands.write("carmen", "ayuda", "hola")
    slack.hands.react("john", "ayuda", message.ts, "ticket")

    recorded_one = load(name)
    recorded_one["event"]["item"].pop("channel_type", None)  # only in old ones
    assert differences(recorded_one, await the_event(slack, receiver, "reaction_added")) == []


@pytest.mark.parametrize("name", recorded("event_callback-member_joined_channel"))
async def test_somebody_who_joins_is_like_recorded_ones(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    slack.hands.invite("soporte-eva", "soporte", "john")

    assert differences(load(name), await the_event(slack, receiver, "member_joined_channel")) == []


@pytest.mark.parametrize("name", recorded("event_callback-member_left_channel"))
async def test_somebody_who_leaves_is_like_recorded_ones(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    slack.hands.leave("john", "ayuda")

    assert differences(load(name), await the_event(slack, receiver, "member_left_channel")) == []


@pytest.mark.parametrize("name", recorded("event_callback-app_home_opened"))
async def test_an_opened_home_is_like_a_recorded_one(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    slack.hands.open_home("soporte-eva", tab="messages")

    recorded_one = load(name)
    recorded_one["authorizations"][0]["team_id"] = "T111"  # null only in organisations
    assert differences(recorded_one, await the_event(slack, receiver, "app_home_opened")) == []


@pytest.mark.parametrize("kind", ["tokens_revoked", "app_uninstalled"])
async def test_the_end_of_an_installation_is_like_recorded_ones(
    slack: LocalSlack, receiver: Receiver, client: AsyncWebClient, kind: str
) -> None:
    await client.auth_revoke()

    envelope = await the_event(slack, receiver, kind)

    for name in recorded(f"event_callback-{kind}"):
        assert differences(load(name), envelope) == []


@pytest.mark.parametrize("name", recorded("block_actions-block_actions"))
async def test_a_pressed_button_is_like_recorded_ones(
    slack: LocalSlack, receiver: Receiver, client: AsyncWebClient, name: str
) -> None:
    user = slack.workspace.person("carmen").id
    blocks = [{"type": "actions", "block_id": "b", "elements": [BUTTON]}]
    shown = await client.chat_postEphemeral(
        channel=slack.workspace.channel_named("ayuda").id, user=user, text="x", blocks=blocks
    )

    seen = await slack.hands.press("carmen", "a", channel="ayuda", ts=str(shown["message_ts"]))

    assert seen.answered
    [payload] = receiver.interactions("block_actions")
    assert differences(load(name), payload) == []


async def test_a_modal_from_opening_to_closing_is_like_recorded_ones(
    slack: LocalSlack, receiver: Receiver, client: AsyncWebClient
) -> None:
    await slack.hands.shortcut("carmen", "new_ticket")
    [shortcut] = receiver.interactions("shortcut")
    await client.views_open(trigger_id=shortcut["trigger_id"], view=MODAL)
    await slack.hands.suggest("carmen", "es_a", "search word")
    await slack.hands.submit("carmen", {"maBWU": "test"})
    await slack.hands.shortcut("carmen", "new_ticket")
    await client.views_open(trigger_id=receiver.interactions("shortcut")[-1]["trigger_id"], view=MODAL)
    await slack.hands.close("carmen")

    for kind in ("shortcut-shortcut", "block_suggestion-block_suggestion", "view_closed-view_closed"):
        for name in recorded(kind):
            assert differences(load(name), receiver.interactions(kind.partition("-")[0])[0]) == [], name
    for name in recorded("view_submission-view_submission"):
        [payload] = receiver.interactions("view_submission")
        payload["response_urls"] = payload["response_urls"] or load(name)["response_urls"]  # ours asked for none
        assert differences(load(name), payload) == [], name
    assert payload["view"]["state"]["values"]["hspI"]["maBWU"] == {"type": "plain_text_input", "value": "test"}


@pytest.mark.parametrize("name", recorded("message_action-message_action"))
async def test_a_shortcut_of_a_message_is_like_a_recorded_one(slack: LocalSlack, receiver: Receiver, name: str) -> None:
    message = slack.hands.write("carmen", "ayuda", "@john test")
    await slack.hands.shortcut("soporte-eva", "create_ticket", channel="ayuda", ts=message.ts)

    [payload] = receiver.interactions("message_action")
    assert differences(load(name), payload) == []


async def test_a_slash_command_is_like_a_recorded_one(slack: LocalSlack, receiver: Receiver) -> None:
    path = FOLDER / "form-slash_command-slash_command_body.form"
    if not path.exists():
        pytest.skip("no recorded Slack payloads here: VENTANILLA_SLACK_PAYLOADS names their folder")
    await slack.hands.command("carmen", "ayuda", "/ticket Hi")

    assert differences(dict(parse_qsl(path.read_text())), receiver.received[-1].payload) == []


async def test_the_check_of_an_address_is_like_a_recorded_one(slack: LocalSlack, receiver: Receiver) -> None:
    [name] = recorded("url_verification-url_verification")
    assert await slack.set_request_url(receiver.url)

    assert differences(load(name), receiver.received[-1].payload) == []


async def test_a_difference_is_seen(slack: LocalSlack) -> None:
    assert differences({"a": {"b": 1}}, {"a": {}}) == [".a.b: missing"]
    assert differences({"a": [{"b": 1}]}, {"a": [{"b": "1"}]}) == [".a[0].b: int, ours str"]


async def test_every_recorded_kind_that_we_imitate_is_compared() -> None:
    not_imitated = {"dialog_cancellation", "dialog_submission", "dialog_suggestion", "interactive_message"}
    not_imitated |= {"workflow_step_edit", "event_callback-function_executed", "event_callback-team_access_granted"}
    kinds = {path.name.partition("--")[0] for path in FOLDER.glob("*.json")}
    compared = {
        *(f"event_callback-{kind}" for kind in ("message", "app_mention", "message.file_share")),
        *(f"event_callback-message.{kind}" for kind in ("message_changed", "thread_broadcast", "bot_message")),
        *(f"event_callback-{kind}" for kind in ("reaction_added", "member_joined_channel", "member_left_channel")),
        *(f"event_callback-{kind}" for kind in ("app_home_opened", "tokens_revoked", "app_uninstalled")),
        *(f"{kind}-{kind}" for kind in ("block_actions", "block_suggestion", "view_closed", "view_submission")),
        *(f"{kind}-{kind}" for kind in ("shortcut", "message_action", "url_verification")),
    }
    left = {kind for kind in kinds if kind not in compared and kind not in not_imitated}
    assert {kind for kind in left if kind.partition("-")[0] not in not_imitated} == set()

"""Buttons, selects, modals, Homes, commands, shortcuts: a person's hands and a real bolt app, over both ways."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError

from tests.integration.devstack.slack.receiver import Received, Receiver
from tests.support.polling import eventually
from tests.support.slack import bolt_app, client_for, socket_mode
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.server import LocalSlack


def text(words: str) -> dict[str, str]:
    return {"type": "plain_text", "text": words}


def field(name: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": name, "label": text(name), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "m",
        "title": text("T"),
        "submit": text("S"),
        "blocks": list(blocks),
        **more,
    }


NAME = field("name", {"type": "plain_text_input", "action_id": "name_input"})
BUTTONS = {
    "type": "actions",
    "block_id": "buttons",
    "elements": [
        {"type": "button", "action_id": "open", "value": "7", "text": text("Open")},
        {"type": "overflow", "action_id": "more", "options": [{"text": text("Spam"), "value": "spam"}]},
        {
            "type": "static_select",
            "action_id": "pick",
            "options": [{"text": text("One"), "value": "1"}, {"text": text("Two"), "value": "2"}],
        },
    ],
}


class Bolt:
    """A bolt app in a workspace, and the one way in which events reach it."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack
        self.app: AsyncApp = bolt_app(slack)
        self.heard: list[dict[str, Any]] = []

    async def dispatch(self, received: Received) -> web.Response:
        answer = await self.app.async_dispatch(
            AsyncBoltRequest(body=received.body.decode(), headers={**received.headers})
        )
        content_type = (answer.headers.get("content-type") or ["text/plain"])[0].partition(";")[0]
        return web.Response(status=answer.status, text=answer.body, content_type=content_type)

    async def post(self, *blocks: dict[str, Any]) -> str:
        place = self.slack.workspace.channel_named("ayuda").id
        return str(
            (await client_for(self.slack).chat_postMessage(channel=place, text="card", blocks=list(blocks)))["ts"]
        )


@pytest.fixture(params=["socket", "http"])
async def bolt(request: pytest.FixtureRequest) -> AsyncIterator[Bolt]:
    """A bolt app over Socket Mode, and the same over HTTP."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(LocalSlack(retry_factor=0.001))
        made = Bolt(slack)
        if request.param == "socket":
            await stack.enter_async_context(socket_mode(slack, made.app))
        else:
            receiver = await stack.enter_async_context(Receiver())
            receiver.answer = made.dispatch
            assert await slack.set_request_url(receiver.url)
        yield made


def opens(bolt: Bolt, view: dict[str, Any]) -> None:
    @bolt.app.action("open")
    async def open_it(ack: Any, body: dict[str, Any], client: Any) -> None:
        bolt.heard.append(body)
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)


async def opened(bolt: Bolt, view: dict[str, Any], user: str = "carmen") -> None:
    opens(bolt, view)
    ts = await bolt.post(BUTTONS)
    assert (await bolt.slack.hands.press(user, "open", channel="ayuda", ts=ts)).answered
    await eventually(lambda: bolt.slack.hands.modals(user))


async def test_a_button_opens_a_modal_that_is_filled_and_submitted(bolt: Bolt) -> None:
    await opened(bolt, modal(NAME))

    @bolt.app.view("m")
    async def take(ack: Any, view: dict[str, Any]) -> None:
        bolt.heard.append(view)
        await ack()

    seen = await bolt.slack.hands.submit("carmen", {"name_input": "Ana"})

    assert (seen.answered, seen.problem, seen.modal) == (True, "", None)
    assert bolt.heard[-1]["state"]["values"]["name"]["name_input"]["value"] == "Ana"
    assert bolt.heard[0]["actions"][0]["value"] == "7"


async def test_errors_of_the_app_stand_beside_the_input_and_the_text_stays(bolt: Bolt) -> None:
    await opened(bolt, modal(NAME))

    @bolt.app.view("m")
    async def take(ack: Any, view: dict[str, Any]) -> None:
        bolt.heard.append(view)
        await ack(response_action="errors", errors={"name": "Too short"})

    empty = await bolt.slack.hands.submit("carmen")
    assert "required" in empty.errors["name"]
    assert len(bolt.heard) == 1, "the app is not asked before the form is complete"
    seen = await bolt.slack.hands.submit("carmen", {"name_input": "A"})

    assert seen.errors == {"name": "Too short"}
    [view] = bolt.slack.hands.modals("carmen")
    assert view.values["name"]["name_input"]["value"] == "A"


async def test_an_answer_may_update_push_and_clear(bolt: Bolt) -> None:
    await opened(bolt, modal(NAME))
    answers = [
        {"response_action": "update", "view": modal(NAME, title=text("Second"))},
        {"response_action": "push", "view": modal(NAME, title=text("Third"))},
        {"response_action": "clear"},
    ]

    @bolt.app.view("m")
    async def take(ack: Any) -> None:
        await ack(**answers.pop(0))

    titles = []
    for _ in range(3):
        seen = await bolt.slack.hands.submit("carmen", {"name_input": "x"})
        titles.append(seen.modal.body["title"]["text"] if seen.modal else None)

    assert titles == ["Second", "Third", None]
    assert bolt.slack.hands.modals("carmen") == []


async def test_an_unusable_answer_is_a_problem_that_the_person_sees(bolt: Bolt) -> None:
    await opened(bolt, modal(NAME))

    @bolt.app.view("m")
    async def take(ack: Any) -> None:
        await ack(response_action="errors", errors={"no_such_block": "x"})

    seen = await bolt.slack.hands.submit("carmen", {"name_input": "x"})

    assert "invalid_errors" in seen.problem
    assert len(bolt.slack.hands.modals("carmen")) == 1


async def test_a_modal_is_updated_while_it_is_open_and_what_was_typed_stays(bolt: Bolt) -> None:
    await opened(bolt, modal(NAME, external_id="mine"))
    client = client_for(bolt.slack)
    [view] = bolt.slack.hands.modals("carmen")
    bolt.slack.hands.fill("carmen", {"name_input": "half a sen"})
    first_hash = view.hash

    changed = modal(NAME, {"type": "section", "text": text("now with data")}, external_id="mine")
    answer = await client.views_update(external_id="mine", view=changed, hash=first_hash)

    assert answer["view"]["id"] == view.id
    assert answer["view"]["state"]["values"]["name"]["name_input"]["value"] == "half a sen"
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=view.id, view=changed, hash=first_hash)
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id="V0", view=changed)


async def test_whoever_closes_is_told_of_if_the_app_wants_it(bolt: Bolt) -> None:
    await opened(bolt, modal(NAME, notify_on_close=True))

    @bolt.app.view_closed("m")
    async def closed(ack: Any, body: dict[str, Any]) -> None:
        bolt.heard.append(body)
        await ack()

    assert (await bolt.slack.hands.close("carmen", all_of_them=True)).answered

    assert bolt.heard[-1]["is_cleared"] is True
    with pytest.raises(Refused, match="no_modal"):
        await bolt.slack.hands.close("carmen")


async def test_menus_and_selects_in_a_message_tell_the_app(bolt: Bolt) -> None:
    @bolt.app.action({"block_id": "buttons"})
    async def hear(ack: Any, action: dict[str, Any], body: dict[str, Any]) -> None:
        bolt.heard.append({**action, "state": body["state"]})
        await ack()

    ts = await bolt.post(BUTTONS)
    await bolt.slack.hands.press("carmen", "more", channel="ayuda", ts=ts, value="spam")
    await bolt.slack.hands.choose("carmen", "pick", "2", channel="ayuda", ts=ts)

    assert bolt.heard[0]["selected_option"]["value"] == "spam"
    assert bolt.heard[1]["selected_option"]["value"] == "2"
    assert bolt.heard[1]["state"]["values"]["buttons"]["pick"]["selected_option"]["value"] == "2"
    with pytest.raises(Refused, match="no_such_option"):
        await bolt.slack.hands.choose("carmen", "pick", "3", channel="ayuda", ts=ts)
    with pytest.raises(Refused, match="no_such_element"):
        await bolt.slack.hands.press("carmen", "nothing", channel="ayuda", ts=ts)


async def test_an_external_select_offers_what_the_app_answers(bolt: Bolt) -> None:
    await opened(bolt, modal(field("merge", {"type": "external_select", "action_id": "ticket"})))

    @bolt.app.options("ticket")
    async def offer(ack: Any, payload: dict[str, Any]) -> None:
        await ack(options=[{"text": text(f"#{payload['value']}"), "value": payload["value"]}])

    @bolt.app.view("m")
    async def take(ack: Any, view: dict[str, Any]) -> None:
        bolt.heard.append(view)
        await ack()

    seen = await bolt.slack.hands.suggest("carmen", "ticket", "4711")
    assert [option["value"] for option in seen.options] == ["4711"]
    await bolt.slack.hands.submit("carmen", {"ticket": "4711"})

    assert bolt.heard[-1]["state"]["values"]["merge"]["ticket"]["selected_option"]["value"] == "4711"


async def test_a_home_is_published_for_whoever_opens_it(bolt: Bolt) -> None:
    @bolt.app.event("app_home_opened")
    async def show(event: dict[str, Any], client: Any) -> None:
        bolt.heard.append(event)
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [BUTTONS]})

    opens(bolt, modal(NAME))
    hands = bolt.slack.hands

    assert hands.open_home("soporte-eva") is None
    home = await eventually(lambda: hands.home("soporte-eva"))
    assert hands.home("soporte-tom") is None
    hands.open_home("soporte-eva")
    await eventually(lambda: len(bolt.heard) == 2)
    assert bolt.heard[1]["view"]["id"] == home.id
    assert (await hands.press("soporte-eva", "open", view=home.id)).answered
    await eventually(lambda: hands.modals("soporte-eva"))
    assert bolt.heard[-1]["container"] == {"type": "view", "view_id": home.id}


async def test_a_command_is_answered_in_the_ack_and_later(bolt: Bolt) -> None:
    @bolt.app.command("/ticket")
    async def take(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        bolt.heard.append(command)
        await ack(f"got {command['text']}")
        await respond("later", response_type="in_channel")

    seen = await bolt.slack.hands.command("carmen", "ayuda", "/ticket it burns")

    assert (seen.answered, seen.problem) == (True, "")
    await eventually(lambda: len(bolt.slack.hands.messages("carmen", "ayuda")) == 2)
    by_text = {each["text"]: each for each in bolt.slack.hands.messages("carmen", "ayuda")}
    assert by_text["got it burns"]["is_ephemeral"] is True
    assert by_text["later"]["subtype"] == "bot_message"
    assert [each["text"] for each in bolt.slack.hands.messages("john", "ayuda")] == ["later"]
    with pytest.raises(Refused, match="unknown_command"):
        await bolt.slack.hands.command("carmen", "ayuda", "/nothing")


async def test_a_message_that_was_acted_on_is_replaced_and_deleted(bolt: Bolt) -> None:
    @bolt.app.action("open")
    async def act(ack: Any, respond: Any) -> None:
        await ack()
        await respond("done", replace_original=True)

    ts = await bolt.post(BUTTONS)
    await bolt.slack.hands.press("carmen", "open", channel="ayuda", ts=ts)

    await eventually(lambda: bolt.slack.hands.messages("carmen", "ayuda")[0]["text"] == "done")
    assert "blocks" not in bolt.slack.hands.messages("carmen", "ayuda")[0]


async def test_shortcuts_reach_the_app(bolt: Bolt) -> None:
    @bolt.app.shortcut("create_ticket")
    async def of_message(ack: Any, body: dict[str, Any]) -> None:
        bolt.heard.append(body)
        await ack()

    @bolt.app.shortcut("new_ticket")
    async def anywhere(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(NAME))

    message = bolt.slack.hands.write("carmen", "ayuda", "it burns")
    await bolt.slack.hands.shortcut("soporte-eva", "create_ticket", channel="ayuda", ts=message.ts)
    await bolt.slack.hands.shortcut("carmen", "new_ticket")

    assert bolt.heard[0]["message"]["text"] == "it burns"
    await eventually(lambda: bolt.slack.hands.modals("carmen"))


async def test_an_app_that_says_nothing_did_not_respond() -> None:
    async with LocalSlack(ack_seconds=0.1) as slack:
        bolt = Bolt(slack)

        @bolt.app.action("open")
        async def forget(body: dict[str, Any]) -> None:
            bolt.heard.append(body)

        async with socket_mode(slack, bolt.app):
            ts = await bolt.post(BUTTONS)
            seen = await slack.hands.press("carmen", "open", channel="ayuda", ts=ts)
        assert (seen.answered, seen.problem) == (False, "operation_timeout")
        ts = await bolt.post(BUTTONS)
        seen = await slack.hands.press("carmen", "open", channel="ayuda", ts=ts)
        assert (seen.answered, seen.problem) == (False, "dispatch_failed")

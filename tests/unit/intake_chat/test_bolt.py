"""Slack's own framework between the doors and the registry: recorded payloads of its own tests, over both doors."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from intake_chat.adapters.slack.interactions import Bolt
from intake_chat.domain.slack.interactions import Json
from intake_chat.domain.slack.payloads import interaction_of
from tests.integration.devstack.slack.recorded import load


class Heard:
    """Stands where `Interactions` does: notes what comes, and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Json]] = []
        self.answer: Json | None = None
        self.options: list[Json] = []

    async def pressed(self, body: Json) -> None:
        self.heard.append(("press", body))

    async def shortcut(self, body: Json) -> None:
        self.heard.append(("shortcut", body))

    async def submitted(self, body: Json) -> Json | None:
        self.heard.append(("submission", body))
        return self.answer

    async def asked(self, body: Json) -> list[Json]:
        self.heard.append(("options", body))
        return self.options

    async def commanded(self, body: Json) -> Json | None:
        self.heard.append(("command", body))
        return self.answer


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(params=["socket mode", "http"])
def ask(request: pytest.FixtureRequest, heard: Heard) -> Callable[..., Any]:
    """Gives a payload to bolt by one of the doors; returns what Slack hears."""
    bolt = Bolt(heard)  # type: ignore[arg-type]  # a stand-in

    async def socket(payload: Json, kind: str = "interactive") -> Any:
        return await bolt.by_socket(SocketModeRequest(kind, "1", payload))

    async def http(payload: Json, kind: str = "interactive") -> Any:
        form = payload if kind == "slash_commands" else {"payload": orjson.dumps(payload).decode()}
        payload = interaction_of(urlencode(form).encode())
        assert payload is not None
        answer = await bolt.by_http(payload)
        assert answer.status_code == 200
        return orjson.loads(answer.body) if answer.body else None

    return http if request.param == "http" else socket


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("block_actions-block_actions--authorize-block_actions_body-1.json", "press"),
        ("block_actions-block_actions--error_handler-body-1.json", "press"),
        ("block_suggestion-block_suggestion--block_suggestion-body-1.json", "options"),
        ("view_submission-view_submission--view_submission-body-1.json", "submission"),
        ("view_submission-view_submission--view_submission-response_url_payload_body-2.json", "submission"),
        ("message_action-message_action--app_using_methods_in_class-payload-1.json", "shortcut"),
        ("shortcut-shortcut--listener_middleware-body-1.json", "shortcut"),
    ],
)
async def test_each_recorded_payload_comes_to_where_it_belongs(
    name: str, kind: str, ask: Callable[..., Any], heard: Heard
) -> None:
    payload = load(name)

    await ask(payload)

    assert [one for one, _ in heard.heard] == [kind]
    assert heard.heard[0][1]["user"] == payload["user"]


async def test_a_closed_dialog_is_acknowledged_and_nothing_else(ask: Callable[..., Any], heard: Heard) -> None:
    assert await ask(load("view_closed-view_closed--view_closed-body-1.json")) is None
    assert heard.heard == []


async def test_a_command_comes_as_the_form_that_it_is(ask: Callable[..., Any], heard: Heard) -> None:
    heard.answer = {"response_type": "ephemeral", "text": "hola"}
    form = {"command": "/desk", "text": "mine", "team_id": "T1", "user_id": "U1", "trigger_id": "1"}

    answer = await ask(form, "slash_commands")

    assert answer == heard.answer
    assert heard.heard[0][1]["text"] == "mine"


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"words": "No se ha podido guardar"}},
        {"response_action": "update", "view": {"type": "modal", "blocks": []}},
        {"response_action": "clear"},
        None,
    ],
)
async def test_what_is_answered_is_what_slack_hears(answer: Json | None, ask: Callable[..., Any], heard: Heard) -> None:
    heard.answer = answer
    view = {"id": "V1", "type": "modal", "callback_id": "compose", "state": {"values": {}}}
    body = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": view}

    assert await ask(body) == answer


@pytest.mark.parametrize("options", [[], [{"value": "a"}], [{"label": "x", "options": [{"value": "a"}]}]])
async def test_options_and_groups_of_them(options: list[Json], ask: Callable[..., Any], heard: Heard) -> None:
    heard.options = options
    body = {"type": "block_suggestion", "action_id": "find", "block_id": "b", "value": "x", "user": {"id": "U1"}}

    answer = await ask({**body, "team": {"id": "T1"}})

    assert answer == {"option_groups" if options and "options" in options[0] else "options": options}

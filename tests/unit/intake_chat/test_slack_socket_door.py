"""The socket's door: what Slack says no to is told once and tried ever more seldom, without a page of log each time."""

import asyncio
import itertools
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from intake_chat.adapters.slack import socket_door
from intake_chat.adapters.slack.socket_door import SocketDoor


def refusal(code: str) -> SlackApiError:
    data: dict[str, Any] = {"ok": False, "error": code}
    response = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=data, headers={}, status_code=200
    )
    return SlackApiError("refused", response)


class Web:
    """Slack's Web API, which answers one thing after the other."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def apps_connections_open(self, *, app_token: str) -> dict[str, str]:
        self.calls += 1
        if (error := self.answers.pop(0)) is not None:
            raise error
        return {"url": "wss://slack.example/1"}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is waited for, without waiting."""
    waited: list[float] = []

    class Sleepless:
        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        @staticmethod
        async def sleep(seconds: float) -> None:
            waited.append(seconds)

    monkeypatch.setattr(socket_door, "asyncio", Sleepless())
    return waited


def door(web: Web) -> SocketDoor:
    parts: Any = {"web": web, "accept": None, "interact": None}
    return SocketDoor(app_token="xapp-1", **parts)


async def test_a_refused_token_is_told_and_tried_ever_more_seldom(pauses: list[float]) -> None:
    web = Web(*[refusal("invalid_auth")] * 9, None)
    opened = door(web)
    problem: list[str | None] = []
    note = opened._note
    opened._note = lambda code: (note(code), problem.append(opened.problem()))  # type: ignore[assignment, func-returns-value]  # it tells what probes see

    assert await opened.new_address() == "wss://slack.example/1"
    assert web.calls == 10
    assert all("set INTAKE_CHAT_SLACK_APP_TOKEN" in str(one) for one in problem)
    assert opened.problem() == "not connected to Slack"
    assert all(later >= earlier * 0.6 for earlier, later in itertools.pairwise(pauses))
    assert min(pauses[-3:]) >= 45


@pytest.mark.parametrize(
    "error", [aiohttp.ClientConnectionError(), TimeoutError(), refusal("internal_error")], ids=repr
)
async def test_a_slack_that_is_away_is_no_refused_token(error: Exception, pauses: list[float]) -> None:
    opened = door(Web(error, error, None))
    await opened.new_address()

    assert opened.problem() == "not connected to Slack"
    assert len(pauses) == 2


async def test_an_address_is_good_for_one_connection_and_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's client would knock at an address that was used up, for ever."""
    now = [100.0]
    monkeypatch.setattr(socket_door.time, "monotonic", lambda: now[0])
    client = socket_door._Client(app_token="xapp-1")
    try:
        client.wss_uri = "wss://slack.example/1"
        assert client.wss_uri == "wss://slack.example/1"
        now[0] += socket_door._PING_SECONDS
        assert client.wss_uri is None
    finally:
        monkeypatch.undo()
        await client.aiohttp_client_session.close()
        client.message_processor.cancel()


async def test_connections_that_do_not_hold_wait_ever_longer_and_one_that_held_does_not(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(socket_door.time, "monotonic", lambda: now[0])
    opened = door(Web(*[None] * 6))
    for _ in range(5):  # Slack takes the token, and lets nobody in
        await opened.new_address()
    assert len(pauses) == 4
    assert pauses[-1] > 10
    pauses.clear()
    opened.told({"type": "hello"})
    now[0] += 60
    await opened.new_address()

    assert pauses == []


async def test_a_socket_mode_that_was_switched_off_says_so_until_it_is_on_again() -> None:
    opened = door(Web())
    opened.told({"type": "disconnect", "reason": "refresh_requested"})
    assert opened.problem() == "not connected to Slack"
    opened.told({"type": "disconnect", "reason": "link_disabled"})
    assert "Enable Socket Mode" in str(opened.problem())
    opened.told({"type": "hello"})

    assert opened.problem() == "not connected to Slack"

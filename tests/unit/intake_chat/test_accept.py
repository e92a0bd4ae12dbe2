"""What Slack tells is durable before Slack hears so, and only what is said in our own workspace."""

from typing import Any

import orjson
import pytest

from intake_chat import metrics
from intake_chat.handlers.customers.accept import Home, accept


class Publisher:
    def __init__(self) -> None:
        self.stored: list[Any] = []

    async def publish(self, message: Any) -> None:
        self.stored.append(message)


async def taken_in(envelope: dict[str, Any], home: Home) -> int:
    publisher: Any = Publisher()
    await accept(
        orjson.dumps(envelope), envelope, "http", publisher=publisher, prefix="desk", deadline_seconds=1, home=home
    )
    return len(publisher.stored)


def event(**more: Any) -> dict[str, Any]:
    said = {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "text": "hola", "ts": "10.000001"}
    return {"type": "event_callback", "team_id": "T2", "event": said, **more}


async def test_what_another_workspace_hears_is_let_go_and_counted() -> None:
    before = metrics.ACCEPTED.labels("foreign")._value.get()

    assert await taken_in(event(), Home("T1")) == 0
    assert await taken_in(event(authorizations=[{"team_id": "T2"}]), Home("T1")) == 0
    assert metrics.ACCEPTED.labels("foreign")._value.get() == before + 2


async def test_what_a_partner_says_in_a_shared_channel_is_taken_in() -> None:
    assert await taken_in(event(context_team_id="T1", authorizations=[{"team_id": "T1"}]), Home("T1")) == 1


@pytest.mark.parametrize("home", [Home(), Home("T2")])
async def test_what_is_our_own_or_cannot_be_told_yet_is_taken_in(home: Home) -> None:
    assert await taken_in(event(), home) == 1


async def test_what_somebody_of_a_partner_asks_for_by_a_command_is_ours() -> None:
    asked = {"type": "ventanilla_request", "team_id": "T2", "id": "1", "user": "U1", "text": "hola", "at": "10.000001"}

    assert await taken_in(asked, Home("T1")) == 1

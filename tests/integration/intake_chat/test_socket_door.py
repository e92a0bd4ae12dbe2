"""The socket's door at a Slack that gives an address and lets nobody in, or sends everybody away again."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from intake_chat.adapters.slack import socket_door
from intake_chat.adapters.slack.socket_door import SocketDoor
from tests.support.polling import eventually
from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack


class Behind:
    """Notes what comes in."""

    def __init__(self) -> None:
        self.heard: list[Mapping[str, Any]] = []

    async def accept(self, _body: bytes, envelope: Mapping[str, Any], _door: str) -> None:
        self.heard.append(envelope)

    async def interact(self, _request: Any) -> None:
        return None


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_door, "_PING_SECONDS", 0.2)
    monkeypatch.setattr(socket_door, "_ADDRESS_SECONDS", 0.15)
    monkeypatch.setattr(socket_door, "_PAUSES_SECONDS", (0.02, 0.05, 0.1, 0.3))


@asynccontextmanager
async def opened(slack: LocalSlack, behind: Behind) -> AsyncIterator[SocketDoor]:
    door = SocketDoor(
        app_token=slack.app.app_token, web=client_for(slack), accept=behind.accept, interact=behind.interact
    )
    await door.open()
    try:
        yield door
    finally:
        await door.close()


def addresses(slack: LocalSlack) -> int:
    return len([one for one in slack.calls if one[0] == "apps.connections.open"])


async def test_an_address_that_lets_nobody_in_is_not_tried_for_ever(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with LocalSlack() as slack:
        redeem = slack.sockets._redeem
        shut = [True]
        monkeypatch.setattr(type(slack.sockets), "_redeem", lambda _self, one: None if shut[0] else redeem(one))
        behind = Behind()
        async with opened(slack, behind) as door:
            await eventually(lambda: addresses(slack) >= 2, 5)
            assert door.problem() == "not connected to Slack"
            shut[0] = False
            await eventually(lambda: door.problem() is None, 5)
            slack.hands.write("carmen", "ayuda", "hola")
            await eventually(lambda: behind.heard, 5)
    logged = "".join(capfd.readouterr())
    assert "slack.socket_failed" in logged
    assert "Traceback" not in logged
    assert "ticket=" not in logged, "who has the address may listen"


async def test_a_slack_that_sends_everybody_away_at_once_is_not_stormed() -> None:
    async with LocalSlack() as slack, opened(slack, Behind()) as door:
        await eventually(lambda: door.problem() is None, 5)
        before = addresses(slack)
        for _ in range(20):
            await slack.sockets.disable(slack.app.id)
            await eventually(lambda: slack.sockets.open_count(slack.app.id) > 0, 5)
            if addresses(slack) - before >= 5:
                break

        assert addresses(slack) - before <= 7
        await eventually(lambda: door.problem() is None, 5)  # it is on again, and says so


async def test_an_app_token_that_was_revoked_and_works_again_needs_no_restart() -> None:
    async with LocalSlack() as slack:
        behind = Behind()
        async with opened(slack, behind) as door:
            await eventually(lambda: door.problem() is None, 5)
            slack.app.app_token_revoked = True
            await slack.sockets.cut()
            await eventually(lambda: "token_revoked" in str(door.problem()), 5)
            slack.app.app_token_revoked = False
            await eventually(lambda: door.problem() is None, 5)
            slack.hands.write("carmen", "ayuda", "hola")
            await eventually(lambda: behind.heard, 5)


async def test_a_door_that_is_closed_answers_what_is_in_hand_first_and_opens_no_other_connection() -> None:
    async with LocalSlack() as slack:
        behind, stored = Behind(), asyncio.Event()
        taking = behind.accept

        async def accept(body: bytes, envelope: Mapping[str, Any], door: str) -> None:
            await taking(body, envelope, door)
            await stored.wait()

        behind.accept = accept  # type: ignore[method-assign]  # the broker takes its time
        async with opened(slack, behind) as door:
            await eventually(lambda: door.problem() is None, 5)
            slack.hands.write("carmen", "ayuda", "hola")
            await eventually(lambda: behind.heard, 5)
            before = addresses(slack)
            closing = asyncio.create_task(door.close())
            await asyncio.wait([closing], timeout=0.3)
            assert not closing.done(), "what is in hand has no answer yet"

            stored.set()
            await asyncio.wait_for(closing, 2)

            [delivery] = slack.courier.deliveries
            assert (delivery.acknowledged, delivery.attempts) == (True, 1)
            assert addresses(slack) == before
            assert slack.sockets.open_count(slack.app.id) == 0


async def test_a_door_does_not_wait_for_ever_for_what_is_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_door, "_ANSWERING_SECONDS", 0.2)
    async with LocalSlack() as slack:
        behind, never = Behind(), asyncio.Event()

        async def accept(_body: bytes, _envelope: Mapping[str, Any], _door: str) -> None:
            behind.heard.append({})
            await never.wait()

        behind.accept = accept  # type: ignore[method-assign]  # the broker is away
        async with opened(slack, behind) as door:
            await eventually(lambda: door.problem() is None, 5)
            slack.hands.write("carmen", "ayuda", "hola")
            await eventually(lambda: behind.heard, 5)
            await asyncio.wait_for(door.close(), 2)
            assert slack.sockets.open_count(slack.app.id) == 0
        never.set()

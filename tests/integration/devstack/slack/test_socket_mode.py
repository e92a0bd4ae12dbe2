"""Socket Mode on the wire, and a real bolt app over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.polling import eventually
from tests.support.slack import bolt_app, client_for, socket_mode
from ventanilla_devstack.slack.server import LocalSlack


@asynccontextmanager
async def opened(slack: LocalSlack) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare socket that acknowledges nothing by itself; its hello has been read."""
    answer = await AsyncWebClient(base_url=f"{slack.url}/api/").apps_connections_open(app_token=slack.app.app_token)
    async with aiohttp.ClientSession() as session, session.ws_connect(str(answer["url"])) as socket:
        hello = await socket.receive_json(timeout=5)
        assert hello["type"] == "hello"
        yield socket


async def test_a_connection_says_hello(slack: LocalSlack) -> None:
    answer = await AsyncWebClient(base_url=f"{slack.url}/api/").apps_connections_open(app_token=slack.app.app_token)
    async with aiohttp.ClientSession() as session, session.ws_connect(str(answer["url"])) as socket:
        hello = await socket.receive_json(timeout=5)

    assert hello["num_connections"] == 1
    assert hello["connection_info"] == {"app_id": slack.app.id}
    assert hello["debug_info"]["approximate_connection_time"] > 0


async def test_a_ticket_opens_one_connection(slack: LocalSlack) -> None:
    answer = await AsyncWebClient(base_url=f"{slack.url}/api/").apps_connections_open(app_token=slack.app.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(str(answer["url"])):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(str(answer["url"]))


async def test_a_ticket_is_good_for_half_a_minute() -> None:
    now = [1_700_000_000.0]
    async with LocalSlack(clock=lambda: now[0]) as slack:
        answer = await client_for(slack).apps_connections_open(app_token=slack.app.app_token)
        now[0] += 31
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(str(answer["url"]))


async def test_an_envelope_is_acknowledged_once_and_for_all(slack: LocalSlack) -> None:
    async with opened(slack) as socket:
        slack.hands.write("carmen", "ayuda", "hola")

        envelope = await socket.receive_json(timeout=5)
        await socket.send_json({"envelope_id": envelope["envelope_id"]})

        assert await slack.courier.settle()
    assert envelope["type"] == "events_api"
    assert envelope["accepts_response_payload"] is False
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    assert envelope["payload"]["event"]["text"] == "hola"
    assert slack.courier.deliveries[-1].acknowledged


async def test_what_is_not_acknowledged_comes_again_to_whoever_is_there() -> None:
    async with LocalSlack(ack_seconds=0.2, retry_factor=0.001) as slack, opened(slack) as first:
        slack.hands.write("carmen", "ayuda", "hola")
        envelope = await first.receive_json(timeout=5)
        again = await first.receive_json(timeout=5)
        await first.send_json({"envelope_id": again["envelope_id"]})

        assert await slack.courier.settle()
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        assert again["envelope_id"] != envelope["envelope_id"]
        assert again["payload"]["event_id"] == envelope["payload"]["event_id"]


async def test_an_event_is_lost_after_four_attempts() -> None:
    async with LocalSlack(ack_seconds=0.05, retry_factor=0.0001) as slack, opened(slack):
        slack.hands.write("carmen", "ayuda", "hola")
        assert await slack.courier.settle()

        [delivery] = slack.courier.deliveries
        assert (delivery.attempts, delivery.lost, delivery.reasons) == (4, True, ["timeout"] * 4)


async def test_a_cut_connection_does_not_make_anybody_wait(slack: LocalSlack) -> None:
    async with opened(slack) as first:
        slack.hands.write("carmen", "ayuda", "hola")
        await first.receive_json(timeout=5)
        async with opened(slack) as second:
            await first.close()
            envelope = await second.receive_json(timeout=2.5)  # less than the three seconds of an acknowledgement
            assert (envelope["retry_attempt"], envelope["retry_reason"]) == (1, "connection_failed")
            await second.send_json({"envelope_id": envelope["envelope_id"]})
            assert await slack.courier.settle()


async def test_without_a_connection_events_are_tried_and_lost(slack: LocalSlack) -> None:
    slack.hands.write("carmen", "ayuda", "hola")

    assert await slack.courier.settle()

    assert slack.courier.deliveries[-1].lost
    assert slack.workspace.channel_named("ayuda").messages, "history still has it"


async def test_the_eleventh_connection_is_sent_away(slack: LocalSlack) -> None:
    async with aiohttp.ClientSession() as session:
        kept = []
        for _ in range(10):
            answer = await client_for(slack).apps_connections_open(app_token=slack.app.app_token)
            kept.append(await session.ws_connect(str(answer["url"])))
        answer = await client_for(slack).apps_connections_open(app_token=slack.app.app_token)
        socket = await session.ws_connect(str(answer["url"]))

        said = await socket.receive_json(timeout=5)

        assert (said["type"], said["reason"]) == ("disconnect", "too_many_websockets")
        assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_each_event_goes_to_one_of_several_connections(slack: LocalSlack) -> None:
    heard: list[tuple[int, str]] = []

    async def listen(number: int, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            envelope = message.json()
            heard.append((number, envelope["payload"]["event"]["text"]))
            await socket.send_json({"envelope_id": envelope["envelope_id"]})

    async with opened(slack) as first, opened(slack) as second, asyncio.TaskGroup() as tasks:
        listeners = [tasks.create_task(listen(number, each)) for number, each in enumerate((first, second))]
        for number in range(40):
            slack.hands.write("carmen", "ayuda", str(number))
        assert await slack.courier.settle()
        for listener in listeners:
            listener.cancel()

    assert sorted(text for _, text in heard) == sorted(str(number) for number in range(40))
    assert {number for number, _ in heard} == {0, 1}


async def test_a_refresh_warns_and_then_closes() -> None:
    async with LocalSlack() as slack:
        slack.sockets.grace_seconds = 0.05
        async with opened(slack) as socket:
            await slack.sockets.refresh()

            reasons = [(await socket.receive_json(timeout=5))["reason"] for _ in range(2)]

            assert reasons == ["warning", "refresh_requested"]
            assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_sockets_can_be_cut_without_a_word(slack: LocalSlack) -> None:
    async with opened(slack) as socket:
        await slack.sockets.cut()

        gone = await socket.receive(timeout=5)

        assert gone.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        await eventually(lambda: slack.sockets.open_count(slack.app.id) == 0)


async def test_socket_mode_that_is_switched_off_says_so(slack: LocalSlack) -> None:
    async with opened(slack) as socket:
        await slack.sockets.disable(slack.app.id)

        assert (await socket.receive_json(timeout=5))["reason"] == "link_disabled"


async def test_a_bolt_app_hears_answers_and_reconnects_after_a_refresh(slack: LocalSlack) -> None:
    slack.sockets.grace_seconds = 0.05
    app = bolt_app(slack)
    heard: list[str] = []

    @app.event("message")
    async def hear(event: dict[str, Any], say: Any) -> None:
        heard.append(event.get("text", ""))
        if not event.get("bot_id"):
            await say(text="hola", thread_ts=event["ts"])

    dm = slack.hands.dm("carmen")
    async with socket_mode(slack, app):
        message = slack.hands.write("carmen", dm, "buenos días")
        await eventually(lambda: len(slack.hands.messages("carmen", dm, message.ts)) == 2)
        await slack.sockets.refresh()
        await eventually(lambda: slack.sockets.envelopes and slack.sockets.open_count(slack.app.id) == 1)
        slack.hands.write("carmen", dm, "otra vez")
        await eventually(lambda: "otra vez" in heard)

    assert heard.count("buenos días") == 1
    assert heard.count("hola") == 0, "bolt ignores what the app itself says"


async def test_an_invalid_app_token_is_refused_at_once(slack: LocalSlack) -> None:
    slack.app.app_token_revoked = True

    with pytest.raises(SlackApiError, match="token_revoked"):
        await client_for(slack).apps_connections_open(app_token=slack.app.app_token)

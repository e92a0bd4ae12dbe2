"""Events and interactions by HTTP: signatures, repetitions, and a real bolt app behind a request URL."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from tests.integration.devstack.slack.receiver import Received, Receiver, say_ok
from tests.support.polling import eventually
from ventanilla_devstack.slack.server import LocalSlack


async def test_every_request_is_signed(slack: LocalSlack, receiver: Receiver) -> None:
    verifier = SignatureVerifier(slack.app.signing_secret)
    slack.hands.write("carmen", "ayuda", "señal")
    assert await slack.courier.settle()
    await slack.hands.command("carmen", "ayuda", "/ticket ¿sí? & no")

    assert len(receiver.received) == 2
    for received in receiver.received:
        assert verifier.is_valid_request(received.body, received.headers)
        assert not verifier.is_valid_request(received.body + b"x", received.headers)
    assert receiver.received[1].payload["text"] == "¿sí? &amp; no"


async def test_an_event_that_fails_comes_again_with_its_number(slack: LocalSlack, receiver: Receiver) -> None:
    async def fail_twice(received: Received) -> web.Response:
        return web.Response(status=500 if len(receiver.received) < 3 else 200)

    receiver.answer = fail_twice
    slack.hands.write("carmen", "ayuda", "hola")
    assert await slack.courier.settle()

    numbers = [received.headers.get("x-slack-retry-num") for received in receiver.received]
    reasons = [received.headers.get("x-slack-retry-reason") for received in receiver.received]
    assert (numbers, reasons) == ([None, "1", "2"], [None, "http_error", "http_error"])
    assert len({received.payload["event_id"] for received in receiver.received}) == 1
    assert slack.courier.deliveries[-1].acknowledged


async def test_an_app_may_ask_not_to_be_tried_again(slack: LocalSlack, receiver: Receiver) -> None:
    async def refuse(_received: Received) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    receiver.answer = refuse
    slack.hands.write("carmen", "ayuda", "hola")
    assert await slack.courier.settle()

    assert len(receiver.received) == 1
    assert slack.courier.deliveries[-1].lost


async def test_a_slow_app_is_tried_again() -> None:
    async with LocalSlack(ack_seconds=0.1, retry_factor=0.001) as slack, Receiver() as receiver:
        released = asyncio.Event()

        async def be_slow(received: Received) -> web.Response:
            if len(receiver.received) == 1:
                await released.wait()
            return await say_ok(received)

        receiver.answer = be_slow
        slack.app.request_url = receiver.url
        slack.hands.write("carmen", "ayuda", "hola")
        assert await slack.courier.settle()
        released.set()

        assert receiver.received[1].headers["x-slack-retry-reason"] == "http_timeout"


async def test_an_app_that_is_not_there_is_a_failed_connection(slack: LocalSlack, receiver: Receiver) -> None:
    slack.app.request_url = "http://127.0.0.1:9/slack/events"
    slack.hands.write("carmen", "ayuda", "hola")
    assert await slack.courier.settle()

    assert slack.courier.deliveries[-1].reasons == ["connection_failed"] * 4


async def test_an_address_is_taken_only_if_it_answers_the_challenge(slack: LocalSlack, receiver: Receiver) -> None:
    async def say_nothing(_received: Received) -> web.Response:
        return web.Response(text="")

    async def say_json(received: Received) -> web.Response:
        return web.json_response({"challenge": received.payload["challenge"]})

    slack.app.request_url = ""
    receiver.answer = say_nothing
    assert not await slack.set_request_url(receiver.url)
    assert slack.app.request_url == ""
    receiver.answer = say_json
    assert await slack.set_request_url(receiver.url)
    assert slack.app.request_url == receiver.url


async def test_bots_own_messages_come_as_events_too(slack: LocalSlack, receiver: Receiver, client: Any) -> None:
    await client.chat_postMessage(channel=slack.workspace.channel_named("ayuda").id, text="from the app")
    assert await slack.courier.settle()

    [envelope] = receiver.events("message")
    assert envelope["event"]["bot_id"] == slack.app.bot_id
    assert envelope["event"]["user"] == slack.app.bot_user


async def test_an_app_hears_only_where_it_is_and_may(slack: LocalSlack, receiver: Receiver) -> None:
    slack.hands.create_channel("soporte-eva", "without-the-app")
    slack.hands.write("soporte-eva", "without-the-app", "x")
    slack.app.events.remove("message.channels")
    slack.hands.write("carmen", "ayuda", "x")
    slack.app.scopes.remove("groups:history")
    slack.hands.write("soporte-eva", "soporte", "x")
    assert await slack.courier.settle()

    assert receiver.events("message") == []


async def test_a_stranger_in_a_shared_channel_is_marked(slack: LocalSlack, receiver: Receiver) -> None:
    slack.hands.write("marta-socio", "socios", "hola")
    assert await slack.courier.settle()

    [envelope] = receiver.events("message")
    stranger = slack.workspace.person("marta-socio")
    assert envelope["is_ext_shared_channel"] is True
    assert envelope["team_id"] == stranger.team_id
    assert envelope["context_team_id"] == slack.workspace.home
    assert envelope["authorizations"][0]["team_id"] == slack.workspace.home
    assert envelope["event"]["user_team"] == stranger.team_id


async def test_events_of_a_file_and_of_people_are_told(slack: LocalSlack, receiver: Receiver) -> None:
    file = slack.hands.upload("carmen", "ayuda", "a.txt", b"hello", text="see")
    slack.hands.delete_file("carmen", file.id)
    slack.hands.invite("soporte-eva", "general", "marta-socio")
    slack.hands.add_person("nuevo", "Nuevo", "nuevo@ejemplo.example")
    slack.hands.rename("nuevo", "Otro Nombre")
    slack.hands.delete_user("nuevo")
    slack.hands.rename_channel("soporte", "soporte-2")
    slack.hands.archive("soporte-eva", "soporte-2")
    slack.hands.remove("ayuda", slack.app.bot_user)
    assert await slack.courier.settle()

    for kind in (
        "file_shared",
        "file_deleted",
        "team_join",
        "user_change",
        "group_rename",
        "group_archive",
        "channel_left",
    ):
        assert receiver.events(kind), kind
    assert receiver.events("channel_shared")
    assert [each["event"]["user"]["deleted"] for each in receiver.events("user_change")] == [False, True]


@pytest.mark.parametrize(("copies", "expected"), [("dropped_events", 0), ("doubled_events", 2)])
async def test_events_can_be_lost_or_doubled(slack: LocalSlack, receiver: Receiver, copies: str, expected: int) -> None:
    setattr(slack.faults, copies, 1)
    slack.hands.write("carmen", "ayuda", "first")
    slack.hands.write("carmen", "ayuda", "second")
    assert await slack.courier.settle()

    texts = [each["event"]["text"] for each in receiver.events("message")]
    assert (texts.count("first"), texts.count("second")) == (expected, 1)
    ids = [each["event_id"] for each in receiver.events("message") if each["event"]["text"] == "first"]
    assert len(set(ids)) <= 1, "a doubled event has one id"


async def test_events_can_be_held_back(slack: LocalSlack, receiver: Receiver) -> None:
    slack.faults.event_delay_seconds = 0.2
    slack.hands.write("carmen", "ayuda", "late")
    assert receiver.received == []

    await eventually(lambda: receiver.events("message"))

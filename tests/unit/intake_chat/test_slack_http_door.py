"""What knocks at the door of signed HTTP and is not Slack is refused, however it is written."""

import hmac
import json
import random
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from intake_chat import metrics
from intake_chat.adapters.slack.http_door import HttpDoor
from intake_chat.adapters.slack.interactions import Bolt

SECRET = "secret-of-a-test"  # of nothing
EVENT = orjson.dumps({"type": "event_callback", "event": {"type": "message"}})
JSON, FORM = b"application/json", b"application/x-www-form-urlencoded"
SLACKS = object()
PERSON = {"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}}


class Behind:
    """Notes what the door lets in."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def accept(self, body: bytes, _envelope: Mapping[str, Any], _door: str) -> None:
        self.heard.append(body)

    async def interact(self, payload: dict[str, Any]) -> Response:
        self.heard.append(orjson.dumps(payload))
        return PlainTextResponse("")


async def knock(
    behind: Behind,
    body: bytes = EVENT,
    *,
    timestamp: bytes | None = None,
    signature: Any = SLACKS,
    kind: bytes = JSON,
    interact: Any = None,
) -> Response:
    stamp = str(int(time.time())).encode() if timestamp is None else timestamp
    if signature is SLACKS:
        # As SignatureVerifier does it for bodies that are text; ours need not be.
        made = hmac.new(SECRET.encode(), b"v0:" + stamp + b":" + body, sha256).hexdigest()
        signature = f"v0={made}".encode()
    headers = [(b"content-type", kind), (b"x-slack-request-timestamp", stamp)]
    if signature is not None:
        headers.append((b"x-slack-signature", signature))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    door = HttpDoor(signing_secret=SECRET, accept=behind.accept, interact=interact or behind.interact)
    return await door.knock(Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive))


async def test_what_slack_has_signed_is_let_in() -> None:
    behind = Behind()

    assert (await knock(behind)).status_code == 200
    assert behind.heard == [EVENT]


@pytest.mark.parametrize(
    "forged",
    [
        {"signature": None},
        {"signature": b"v0=00"},
        {"signature": b"v0=\xff\xe9"},
        {"signature": b"v0=" + b"0" * 5_000},
        {"timestamp": b""},
        {"timestamp": b"abc"},
        {"timestamp": b"1e9"},
        {"timestamp": b"-1"},
        {"timestamp": b"1" * 5_000},
        {"timestamp": b"1355517523"},
        {"body": b"\xff\xfe{}", "signature": b"v0=00"},
    ],
    ids=lambda forged: " ".join(f"{name} {value[:8]!r}" if value else f"no {name}" for name, value in forged.items()),
)
async def test_whatever_is_not_signed_by_slack_just_now_is_refused_and_counted(forged: dict[str, Any]) -> None:
    behind, refused = Behind(), metrics.REFUSED.labels("signature")
    before = refused._value.get()

    answer = await knock(behind, **forged)

    assert answer.status_code == 401
    assert behind.heard == []
    assert refused._value.get() == before + 1


def form(payload: Any) -> bytes:
    return urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)}).encode()


SENSELESS: dict[str, tuple[bytes, bytes]] = {
    "payload=[]": (FORM, form([])),
    "payload=1": (FORM, form(1)),
    "payload=null": (FORM, form(None)),
    "payload={}": (FORM, form({})),
    "payload=": (FORM, b"payload="),
    "payload of no JSON": (FORM, form("{")),
    "payload of a NaN": (FORM, form('{"type": "block_actions", "x": "\\u00e9", "y": NaN}')),
    "payload twice": (FORM, form({"type": "block_actions"}) + b"&" + form({"type": "shortcut"})),
    "payload that names no type": (FORM, form({"type": ["block_actions"]})),
    "press of nothing": (FORM, form({"type": "block_actions", **PERSON, "actions": []})),
    "press of numbers": (FORM, form({"type": "block_actions", **PERSON, "actions": [1]})),
    "press without a name": (FORM, form({"type": "block_actions", **PERSON, "actions": [{"action_id": 7}]})),
    "press by a list": (FORM, form({"type": "block_actions", "user": [1], "actions": [{"action_id": "x"}]})),
    "submission of nothing": (FORM, form({"type": "view_submission", **PERSON})),
    "submission of a list": (FORM, form({"type": "view_submission", **PERSON, "view": []})),
    "submission without a name": (FORM, form({"type": "view_submission", **PERSON, "view": {"id": "V1"}})),
    "addresses that are numbers": (FORM, form({"type": "shortcut", "callback_id": "x", "response_urls": [1]})),
    "shortcut without a name": (FORM, form({"type": "shortcut", **PERSON})),
    "form without a payload": (FORM, b"a=1&b=2"),
    "command without its slash": (FORM, b"command=desk&text=x"),
    "command twice": (FORM, b"command=%2Fdesk&command=%2Fticket"),
    "a thousand fields": (FORM, b"&".join(b"f%d=1" % number for number in range(1_000))),
    "form of no UTF-8": (FORM, b"payload=%ff%fe"),
    "bytes of no UTF-8": (FORM, b"\xff\xfe=1"),
    "empty form": (FORM, b""),
    "JSON as a form": (FORM, EVENT),
    "form as JSON": (JSON, form({"type": "block_actions"})),
    "empty JSON": (JSON, b""),
    "JSON array": (JSON, b"[]"),
    "JSON number": (JSON, b"1"),
    "JSON object of nothing": (JSON, b"{}"),
    "JSON of no UTF-8": (JSON, b'{"type": "event_callback\xff"}'),
    "JSON nested deep": (JSON, b'{"type":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "JSON nested deep, with an escape": (JSON, b'{"t":"\\u00e9","type":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "event of nothing": (JSON, b'{"type": "event_callback"}'),
    "event that is a list": (JSON, b'{"type": "event_callback", "event": []}'),
    "event without a type": (JSON, b'{"type": "event_callback", "event": {"type": null}}'),
    "challenge of nothing": (JSON, b'{"type": "url_verification", "challenge": {}}'),
    "text": (b"text/plain", EVENT),
    "XML": (b"application/xml", b"<a/>"),
    "no content type": (b"", EVENT),
    "form in parts": (b"multipart/form-data; boundary=x", b"--x--"),
}


@pytest.mark.parametrize(("kind", "body"), SENSELESS.values(), ids=SENSELESS)
async def test_what_is_signed_and_makes_no_sense_is_told_so_counted_and_not_asked_for_again(
    kind: bytes, body: bytes
) -> None:
    behind, refused = Behind(), metrics.REFUSED.labels("malformed")
    before = refused._value.get()

    answer = await knock(behind, body, kind=kind)

    assert answer.status_code == 400
    assert len(bytes(answer.body).split()) > 3, "a sentence that says what it must be"
    assert answer.headers["x-slack-no-retry"] == "1"
    assert behind.heard == []
    assert refused._value.get() == before + 1


async def test_a_body_of_a_megabyte_is_too_large() -> None:
    behind = Behind()

    assert (await knock(behind, b'{"a": "' + b"x" * 1024 * 1024 + b'"}')).status_code == 413
    assert behind.heard == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"ssl_check=1&token=x"),
        (JSON, b'{"type": "app_rate_limited", "minute_rate_limited": 1}'),
        (b"Application/JSON; charset=utf-8", b'{"type": "a_kind_of_tomorrow"}'),
    ],
)
async def test_what_slack_may_send_and_nobody_needs_is_let_go(kind: bytes, body: bytes) -> None:
    behind = Behind()
    answer = await knock(behind, body, kind=kind)

    assert (answer.status_code, answer.body, behind.heard) == (200, b"", [])


async def test_half_a_character_in_an_event_costs_nobody_their_message() -> None:
    behind = Behind()
    whole = b'{"type": "event_callback", "event": {"type": "message", "text": "mal \\ud83d, se\\u00f1or"}}'

    assert (await knock(behind, whole)).status_code == 200
    [kept] = map(orjson.loads, behind.heard)
    assert kept["event"]["text"] == "mal ?, señor"


class Deaf:
    """Takes every interaction and does nothing."""

    async def pressed(self, _body: Any) -> None: ...
    async def shortcut(self, _body: Any) -> None: ...
    async def submitted(self, _body: Any) -> None: ...
    async def commanded(self, _body: Any) -> None: ...
    async def asked(self, _body: Any) -> list[Any]:
        return []


PARTS: tuple[Any, ...] = (None, 0, "", "x", [], [1], [{}], {}, {"id": "X"}, {"id": []}, True, "\ud800")
NAMES = (
    "type", "team", "user", "channel", "enterprise", "view", "message", "container", "actions", "action_id", "state",
    "callback_id", "response_url", "response_urls", "trigger_id", "event", "authorizations", "is_enterprise_install",
    "team_id", "user_id", "channel_id", "thread_ts", "function_data", "bot_access_token", "is_ext_shared_channel",
    "previous_message", "item", "assistant_thread", "enterprise_id", "function_execution_id", "command", "token",
)  # fmt: skip
KINDS = ("block_actions", "view_submission", "view_closed", "shortcut", "message_action", "block_suggestion",
         "interactive_message", "dialog_submission", "workflow_step_edit", "event_callback")  # fmt: skip


async def test_no_payload_of_any_shape_brings_the_door_down() -> None:
    """Three thousand of them, the same each time."""
    dice, answers = random.Random(4711), set()
    deaf: Any = Deaf()
    interact = Bolt(deaf).by_http
    for _ in range(3_000):
        payload: dict[str, Any] = {"type": dice.choice(KINDS), **PERSON, "actions": [{"action_id": "x"}]}
        payload |= {"view": {"id": "V1", "callback_id": "x"}, "callback_id": "x", "action_id": "x"}
        payload |= {name: dice.choice(PARTS) for name in dice.sample(NAMES, dice.randint(0, 4))}
        body = b"payload=" + quote(json.dumps(payload)).encode()
        answers.add((await knock(Behind(), body, kind=FORM, interact=interact)).status_code)

    assert answers == {200, 400}


async def test_only_what_slack_waits_for_is_timed() -> None:
    answered = metrics.DOOR_SECONDS.labels("http", "event", "answered")
    before = sum(bucket.get() for bucket in answered._buckets)

    await knock(Behind())
    await knock(Behind(), signature=None)

    assert sum(bucket.get() for bucket in answered._buckets) == before + 1

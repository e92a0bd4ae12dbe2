"""What knocks at the door of signed HTTP and is not Slack is refused, however it is written."""

import time
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from intake_chat import metrics
from intake_chat.adapters.slack.http_door import HttpDoor

SECRET = "secret-of-a-test"  # of nothing
EVENT = orjson.dumps({"type": "event_callback", "event": {}})
SLACKS = object()


class Behind:
    """Notes what the door lets in."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def accept(self, body: bytes, _envelope: Mapping[str, Any], _door: str) -> None:
        self.heard.append(body)

    async def interact(self, body: bytes, _headers: Mapping[str, str]) -> Response:
        self.heard.append(body)
        return PlainTextResponse("")


async def knock(
    behind: Behind, body: bytes = EVENT, *, timestamp: bytes | None = None, signature: Any = SLACKS
) -> Response:
    stamp = str(int(time.time())).encode() if timestamp is None else timestamp
    if signature is SLACKS:
        text = body.decode("latin-1") if timestamp is not None else body.decode()
        signature = str(SignatureVerifier(SECRET).generate_signature(timestamp=stamp.decode(), body=text)).encode()
    headers = [(b"content-type", b"application/json"), (b"x-slack-request-timestamp", stamp)]
    if signature is not None:
        headers.append((b"x-slack-signature", signature))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    door = HttpDoor(signing_secret=SECRET, accept=behind.accept, interact=behind.interact)
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

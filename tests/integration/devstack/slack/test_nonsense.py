"""Whatever a client sends, every method answers in Slack's form; nothing of it ends in a bug."""

from typing import Any

import aiohttp
import pytest

from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.slack.web_api.dispatch import METHODS

NAMES = (
    "channel", "channels", "channel_id", "users", "user", "user_id", "ts", "timestamp", "thread_ts", "message_ts",
    "text", "blocks", "attachments", "metadata", "view", "view_id", "external_id", "hash", "trigger_id", "limit",
    "cursor", "types", "oldest", "latest", "name", "file", "files", "filename", "length", "email", "bot", "team",
    "code", "file_ids",
)  # fmt: skip
TEXTS = ("", "x", "-1", "1e999", "{", "[]", "[1]", '{"a": 1}', "null", "\x00", "ñ" * 50)
VALUES: tuple[Any, ...] = (*TEXTS, 7, True, [], [{}], {"type": []})


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_no_argument_breaks_a_method(slack: LocalSlack, method: str) -> None:
    known = {
        "channel": slack.workspace.channel_named("ayuda").id,
        "ts": slack.hands.write("carmen", "ayuda", "x").ts,
        "client_id": slack.app.client_id,
        "client_secret": slack.app.client_secret,
    }
    token = slack.app.app_token if method.startswith("apps.") else slack.app.bot_token
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for value in VALUES:
            for given in (dict.fromkeys(NAMES, value), dict.fromkeys(NAMES, value) | known):
                async with session.post(f"{slack.url}/api/{method}", json=given) as answer:
                    body = await answer.json()
                assert answer.status == 200, (value, body)
                assert body["ok"] is True or isinstance(body["error"], str), (value, body)
                slack.app.revoked.clear()


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"\xff\xfe", "application/json", "invalid_json"),
        (b"x", "text/html", "invalid_post_type"),
    ],
)
async def test_a_body_that_is_none_has_an_error_of_its_own(
    slack: LocalSlack, body: bytes, content_type: str, error: str
) -> None:
    headers = {"Authorization": f"Bearer {slack.app.bot_token}", "Content-Type": content_type}
    address = f"{slack.url}/api/chat.postMessage"
    async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
        assert (await answer.json())["error"] == error


@pytest.mark.parametrize(
    "path", ["/?in=%00&as=x&thread=y", "/archives/x/y", "/files-pri/x/y", "/avatars/%3Cscript%3E", "/_page/x"]
)
async def test_an_address_that_leads_nowhere_is_no_bug(slack: LocalSlack, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{slack.url}{path}") as answer:
        assert answer.status in (200, 404)
        assert "<script>" not in await answer.text()

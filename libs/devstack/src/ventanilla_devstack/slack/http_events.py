"""Signed HTTP to an app's request URL: events, interactions, commands, and the check that the URL is the app's."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from ventanilla_devstack.slack.courier import Kind, Outcome
from ventanilla_devstack.slack.ids import new_secret
from ventanilla_devstack.slack.records import App, Json
from ventanilla_devstack.slack.signing import sign

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_ANSWER_BYTES = 512 * 1024
_REDIRECTS = 2
_USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


@dataclass(slots=True)
class HttpEvents:
    """The way to apps that have a request URL.

    Attributes:
        ack_seconds: how long an app may take to answer.
    """

    clock: Callable[[], float]
    ack_seconds: float = 3.0
    _session: aiohttp.ClientSession | None = field(default=None)

    async def deliver(self, app: App, kind: Kind, payload: Json, attempt: int, reason: str) -> Outcome:
        """One attempt; an answer other than 2xx, none within three seconds, or no connection is a failure."""
        headers = {}
        if attempt:
            headers = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason or "unknown_error"}
        if kind == "events_api":
            return await self._send(app, json.dumps(payload, ensure_ascii=False).encode(), _JSON, headers)
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload, ensure_ascii=False)}
        return await self._send(app, urlencode(form).encode(), _FORM, headers)

    async def verify(self, app: App) -> bool:
        """Whether the request URL answers the challenge: as text, as a form, or as JSON."""
        challenge = new_secret(size_bytes=26)
        asked = {"token": app.verification_token, "challenge": challenge, "type": "url_verification"}
        outcome = await self._send(app, json.dumps(asked).encode(), _JSON, {})
        answer = outcome.payload
        if isinstance(answer, dict):
            return bool(answer.get("challenge") == challenge)
        return outcome.answered and isinstance(answer, str) and answer.removeprefix("challenge=") == challenge

    async def stop(self) -> None:
        """Close the connections to apps."""
        if self._session is not None:
            await self._session.close()

    async def _send(self, app: App, body: bytes, content_type: str, more: dict[str, str]) -> Outcome:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        headers = {"Content-Type": content_type, "User-Agent": _USER_AGENT, "Accept": "*/*", **more}
        headers |= sign(app.signing_secret, int(self.clock()), body)
        try:
            async with (
                asyncio.timeout(self.ack_seconds),
                self._session.post(app.request_url, data=body, headers=headers, max_redirects=_REDIRECTS) as answer,
            ):
                content = await answer.content.read(_ANSWER_BYTES)
                if not 200 <= answer.status < 300:
                    return Outcome(answered=False, reason="http_error", final="X-Slack-No-Retry" in answer.headers)
                return Outcome(answered=True, payload=_parsed(content, answer.content_type))
        except TimeoutError:
            return Outcome(answered=False, reason="http_timeout")
        except aiohttp.TooManyRedirects:
            return Outcome(answered=False, reason="too_many_redirects")
        except aiohttp.ClientSSLError:
            return Outcome(answered=False, reason="ssl_error")
        except (aiohttp.ClientError, ValueError):
            return Outcome(answered=False, reason="connection_failed")


def _parsed(content: bytes, content_type: str) -> Any:
    text = content.decode(errors="replace")
    if not text:
        return None
    if "json" in content_type or text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text

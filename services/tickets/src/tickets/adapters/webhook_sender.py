"""Posts webhooks over HTTP. Follows no redirects, reads next to nothing of an answer, and never waits for long."""

import asyncio
import re
import ssl
import time
from contextlib import suppress
from typing import Final

import httpx

from tickets.domain.webhooks import Answer, Webhook, signed_headers, too_large

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 15.0
"""From the first byte to the status line, all in all: what the specification recommends, at its lower end."""
MOST_ANSWER_BYTES: Final = 16 * 1024
"""An answer up to this size is read, only so that the connection can be used again; beyond it is cut off."""
DRAIN_SECONDS: Final = 1.0
_SECONDS = re.compile(r"\d{1,6}\Z")


class WebhookSender:
    """Posts calls, several at a time."""

    def __init__(self, most_connections: int, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(answer_seconds, connect=min(CONNECT_SECONDS, answer_seconds)),
            limits=httpx.Limits(max_connections=most_connections, max_keepalive_connections=most_connections),
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "Ventanilla", "content-type": "application/json", "accept": "*/*"},
        )

    @property
    def longest_seconds(self) -> float:
        """No try takes longer."""
        return self._answer_seconds + DRAIN_SECONDS

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, webhook: Webhook, id_: str, body: bytes) -> Answer:
        """Post a call once; whatever goes wrong out there is an answer too."""
        if words := too_large(body):
            return Answer(None, words)
        headers = signed_headers(webhook, id_, int(time.time()), body)
        request = self._client.build_request("POST", webhook.url, content=body, headers=headers)
        try:
            async with asyncio.timeout(self._answer_seconds):
                response = await self._client.send(request, stream=True)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, f"no answer within {self._answer_seconds:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Answer(None, _what_broke(error))
        try:
            return _answer(response)
        finally:
            await _drain(response)


async def _drain(response: httpx.Response) -> None:
    """Read the rest of a small answer; the connection of any other is closed. The status is known: nothing fails."""
    size = 0
    with suppress(TimeoutError, httpx.HTTPError, OSError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > MOST_ANSWER_BYTES:
                    break
    with suppress(httpx.HTTPError, OSError):
        await response.aclose()


def _answer(response: httpx.Response) -> Answer:
    status = response.status_code
    asked = response.headers.get("retry-after", "")
    wait = float(asked) if _SECONDS.match(asked) else None
    words = f"answered {status}"
    if 300 <= status < 400:
        words += ", which leads elsewhere and is not followed: set the address that it leads to"
    return Answer(status, words, wait)


def _what_broke(error: Exception) -> str:
    """What to say of an error; its own text may hold the address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not to be trusted: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError):
        return "no connection to it"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return "the connection broke before an answer came"
    return f"{type(error).__name__} before an answer came"

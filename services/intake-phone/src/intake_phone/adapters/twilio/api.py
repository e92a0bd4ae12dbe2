"""Twilio's REST API: through its own library, over a connection of ours with our bounds.

The library's own client waits for ever and asks `api.twilio.com` only; what it asks is carried here instead.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
import structlog
from twilio.base.exceptions import TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from intake_phone import metrics
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.ports.phone import Sent

log = structlog.get_logger()

THEIRS: Final = "https://api.twilio.com"
_BUSY_STATUS: Final = 429
_AWAY_FROM: Final = 500
_BUSY_SECONDS: Final = 2.0
_SUSPENDED: Final = frozenset({20003, 20005, 30002, 90010})
"""Token wrong, account not active or suspended: an operator's matter, and the text waits for it."""
SUSPENDED_SECONDS: Final = 60.0
_MOST_LISTED: Final = 100
_MOST_OF_A_LIST: Final = 20_000
"""Of one look; what is newer comes with the next one."""
_PAGE: Final = 500
_MOST_MEDIA: Final = 20
_NOT_READY: Final = frozenset({"in-progress", "paused", "processing", "stopped"})
_CURRENT: Final = "Twilio.CURRENT"
"""The recording of a call that runs."""
_ANSWER_BYTES: Final = 4 * 1024 * 1024


class _Wire(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Carries the library's requests."""

    def __init__(self, session: aiohttp.ClientSession, address: str, seconds: float) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=True)
        self._session = session
        self._address = address
        self._seconds = seconds

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002  # the signature is the library's own
        allow_redirects: bool = False,
    ) -> Response:
        """One request, as the library wants it answered."""
        async with (
            asyncio.timeout(self._seconds),
            self._session.request(
                method,
                self._address + url.removeprefix(THEIRS),
                params=params,
                data=_form(data),
                headers=headers,
                auth=aiohttp.BasicAuth(*auth) if auth else None,
                allow_redirects=allow_redirects,
            ) as answer,
        ):
            body = await answer.content.read(_ANSWER_BYTES)
            return Response(answer.status, body.decode("utf-8", "replace"), answer.headers)


class Twilio:
    """What we ask of an account."""

    def __init__(self, session: aiohttp.ClientSession, account: str, token: str, address: str, seconds: float) -> None:
        self._client = Client(account, token, http_client=_Wire(session, address, seconds))
        self._address = address
        self._trouble = ""

    def problem(self) -> str | None:
        """That the account does nothing for us until somebody looks after it."""
        return self._trouble or None

    async def send_text(self, fields: Mapping[str, str | Sequence[str]]) -> Sent:
        """Send a text; `fields` are arguments of the library's `messages.create`.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as `SendsTexts` says.
        """
        message = await self._ask("send_text", self._client.messages.create_async(**fields))
        return _sent(message)

    async def texts_to(self, sender: str, recipient: str, since: float) -> Sequence[tuple[Sent, str]]:
        """What was sent between two numbers since a Unix time, newest first, each with its words.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        # The list goes by whole days in places: an hour more is asked for, and what is too old left out here.
        after = datetime.fromtimestamp(since, UTC) - timedelta(hours=1)
        asking = self._client.messages.list_async(
            to=recipient, from_=sender, date_sent_after=after, limit=_MOST_LISTED, page_size=_MOST_LISTED
        )
        listed = await self._ask("list_texts", asking)
        return [
            (_sent(one), one.body or "")
            for one in listed
            if one.date_created is None or one.date_created.timestamp() >= since
        ]

    async def messages_since(self, at: datetime) -> Sequence[Any]:
        """Texts of both directions since a time, as the library has them.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        return await self._list("list_texts", self._client.messages.list_async, date_sent_after=at)

    async def calls_since(self, at: datetime) -> Sequence[Any]:
        """Calls that began since a time, as the library has them.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        return await self._list("list_calls", self._client.calls.list_async, start_time_after=at)

    async def media_of(self, message: str) -> dict[str, str]:
        """The files of a text, as the fields that its webhook has.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        listed = await self._ask("list_media", self._client.messages(message).media.list_async(limit=_MOST_MEDIA))
        fields: dict[str, str] = {}
        for place, one in enumerate(listed):
            fields[f"MediaUrl{place}"] = f"{self._address}{str(one.uri).removesuffix('.json')}"
            fields[f"MediaContentType{place}"] = str(one.content_type or "")
        return fields

    async def recordings_of(self, call: str) -> Sequence[tuple[str, int]]:
        """(SID, seconds) of the recordings of a call that is over, oldest first.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above; also while one of them is not ready.
        """
        listed = await self._ask("list_recordings", self._client.calls(call).recordings.list_async(limit=_MOST_MEDIA))
        if any(str(one.status) in _NOT_READY for one in listed):
            raise TwilioAway("a recording is not ready")
        found = [(str(one.sid), max(int(one.duration or 0), 0)) for one in listed]
        return [one for one in reversed(found) if one[1]]

    async def record_call(self, call: str, change: str) -> None:
        """Start the recording of a call that goes on, pause it or go on with it; so many times as one likes.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        recordings = self._client.calls(call).recordings
        if change == "start":
            await self._ask("record_call", recordings.create_async(recording_channels="dual"))
            return
        running = self._client.calls(call).recordings(_CURRENT)
        if change == "pause":
            # Silence in place of what is left out: the times in the recording stay those of the call.
            asking = running.update_async(status="paused", pause_behavior="silence")
        else:
            asking = running.update_async(status="in-progress")
        await self._ask(f"{change}_recording", asking)

    async def _list(self, what: str, listing: Any, **wanted: Any) -> Sequence[Any]:
        found: list[Any] = await self._ask(what, listing(limit=_MOST_OF_A_LIST, page_size=_PAGE, **wanted))
        return found

    async def _ask(self, what: str, asking: Any) -> Any:
        try:
            found = await asking
        except TwilioRestException as error:
            metrics.CALLS.labels(what, str(error.code or error.status)).inc()
            raise self._failure(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            metrics.CALLS.labels(what, "away").inc()
            raise TwilioAway(f"Twilio did not answer: {type(error).__name__}") from error
        metrics.CALLS.labels(what, "done").inc()
        self._trouble = ""
        return found

    def _failure(self, error: TwilioRestException) -> Exception:
        text = " ".join(str(error.msg or "").split())[:300]
        if error.code in _SUSPENDED or error.status == 401:
            self._trouble = f"Twilio refuses everything ({error.code}): {text}; look at the account in its console"
            log.error("twilio.account", code=error.code, detail=text)
            return TwilioBusy(self._trouble, SUSPENDED_SECONDS)
        if error.status == _BUSY_STATUS:
            return TwilioBusy(f"Twilio wants a pause: {text}", _BUSY_SECONDS)
        if error.status >= _AWAY_FROM:
            return TwilioAway(f"Twilio answered {error.status}: {text}")
        return TwilioRefused(int(error.code or 0), text)


def _form(data: Mapping[str, Any] | None) -> list[tuple[str, str]] | None:
    """What a form says: of a list each of its values under the same name."""
    if data is None:
        return None
    return [
        (name, str(one))
        for name, value in data.items()
        for one in (value if isinstance(value, (list, tuple)) else (value,))
    ]


def _sent(message: Any) -> Sent:
    return Sent(str(message.sid), str(message.status or ""), int(message.error_code) if message.error_code else None)

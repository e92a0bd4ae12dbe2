"""Twilio's REST API: through its own library, over a connection of ours with our bounds.

The library's own client waits for ever and asks `api.twilio.com` only; what it asks is carried here instead.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import structlog
from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from intake_phone import metrics
from intake_phone.adapters.bodies import read_body
from intake_phone.adapters.twilio.refusals import Refusal, refusal_in
from intake_phone.adapters.twilio.tokens import Header, Tokens
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioFailed, TwilioRefused, TwilioUnreached
from intake_phone.ports.callbacks import ChildCall
from intake_phone.ports.calling import MadeCall, Wanted
from intake_phone.ports.calls import ListedRecording
from intake_phone.ports.phone import Sent
from ventanilla_runtime.tracing import Kind, span

log = structlog.get_logger()

THEIRS: Final = "https://api.twilio.com"
_DOMAIN: Final = ".twilio.com"
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
_LEFT: Final = "RecordVerb"
"""Source of a recording that a caller left as a message."""
_CURRENT: Final = "Twilio.CURRENT"
"""The recording of a call that runs."""
_ANSWER_BYTES: Final = 4 * 1024 * 1024


class Wire(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Carries the library's requests.

    Attributes:
        said_at: when it was at Twilio's, by its last answer, as HTTP writes dates; "" if it did not say.
        tokens: who asks, whatever token the library was given.
    """

    def __init__(self, session: aiohttp.ClientSession, tokens: Tokens, address: str, seconds: float) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=True)
        self.tokens = tokens
        self._session = session
        self._address = address
        self._seconds = seconds
        self.said_at = ""

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,  # noqa: ARG002  # as above: it is the token that was in use once
        timeout: float | None = None,  # noqa: ARG002  # the signature is the library's own
        allow_redirects: bool = False,
    ) -> Response:
        """One request, as the library wants it answered."""

        async def ask(who: Header) -> Response:
            async with self._session.request(
                method,
                self._at(url),
                params=params,
                data=_form(data),
                headers={**(headers or {}), **who},
                allow_redirects=allow_redirects,
            ) as answer:
                self.said_at = answer.headers.get("date", "")
                body = await read_body(answer, _ANSWER_BYTES)
                return Response(answer.status, body.decode("utf-8", "replace"), answer.headers)

        async with asyncio.timeout(self._seconds):
            return await self.tokens.shown(ask, _status)

    def _at(self, url: str) -> str:
        """Where a request goes: to Twilio's own hosts, or all to the one that stands for them."""
        parts = urlsplit(url)
        if not url.startswith(THEIRS) and (urlsplit(self._address).hostname or "").endswith(_DOMAIN):
            return url  # only some of their hosts have one for each region
        return self._address + urlunsplit(parts._replace(scheme="", netloc=""))


class Twilio:
    """What we ask of an account."""

    def __init__(self, session: aiohttp.ClientSession, tokens: Tokens, address: str, seconds: float) -> None:
        self._client = Client(tokens.account, tokens.in_use, http_client=Wire(session, tokens, address, seconds))
        self._address = address
        self._trouble = ""

    def problem(self) -> str | None:
        """That the account does nothing for us until somebody looks after it."""
        return self._trouble or None

    def account_is(self, trouble: str) -> None:
        """Say what a look at the account has found: why it does nothing for us; "" if it works."""
        self._trouble = trouble

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

    async def make_call(self, wanted: Wanted) -> MadeCall:
        """Ring somebody; what is said and what happens then the document's address tells.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        told = {"status_callback": wanted.told, "status_callback_event": ["completed"]} if wanted.told else {}
        asking = self._client.calls.create_async(
            to=wanted.number, from_=wanted.desk, url=wanted.document, timeout=wanted.ring_seconds, **told
        )
        return _made(await self._ask("make_call", asking))

    async def calls_to(self, number: str, desk: str, since: float) -> Sequence[MadeCall]:
        """Calls of ours between two numbers since a Unix time, newest first.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        asking = self._client.calls.list_async(to=number, from_=desk, limit=_MOST_MEDIA, page_size=_MOST_MEDIA)
        listed = [_made(one) for one in await self._ask("list_calls", asking)]
        return [one for one in listed if one.at >= since]

    async def children_of(self, call: str) -> Sequence[ChildCall]:
        """Calls that a call has made by its documents, newest first.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        asking = self._client.calls.list_async(parent_call_sid=call, limit=_MOST_MEDIA, page_size=_MOST_MEDIA)
        listed = await self._ask("list_calls", asking)
        return [_child(one) for one in listed]

    async def status_of(self, sid: str) -> str:
        """How a call stands, in Twilio's word.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above; refused if it is unknown.
        """
        return str((await self._ask("list_calls", self._client.calls(sid).fetch_async())).status or "")

    async def end_call(self, sid: str) -> None:
        """Stop a call that has not been answered.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above; refused if it is answered, over or unknown.
        """
        await self._ask("end_call", self._client.calls(sid).update_async(status="canceled"))

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

    async def recordings_of(self, call: str) -> Sequence[ListedRecording]:
        """The recordings of a call that is over, oldest first.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above; also while one of them is not ready.
        """
        listed = await self._ask("list_recordings", self._client.calls(call).recordings.list_async(limit=_MOST_MEDIA))
        if any(str(one.status) in _NOT_READY for one in listed):
            raise TwilioAway("a recording is not ready")
        found = [
            ListedRecording(str(one.sid), max(int(one.duration or 0), 0), str(one.source) == _LEFT) for one in listed
        ]
        return [one for one in reversed(found) if one.seconds]

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

    async def texts_with(self, address: str) -> Sequence[Any]:
        """Texts to and from an address, as the library has them.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        listing = self._client.messages.list_async
        return [
            *await self._list("list_texts", listing, to=address),
            *await self._list("list_texts", listing, from_=address),
        ]

    async def calls_with(self, number: str) -> Sequence[Any]:
        """Calls to and from a number, with those that these have made, as the library has them.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        listing = self._client.calls.list_async
        found = [
            *await self._list("list_calls", listing, to=number),
            *await self._list("list_calls", listing, from_=number),
        ]
        for call in list(found):
            found += await self._list("list_calls", listing, parent_call_sid=call.sid)
        return found

    async def all_recordings_of(self, call: str) -> Sequence[str]:
        """SIDs of a call's recordings, ready or not.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        listed = await self._list("list_recordings", self._client.calls(call).recordings.list_async)
        return [str(one.sid) for one in listed]

    async def delete(self, kind: str, sid: str) -> None:
        """Delete a `text`, `call` or `recording` for good.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above; refused with 404 if it is gone.
        """
        resource = {"text": self._client.messages, "call": self._client.calls, "recording": self._client.recordings}[
            kind
        ]
        await self._ask(f"delete_{kind}", resource(sid).delete_async())

    async def _list(self, what: str, listing: Any, **wanted: Any) -> Sequence[Any]:
        found: list[Any] = await self._ask(what, listing(limit=_MOST_OF_A_LIST, page_size=_PAGE, **wanted))
        return found

    async def _ask(self, what: str, asking: Any) -> Any:
        try:
            with span(f"twilio {what}", Kind.CLIENT):
                found = await asking
        except TwilioException as error:
            refusal = refusal_in(error)
            failure = self._failure(refusal)
            # Twilio's codes are a thousand: which one it was the log says.
            metrics.count_request(what, _outcome_of(failure, denied=bool(self._trouble)))
            raise failure from error
        except aiohttp.ClientConnectorError as error:
            metrics.count_request(what, "away")
            raise TwilioUnreached(f"Twilio cannot be reached: {type(error).__name__}") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:  # what came was no JSON, for example
            metrics.count_request(what, "away")
            raise TwilioAway(f"Twilio did not answer: {type(error).__name__}") from error
        metrics.count_request(what, "done")
        if not what.startswith("list_"):  # an account that is suspended may still read its lists
            self._trouble = ""
        return found

    def _failure(self, error: Refusal) -> Exception:
        text = error.text
        if error.code in _SUSPENDED or error.status == 401:
            self._trouble = f"Twilio refuses everything ({error.code}): {text}; look at the account in its console"
            log.error("twilio.account", code=error.code, detail=text)
            return TwilioBusy(self._trouble, SUSPENDED_SECONDS)
        if error.status == _BUSY_STATUS:
            return TwilioBusy(f"Twilio wants a pause: {text}", _BUSY_SECONDS)
        if error.status >= _AWAY_FROM:
            return TwilioFailed(f"Twilio answered {error.status}: {text}")
        if not error.status:
            return TwilioAway(f"Twilio's answer cannot be read: {text}")
        return TwilioRefused(error.code, text, error.status)


def _outcome_of(failure: Exception, *, denied: bool) -> str:
    if isinstance(failure, TwilioBusy):
        return "denied" if denied else "busy"
    return "away" if isinstance(failure, TwilioAway) else "refused"


def _status(answer: Response) -> int:
    return int(answer.status_code)


def _form(data: Mapping[str, Any] | None) -> list[tuple[str, str]] | None:
    """What a form says: of a list each of its values under the same name."""
    if data is None:
        return None
    return [
        (name, str(one))
        for name, value in data.items()
        for one in (value if isinstance(value, (list, tuple)) else (value,))
    ]


def _child(call: Any) -> ChildCall:
    rang = (call.end_time - call.start_time).total_seconds() if call.start_time and call.end_time else None
    return ChildCall(str(call.sid), str(call.status or ""), str(call.duration or ""), rang)


def _sent(message: Any) -> Sent:
    return Sent(str(message.sid), str(message.status or ""), int(message.error_code) if message.error_code else None)


def _made(call: Any) -> MadeCall:
    at = call.date_created or call.start_time
    return MadeCall(str(call.sid), str(call.status or ""), at.timestamp() if at else datetime.now(UTC).timestamp())

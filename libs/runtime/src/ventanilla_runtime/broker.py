"""The connection to NATS: for ever, over TLS where configured, and honest about what the broker refuses.

Wraps nats-py in what Ventanilla needs of it. nats-py's traps that are handled here: a dead read loop is only noticed by
pings (so they are frequent), an authorization error closes the client for good (so it ends the process, whose
supervisor starts it again), and a missing right shows as a time-out (so it is told apart).
"""

import asyncio
import json
import re
import secrets
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from ventanilla_contracts.broker_rights import inbox_prefix
from ventanilla_contracts.topology import MINIMUM_SERVER
from ventanilla_runtime.answers import (
    ConsumerState,
    StoredMessage,
    StreamState,
    filters_of,
    raise_if_missing,
    read_stored,
    read_stream_state,
)
from ventanilla_runtime.errors import BrokerAway, NotPermitted, Unsendable
from ventanilla_runtime.metrics import CONNECTED
from ventanilla_runtime.settings import ServiceSettings
from ventanilla_runtime.tls import UnusableTls, client_context, readable, show_certificate
from ventanilla_runtime.wire import Message, Receive, WireClient

log = structlog.get_logger()

API_TIMEOUT_SECONDS = 5.0
_RECONNECT_WAIT_SECONDS = 0.25
_DENIED_MEMORY_SECONDS = 60.0
_HEADERS_ALLOWANCE_BYTES = 16 * 1024
_DRAIN_SECONDS = 2.0
_NOT_IN_SUBJECTS = re.compile(r"[\s\0]")


class BrokerRefuses(RuntimeError):
    """The NATS server does not take the credentials."""


class OldServer(RuntimeError):
    """The NATS server is older than atomic batches; it must be updated."""


class Broker:
    """A connection that comes back by itself, and the few questions that services ask the broker."""

    def __init__(self, user: str, settings: ServiceSettings) -> None:
        """`user` names the service: it picks the private inbox and shows in the broker's connection list."""
        self.user = user
        self.settings = settings
        self.client = WireClient()
        self.inbox = f"{inbox_prefix(user)}.{secrets.token_hex(8)}"
        """Where answers for this process arrive. Replicas share a user, and must not read each other's."""
        self.gone = asyncio.Event()
        """Set when the connection ended for good; the service must stop."""
        self.on_reconnect: list[Callable[[], None]] = []
        self.on_refused: list[Callable[[str], None]] = []  # get what the server says, in lower case
        self._denied: tuple[float, str] | None = None
        self._refused = asyncio.Event()
        self._subscriptions: dict[str, Subscription] = {}
        self._tls: ssl.SSLContext | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection at this moment."""
        return bool(self.client.is_connected)

    @property
    def max_payload(self) -> int:
        """The largest message that the server takes, in bytes."""
        return int(self.client.max_payload)

    @property
    def denied(self) -> str | None:
        """What the broker refused lately, in its words, or None."""
        if self._denied and time.monotonic() - self._denied[0] < _DENIED_MEMORY_SECONDS:
            return self._denied[1]
        return None

    async def connect(self) -> None:
        """Connect, waiting as long as it takes for a server to be there.

        Raises:
            OldServer: the server lacks atomic batches.
            BrokerRefuses: it does not take the credentials, which nats-py would offer for ever; or the files for TLS
                cannot be used.
        """
        settings = self.settings
        options: dict[str, Any] = {}
        if settings.nats_creds_file:
            try:  # nats-py looks at it late, and ends with a traceback
                options["user_credentials"] = readable(settings.nats_creds_file)
            except UnusableTls as error:
                raise BrokerRefuses(f"NATS_CREDS_FILE: {error}") from error
        if settings.nats_user:
            options["user"] = settings.nats_user
        if settings.nats_password:
            options["password"] = settings.nats_password.get_secret_value()
        if settings.nats_tls_ca or settings.nats_tls_cert:
            try:
                self._tls = client_context(settings.nats_tls_ca, settings.nats_tls_cert, settings.nats_tls_key)
            except UnusableTls as error:
                raise BrokerRefuses(f"NATS_TLS_CA, NATS_TLS_CERT, NATS_TLS_KEY: {error}") from error
            options["tls"] = self._tls
            self.client.only_encrypted = True
        connecting = asyncio.create_task(self._connect(options))
        refused = asyncio.create_task(self._refused.wait())
        try:
            await asyncio.wait((connecting, refused), return_when=asyncio.FIRST_COMPLETED)
            if self._refused.is_set():
                raise BrokerRefuses(self._why_refused())
            await connecting
        finally:
            refused.cancel()
            if not connecting.done():
                connecting.cancel()
                await asyncio.wait([connecting])
                if transport := self.client._transport:  # noqa: SLF001  # nats-py leaves it open when it is cut short
                    transport.close()
        version = self.client.connected_server_version
        if (version.major, version.minor, version.patch) < MINIMUM_SERVER:
            await self.client.close()
            wanted = ".".join(map(str, MINIMUM_SERVER))
            raise OldServer(f"NATS server {version.major}.{version.minor} is too old: {wanted} or later is needed")
        CONNECTED.set(1)

    @property
    def unreached(self) -> str:
        """Why a server that answered is none to talk to; empty: none is like that."""
        return self.client.plain

    async def _connect(self, options: dict[str, Any]) -> None:
        settings = self.settings
        await self.client.connect(
            servers=settings.nats_url.split(","),
            name=self.user,
            inbox_prefix=self.inbox,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RECONNECT_WAIT_SECONDS,
            connect_timeout=5,
            ping_interval=5,
            max_outstanding_pings=2,
            pending_size=-1,  # no silent buffering while disconnected: the caller is told and decides
            skip_subject_validation=True,
            error_cb=self._on_error,
            disconnected_cb=self._on_disconnect,
            reconnected_cb=self._on_reconnected,
            closed_cb=self._on_closed,
            **options,
        )

    def _why_refused(self) -> str:
        return f"the broker refuses the user {self.settings.nats_user or self.user}: are user and password right?"

    @property
    def lost_for_good(self) -> str | None:
        """Why the connection will never come back by itself, or None.

        The server refuses the credentials (they were changed), or closed the connection over an error. Or nats-py's
        reconnecting task died of what it did not expect, such as half a greeting of a server killed at that moment.
        """
        if self._refused.is_set():
            return self._why_refused()
        if self.gone.is_set():
            return f"the broker closed the connection ({self.client.last_error})"
        task = self.client._reconnection_task  # noqa: SLF001  # nats-py does not tell otherwise
        if self.client.is_reconnecting and task is not None and task.done():
            return "the client stopped reconnecting"
        return None

    async def close(self) -> None:
        """Flush what is under way and disconnect; bounded, and quiet if the broker is gone already."""
        if self.client.is_closed or self.client._flush_queue is None:  # noqa: SLF001  # nats-py closes no unopened one
            return
        self.client._closed_cb = self.client._disconnected_cb = None  # noqa: SLF001  # closing on purpose is no news
        with suppress(nats.errors.Error, TimeoutError):
            await asyncio.wait_for(self.client.flush(2), 3)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.client.close(), 3)

    async def send(self, subject: str, body: bytes, reply: str = "", headers: dict[str, str] | None = None) -> None:
        """Hand a message to the connection. Nothing is confirmed.

        Raises:
            as `send_all`.
        """
        await self.send_all([Message(subject, body, reply, headers)])

    async def send_all(self, messages: Sequence[Message]) -> None:
        """Hand messages to the connection together, in order. Nothing is confirmed.

        Raises:
            BrokerAway: there is no connection now.
            Unsendable: one is too large, or its subject or a header has a form that the protocol does not allow.
        """
        for message in messages:
            self._check(message)
        try:
            await self.client.send_all(messages)
        except nats.errors.BadHeaderError as error:
            raise Unsendable(f"the broker does not take this: {error}") from error
        except UnicodeEncodeError as error:
            raise Unsendable("a header holds half of a character") from error
        except (nats.errors.Error, OSError) as error:
            raise BrokerAway(f"cannot send to the broker: {error}") from error

    def _check(self, message: Message) -> None:
        if len(message.body) + _HEADERS_ALLOWANCE_BYTES > self.max_payload:
            # The server counts headers too, and closes the connection over one that is too large.
            headers = "".join(f"{key}: {value}  " for key, value in (message.headers or {}).items())
            size = len(message.body) + len(headers.encode(errors="replace"))
            if self.connected and size + 16 > self.max_payload:
                raise Unsendable(f"a message of {size} bytes is over the broker's limit of {self.max_payload}")
        if not message.subject or _NOT_IN_SUBJECTS.search(message.subject):
            raise Unsendable(f"no subject, or white space in it: {message.subject!r}")

    async def subscribe(self, suffix: str, receive: Receive) -> str:
        """Receive what is sent to a subject below this process's private inbox; returns that subject.

        Raises:
            BrokerAway: the connection ended for good.
        """
        subject = f"{self.inbox}.{suffix}"
        try:
            self._subscriptions[subject] = await self.client.listen(subject, receive)
        except (nats.errors.Error, OSError) as error:
            raise BrokerAway(f"cannot listen to {subject}: {error}") from error
        return subject

    async def unsubscribe(self, subject: str, *, drain: bool = False) -> None:
        """End a subscription; with `drain` everything that was on its way has been received when this returns."""
        subscription = self._subscriptions.pop(subject, None)
        if subscription is None:
            return
        with suppress(nats.errors.Error, OSError, TimeoutError):  # without a connection nothing can be on its way
            if drain and self.connected:
                # Not nats-py's `drain`: its ping overtakes its own request, which leaves a gap for what is on its way.
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await self.client._send_unsubscribe(subscription._id)  # noqa: SLF001  # there is no other way to it
                    await self.round_trip()
            await subscription.unsubscribe()
        self.client.forget(subscription)

    async def round_trip(self) -> None:
        """Return when the server has seen everything that was sent before, and what it said to it has arrived.

        nats-py writes a ping past the messages that wait to be written: only the second one is behind them.
        """
        await self.client.flush(2)
        await self.client.flush(2)

    async def ask(self, subject: str, question: dict[str, Any] | None = None) -> Msg:
        """Send a request and wait for the one answer.

        Raises:
            BrokerAway: no answer in time.
            NotPermitted: the broker refused the request.
        """
        body = json.dumps(question).encode() if question is not None else b""
        if not self.connected:  # nats-py would remember each question for ever
            raise BrokerAway(f"not connected; not asked: {subject}")
        try:
            return await self.client.request(subject, body, timeout=API_TIMEOUT_SECONDS)
        except (nats.errors.NoRespondersError, nats.errors.ConnectionClosedError) as error:
            raise BrokerAway(f"JetStream does not answer on {subject}") from error
        except (nats.errors.TimeoutError, nats.errors.Error) as error:
            raise self.unanswered(subject) from error

    async def api(self, name: str, question: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the JetStream API; the answer may hold an `error`.

        Raises:
            BrokerAway, NotPermitted: as `ask`.
        """
        answer: dict[str, Any] = json.loads((await self.ask(f"$JS.API.{name}", question)).data)
        return answer

    def unanswered(self, subject: str) -> BrokerAway:
        """The error for a request without an answer: refused, if the broker said so, else away."""
        if self.denied and subject.lower() in self.denied:
            return NotPermitted(self.denied)
        return BrokerAway(f"no answer from the broker on {subject}")

    async def stream_state(self, name: str, *, deleted: bool = False) -> StreamState:
        """Where a stream stands; `deleted` lists the sequences that were removed from its middle.

        Raises:
            StreamMissing: there is no such stream.
        """
        answer = await self.api(f"STREAM.INFO.{name}", {"deleted_details": True} if deleted else {})
        raise_if_missing(answer, f"stream {name}")
        return read_stream_state(name, answer)

    async def consumer_state(self, stream: str, durable: str) -> ConsumerState:
        """How far a durable consumer has come.

        Raises:
            StreamMissing: there is no such stream or consumer.
        """
        answer = await self.api(f"CONSUMER.INFO.{stream}.{durable}")
        raise_if_missing(answer, f"consumer {durable} of {stream}")
        return ConsumerState(
            answer["created"],
            answer["ack_floor"]["stream_seq"],
            answer["delivered"]["stream_seq"],
            answer["num_pending"],
            answer["num_ack_pending"],
            answer.get("num_redelivered", 0),
            answer.get("ts", ""),
            filters_of(answer["config"]),
        )

    async def stored_message(self, stream: str, sequence: int) -> StoredMessage | None:
        """Fetch one message by its sequence; None if it is not there (any more)."""
        return read_stored(await self.ask(f"$JS.API.DIRECT.GET.{stream}", {"seq": sequence}))

    async def remove(self, stream: str, sequence: int) -> None:
        """Remove one message from a stream; one that is not there is removed already.

        Raises:
            BrokerAway, NotPermitted: it is not known whether it was removed.
        """
        answer = await self.api(f"STREAM.MSG.DELETE.{stream}", {"seq": sequence, "no_erase": True})
        if "error" in answer and await self.stored_message(stream, sequence) is not None:
            raise BrokerAway(f"stream {stream}: {answer['error'].get('description')}")

    async def prune(self, stream: str, subject: str) -> None:
        """Remove everything under one subject from a stream.

        Raises:
            BrokerAway, NotPermitted: it is not known whether it was removed.
        """
        answer = await self.api(f"STREAM.PURGE.{stream}", {"filter": subject})
        raise_if_missing(answer, f"stream {stream}")

    async def last_message(self, stream: str, subject: str) -> StoredMessage | None:
        """The newest message under a subject, or None."""
        return read_stored(await self.ask(f"$JS.API.DIRECT.GET.{stream}.{subject}"))

    async def next_message(self, stream: str, subject: str, sequence: int) -> StoredMessage | None:
        """The first message under a subject from a sequence on, or None."""
        question = {"seq": sequence, "next_by_subj": subject}
        return read_stored(await self.ask(f"$JS.API.DIRECT.GET.{stream}", question))

    async def _on_error(self, error: Exception) -> None:
        text = str(error)
        if "permissions violation" in text.lower():
            refused = re.sub(r"^nats:\s*", "", text).lower()
            if self.denied != refused:
                log.error("broker.refused", detail=refused)
            self._denied = (time.monotonic(), refused)
            for notify in self.on_refused:
                notify(refused)
        elif "authorization violation" in text.lower():
            self._refused.set()
        elif self.client.is_connected or "encountered error" in text:
            log.warning("broker.failed", error=f"{type(error).__name__}: {text}")

    async def _on_disconnect(self) -> None:
        CONNECTED.set(0)
        log.warning("broker.disconnected")
        if self._tls is not None:  # a certificate that was renewed meanwhile is the one to show when coming back
            with suppress(UnusableTls):
                show_certificate(self._tls, self.settings.nats_tls_cert, self.settings.nats_tls_key)

    async def _on_reconnected(self) -> None:
        CONNECTED.set(1)
        log.info("broker.reconnected")
        for notify in self.on_reconnect:
            notify()

    async def _on_closed(self) -> None:
        log.error("broker.closed", error=self.client.last_error)
        self.gone.set()

"""nats-py's client with a short way in and out for the messages that services live on.

nats-py takes each message through a queue, a task and an object of its own, and puts each outgoing one together from a
dozen pieces: measured, a third of what receiving, acknowledging and publishing a message cost. What is listened to
here is handed over by the loop that reads the socket, and a group of messages is handed to the connection as a whole.
Everything else (connecting, reconnecting, pings, requests) is nats-py's.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import nats.aio.client
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

nats.aio.client.parse_email = None  # it would return lists, and decode encoded words

log = structlog.get_logger()

_STATUS_LINE = b"NATS/1.0\r\n"
_HEADER_KEY = re.compile(r"[!-9;-~]+\Z")
_KNOWN_KEYS_LIMIT = 1_000
_known_keys: set[str] = set()


class Arrived(NamedTuple):
    """A message as it came. `headers` holds `Status` where the server itself speaks."""

    subject: str
    reply: str
    body: bytes
    headers: dict[str, str]


Receive = Callable[[Arrived], None]
"""Takes a message over at once: it runs inside the loop that reads the socket."""


class Message(NamedTuple):
    """A message to send."""

    subject: str
    body: bytes
    reply: str = ""
    headers: dict[str, str] | None = None


class SpeaksPlain(nats.errors.Error):  # type: ignore[misc]  # nats-py is untyped
    """A server without TLS, where TLS is wanted: no password goes there."""


class WireClient(Client):  # type: ignore[misc]  # nats-py is untyped
    """The client of one connection."""

    def __init__(self) -> None:
        super().__init__()
        self.only_encrypted = False
        """Whether a server that speaks no TLS hears nothing of us, whatever its address begins with."""
        self.plain = ""
        """That the server of the last try has no TLS, in words; empty: it is not so."""
        self._receivers: dict[int, Receive] = {}

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:  # nats-py's
        """nats-py encrypts where the server asks for it; whoever stands between could leave that out of its words.

        Raises:
            SpeaksPlain: TLS is wanted, and this server has none. Nothing was sent.
        """
        if initial_connection and (self.only_encrypted or self._current_server.uri.scheme == "tls"):
            if not (info.get("tls_required") or info.get("tls_available")):
                if not self.plain:
                    log.error("broker.plain")
                self.plain = "this server speaks no TLS, and NATS_URL or NATS_TLS_CA ask for it"
                raise SpeaksPlain(self.plain)
            info["tls_required"], self.plain = True, ""
        await super()._process_info(info, initial_connection)

    async def listen(self, subject: str, receive: Receive) -> Subscription:
        """Have `receive` called with each message on a subject. Nothing is queued, and nothing dropped.

        Raises:
            nats.errors.Error: the connection ended for good.
        """

        async def receive_early(message: Msg) -> None:
            """What came before the receiver was known."""
            receive(Arrived(message.subject, message.reply, message.data, message.headers or {}))

        subscription = await self.subscribe(subject, cb=receive_early, pending_msgs_limit=0, pending_bytes_limit=0)
        self._receivers[subscription._id] = receive  # noqa: SLF001  # it has no public name
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Hand nothing over any more."""
        self._receivers.pop(subscription._id, None)  # noqa: SLF001  # as above

    async def send_all(self, messages: Iterable[Message]) -> None:
        """Hand messages to the connection together, in order. Nothing is confirmed.

        Raises:
            nats.errors.Error: there is no connection, or one of them cannot be sent; then none was.
        """
        frames = [_frame(*message) for message in messages]
        if self.is_closed:
            raise nats.errors.ConnectionClosedError
        if not self.is_connected:
            raise nats.errors.OutboundBufferLimitError  # as nats-py: no silent buffering while disconnected
        self._pending.extend(frames)
        self._pending_data_size += sum(map(len, frames))
        self.stats["out_msgs"] += len(frames)
        if self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        receive = self._receivers.get(sid)
        if receive is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        self.stats["in_msgs"] += 1
        if not headers:
            found = {}
        elif headers.startswith(_STATUS_LINE):
            found = self._parse_header_lines(headers[len(_STATUS_LINE) :])
        else:
            found = await self._process_headers(headers) or {}
        try:
            receive(Arrived(subject.decode(), reply.decode(), data, found))
        except Exception:  # a bug in a receiver must not end the loop that all receivers live on
            log.exception("message.unreceived")

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        lines = raw.decode("utf-8", "replace").rstrip("\r\n").split("\r\n")
        try:
            return dict([line.split(": ", 1) for line in lines])
        except ValueError:  # another client wrote them another way
            parts = (line.partition(":") for line in lines)
            return {name.strip(): value.strip() for name, colon, value in parts if colon}


def _frame(subject: str, body: bytes, reply: str, headers: dict[str, str] | None) -> bytes:
    """A message as the protocol writes it (https://docs.nats.io/reference/reference-protocols/nats-protocol).

    Raises:
        nats.errors.BadHeaderError: a header holds a line end, or its name is none.
        UnicodeEncodeError: a header holds half of a character.
    """
    if headers is None:
        return b"PUB %b %b %d\r\n%b\r\n" % (subject.encode(), reply.encode(), len(body), body)
    if not _known_keys.issuperset(headers):
        _check_keys(headers)
    text = "".join([f"{key}: {value}\r\n" for key, value in headers.items()])
    if text.count("\n") != len(headers) or text.count("\r") != len(headers):
        raise nats.errors.BadHeaderError("a header holds a line end")
    head = f"NATS/1.0\r\n{text}\r\n".encode()
    size = len(head)
    return b"HPUB %b %b %d %d\r\n%b%b\r\n" % (subject.encode(), reply.encode(), size, size + len(body), head, body)


def _check_keys(headers: dict[str, Any]) -> None:
    for key in headers:
        if not _HEADER_KEY.match(key):
            raise nats.errors.BadHeaderError(key)
        if len(_known_keys) < _KNOWN_KEYS_LIMIT:
            _known_keys.add(key)

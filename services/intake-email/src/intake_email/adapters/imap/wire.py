"""One IMAP connection on the wire: aioimaplib's commands, tags and states, with what it lacks. Only this imports it.

aioimaplib 2.0.3 leaves its commands waiting for ever when the connection ends, cannot answer a continuation (so a
refused XOAUTH2 hangs), takes untagged lines of one command for those of another, has no STARTTLS, writes passwords to
the debug log, and reads as `domain.imap_responses` tells. Here each command has a limit for silence and one for its
whole time; past either, and whenever the server makes no sense, the connection is over.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aioimaplib.aioimaplib import (  # type: ignore[import-untyped]  # it has no types
    AUTH,
    NONAUTH,
    SELECTED,
    STARTED,
    AioImapException,
    Command,
    IMAP4ClientProtocol,
)

from intake_email.domain.imap.responses import Framer, Overrun, Response, read_capabilities, read_codes
from intake_email.errors import MailboxUnreachable

ANSWER_LIMIT_BYTES = 32 * 1024 * 1024
"""What the lines of one command's answer may have together; literals have limits of their own."""
NEWS = (b"EXISTS", b"RECENT")


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command.

    Attributes:
        result: `OK`, `NO` or `BAD`.
        text: what follows it.
        responses: the untagged ones that came before.
    """

    result: str
    text: bytes
    responses: tuple[Response, ...]

    @property
    def ok(self) -> bool:
        """The server did it."""
        return self.result == "OK"

    @property
    def words(self) -> str:
        """The server's words, bounded, for people."""
        return f"{self.result} {self.text[:300].decode('utf-8', 'replace')}".strip()

    @property
    def codes(self) -> dict[bytes, bytes]:
        """All response codes, by upper-case name."""
        return read_codes([*(response.first for response in self.responses), self.text])


class Wire(IMAP4ClientProtocol):  # type: ignore[misc]  # untyped library
    """The protocol of one connection; one command at a time."""

    transport: Any
    capabilities: set[str]

    def __init__(self, loop: asyncio.AbstractEventLoop, *, discard_limit_bytes: int) -> None:
        super().__init__(loop)
        self.greeting: asyncio.Future[bytes] = loop.create_future()
        self.lost = asyncio.Event()
        self.why_lost = "the server closed the connection"
        self.news = asyncio.Event()
        """Set when the server says that there is more mail; whoever is about to look clears it. What it says while
        another command is answered it does not say again in IDLE."""
        self.challenge = b""
        """What the server last said when it asked to go on."""
        self.answers: deque[bytes] = deque()
        """What it will hear then; after that, empty lines."""
        self._framer = Framer(discard_limit_bytes)
        self._heard_at = loop.time()
        self._answer_bytes = 0
        self._clock = loop.time

    # What asyncio calls.

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._heard_at = self._clock()
        try:
            for response in self._framer.feed(data):
                self._take(response)
        except (Overrun, AioImapException, ValueError) as error:
            self.abort(f"the server makes no sense: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over; whoever waits is told."""
        if exc is not None and not self.lost.is_set():
            self.why_lost = f"the connection broke: {exc}"
        self.lost.set()
        if not self.greeting.done():
            self.greeting.cancel()

    # What the session calls.

    def abort(self, why: str) -> None:
        """End the connection at once."""
        if not self.lost.is_set():
            self.why_lost = why
            self.lost.set()
        if self.transport is not None:
            self.transport.abort()

    async def greeted(self) -> None:
        """The server's greeting has come.

        Raises:
            MailboxUnreachable: it does not want us.
        """
        try:
            line = await asyncio.shield(self.greeting)
        except asyncio.CancelledError:
            if self.lost.is_set():
                raise MailboxUnreachable(self.why_lost) from None
            raise
        word = line[:10].upper()
        if not word.startswith((b"* OK", b"* PREAUTH")):
            raise MailboxUnreachable(f"the server greets with {line[:200].decode('utf-8', 'replace')!r}")
        self.state = AUTH if word.startswith(b"* PREAUTH") else NONAUTH

    @property
    def logged_in(self) -> bool:
        """The server knows who we are."""
        return self.state in (AUTH, SELECTED)

    def entered(self) -> None:
        """The login succeeded."""
        self.state = AUTH

    def selected(self) -> None:
        """A folder is selected."""
        self.state = SELECTED

    async def say(
        self,
        name: str,
        *words: str,
        uid: bool = False,
        answers: Sequence[bytes] = (),
        admit: Callable[[int], bool] | None = None,
        silence_seconds: float,
        total_seconds: float,
    ) -> Reply:
        """Give a command and wait for its answer.

        Args:
            name: of the command.
            words: its arguments as they go over the wire; without line ends.
            uid: give its UID form.
            answers: what to say each time the server asks to go on.
            admit: says of each literal whether to keep it; None keeps small ones.
            silence_seconds: without a byte for so long, the connection is over.
            total_seconds: so is it after so long.

        Raises:
            MailboxUnreachable: the connection is over.
        """
        admit_before = self._framer.admit
        if admit is not None:
            self._framer.admit = admit
        self.answers.clear()
        self.answers.extend(answers)
        self._answer_bytes = 0
        try:
            command = Command(name, self.new_tag(), *words, prefix="UID" if uid else None, loop=self.loop)
            return await self._finish(self._execute(command), silence_seconds, total_seconds)
        finally:
            self._framer.admit = admit_before

    async def idle(self, seconds: float, *, silence_seconds: float) -> Reply:
        """Wait in IDLE until the server has news, or for so long.

        Raises:
            MailboxUnreachable: the connection is over, or was over already without anybody telling us.
        """
        self._answer_bytes = 0
        self._idle_event.clear()
        command = Command("IDLE", self.new_tag(), loop=self.loop)
        ended = self._execute(command)
        try:
            await self._first((ended, self._idle_event.wait()), silence_seconds)
            if not ended.done() and not self.lost.is_set():
                if not self._idle_event.is_set():
                    self.abort("no answer to IDLE")
                else:
                    await self._first((ended, self.news.wait()), seconds)
                    if not ended.done() and not self.lost.is_set():
                        self.send("DONE")
        except asyncio.CancelledError:
            ended.cancel()
            self.abort("given up in IDLE")
            raise
        return await self._finish(ended, silence_seconds, silence_seconds)

    async def start_tls(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Go on inside TLS, after the server agreed. What it said before is forgotten.

        Raises:
            MailboxUnreachable: it does not work, or the server (or somebody between us) spoke too early.
            OSError, ssl.SSLError: the handshake failed.
        """
        if not self._framer.empty:
            self.abort("unprotected words after STARTTLS")
            raise MailboxUnreachable(self.why_lost)
        self.transport = await self.loop.start_tls(
            self.transport, self, context, server_hostname=host, ssl_handshake_timeout=seconds
        )
        self.capabilities = set()

    # Overridden or used by aioimaplib.

    def send(self, line: str, scrub: str | None = None) -> None:  # noqa: ARG002  # nothing is ever logged here
        """Write one line."""
        self._write(line.encode() + b"\r\n")

    def _write(self, data: bytes) -> None:
        """Write, unless the connection is over: uvloop would raise, and whoever waits for the answer is told anyway."""
        if not self.lost.is_set() and not self.transport.is_closing():
            self.transport.write(data)

    # Within.

    def _execute(self, command: Command) -> asyncio.Task[Reply]:
        async def run() -> Reply:
            found = await self.execute(command)
            *responses, text = found.lines
            return Reply(str(found.result).upper(), bytes(text), tuple(responses))

        return asyncio.get_running_loop().create_task(run())

    async def _finish(self, task: asyncio.Task[Reply], silence_seconds: float, total_seconds: float) -> Reply:
        """The reply of a command under way."""
        until = self._clock() + total_seconds
        self._heard_at = self._clock()
        lost = asyncio.ensure_future(self.lost.wait())
        try:
            while not task.done() and not lost.done():
                now = self._clock()
                quiet_until = self._heard_at + silence_seconds
                if now >= min(quiet_until, until):
                    self.abort("the server does not answer" if now >= quiet_until else "the server takes too long")
                    break
                await asyncio.wait(
                    (task, lost), timeout=min(quiet_until, until) - now, return_when=asyncio.FIRST_COMPLETED
                )
            if task.done() and not task.cancelled():
                return task.result()
            raise MailboxUnreachable(self.why_lost)
        except AioImapException as error:
            self.abort(str(error))
            raise MailboxUnreachable(str(error)) from error
        finally:
            lost.cancel()
            task.cancel()

    async def _first(self, waits: Sequence[Awaitable[object]], seconds: float) -> None:
        """Return when one of the waits is over, the connection is, or the time."""
        futures = [asyncio.ensure_future(wait) for wait in (*waits, self.lost.wait())]
        try:
            await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for future in futures[1:]:
                future.cancel()

    def _take(self, response: Response) -> None:
        line = response.first
        if not self.greeting.done():
            self.greeting.set_result(line)
            self.state = STARTED
        elif line.startswith(b"+"):
            self._go_on(line)
        elif line.startswith(b"* "):
            self._untagged(response)
        elif line:
            self._response_done(line)
        if (known := read_codes([line]).get(b"CAPABILITY")) is not None:
            self.capabilities = set(read_capabilities(known))

    def _untagged(self, response: Response) -> None:
        response.lines[0] = line = response.first[2:]
        word = line[:11].upper()
        if word.startswith(b"BYE"):
            self.why_lost = f"the server says {line[:200].decode('utf-8', 'replace')!r}"
        elif word == b"CAPABILITY ":
            self.capabilities = set(read_capabilities(line[11:]))
        elif line.rpartition(b" ")[2].upper() in NEWS:
            self.news.set()
        command = self.pending_sync_command or next(iter(self.pending_async_commands.values()), None)
        if command is None:
            return
        self._answer_bytes += sum(map(len, response.lines)) + 100
        if self._answer_bytes > ANSWER_LIMIT_BYTES:
            raise Overrun("an answer that does not end")
        command.append_to_resp(response)

    def _go_on(self, line: bytes) -> None:
        command = self.pending_sync_command
        if command is not None and command.name == "IDLE":
            self._idle_event.set()
        elif command is not None and command.name in ("AUTHENTICATE", "LOGIN"):
            self.challenge = line[1:].strip()
            self._write((self.answers.popleft() if self.answers else b"") + b"\r\n")

"""An IMAP server in the test's own loop that misbehaves as it is told, and a proxy that can fall silent."""

import asyncio
import base64
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ventanilla_devstack.ports import HOST

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
_LIMIT = 1 << 24


@dataclass
class ScriptedImap:
    """One folder and one user. What a test sets on it holds from the next command on.

    Attributes:
        mails, flags: by UID.
        capabilities: after `IMAP4rev1`.
        permanent: what PERMANENTFLAGS says; None leaves it out.
        sizes: lies of RFC822.SIZE, by UID; -1 is a NO.
        unfetchable: UIDs whose FETCH gets a NO.
        deadly: UIDs whose FETCH ends the connection.
        mute: these commands get no answer at all.
        raw: instead of the answer to a command: these bytes; `TAG` in them is the command's tag.
        tokens: accepted by XOAUTH2.
        full: there is no room for keywords.
        late: mails that arrive while a STORE is answered; clients are told there, and not again.
        commands: what clients said, without tags.
    """

    user: str = "desk"
    password: str = "secret"
    capabilities: str = "IDLE UIDPLUS MOVE AUTH=PLAIN SASL-IR"
    uid_validity: int = 7
    permanent: str | None = r"(\Seen \Flagged \Deleted \*)"
    greeting: bytes = b"* OK ready\r\n"
    tls: ssl.SSLContext | None = None
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    moved: dict[str, list[bytes]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    unfetchable: set[int] = field(default_factory=set)
    deadly: set[int] = field(default_factory=set)
    mute: set[str] = field(default_factory=set)
    raw: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    late: list[bytes] = field(default_factory=list)
    full: bool = False
    folders: set[str] = field(default_factory=lambda: {"INBOX"})
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _next: int = 1
    _open: set["_Connection"] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def listen(self, implicit: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port, limit=_LIMIT, ssl=implicit)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server:
            self._server.close()
        await self.hang_up()

    async def hang_up(self) -> None:
        """End all connections."""
        for connection in list(self._open):
            connection.writer.close()
        await asyncio.sleep(0)

    def put(self, raw: bytes, *flags: str, uid: int | None = None) -> int:
        """A mail arrives, and clients in IDLE hear of it."""
        uid = self._next if uid is None else uid
        self._next = max(self._next, uid + 1)
        self.mails[uid] = raw
        self.flags[uid] = set(flags)
        for connection in self._open:
            if connection.idling and "PUSH" not in self.mute:
                connection.write(b"* %d EXISTS\r\n" % len(self.mails))
        return uid

    def renumber(self, first: int = 1) -> None:
        """UIDVALIDITY changes."""
        old = sorted(self.mails.items())
        flags = [self.flags[uid] for uid, _ in old]
        self.uid_validity += 1
        self.mails = {first + index: raw for index, (_, raw) in enumerate(old)}
        self.flags = dict(zip(self.mails, flags, strict=True))
        self._next = first + len(old)

    @property
    def idling(self) -> int:
        """How many clients wait in IDLE."""
        return sum(connection.idling for connection in self._open)

    @property
    def next_uid(self) -> int:
        return self._next

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = _Connection(self, reader, writer)
        self._open.add(connection)
        try:
            await connection.run()
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self._open.discard(connection)
            writer.close()


class _Connection:
    def __init__(self, server: ScriptedImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.idling = False

    def write(self, data: bytes) -> None:
        """Send, unless the connection is over: uvloop would raise."""
        if not self.writer.is_closing():
            self.writer.write(data)

    async def run(self) -> None:
        self.write(self.server.greeting)
        while line := await self._command():
            tag, _, rest = line.partition(" ")
            words = rest.split(" ", 2)
            name = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
            self.server.commands.append(rest)
            if name in self.server.mute:
                await asyncio.Event().wait()
            if name in self.server.raw:
                self.write(self.server.raw[name].replace(b"TAG", tag.encode()))
                continue
            if not await self._answer(tag, name, rest):
                return
            await self.writer.drain()

    async def _command(self) -> str:
        """One command with its literals in place."""
        whole = b""
        while True:
            line = await self.reader.readline()
            if not line:
                return ""
            found = _LITERAL.search(line)
            if not found:
                return (whole + line).decode("utf-8", "replace").rstrip("\r\n")
            self.write(b"+ go on\r\n")
            whole += line[: found.start()] + await self.reader.readexactly(int(found[1]))

    async def _answer(self, tag: str, name: str, rest: str) -> bool:
        handlers: dict[str, Callable[[str], Awaitable[str] | str]] = {
            "CAPABILITY": self._capability,
            "LOGIN": self._login,
            "AUTHENTICATE": self._authenticate,
            "SELECT": self._select,
            "UID SEARCH": self._search,
            "UID FETCH": self._fetch,
            "UID STORE": self._store,
            "UID MOVE": self._move,
            "UID COPY": self._copy,
            "UID EXPUNGE": self._expunge,
            "IDLE": self._idle,
            "CREATE": self._create,
            "NOOP": lambda _: "OK",
            "LOGOUT": lambda _: "OK",
            "STARTTLS": lambda _: "OK begin",
        }
        handler = handlers.get(name)
        said: Any = handler(rest) if handler else "BAD what?"
        if asyncio.iscoroutine(said):
            said = await said
        if said is None:
            return False
        self.write(f"{tag} {said}\r\n".encode())
        if name == "STARTTLS" and self.server.tls:
            await self.writer.drain()
            await self.writer.start_tls(self.server.tls)
        return name != "LOGOUT"

    def _say(self, line: str | bytes) -> None:
        self.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    def _capability(self, _: str) -> str:
        self._say(f"* CAPABILITY IMAP4rev1 {self.server.capabilities}")
        return "OK"

    def _login(self, rest: str) -> str:
        literal = rest == f"LOGIN {self.server.user} {self.server.password}"
        escaped = self.server.password.replace("\\", "\\\\").replace('"', '\\"')
        quoted = rest == f'LOGIN "{self.server.user}" "{escaped}"'
        return "OK" if literal or quoted else "NO [AUTHENTICATIONFAILED] no"

    async def _authenticate(self, rest: str) -> str:
        _, mechanism, *initial = rest.split(" ")
        if not initial:
            self._say("+ ")
            initial = [(await self.reader.readline()).decode().strip()]
        text = base64.b64decode(initial[0]).decode()
        if mechanism == "PLAIN":
            good = text == f"\0{self.server.user}\0{self.server.password}"
            return "OK" if good else "NO [AUTHENTICATIONFAILED] no"
        token = text.partition("auth=Bearer ")[2].rstrip("\1")
        if token in self.server.tokens:
            return "OK"
        self._say("+ " + base64.b64encode(b'{"status":"400"}').decode())
        await self.reader.readline()
        return "NO AUTHENTICATE failed"

    def _select(self, rest: str) -> str:
        if rest.split('"')[1] not in self.server.folders:
            return "NO no such folder"
        self._say(f"* {len(self.server.mails)} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self.server.uid_validity}] valid")
        self._say(f"* OK [UIDNEXT {self.server.next_uid}] next")
        if self.server.permanent is not None:
            self._say(f"* OK [PERMANENTFLAGS {self.server.permanent}] kept")
        return "OK [READ-WRITE] selected"

    def _search(self, rest: str) -> str:
        found = [uid for uid in sorted(self.server.mails) if self._matches(uid, rest.split()[2:])]
        self._say("* SEARCH" + "".join(f" {uid}" for uid in found))
        return "OK"

    def _matches(self, uid: int, words: list[str]) -> bool:
        flags = self.server.flags[uid]
        for index, word in enumerate(words):
            after = words[index + 1] if index + 1 < len(words) else ""
            if (
                (word == "UID" and uid not in self._uids(after))
                or (word == "UNSEEN" and "\\Seen" in flags)
                or (word == "UNDELETED" and "\\Deleted" in flags)
                or (word == "UNKEYWORD" and after in flags)
                or (word == "KEYWORD" and after not in flags)
            ):
                return False
        return True

    def _uids(self, text: str) -> list[int]:
        highest = max(self.server.mails, default=0)
        found: set[int] = set()
        for span in text.split(","):
            first, _, last = span.partition(":")
            low, high = (highest if end == "*" else int(end) for end in (first, last or first))
            found.update(uid for uid in self.server.mails if min(low, high) <= uid <= max(low, high))
        return sorted(found)

    def _fetch(self, rest: str) -> str | None:
        _, _, which, items = rest.split(" ", 3)
        for number, uid in enumerate(self._uids(which), 1):
            raw = self.server.mails[uid]
            if "SIZE" in items and self.server.sizes.get(uid) == -1:
                return "NO cannot be measured"
            if "SIZE" in items:
                self._say(f"* {number} FETCH (UID {uid} RFC822.SIZE {self.server.sizes.get(uid, len(raw))})")
                continue
            assert "PEEK" in items, "a mail must not become seen by being fetched"
            if uid in self.server.unfetchable:
                return "NO cannot"
            if uid in self.server.deadly:
                self._say("* BYE")
                return None
            self._say(b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)" % (number, uid, len(raw), raw))
        return "OK"

    def _store(self, rest: str) -> str:
        _, _, which, _, flags = rest.split(" ", 4)
        if self.server.full and "Ventanilla" in flags:
            return "NO [LIMIT] too many keywords"
        for uid in self._uids(which):
            self.server.flags[uid].update(flags.strip("()").split())
        while self.server.late:
            self.server.put(self.server.late.pop())
            self._say(f"* {len(self.server.mails)} EXISTS")
        return "OK"

    def _copy(self, rest: str) -> str:
        which, target = rest.split(" ")[2], rest.split('"')[1]
        if target not in self.server.folders:
            return "NO [TRYCREATE] no such folder"
        self.server.moved.setdefault(target, []).extend(self.server.mails[uid] for uid in self._uids(which))
        return "OK"

    def _move(self, rest: str) -> str:
        said = self._copy(rest)
        if said == "OK":
            self._remove(self._uids(rest.split(" ")[2]))
        return said

    def _expunge(self, rest: str) -> str:
        self._remove([uid for uid in self._uids(rest.split(" ")[2]) if "\\Deleted" in self.server.flags[uid]])
        return "OK"

    def _remove(self, uids: list[int]) -> None:
        for uid in uids:
            del self.server.mails[uid], self.server.flags[uid]

    def _create(self, rest: str) -> str:
        self.server.folders.add(rest.split('"')[1])
        return "OK"

    async def _idle(self, _: str) -> str:
        self._say("+ idling")
        self.idling = True
        try:
            line = await self.reader.readline()
        finally:
            self.idling = False
        return "OK" if line.strip() == b"DONE" else "BAD"


class Proxy:
    """Forwards connections to a port until it is told to swallow everything."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.silent = asyncio.Event()
        self.port = 0
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        silent = self.silent  # a test puts a new event here: connections made later are not affected
        upstream, downstream = await asyncio.open_connection(HOST, self._target)
        for source, target in ((reader, downstream), (upstream, writer)):
            task = asyncio.create_task(self._pump(source, target, silent))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, silent: asyncio.Event) -> None:
        try:
            while data := await source.read(65_536):
                if silent.is_set():
                    continue
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()

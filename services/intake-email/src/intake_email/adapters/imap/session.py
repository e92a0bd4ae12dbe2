"""A mailbox on an IMAP server, opened: search, fetch, flag, move, wait. Each with a time limit.

Commands go one at a time. A `NO` to one of them is told to the caller; whatever else goes wrong ends the connection.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from intake_email.adapters.imap.wire import Reply, Wire
from intake_email.domain.imap.mailbox import (
    DONE_KEYWORD,
    REFUSED_KEYWORD,
    Fetched,
    Folder,
    ImapMailbox,
    NotFetched,
    Tls,
    Wanted,
)
from intake_email.domain.imap.responses import (
    Discarded,
    folder_name,
    is_quotable,
    permanent_flags,
    quoted,
    read_fetch,
    read_number,
    read_search,
    uid_set,
)
from intake_email.errors import FolderUnusable, LoginRefused, MailboxUnreachable
from intake_email.ports import Bearer, Credential

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ACCOUNT_CODES = frozenset([b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG", b"CONTACTADMIN"])
"""Refusals of a login that are not about the credential (RFC 5530): it is tried again soon."""
_SLOW = frozenset(["SELECT", "SEARCH", "COPY", "MOVE", "EXPUNGE"])
"""In a folder with years of mail a server may think for a minute, and say nothing until it is done."""
_LOGOUT_SECONDS = 2.0
_NEWS_PAUSE_SECONDS = 0.2
"""Before the next look when the server told of news outside IDLE: some do so after each search."""


@dataclass(frozen=True, slots=True)
class ImapTimes:
    """Time limits of a connection, in seconds.

    Attributes:
        connect: for the connection with its TLS, and for the greeting.
        silence: without a byte, while an answer is due.
        command: for a whole command.
        fetch: for a whole mail.
        idle: after so long IDLE is begun anew; servers drop it after half an hour, some firewalls after ten minutes.
    """

    connect: float = 20.0
    silence: float = 30.0
    command: float = 120.0
    fetch: float = 600.0
    idle: float = 540.0


class ImapSession:
    """An open connection. `folder` says what is selected."""

    folder: Folder

    def __init__(self, wire: Wire, mailbox: ImapMailbox, times: ImapTimes, size_limit_bytes: int) -> None:
        self._wire = wire
        self._mailbox = mailbox
        self._times = times
        self._size_limit = size_limit_bytes
        self._idles = False

    async def prepare(self, context: ssl.SSLContext | None) -> None:
        """Learn what the server can, and go into TLS if that is the entry's way."""
        if self._mailbox.tls is Tls.STARTTLS:
            reply = await self._say("STARTTLS")
            if not reply.ok or context is None:
                raise MailboxUnreachable(f"the server does not do STARTTLS: {reply.words}")
            await self._wire.start_tls(context, self._mailbox.host, self._times.connect)
        if not self._wire.capabilities:
            await self._say("CAPABILITY")

    async def log_in(self, credential: Credential) -> None:
        """Say who we are.

        Raises:
            LoginRefused: the server does not take it.
        """
        can = self._wire.capabilities
        if isinstance(credential, Bearer):
            text = f"user={credential.user}\1auth=Bearer {credential.token}\1\1"
            reply = await self._authenticate("XOAUTH2", text)
        elif "AUTH=PLAIN" in can:
            reply = await self._authenticate("PLAIN", f"\0{credential.user}\0{credential.password}")
        elif "LOGINDISABLED" in can:
            raise MailboxUnreachable("the server takes no password on an unprotected connection: set tls")
        else:
            reply = await self._log_in_plainly(credential.user, credential.password)
        if not reply.ok:
            if _ACCOUNT_CODES & reply.codes.keys():
                raise MailboxUnreachable(f"the server lets nobody in now: {reply.words}")
            raise LoginRefused(f"the server refuses the login: {reply.words}")
        self._wire.entered()
        if b"CAPABILITY" not in reply.codes:  # others may apply from here on
            await self._say("CAPABILITY")

    async def select(self) -> None:
        """Select the folder and learn its numbers.

        Raises:
            FolderUnusable: it is not there, may not be changed, or has no numbering.
        """
        name = self._mailbox.folder
        reply = await self._say("SELECT", folder_name(name))
        if not reply.ok:
            raise FolderUnusable(f"the folder {name!r} cannot be opened: {reply.words}")
        codes = reply.codes
        if b"READ-ONLY" in codes:
            raise FolderUnusable(f"the folder {name!r} may only be read: nothing could be marked as done in it")
        validity = read_number(codes.get(b"UIDVALIDITY", b"").strip())
        if not validity:
            raise FolderUnusable(f"the folder {name!r} has no UIDVALIDITY")
        self._wire.selected()
        uid_next = read_number(codes.get(b"UIDNEXT", b"").strip()) or await self._next_uid()
        seen, keywords = permanent_flags(codes)
        self.folder = Folder(validity, uid_next, seen, keywords)
        self._wire.news.clear()  # how much there is now is no news: the caller looks first
        self._idles = self._mailbox.idle and "IDLE" in self._wire.capabilities

    async def look(self) -> None:
        """Let the server tell what is new."""
        self._wire.news.clear()
        await self._say("NOOP")

    async def search(self, wanted: Wanted, *, undone: bool = True) -> list[int]:
        """The UIDs that a search finds, ascending; `undone` leaves out what carries our keywords."""
        words = ["UID", f"{wanted.above + 1}:{'*' if wanted.up_to is None else wanted.up_to}", "UNDELETED"]
        if wanted.unseen:
            words.append("UNSEEN")
        if undone and self.folder.keeps_keywords:
            words += ["UNKEYWORD", DONE_KEYWORD, "UNKEYWORD", REFUSED_KEYWORD]
        if wanted.since is not None:
            words += ["SINCE", f"{wanted.since.day}-{_MONTHS[wanted.since.month - 1]}-{wanted.since.year}"]
        reply = await self._say("SEARCH", *words, uid=True)
        _must(reply, "search")
        # `n:*` always holds the last mail, even below n.
        return [uid for uid in read_search(reply.responses) if uid > wanted.above]

    async def last_done(self) -> int:
        """The highest UID that carries our keyword; 0 if none does, or the server keeps none."""
        if not self.folder.keeps_keywords:
            return 0
        reply = await self._say("SEARCH", "KEYWORD", DONE_KEYWORD, uid=True)
        return max(read_search(reply.responses), default=0)

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """What the server says of the size of mails; those that are gone, or that it will not measure, are missing."""
        reply = await self._say("FETCH", uid_set(uids), "(UID RFC822.SIZE)", uid=True)
        found: dict[int, int] = {}
        for response in reply.responses:
            items = read_fetch(response) or {}
            if (uid := read_number(items.get(b"UID"))) in uids and b"RFC822.SIZE" in items:
                found[uid] = read_number(items[b"RFC822.SIZE"])
        return found

    async def fetch(self, uid: int, room: Callable[[int], bool]) -> Fetched | NotFetched:
        """The bytes of one mail; it stays unseen.

        Args:
            uid: of the mail.
            room: asked with the size that the server announces; says whether there is memory for it.
        """
        why = NotFetched.TOO_LARGE

        def admit(size: int) -> bool:
            nonlocal why
            if size > self._size_limit:
                return False
            if not room(size):
                why = NotFetched.NO_ROOM
                return False
            return True

        reply = await self._wire.say(
            "FETCH",
            str(uid),
            "(UID BODY.PEEK[])",
            uid=True,
            admit=admit,
            silence_seconds=self._times.silence,
            total_seconds=self._times.fetch,
        )
        there = False
        for response in reply.responses:
            items = read_fetch(response) or {}
            if read_number(items.get(b"UID")) != uid:
                continue
            there = True
            body = items.get(b"BODY[]")
            if isinstance(body, Discarded):
                return why
            if isinstance(body, bytes):
                return Fetched(body)
        return NotFetched.GONE if reply.ok and not there else NotFetched.UNFETCHABLE

    async def mark_done(self, uids: Sequence[int]) -> None:
        """Say on the server that mails were taken in."""
        await self._flag(uids, ["\\Seen"], DONE_KEYWORD)
        if self._mailbox.move_to is not None:
            await self._move(uids, self._mailbox.move_to)

    async def mark_refused(self, uids: Sequence[int]) -> None:
        """Say on the server that mails can never be taken in: somebody should look at them."""
        await self._flag(
            uids, ["\\Flagged"] if self.folder.keeps_keywords else ["\\Flagged", "\\Seen"], REFUSED_KEYWORD
        )
        if self._mailbox.refused_to is not None:
            await self._move(uids, self._mailbox.refused_to)

    async def wait_for_news(self, seconds: float) -> None:
        """Return when there may be news, and after so long in any case; longer than IDLE may last it never takes."""
        if self._wire.news.is_set():
            await asyncio.sleep(_NEWS_PAUSE_SECONDS)
            return
        if self._idles:
            reply = await self._wire.idle(min(seconds, self._times.idle), silence_seconds=self._times.silence)
            self._idles = reply.ok
            if reply.ok:
                return
        try:
            async with asyncio.timeout(min(seconds, self._mailbox.poll_seconds)):
                await self._wire.lost.wait()
        except TimeoutError:
            return
        raise MailboxUnreachable(self._wire.why_lost)

    async def close(self) -> None:
        """Say goodbye, for a moment, and disconnect."""
        try:
            async with asyncio.timeout(_LOGOUT_SECONDS):
                if not self._wire.lost.is_set():
                    await self._say("LOGOUT")
        except (TimeoutError, MailboxUnreachable):
            pass
        finally:
            self._wire.abort("closed")

    def drop(self) -> None:
        """Disconnect at once."""
        self._wire.abort("dropped")

    async def _say(self, name: str, *words: str, uid: bool = False, answers: Sequence[bytes] = ()) -> Reply:
        times = self._times
        silence = times.command if name in _SLOW else times.silence
        return await self._wire.say(
            name, *words, uid=uid, answers=answers, silence_seconds=silence, total_seconds=times.command
        )

    async def _authenticate(self, mechanism: str, text: str) -> Reply:
        proof = b64encode(text.encode())
        if "SASL-IR" in self._wire.capabilities:
            return await self._say("AUTHENTICATE", mechanism, proof.decode())
        return await self._say("AUTHENTICATE", mechanism, answers=[proof])

    async def _log_in_plainly(self, user: str, password: str) -> Reply:
        if is_quotable(user) and is_quotable(password):
            return await self._say("LOGIN", quoted(user), quoted(password))
        name, secret = user.encode(), password.encode()
        return await self._say("LOGIN", f"{{{len(name)}}}", answers=[name + b" {%d}" % len(secret), secret])

    async def _next_uid(self) -> int:
        """For servers that do not announce it."""
        reply = await self._say("SEARCH", "ALL", uid=True)
        return max(read_search(reply.responses), default=0) + 1

    async def _flag(self, uids: Sequence[int], flags: list[str], keyword: str) -> None:
        kept = [flag for flag in flags if self.folder.keeps_seen or flag != "\\Seen"]
        if self.folder.keeps_keywords:
            reply = await self._store(uids, [*kept, keyword])
            if reply.ok:
                return
            # It takes new keywords, but has no room for one more: the position has to do.
            self.folder = replace(self.folder, keeps_keywords=False)
        if kept and not (reply := await self._store(uids, kept)).ok:
            raise FolderUnusable(f"mail cannot be flagged: {reply.words}")

    async def _store(self, uids: Sequence[int], flags: Sequence[str]) -> Reply:
        return await self._say("STORE", uid_set(uids), "+FLAGS.SILENT", f"({' '.join(flags)})", uid=True)

    async def _move(self, uids: Sequence[int], target: str) -> None:
        can = self._wire.capabilities
        verb = "MOVE" if "MOVE" in can else "COPY"
        for attempt in range(2):
            reply = await self._say(verb, uid_set(uids), folder_name(target), uid=True)
            if reply.ok:
                break
            if attempt or b"TRYCREATE" not in reply.codes or not (await self._say("CREATE", folder_name(target))).ok:
                raise FolderUnusable(f"mail cannot be moved to {target!r}: {reply.words}")
        if verb == "COPY":
            _must(await self._store(uids, ["\\Deleted"]), "deletion")
            if "UIDPLUS" in can:  # without it, EXPUNGE would remove what somebody else has marked
                _must(await self._say("EXPUNGE", uid_set(uids), uid=True), "expunge")


def _must(reply: Reply, what: str) -> None:
    if not reply.ok:
        raise MailboxUnreachable(f"the server refuses a {what}: {reply.words}")

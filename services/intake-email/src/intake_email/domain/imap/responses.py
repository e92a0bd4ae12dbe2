"""What an IMAP server says, taken apart (RFC 3501 section 7, RFC 9051): bytes in, responses and values out.

aioimaplib's own reading goes one call deeper for each line (a thousand lines in one packet end the connection), keeps
literals of any announced size, and counts brackets to find the end of a FETCH; this reads each byte once, in bounded
memory.
"""

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from intake_email.domain.imap.mailbox import DONE_KEYWORD, UID_LIMIT

LINE_LIMIT_BYTES = 4 * 1024 * 1024
"""A search that finds half a million mails answers in one line."""
PARTS_LIMIT = 200
_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}\Z")
_TOKEN = re.compile(rb'[()]|"(?:[^"\\]|\\.)*"|[^\s()"]+')
_CODE = re.compile(rb"\[([A-Za-z0-9-]{1,40})(?: ([^\]]{0,20000}))?\]")
_PLAIN = re.compile(r"[\x20-\x7e]*\Z")


class Overrun(Exception):
    """The server sends more in one response than any honest one does."""


@dataclass(frozen=True, slots=True)
class Discarded:
    """A literal that was read and not kept."""

    size_bytes: int


Literal = bytes | Discarded


@dataclass(slots=True)
class Response:
    """One response: its lines without line ends, and the literals between them (one fewer than lines)."""

    lines: list[bytes] = field(default_factory=list)
    literals: list[Literal] = field(default_factory=list)

    @property
    def first(self) -> bytes:
        """The first line."""
        return self.lines[0]


class Framer:
    """Cuts a stream of bytes into responses; what it holds is bounded.

    Attributes:
        admit: asked for each literal with its size: keep it?
        discard_limit_bytes: a literal that is not kept may have so many bytes.
    """

    def __init__(self, discard_limit_bytes: int) -> None:
        self.admit: Callable[[int], bool] = _small
        self.discard_limit_bytes = discard_limit_bytes
        self._buffer = bytearray()
        self._scanned = 0
        self._response = Response()
        self._line_bytes = 0
        self._missing = 0
        self._literal: bytearray | None = None
        self._discarded_bytes = 0

    @property
    def empty(self) -> bool:
        """Nothing has been read that is not a whole response."""
        return not self._buffer and not self._response.lines

    def feed(self, data: bytes) -> Iterator[Response]:
        """Take bytes in; the responses that they complete.

        Raises:
            Overrun: a line or a literal is too long, or there are too many literals.
        """
        self._buffer += data
        while True:
            if self._missing and not self._take_literal():
                return
            end = self._buffer.find(b"\r\n", self._scanned)
            if end < 0:
                self._scanned = max(len(self._buffer) - 1, 0)
                if len(self._buffer) + self._line_bytes > LINE_LIMIT_BYTES:
                    raise Overrun("a line that does not end")
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 2]
            self._scanned = 0
            if self._take_line(line):
                done, self._response, self._line_bytes = self._response, Response(), 0
                yield done

    def _take_line(self, line: bytes) -> bool:
        """Add a line; True if the response ends with it."""
        self._response.lines.append(line)
        self._line_bytes += len(line)
        if self._line_bytes > LINE_LIMIT_BYTES or len(self._response.lines) > PARTS_LIMIT:
            raise Overrun("a response that does not end")
        announced = _LITERAL.search(line, max(len(line) - 16, 0)) if line.endswith(b"}") else None
        if announced is None:
            return True
        size = int(announced[1])
        if self.admit(size):
            self._literal = bytearray()
        elif size <= self.discard_limit_bytes:
            self._literal = None
        else:
            raise Overrun(f"a literal of {size} bytes")
        self._missing = self._discarded_bytes = size
        if not size:
            self._response.literals.append(b"")
        return False

    def _take_literal(self) -> bool:
        """Move bytes from the buffer to the literal; True if it is complete."""
        count = min(self._missing, len(self._buffer))
        if self._literal is not None:
            self._literal += self._buffer[:count]
        del self._buffer[:count]
        self._missing -= count
        if self._missing:
            return False
        kept = Discarded(self._discarded_bytes) if self._literal is None else bytes(self._literal)
        self._response.literals.append(kept)
        self._literal = None
        return True


def _small(size: int) -> bool:
    """Names and flags come as literals too; none is long."""
    return size <= 64 * 1024


Value = bytes | Discarded | list[bytes] | None


def read_fetch(response: Response) -> dict[bytes, Value] | None:
    """The items of `* n FETCH (…)` by their upper-case names; None for any other response.

    A list has its atoms in order, without structure.
    """
    words = response.first.split(b" ", 2)
    if len(words) < 3 or words[1].upper() != b"FETCH" or not words[0].isdigit():
        return None
    items: dict[bytes, Value] = {}
    name: bytes | None = None
    inside: list[bytes] | None = None
    depth = 0
    for token in _tokens(response, len(words[0]) + 7):
        if token == b"(":
            depth += 1
            inside = [] if depth == 2 else inside
        elif token == b")":
            depth -= 1
            if depth == 1 and name is not None:
                items[name], name = inside, None
        elif depth > 1:
            if inside is not None and isinstance(token, bytes):
                inside.append(token)
        elif name is None:
            name = token.upper() if isinstance(token, bytes) else None
        else:
            items[name], name = _value(token), None
    return items


@dataclass(frozen=True, slots=True)
class _Text:
    """A string of the protocol, which is never an atom."""

    value: Literal


def _value(token: "bytes | _Text") -> Value:
    if isinstance(token, _Text):
        return token.value
    return None if token.upper() == b"NIL" else token


def _tokens(response: Response, start: int) -> "Iterator[bytes | _Text]":
    for index, line in enumerate(response.lines):
        for match in _TOKEN.finditer(line, start if index == 0 else 0):
            token = match[0]
            if index < len(response.literals) and match.end() == len(line):
                yield _Text(response.literals[index])
            elif token[:1] == b'"':
                yield _Text(re.sub(rb"\\(.)", rb"\1", token[1:-1]))
            else:
                yield token


def read_search(responses: Sequence[Response]) -> list[int]:
    """The numbers that a search found, in ascending order, each once."""
    found: set[int] = set()
    for response in responses:
        words = response.first.split()
        if words and words[0].upper() == b"SEARCH":
            found.update(number for word in words[1:] if (number := read_number(word)))
    return sorted(found)


def read_number(word: object) -> int:
    """A number of the protocol; 0 if it is none."""
    if not isinstance(word, bytes) or not word.isdigit() or len(word) > 20:
        return 0
    return int(word) if int(word) <= UID_LIMIT else 0


def read_codes(lines: Sequence[bytes]) -> dict[bytes, bytes]:
    """Response codes such as `[UIDNEXT 7]`, by their upper-case names."""
    found: dict[bytes, bytes] = {}
    for line in lines:
        if (match := _CODE.search(line[:24_000])) is not None:
            found.setdefault(match[1].upper(), match[2] or b"")
    return found


def read_capabilities(words: bytes) -> frozenset[str]:
    """The words of a capability list."""
    return frozenset(words.decode("ascii", "ignore").upper().split()[:500])


def permanent_flags(codes: dict[bytes, bytes]) -> tuple[bool, bool]:
    """Whether the flag for seen mail and our keyword survive the session; without the code, flags do (RFC 3501)."""
    if b"PERMANENTFLAGS" not in codes:
        return True, False
    flags = {flag.lower() for flag in codes[b"PERMANENTFLAGS"].strip(b"() ").split()}
    return b"\\seen" in flags, b"\\*" in flags or DONE_KEYWORD.lower().encode() in flags


def quoted(text: str) -> str:
    """A quoted string of the protocol."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_quotable(text: str) -> bool:
    """Whether a quoted string can carry it: printable ASCII. Anything else needs a literal."""
    return _PLAIN.match(text) is not None


def folder_name(name: str) -> str:
    """A folder's name as a quoted string, in the protocol's own UTF-7 (RFC 3501 section 5.1.3)."""
    pieces: list[str] = []
    run = ""
    for character in name + "\0":
        if " " <= character <= "~" or character == "\0":
            if run:
                coded = base64.b64encode(run.encode("utf-16-be", "surrogatepass")).decode().rstrip("=")
                pieces.append("&" + coded.replace("/", ",") + "-")
                run = ""
            pieces.append("&-" if character == "&" else character)
        else:
            run += character
    return quoted("".join(pieces)[:-1])


def uid_set(uids: Sequence[int]) -> str:
    """A set of numbers in the protocol's short form: `1:3,7`."""
    spans: list[list[int]] = []
    for uid in sorted(set(uids)):
        if spans and spans[-1][1] == uid - 1:
            spans[-1][1] = uid
        else:
            spans.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in spans)

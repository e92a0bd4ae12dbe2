"""The words of a mail, out of its tree: what is text, what is HTML, what is a file (RFC 2046, 2183, 2387)."""

import re
from dataclasses import dataclass, field
from html import escape
from urllib.parse import unquote

from intake_email.domain.html_text import HTML_LIMIT_CHARS, html_to_text
from intake_email.domain.mail import File
from intake_email.domain.mime.charsets import decode, guessed_label
from intake_email.domain.mime.cms import signed_content
from intake_email.domain.mime.encoded_words import header_text
from intake_email.domain.mime.flowed import unflow
from intake_email.domain.mime.head import read_head
from intake_email.domain.mime.structure import BOILERPLATE, Part, read_structure
from intake_email.domain.mime.transfer import encoding_of, take_uuencoded, undo, words_behind

TEXT_PART_LIMIT = 50
_OPENED_LIMIT = 3
PART_TEXT_LIMIT_BYTES = 4 * 1024 * 1024
"""More words than this in one part were written by nobody; the rest is in the original."""
_MARKUP = re.compile(r"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_ENRICHED = re.compile(r"<(/?)[A-Za-z0-9-]{1,60}>")
_BODY_KINDS = frozenset(
    {
        "text/plain",
        "text/html",
        "text/enriched",
        "text/richtext",
        "text",
        "text/markdown",
        "text/x-amp-html",
        "text/watch-html",
    }
)
_FILE_KINDS = frozenset(
    {"text/calendar", "text/csv", "text/directory", "text/vcard", "text/x-vcard", "text/rfc822-headers"}
)
_NOT_SHOWN = frozenset({"text/x-amp-html", "text/watch-html"})
"""Further forms of the same words, for readers of one kind."""
TEXT_LEFT_OUT = "text_left_out"
"""The mail says something that is only in its original, such as another alternative with other words."""
_HIGH = bytes(range(128, 256))
_TELLING_BYTES = 40
_SAMPLE_BYTES = 64 * 1024
_WORD = re.compile(r"\w+")
_NO_PATH = str.maketrans("/\\", "__")
_LOCATION = re.compile(r"(?:\A|/)([^/\\?#:]{1,200}\.[A-Za-z0-9]{1,8})(?:[?#]|\Z)")
"""The file that a `Content-Location` ends with (RFC 2557): the only name that pictures of saved pages have."""


@dataclass(slots=True)
class Passage:
    """A stretch of the message: as plain text, as HTML, or as both."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Words:
    """What walking the tree finds."""

    passages: list[Passage] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    unshown: bool = False
    """There was a form for readers of one kind."""


class Walk:
    """Goes through the tree of one mail."""

    def __init__(self, raw: bytes, defects: list[str], found: Words | None = None, depth: int = 0) -> None:
        self._raw = raw
        self._defects = defects
        self._depth = depth
        self.found = found or Words()

    def through(self, root: Part) -> Words:
        """Everything that the mail consists of."""
        self.found.passages = self._passages(root, alone=True)
        if self.found.unshown and not self.found.htmls:
            self._note(TEXT_LEFT_OUT)  # beside HTML it would be a further form of that
        return self.found

    def _passages(self, part: Part, *, alone: bool = False) -> list[Passage]:
        if part.children:
            if part.kind == "multipart/alternative":
                return self._alternative(part)
            if part.kind == "multipart/related":
                return self._related(part)
            return self._sequence([passage for child in part.children for passage in self._passages(child)])
        if part.kind.startswith("multipart/"):
            return self._passages_of_broken(part)
        if self._is_words(part, alone=alone):
            return self._leaf(part)
        if alone and part.kind == "message/partial" and (there := self._fragment(part)) is not None:
            return there
        if part.kind.startswith("application/") and (inside := self._opened(part)) is not None:
            return inside
        self._file(part)
        return []

    def _opened(self, part: Part) -> list[Passage] | None:
        """What an opaque S/MIME signature wraps, in its place; None where a part is none."""
        if not part.kind.endswith("pkcs7-mime") or self._depth >= _OPENED_LIMIT:
            return None
        content = signed_content(self._content(part)[0])
        if content is None:
            return None
        inner = Walk(content, self._defects, self.found, self._depth + 1)
        return inner._passages(read_structure(content, read_head(content), self._defects))

    def _fragment(self, part: Part) -> list[Passage] | None:
        """What is there of a mail that was sent in several (RFC 2046 section 5.2.2); None where it is not for reading.

        The first of them begins with the headers of the whole.
        """
        content, _ = self._content(part)
        if part.type.get("number") not in ("", "1"):
            readable = b" " in content[:200]
            return self._shown(part, content[:PART_TEXT_LIMIT_BYTES], "text/plain") if readable else None
        if self._depth >= _OPENED_LIMIT:
            return None
        inner = Walk(content, self._defects, self.found, self._depth + 1)
        return inner._passages(read_structure(content, read_head(content), self._defects), alone=True)

    def _alternative(self, part: Part) -> list[Passage]:
        """The plain form and the richest one, as one passage."""
        plain: list[Passage] = []
        rich: list[Passage] = []
        forms: list[list[Passage]] = []
        for child in part.children:
            passages = self._passages(child)
            forms.append(passages)
            if any(passage.html is not None for passage in passages):
                if not rich or not _blank(passages):
                    # What is replaced may have brought the only plain form.
                    plain = plain or [Passage(passage.plain) for passage in rich if passage.plain]
                    rich = passages
            elif passages and (not plain or _blank(plain)):
                plain = passages
        if len(forms) > 1 and _says_more(forms, [*plain, *rich]):
            self._note(TEXT_LEFT_OUT)
        if not plain or not rich:
            return plain or rich
        # The rich form may bring a plain one of its own, where containers lie in each other.
        text = "\n\n".join(passage.plain for passage in plain if passage.plain)
        return [Passage(text, _joined_html(rich))]

    def _related(self, part: Part) -> list[Passage]:
        start = part.type.get("start").strip("<> ")
        root = part.children[0]
        for child in part.children:
            if start and self._content_id(child) == start:
                root = child
                break
        else:
            if not root.children and not root.kind.startswith(("text/", "multipart/")):
                root = next((child for child in part.children if child.kind.startswith(("text/", "multipart/"))), root)
        passages = self._passages(root)
        for child in part.children:
            if child is root:
                continue
            if child.children or (child.kind == "text/plain" and not self._name(child) and not self._content_id(child)):
                passages += self._passages(child)
            else:
                self._file(child)
        return passages

    def _sequence(self, passages: list[Passage]) -> list[Passage]:
        """Passages one below the other; the same words in two forms, which belonged into an alternative, are one."""
        if len(passages) == 2:
            first, second = passages
            if (
                first.html is None
                and second.plain is None
                and first.plain
                and second.html
                and _same_words(first.plain, html_to_text(second.html))
            ):
                return [Passage(first.plain, second.html)]
        return passages

    def _passages_of_broken(self, part: Part) -> list[Passage]:
        """A container without parts: what it holds is shown as text, for nothing else says what it is."""
        content = self._raw[part.start : part.end]
        if not content.strip() or BOILERPLATE.fullmatch(content):
            return []
        if len(self.found.texts) >= TEXT_PART_LIMIT:
            self._note("parts_cut")
            return []
        content, _ = undo(content[:PART_TEXT_LIMIT_BYTES], encoding_of(part.head.first("content-transfer-encoding")))
        return self._shown(part, content, "text/plain")

    def _is_words(self, part: Part, *, alone: bool) -> bool:
        if part.disposition.value == "attachment":
            return False
        if part.kind not in _BODY_KINDS:
            # RFC 2046 section 4.1.4: what nobody knows of text is read as plain text.
            return alone and part.kind.startswith("text/") and part.kind not in _FILE_KINDS
        if len(self.found.texts) + len(self.found.htmls) >= TEXT_PART_LIMIT:
            return False
        if alone or not self._name(part):
            return True
        # A name alone does not make a file of the first words.
        return not part.disposition.value and not self.found.texts and not self.found.htmls

    def _leaf(self, part: Part) -> list[Passage]:
        if part.kind in _NOT_SHOWN:
            self.found.unshown = True
            return []
        content, damaged = self._content(part)
        if damaged:
            self._note("transfer_encoding_broken")
        if self._goes_on_behind(part, content):
            self._note(TEXT_LEFT_OUT)
        if len(content) > PART_TEXT_LIMIT_BYTES:
            content = content[:PART_TEXT_LIMIT_BYTES]
            self._note("text_cut")
        return self._shown(part, content, part.kind)

    def _shown(self, part: Part, content: bytes, kind: str) -> list[Passage]:
        label = part.type.get("charset")
        if kind == "text/html" and not label and not content.isascii():
            meta = _META_CHARSET.search(content[:4096])
            label = meta[1].decode("ascii") if meta else ""
        if not label and not content.isascii():
            label = self._label_of_all(content)
        if kind != "text/html" and b"begin" in content:
            attached, content = take_uuencoded(content)
            for name, data in attached:
                self.found.files.append(File(name, "application/octet-stream", data))
        text, wrong = decode(content, label or None)
        if wrong:
            self._note("charset_wrong")
        if text.startswith("\ufeff"):
            text = text[1:]
        if kind == "text/html" or (kind == "text/plain" and "<" in text[:600] and _MARKUP.match(text)):
            self.found.htmls.append(text)
            return [Passage(None, text)]
        if part.type.get("format").lower() == "flowed":
            text = unflow(text, delete_space=part.type.get("delsp").lower() == "yes")
        if kind in ("text/enriched", "text/richtext"):
            text = _ENRICHED.sub("", text.replace("<<", "\0")).replace("\0", "<")
        self.found.texts.append(text)
        return [Passage(text)]

    def _label_of_all(self, content: bytes) -> str:
        """The charset that all raw bytes of the mail look like: a few words alone tell too little."""
        if len(content) - len(content.translate(None, _HIGH)) >= _TELLING_BYTES:
            return ""
        lines = [line for line in self._raw[:_SAMPLE_BYTES].split(b"\n") if not line.isascii()]
        label = guessed_label(b"\n".join(lines)) if len(lines) > 1 else None
        return label if label and label != "cp1252" else ""

    def _file(self, part: Part) -> None:
        if part.children:
            for child in part.children:
                self._file(child)
            return
        content, damaged = self._content(part)
        if damaged:
            self._note("transfer_encoding_broken")
        name = self._name(part)
        content_id = self._content_id(part) or None
        if not name and part.kind == "message/rfc822":
            subject = header_text(read_head(content, top=True).first("subject")[:500])
            name = f"{subject[:80].translate(_NO_PATH).strip() or 'message'}.eml"
        disposition = part.disposition.value
        inline = disposition == "inline" or (content_id is not None and disposition != "attachment")
        self.found.files.append(File(name, part.kind, content, inline, content_id))

    def _content(self, part: Part) -> tuple[bytes, bool]:
        content = self._raw[part.start : part.end]
        encoding = part.head.first("content-transfer-encoding")
        if not encoding:
            return content, False
        return undo(content, encoding_of(encoding), text=part.kind.startswith("text/"))

    def _goes_on_behind(self, part: Part, content: bytes) -> bool:
        """Whether words stand behind what was decoded; where nothing was, they are all there."""
        encoding = part.head.first("content-transfer-encoding")
        encoded = self._raw[part.start : part.end] if encoding else content
        return encoded != content and words_behind(encoded, encoding_of(encoding))

    def _name(self, part: Part) -> str:
        return (
            part.disposition.get("filename")
            or part.type.get("name")
            or part.type.get("filename")
            or part.disposition.get("name")
            or self._location(part)
        )

    @staticmethod
    def _location(part: Part) -> str:
        raw = part.head.first("content-location")
        if not raw or part.kind.startswith(("text/", "multipart/", "message/")):
            return ""
        match = _LOCATION.search("".join(header_text(raw[:1000]).split()))
        return unquote(match[1]) if match else ""

    def _content_id(self, part: Part) -> str:
        raw = part.head.first("content-id")
        return header_text(raw[:1000]).strip("<> \t") if raw else ""

    def _note(self, defect: str) -> None:
        if defect not in self._defects:
            self._defects.append(defect)


def text_of(passages: list[Passage]) -> tuple[str, bool]:
    """The whole message as plain text, and whether all of it was made from HTML."""
    pieces: list[str] = []
    converted = 0
    room = HTML_LIMIT_CHARS
    for passage in passages:
        piece = passage.plain
        if (piece is None or not piece.strip()) and passage.html is not None and room > 0:
            piece = html_to_text(passage.html[:room])
            room -= len(passage.html)
            converted += bool(piece.strip())
        if piece and piece.strip():
            pieces.append(piece)
    if len(pieces) > 1:
        pieces = [piece.strip("\r\n") for piece in pieces]
    return "\n\n".join(pieces), 0 < converted == len(pieces)


def html_of(passages: list[Passage]) -> str | None:
    """The whole message as HTML; None if none of it is."""
    if not any(passage.html for passage in passages):
        return None
    return _joined_html(passages)


def _joined_html(passages: list[Passage]) -> str:
    if len(passages) == 1 and passages[0].html is not None:
        return passages[0].html
    return "\n".join(
        passage.html if passage.html is not None else f"<pre>{escape(passage.plain or '', quote=False)}</pre>"
        for passage in passages
        if passage.html is not None or (passage.plain and not passage.plain.isspace())
    )


def _blank(passages: list[Passage]) -> bool:
    return not any((passage.plain or "").strip() or passage.html for passage in passages)


def _says_more(forms: list[list[Passage]], kept: list[Passage]) -> bool:
    """Whether alternatives that were not kept have words that those that were do not have."""
    shown = {id(passage) for passage in kept}
    others = [passage for form in forms for passage in form if id(passage) not in shown]
    said = _words_of(others)
    return bool(said) and not said <= _words_of(kept)


def _words_of(passages: list[Passage]) -> set[str]:
    texts = (text for passage in passages for text in (passage.plain, passage.html and html_to_text(passage.html)))
    return {word for text in texts if text for word in _WORD.findall(text)}


def _same_words(plain: str, converted: str) -> bool:
    """Whether two texts begin with the same hundred words, or are the same where they are shorter."""
    first = _WORD.findall(plain[:2_000])[:100]
    second = _WORD.findall(converted[:2_000])[:100]
    shorter = min(len(first), len(second))
    return shorter >= 1 and first[:shorter] == second[:shorter] and abs(len(first) - len(second)) * 4 <= shorter

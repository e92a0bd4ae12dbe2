"""What a message of Slack says: its text, and what stands in its blocks and attachments alone.

What people type stands in `text`, and in a block once more. Of what they share there is nothing in `text`, and of what
apps write it may hold a headline or nothing. Previews that Slack or an app adds to a link are nobody's words.
Everything is in Slack's own words (mrkdwn), so that names, marks and links are treated alike wherever they stood. Pure;
whatever stands in a message, reading it raises nothing.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from intake_chat.domain.slack.block_words import DEEPEST, link, mappings, quoted, words_of_block
from intake_chat.domain.slack.mrkdwn import escaped, one_line, plain_text

LONGEST: Final = 400_000
"""Of what is put together here; what an event of the desk carries is less."""
_SHARED: Final = ("is_share", "is_msg_unfurl")
_PREVIEW: Final = ("from_url", "original_url", "app_unfurl_url", "is_app_unfurl", "service_name")
_SURE: Final = 12
"""So many letters stand somewhere in a text by no chance; fewer must be a line of their own."""
_NO_LETTERS: Final = re.compile(r"[\W_]+")
_EMAIL: Final = "email"

Json = Mapping[str, Any]


def message_words(message: Json) -> str:
    """What a message says, in Slack's words; "" where it says nothing (its files may)."""
    text = _string(message, "text")
    known = _Said(text)
    blocks = [words for words in _of_blocks(message, typed=bool(text.strip())) if known.is_news(words)]
    if blocks and text.strip() and not _Said("\n".join(blocks)).is_news(text):
        text = ""  # a headline for notifications, which the blocks say too
    more = [words for words in (*_of_attachments(message), *_of_mails(message)) if known.is_news(words)]
    if not blocks and not more:
        return text
    return _lines((text.rstrip("\n"), *blocks, *more))[:LONGEST]


class _Said:
    """What was said already, by its letters: marks, blanks and signs make no difference."""

    def __init__(self, words: str) -> None:
        self._lines: set[str] = set()
        self._all = ""
        self._add(words)

    def is_news(self, words: str) -> bool:
        """Whether words say anything that was not said; from now on they are."""
        if not words.strip():
            return False
        lines = [letters for line in words.split("\n") if (letters := _letters(line))]
        whole = "".join(lines)
        known = (len(whole) >= _SURE and whole in self._all) or (
            bool(lines) and all(line in self._lines or (len(line) >= _SURE and line in self._all) for line in lines)
        )
        if not known:
            self._add(words)
        return not known

    def _add(self, words: str) -> None:
        lines = [letters for line in words.split("\n") if (letters := _letters(line))]
        self._lines.update(lines)
        self._all += "".join(lines)


def _of_blocks(message: Json, *, typed: bool) -> Iterator[str]:
    for block in mappings(message.get("blocks")):
        # What a person types, Slack gives in both; as text it is as they typed it.
        if not (typed and block.get("type") == "rich_text" and not message.get("bot_id")):
            yield words_of_block(block)


def _of_attachments(message: Json, depth: int = 0) -> Iterator[str]:
    if depth > DEEPEST:
        return
    for one in mappings(message.get("attachments")):
        if any(one.get(name) for name in _SHARED):
            yield _shared(one, depth)
        elif not any(one.get(name) for name in _PREVIEW):
            yield _attached(one, depth)


def _shared(one: Json, depth: int) -> str:
    """Somebody's message, quoted, with who wrote it."""
    blocks = [words_of_block(block) for block in mappings(one.get("blocks"))]
    for shown in mappings(one.get("message_blocks")):
        message = shown.get("message")
        blocks += [words_of_block(b) for b in mappings(message.get("blocks"))] if isinstance(message, Mapping) else []
    # Slack may shorten the text, and of what an app wrote it has a headline.
    words = max("\n".join(filter(None, blocks)), _string(one, "text"), key=lambda said: len(_letters(said)))
    files = (escaped(one_line(_string(file, "name"))) for file in mappings(one.get("files")))
    said = "\n".join(filter(None, (words, *_of_attachments(one, depth + 1), *files))) or _string(one, "fallback")
    if not said.strip():
        return ""
    author = _author(one)
    return quoted(said.strip("\n")) + (f"\n— {author}" if author else "")


def _author(one: Json) -> str:
    name = one_line(html.unescape(_string(one, "author_name") or _string(one, "author_subname")))
    id_ = _string(one, "author_id")
    return escaped(name) or (f"<@{id_}>" if id_.isalnum() else "")


def _attached(one: Json, depth: int) -> str:
    """What an app puts below a message: a title, a text, fields."""
    title, address = html.unescape(_string(one, "title")), _string(one, "title_link")
    fields = (_field(field) for field in mappings(one.get("fields")))
    blocks = (words_of_block(block) for block in mappings(one.get("blocks")))
    said = _lines(
        (
            _string(one, "pretext"),
            escaped(one_line(html.unescape(_string(one, "author_name")))),
            link(address, title) if address and title else escaped(title),
            _string(one, "text"),
            *fields,
            *blocks,
            *_of_attachments(one, depth + 1),
        )
    )
    return said or _string(one, "fallback")


def _field(field: Json) -> str:
    title, value = _string(field, "title").strip(), _string(field, "value").strip()
    return f"{title}: {value}" if title and value else title or value


def _of_mails(message: Json) -> Iterator[str]:
    """Mails that somebody sent to a channel: Slack shows them as files."""
    for file in mappings(message.get("files")):
        if file.get("mode") == _EMAIL or file.get("filetype") == _EMAIL:
            senders = (_string(one, "original") or _string(one, "address") for one in mappings(file.get("from")))
            said = escaped(_string(file, "plain_text") or _string(file, "preview_plain_text"))
            subject = escaped(one_line(_string(file, "subject")))
            if words := _lines((subject, said.strip("\n"))):
                sender = escaped(one_line(", ".join(senders)))
                yield quoted(words) + (f"\n— {sender}" if sender else "")


def _letters(words: str) -> str:
    return _NO_LETTERS.sub("", plain_text(words, {}).lower())


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if text.strip())


def _string(fields: Json, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""

"""Words that stand in blocks of a message, as Slack's own words (mrkdwn): what apps show, and what people wrote richly.

Of what is only drawn or pressed (dividers, buttons, menus) nothing is said. A kind of block that is not known here
gives what texts it has. Whatever stands there, reading it raises nothing. Pure.

Source: Slack's reference of blocks (docs.slack.dev/reference/block-kit/blocks) and slack_sdk's models of them.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from intake_chat.domain.slack.mrkdwn import escaped

DEEPEST: Final = 12
"""Deeper than Slack nests anything; what stands below is not read."""
_SILENT: Final = frozenset({"divider", "actions", "context_actions", "file", "call", "auth_provider"})
_TEXTS: Final = ("title", "subtitle", "label", "text", "body", "description", "details", "output")
_BELOW: Final = ("elements", "blocks", "child_blocks", "cards", "tasks")
_ID: Final = re.compile(r"[A-Z0-9]{2,30}")
_CALL: Final = re.compile(r"[a-z]{2,20}")
_CODE_POINTS: Final = re.compile(r"[0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,15}")
_NOT_IN_LINKS: Final = re.compile(r"[<>|\s]")
_LONGEST_LINK: Final = 2_000
_MARKS: Final = (("bold", "*"), ("italic", "_"), ("strike", "~"))
_STEP: Final = "    "
_BACKTICK: Final = "&#96;"
"""Inside of code, which it must not end. Whoever reads these words turns it back, as every other escaped sign."""

Json = Mapping[str, Any]


def words_of_block(block: Json, depth: int = 0) -> str:
    """What a block says; "" where it says nothing.

    Args:
        depth: how many others it stands in.
    """
    kind = _string(block, "type")
    if depth > DEEPEST or kind in _SILENT:
        return ""
    if kind == "rich_text":
        return _flow(_list(block.get("elements")), depth)
    if kind == "header":
        return _bold(_text(block.get("text"), depth))
    if kind == "context":
        return " ".join(filter(None, (_context(one, depth) for one in mappings(block.get("elements")))))
    if kind == "image":
        return _image(block, depth)
    if kind == "table":
        return _lines(_row(row, depth) for row in _list(block.get("rows")))
    if kind == "section":
        fields = (_text(one, depth) for one in _list(block.get("fields")))
        return _lines((_text(block.get("text"), depth), *fields))
    texts = (_text(block.get(name), depth) for name in _TEXTS)
    below = (words_of_block(one, depth + 1) for name in _BELOW for one in mappings(block.get(name)))
    return _lines((*texts, *below))


def link(address: str, label: str) -> str:
    """A link with a label, both plain text, as Slack's words; as text where no link can be made of it."""
    shown = " ".join(label.split())
    target = _NOT_IN_LINKS.sub(lambda found: f"%{ord(found[0]):02X}" if ord(found[0]) < 128 else "", address)
    if not target or target[0] in "@#!" or len(target) + len(shown) > _LONGEST_LINK:
        return escaped(f"{shown} ({address})" if shown and shown != address else address)
    return f"<{escaped(target)}|{escaped(shown)}>" if shown and shown != address else f"<{escaped(target)}>"


def quoted(words: str) -> str:
    """Slack's words as a quotation."""
    return "\n".join(f"&gt; {line}" for line in words.split("\n"))


def mappings(value: object) -> list[Json]:
    """The objects of a list; none where it is no list."""
    return [one for one in _list(value) if isinstance(one, Mapping)]


# Texts of blocks


def _text(value: object, depth: int) -> str:
    """A text of whatever kind: an object with a type, rich text, or a bare string."""
    if isinstance(value, str):
        return escaped(value).strip()
    if not isinstance(value, Mapping):
        return ""
    if value.get("type") == "rich_text":
        return words_of_block(value, depth + 1)
    text = value.get("text")
    if not isinstance(text, str):
        number = value.get("value")
        return str(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else ""
    return (text if value.get("type") == "mrkdwn" else escaped(text)).strip()


def _context(one: Json, depth: int) -> str:
    return _image(one, depth) if one.get("type") == "image" else _text(one, depth)


def _image(image: Json, depth: int) -> str:
    shown = html.unescape(_text(image.get("title"), depth)) or _string(image, "alt_text").strip()
    address = _string(image, "image_url")
    return link(address, shown) if address else escaped(shown)


def _row(row: object, depth: int) -> str:
    return " | ".join(" ".join(_text(cell, depth).split()) for cell in _list(row))


def _bold(words: str) -> str:
    return f"*{words}*" if words and "\n" not in words and "*" not in words else words


# Rich text


def _flow(elements: Iterable[object], depth: int) -> str:
    """Pieces of a line one after the other, and what has lines of its own on these."""
    lines: list[str] = []
    open_line = False
    for one in elements:
        if not isinstance(one, Mapping):
            continue
        kind = str(one.get("type"))
        if kind.startswith("rich_text"):
            if words := _apart(kind, one, depth + 1).strip("\n"):
                lines.append(words)
            open_line = False
        elif open_line:
            lines[-1] += _piece(one)
        else:
            lines.append(_piece(one))
            open_line = True
    return "\n".join(lines)


def _apart(kind: str, one: Json, depth: int) -> str:
    if depth > DEEPEST:
        return ""
    if kind == "rich_text_list":
        return _listed(one, depth)
    if kind == "rich_text_preformatted":
        code = "".join(_piece(piece, plain=True) for piece in mappings(one.get("elements")))
        code = code.replace("`", _BACKTICK)
        return f"```\n{code.strip(chr(10))}\n```" if code.strip() else ""
    words = _flow(_list(one.get("elements")), depth)
    return quoted(words.strip("\n")) if kind == "rich_text_quote" and words.strip() else words


def _listed(one: Json, depth: int) -> str:
    start, steps = _number(one, "offset"), min(_number(one, "indent"), DEEPEST)
    lines = []
    for position, item in enumerate(mappings(one.get("elements")), start + 1):
        sign = f"{position}." if one.get("style") == "ordered" else "•"
        words = _flow([item], depth).strip("\n").replace("\n", "\n" + _STEP * (steps + 1))
        lines.append(f"{_STEP * steps}{sign} {words}")
    return "\n".join(lines)


def _piece(one: Json, *, plain: bool = False) -> str:
    """One piece of a line. `plain`: inside code, where marks are no marks."""
    words = _PIECES.get(str(one.get("type")), _other)(one)
    style = one.get("style")
    return words if plain or not isinstance(style, Mapping) else _styled(words, style)


def _styled(words: str, style: Json) -> str:
    bare = words.strip()
    if not bare or "\n" in bare:
        return words
    marked = f"`{bare.replace('`', _BACKTICK)}`" if style.get("code") else bare
    for name, mark in _MARKS:
        if style.get(name):
            marked = f"{mark}{marked}{mark}"
    return words.replace(bare, marked, 1)


def _of_link(one: Json) -> str:
    return link(_string(one, "url"), _string(one, "text"))


def _of_user(one: Json) -> str:
    return _named("<@{}>", _string(one, "user_id"))


def _of_channel(one: Json) -> str:
    return _named("<#{}>", _string(one, "channel_id"))


def _of_group(one: Json) -> str:
    return _named("<!subteam^{}>", _string(one, "usergroup_id"))


def _of_call(one: Json) -> str:
    whom = _string(one, "range")
    return f"<!{whom}>" if _CALL.fullmatch(whom) else escaped(whom)


def _of_emoji(one: Json) -> str:
    points = _string(one, "unicode")
    if _CODE_POINTS.fullmatch(points):
        signs = [int(point, 16) for point in points.split("-")]
        if all(0x1F < sign < 0xD800 or 0xDFFF < sign < 0x110000 for sign in signs):
            return escaped("".join(map(chr, signs)))
    name = _string(one, "name")
    return f":{escaped(name)}:" if name else ""


def _of_date(one: Json) -> str:
    if fallback := _string(one, "fallback"):
        return escaped(fallback)
    try:
        return datetime.fromtimestamp(_number(one, "timestamp"), UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return ""


def _other(one: Json) -> str:
    """What every other piece has, if it has a text: also one that Slack will only think of."""
    names = ("text", "fallback", "value", "team_id")
    return escaped(next((text for name in names if (text := _string(one, name))), ""))


_PIECES: Final = {
    "link": _of_link,
    "user": _of_user,
    "channel": _of_channel,
    "message_mention": _of_channel,
    "usergroup": _of_group,
    "broadcast": _of_call,
    "emoji": _of_emoji,
    "date": _of_date,
}


# Reading what may be anything


def _named(shape: str, id_: str) -> str:
    return shape.format(id_) if _ID.fullmatch(id_) else escaped(id_)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _string(fields: Json, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _number(fields: Json, name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) and 0 <= value < 10**11 else 0


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(filter(None, texts))

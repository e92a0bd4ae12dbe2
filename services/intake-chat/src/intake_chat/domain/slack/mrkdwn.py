"""Words of Slack as plain text and as safe HTML, and words of the desk as Slack's.

Slack escapes three characters and writes everything else that is special between angle brackets. What stands there is
one of few things (a person, a channel, a link, a date, a call to everybody); anything else is shown as it is. Marks
such as `*bold*` mean something in HTML and are left in plain text, where people read them well enough.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Final
from unicodedata import category
from urllib.parse import urlsplit

_SPECIAL: Final = re.compile(r"<([^<>\n]{1,3000})>")
_LINKS: Final = frozenset({"http", "https", "mailto", "tel"})
_CODE_BLOCK: Final = re.compile(r"```(.*?)```", re.DOTALL)
_CODE: Final = re.compile(r"`([^`\n]+)`")
_MARKS: Final = tuple(
    (
        re.compile(rf"(?<![\w{mark}]){mark}(\S(?:[^\n{mark}]*[^\s{mark}])?){mark}(?!\w)"),
        tag,
    )
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "del"))
)
_ADDRESS: Final = re.compile(r"\bhttps?://[^\s<>|`]{0,2000}[^\s<>|`.,;:!?()\[\]'\"«»“”*_~]", re.IGNORECASE)
"""A bar would begin a label, and what ends a sentence or a mark ends the address."""
_MARK_SIGNS: Final = re.compile(r"[*_~`]")
_MOST_SPECIALS: Final = 2_000
# Inside of a word these are no marks to Slack, and a colon is something only before an address or around an emoji.
_MARKERS: Final = re.compile(
    r"`|(?<!\w)[*_~]|[*_~](?!\w)|:(?=//|[\w+'-]+:)|(?<=mailto):|(?<=tel):", re.ASCII | re.IGNORECASE
)
# What turns the direction of letters, or ends a line, would let words of one reach into those of another.
_UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)
_NO_INK: Final = frozenset({"Cc", "Cf", "Cs", "Me", "Mn", "Zs"})
"""What is nothing alone, as what joins or colours other signs is: within words it stays."""
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_LOOKS_OURS: Final = {ord(dot): "-" for dot in "·•‧∙⋅"} | dict.fromkeys(map(ord, "✓✔✅☑"), "?")
_LONGEST_NAME: Final = 80

Names = Mapping[str, str]
"""User id → name."""


def plain_text(words: str, names: Names) -> str:
    """The words as plain text: people by name, links by label and address."""
    return html.unescape(_replaced(words, lambda inner: _as_text(inner, names)))


def safe_html(words: str, names: Names) -> str:
    """The words as HTML of a few harmless tags. Nothing that somebody wrote becomes markup but Slack's own marks."""
    parts = _CODE_BLOCK.split(words)
    shown = [
        f"<pre>{_escaped(part.strip(chr(10)), names)}</pre>" if position % 2 else _paragraphs(part, names)
        for position, part in enumerate(parts)
    ]
    return "".join(shown)


def escaped(text: str) -> str:
    """Plain text as Slack's words that show exactly this text: no mention, no link label, no call to everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_links(text: str) -> str:
    """Plain text as Slack shows it in a message that is posted: `escaped`, and addresses of pages lead there.

    For texts that Slack is told to take as they are, lest it makes a channel or a mention of plain words: in what is
    posted without asking for that it makes none, but of addresses it makes links.
    """
    made, end = [], 0
    for found in _ADDRESS.finditer(text):
        made += [escaped(text[end : found.start()]), f"<{escaped(found[0])}>"]
        end = found.end()
    return "".join([*made, escaped(text[end:])])


def bold_line(name: str) -> str:
    """A name in bold as Slack's words; empty where nothing of it can be shown."""
    shown = " ".join(_MARK_SIGNS.sub(" ", shown_name(name)).split())
    return f"*{escaped(shown)}*" if shown else ""


def signed_by(words: str) -> tuple[str, str]:
    """In whose name the desk has written something, and what: the opposite of `bold_line`; "" in nobody's."""
    first, _, rest = words.partition("\n")
    is_name = len(first) > 2 and first[0] == first[-1] == "*" and rest.strip()
    return (html.unescape(first[1:-1]), rest) if is_name else ("", words)


def one_line(text: str) -> str:
    """Words of others on one line, in which letters stand in the order in which they are read."""
    return " ".join(_UNSEEN.sub("", text).split())


def seen_line(text: str) -> str:
    """Words of others on one line; "" where nobody would see anything of it."""
    line = one_line(text)
    return line if any(sign not in _BLANKS and category(sign) not in _NO_INK for sign in line) else ""


def shown_name(name: str, most: int = _LONGEST_NAME) -> str:
    """A name that somebody gave themselves, short, and without the signs by which the desk says what it knows."""
    line = one_line(name).translate(_LOOKS_OURS)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def inert(text: str) -> str:
    """Words of others on one line, of which Slack makes nothing: no mention, no link, no mark, no emoji."""
    # A word joiner, which nobody sees, ends every mark.
    return escaped(_MARKERS.sub(lambda mark: f"{mark[0]}\u2060", one_line(text)))


def headline(text: str) -> str:
    """Words of others on a line of their own: in bold, but for words with a sign that would end it too soon."""
    shown = inert(text)
    return shown if _MARK_SIGNS.search(shown) or not shown else f"*{shown}*"


def people_in(words: str) -> set[str]:
    """Ids of the users whom the words mention."""
    return {found[1].partition("|")[0][1:] for found in _SPECIAL.finditer(words) if found[1].startswith("@")}


def _replaced(words: str, shown: Callable[[str], str]) -> str:
    return _SPECIAL.sub(lambda found: shown(found[1]), words, count=_MOST_SPECIALS)


def _as_text(inner: str, names: Names) -> str:
    """What stands between angle brackets, as text that is still escaped."""
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return "@" + html.escape(names.get(target[1:]) or html.unescape(label) or target[1:], quote=False)
    if target.startswith("#"):
        return "#" + (label or target[1:])
    if target.startswith("!"):
        return _call(target[1:], label)
    if not label or label in (target, target.removeprefix("mailto:"), target.removeprefix("tel:")):
        return label or target
    return f"{label} ({target})"


def _call(what: str, label: str) -> str:
    if what.startswith(("date^", "subteam^")):
        return label or what
    return f"@{what}"


def _paragraphs(words: str, names: Names) -> str:
    if not words.strip():
        return ""
    lines = []
    for line in words.strip("\n").split("\n"):
        quoted = line.startswith("&gt;")
        shown = _inline(line[4:].lstrip() if quoted else line, names)
        lines.append(f"<blockquote>{shown}</blockquote>" if quoted else f"{shown}<br>")
    return "<p>" + "".join(lines).removesuffix("<br>") + "</p>"


def _inline(words: str, names: Names) -> str:
    parts = _CODE.split(words)
    return "".join(
        f"<code>{_escaped(part, names)}</code>" if position % 2 else _marked(part, names)
        for position, part in enumerate(parts)
    )


def _marked(words: str, names: Names) -> str:
    """A piece without code: links are taken out first, since an address may hold any mark."""
    kept: list[str] = []

    def keep(inner: str) -> str:
        kept.append(_as_html(inner, names))
        return f"\x00{len(kept) - 1}\x00"

    shown = _replaced(words.replace("\x00", ""), keep)
    shown = html.escape(html.unescape(shown), quote=False)
    for pattern, tag in _MARKS:
        shown = pattern.sub(rf"<{tag}>\1</{tag}>", shown)
    return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], shown)


def _as_html(inner: str, names: Names) -> str:
    target, _, label = inner.partition("|")
    address = html.unescape(target)
    if target[:1] not in "@#!" and _is_link(address):
        return f'<a href="{html.escape(address)}" rel="noopener noreferrer nofollow">{_text_of(label or target)}</a>'
    return _text_of(_as_text(inner, names))


def _is_link(address: str) -> bool:
    try:
        return urlsplit(address).scheme.lower() in _LINKS
    except ValueError:
        return False


def _escaped(words: str, names: Names) -> str:
    return _text_of(_replaced(words, lambda inner: _as_text(inner, names)))


def _text_of(words: str) -> str:
    return html.escape(html.unescape(words), quote=False)

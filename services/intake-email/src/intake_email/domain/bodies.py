"""The words of a mail as plain text, whichever way it carries them."""

import re
from html import unescape

from resiliparse.extract.html2text import extract_plain_text

from intake_email.domain.mime import Mail, is_panic
from intake_email.domain.words import clean_text

HTML_LIMIT_CHARS = 256 * 1024
DEPTH_LIMIT = 400
"""The converter indents nested lists: of 25,000 of them it makes 600 MB in four seconds."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = re.compile(r"<(/?)(?:style|script|head|title)\b[^<>]{0,2000}>", re.IGNORECASE)


def text_of(mail: Mail, limit_chars: int) -> tuple[str, bool]:
    """The text of a mail, and whether it was cut: the plain parts in order, or where they are blank the HTML parts."""
    text = _joined(mail.texts, limit_chars)
    if not text and mail.htmls:
        text = _joined(_converted(mail.htmls), limit_chars)
    return text[:limit_chars], len(text) > limit_chars


def html_to_text(html: str) -> str:
    """HTML as readable text, with paragraphs, lists and line breaks kept. Bounded in time for any input."""
    html = html[:HTML_LIMIT_CHARS]
    if html.count("<") > DEPTH_LIMIT and _depth(html) > DEPTH_LIMIT:
        return _without_tags(html)
    try:
        return str(extract_plain_text(html, preserve_formatting=True, alt_texts=False))
    except BaseException as error:
        if not is_panic(error):
            raise
        return _without_tags(html)


def _without_tags(html: str) -> str:
    """The words, and nothing of their order on the page."""
    shown: list[str] = []
    end = depth = 0
    for tag in _HIDDEN.finditer(html):
        if depth == 0:
            shown.append(html[end : tag.start()])
        depth = max(0, depth - 1) if tag[1] else depth + 1
        end = tag.end()
    # Hidden elements that are never closed would hide everything: then their contents are shown as well.
    rest = html[end:]
    return unescape(_ANY_TAG.sub(" ", "".join([*shown, rest])))


def _converted(htmls: list[str]) -> list[str]:
    """The HTML parts as text, as many as fit into one limit together."""
    room = HTML_LIMIT_CHARS
    texts = []
    for html in htmls[:20]:
        if room <= 0:
            break
        texts.append(html_to_text(html[:room]))
        room -= len(html)
    return texts


def _joined(parts: list[str], limit_chars: int) -> str:
    """Parts one below the other; not much more of each than can be kept."""
    if len(parts) == 1:
        return clean_text(parts[0][: 2 * limit_chars])
    cleaned = (clean_text(part[: 2 * limit_chars]) for part in parts[:50])
    return "\n\n".join(part for part in cleaned if part)


def _depth(html: str) -> int:
    """How deep elements are nested at most, as far as the tags tell."""
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        if closing:
            depth = max(0, depth - 1)
        elif name.lower() not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest

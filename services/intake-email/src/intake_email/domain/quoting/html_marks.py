"""Marking in HTML what its program marked as quotation, so that the marks are still there when it has become text.

Private-use characters on lines of their own stand for the beginnings and ends. Nothing is cut here: whether a quotation
goes or stays depends on what is written around it, and that is decided on the lines.
"""

import re
from html import unescape
from typing import Final

from intake_email.domain.quoting.header_blocks import FROM, label_of

QUOTE_OPENS: Final = "\ue000"
QUOTE_CLOSES: Final = "\ue001"
HISTORY_OPENS: Final = "\ue007"
"""A quotation that is the whole message which was answered, by the name that its program gave it."""
NOTE_OPENS: Final = "\ue002"
NOTE_CLOSES: Final = "\ue003"
"""Around what a program wrote: a signature, an advertisement for itself."""
INTRODUCTION_OPENS: Final = "\ue005"
INTRODUCTION_CLOSES: Final = "\ue006"
HISTORY: Final = "\ue004"
"""All that follows is another message."""
MARKS: Final = frozenset(
    (
        HISTORY_OPENS,
        QUOTE_OPENS,
        QUOTE_CLOSES,
        NOTE_OPENS,
        NOTE_CLOSES,
        HISTORY,
        INTRODUCTION_OPENS,
        INTRODUCTION_CLOSES,
    )
)

_PRIVATE = re.compile("[\ue000-\ue007]")
# Attributes are bounded: a tag that never ends must not be searched for again and again.
_TAG = re.compile(r"<(/?)(blockquote|div|hr|span|p|section|table|font|a)\b([^<>]{0,4000})>", re.IGNORECASE)
_WORDS = re.compile(
    r"""\b(?:class|id|name|title|data-marker)\s{0,5}=\s{0,5}(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s"'>]{1,500}))""",
    re.IGNORECASE,
)
_BORDER_TOP = re.compile(
    r"border-top(?:-style|-color|-width)?\s{0,3}:\s{0,3}(?:solid|rgb|#|[\d.]{1,4}p[tx])", re.IGNORECASE
)
# The first words in an element, where a colon ends them: "From:" in a language that has no table.
_LABEL_NEXT = re.compile(
    r"(?:\s{0,50}<[^<>]{0,1000}>){0,12}\s{0,50}([^<>:]{1,40})(?:<[^<>]{0,300}>){0,6}\s?(?::|：|&nbsp;:)"
)
_WORDS_RULE = re.compile(r"border(?:-style)?\s{0,3}:\s{0,3}(?:none|solid none none)", re.IGNORECASE)
_BOLD_LABEL = re.compile(
    r"<(?:b|strong)\b[^<>]{0,300}>(?:\s{0,20}<[^<>]{0,300}>){0,3}[^<>:]{1,40}(?::|：|&nbsp;:)", re.IGNORECASE
)
_HEAD_CHARS = 3_000
_HEAD_LABELS = 3
_SOURCE = re.compile(r"\bcite\s{0,3}=\s{0,3}[\"']?https?:", re.IGNORECASE)
_INDENTED = re.compile(r"border(?:-left)?\s{0,3}:\s{0,3}(?:none|0|medium none)", re.IGNORECASE)

# Classes, ids and names, in lower case, by which programs mark what they put into a mail.
_QUOTES: Final = frozenset(
    {
        "yahoo_quoted", "protonmail_quote", "tutanota_quote", "moz-forward-container", "front-blockquote",
        "freshdesk_quote", "missive_quote", "outreach-quote", "hs_reply", "messagereplysection", "quotedreply",
        "zmail_extra", "alimail-quote", "notion-mail-quote", "fernand_quote", "olk_src_body_section",
        "mail-editor-reference-message-container", "isforwardcontent", "isreplycontent", "nh_extra",
    }
)  # fmt: skip
_NOTES: Final = frozenset(
    {
        "gmail_signature", "gmail_signature_prefix", "moz-signature", "ms-outlook-mobile-signature",
        "protonmail_signature_block", "ymail_android_signature", "tutanota_signature", "yahoo-signature",
        "front-signature", "missive_signature",
    }
)  # fmt: skip
_INTRODUCTIONS: Final = frozenset(("gmail_attr", "moz-cite-prefix", "reply-intro"))
_HISTORIES: Final = frozenset(
    {
        "divrplyfwdmsg", "x_divrplyfwdmsg", "zwchr", "__divider__", "beforequote:::", "yahoo-quoted-begin",
        "originalmessage", "composer_original_message",
    }
)  # fmt: skip
_HINTS: Final = re.compile(
    "<blockquote|quot|cite|signature|gmail_|divRplyFwdMsg|zwchr|__divider__|OLK_SRC|border-top|reply|reference-message"
    "|zmail|nh_extra|forward|original",
    re.IGNORECASE,
)
_MARK_LIMIT = 400
"""Deeper or more than this nobody reads; the rest belongs to what is open."""


def marked(html: str) -> str | None:
    """The HTML with marks in it, None where it has nothing to mark."""
    if _HINTS.search(html) is None:
        return None
    if not html.isascii():
        html = _PRIVATE.sub("", html)
    pieces: list[str] = []
    open_tags: dict[str, list[str]] = {}
    done = marks = 0
    bare_quotes = html.count("gmail_quote") > 0 and _lacks_blockquote(html)
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        stack = open_tags.setdefault(name, [])
        if tag[1]:
            closing = stack.pop() if stack else ""
            if closing:
                pieces += html[done : tag.end()], _line(closing)
                done = tag.end()
            continue
        kind = _mark_of(name, tag[3], html, tag.end(), bare_quotes=bare_quotes) if marks < _MARK_LIMIT else ""
        if kind:
            marks += 1
            pieces += html[done : tag.start()], _line(kind)
            done = tag.start()
        if name != "hr" and not tag[3].endswith("/"):
            stack.append(_CLOSING.get(kind, ""))
    if not pieces:
        return None
    pieces.append(html[done:])
    return "".join(pieces)


_CLOSING: Final = {
    QUOTE_OPENS: QUOTE_CLOSES,
    HISTORY_OPENS: QUOTE_CLOSES,
    NOTE_OPENS: NOTE_CLOSES,
    INTRODUCTION_OPENS: INTRODUCTION_CLOSES,
}


def _line(mark: str) -> str:
    return f"<br>{mark}<br>"


def _mark_of(name: str, attributes: str, html: str, end: int, *, bare_quotes: bool) -> str:
    """The mark that an element's beginning gets, empty where it gets none."""
    if not attributes:
        return QUOTE_OPENS if name == "blockquote" else ""
    if name == "blockquote":
        return "" if _is_own(attributes) else QUOTE_OPENS
    words = _words(attributes)
    if (
        words & _QUOTES
        or any(word.endswith("yahoo_quoted") for word in words)
        or (bare_quotes and "gmail_quote" in words)
    ):
        return HISTORY_OPENS
    if words & _INTRODUCTIONS:
        return INTRODUCTION_OPENS
    if words & _NOTES:
        return NOTE_OPENS
    if words & _HISTORIES:
        return HISTORY
    if name == "div" and _BORDER_TOP.search(attributes) and _is_head(attributes, html, end):
        return HISTORY
    return ""


def _is_head(attributes: str, html: str, end: int) -> bool:
    """Whether the head of a message stands below a rule, rather than a table's sum or a signature."""
    label = _LABEL_NEXT.match(html, end)
    if label is None:
        return False
    if _WORDS_RULE.search(attributes) or label_of(unescape(label[1]).strip() + ":") == FROM:
        return True
    return len(_BOLD_LABEL.findall(html, end, end + _HEAD_CHARS)) >= _HEAD_LABELS


def _is_own(attributes: str) -> bool:
    """Whether the author made the element: Gmail's indentation, or a citation with a page as its source."""
    if "gmail_quote" in attributes:
        return _INDENTED.search(attributes) is not None
    return "http" in attributes and "type" not in attributes and _SOURCE.search(attributes) is not None


def _words(attributes: str) -> set[str]:
    words: set[str] = set()
    for found in _WORDS.finditer(attributes):
        words.update((found[1] or found[2] or found[3] or "").lower().split())
    return words


def _lacks_blockquote(html: str) -> bool:
    """Whether Gmail's container has no quotation element of its own: then the container itself is the quotation."""
    return "<blockquote" not in html and "<BLOCKQUOTE" not in html

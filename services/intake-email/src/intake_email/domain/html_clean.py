"""HTML of a mail made safe to show: nothing in it runs, and nothing is fetched from anywhere.

The sanitiser is nh3 (ammonia). Allowed is what mails are written with; pictures stay only where they come
with the mail.
"""

import re
from collections.abc import Sequence

import nh3

from intake_email.domain.html_text import DEPTH_LIMIT, HTML_LIMIT_CHARS, nesting_of
from intake_email.domain.mail import File

_TAGS = frozenset([
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption",
    "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img",
    "ins", "kbd", "li", "main", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span",
    "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr",
    "tt", "u", "ul", "var", "wbr",
])  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir", "lang", "style", "title", "align", "valign"},
    "a": {"href"},
    "blockquote": {"type"},
    "col": {"span", "width"},
    "font": {"color", "face", "size"},
    "img": {"src", "alt", "width", "height"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "tr": {"bgcolor", "height"},
    "ul": {"type"},
}
_STYLES = frozenset([
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-right", "border-spacing", "border-style", "border-top", "border-width", "color", "direction",
    "font", "font-family", "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing",
    "line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "width", "word-break",
    "word-wrap",
])  # fmt: skip
_CID = re.compile(r'(<img[^<>]{0,2000}?src=")cid:([^"<>]{1,998})"', re.IGNORECASE)
_CLEAN_CONTENT = {"script", "style", "title", "noscript", "template", "iframe", "object", "svg", "math"}
_COLOURS = re.compile(r"(?:[^()\\/]|/(?!\*)|\b(?:rgb|hsl)a?\([\d\s.,%/]{1,60}\))*")
_LOCAL_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,", re.IGNORECASE)


def _kept(_tag: str, attribute: str, value: str) -> str | None:
    """The value of an attribute as it stays; None removes it. Whatever is fetched when it is seen is removed."""
    if attribute == "src":
        if value[:4].lower() == "cid:":
            return f"cid:{value[4:]}"
        return value if _LOCAL_PICTURE.match(value) else None
    if attribute == "href":
        return None if value[:5].lower() in ("data:", "cid:") else value
    if attribute == "style" and ("(" in value or "\\" in value or "/*" in value) and not _COLOURS.fullmatch(value):
        return None  # url(), expression(), and the ways to hide them
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=_CLEAN_CONTENT,
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    filter_style_properties=set(_STYLES),
    url_schemes={"http", "https", "mailto", "tel", "sms", "cid", "data"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)


def clean_html(html: str) -> str | None:
    """HTML that can be shown; None where it is too large or too deep to be made safe in bounded time."""
    if len(html) > HTML_LIMIT_CHARS or nesting_of(html) > DEPTH_LIMIT:
        return None
    return str(_CLEANER.clean(html)).replace("\0", "").strip() or None


def resolve_pictures(html: str, files: Sequence[File], addresses: Sequence[str]) -> str:
    """HTML with its references to attached pictures replaced by where those can be had; others lose their picture.

    Args:
        html: as `clean_html` returns it.
        files: the attachments.
        addresses: a URL for each of them, in order.
    """
    if "cid:" not in html:
        return html
    places = {file.content_id: address for file, address in zip(files, addresses, strict=True) if file.content_id}
    return _CID.sub(lambda match: f'{match[1]}{places.get(_unescaped(match[2]), "")}"', html)


def _unescaped(reference: str) -> str:
    return reference.replace("&amp;", "&").replace("%40", "@")

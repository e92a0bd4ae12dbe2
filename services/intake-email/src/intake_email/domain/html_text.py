"""HTML as readable text, in time that no input can make grow."""

import re
from html import unescape

from resiliparse.extract.html2text import extract_plain_text

HTML_LIMIT_CHARS = 256 * 1024
DEPTH_LIMIT = 400
"""The converter indents nested lists: of 25,000 of them it makes 600 MB in four seconds."""
PREFIXED_LIMIT = 1_000
"""Word writes hundreds of `<w:…/>`, which HTML takes for opening tags; they cost less than elements with a style."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(:\w{0,40})?")
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = re.compile(r"<(/?)(?:style|script|head|title)\b[^<>]{0,2000}>", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """HTML as readable text, with paragraphs, lists and line breaks kept. Bounded in time for any input."""
    html = html[:HTML_LIMIT_CHARS]
    if nesting_of(html) > DEPTH_LIMIT:
        return _without_tags(html)
    try:
        return str(extract_plain_text(html, preserve_formatting=True, alt_texts=False))
    except TypeError:
        return _without_tags(html)  # what its parser gave up on
    except BaseException as error:
        if not _is_panic(error):
            raise
        return _without_tags(html)


def nesting_of(html: str) -> int:
    """How deep elements are nested at most, as far as the tags tell; 0 where there are too few to matter."""
    if html.count("<") <= DEPTH_LIMIT:
        return 0
    is_open: dict[str, int] = {}
    depths, deepest = {True: 0, False: 0}, {True: 0, False: 0}
    for closing, plain, prefixed in _TAG.findall(html):
        name, special = f"{plain}{prefixed}".lower(), bool(prefixed)
        if name in _VOID:
            continue
        count = is_open.get(name, 0)
        if not closing:
            is_open[name] = count + 1
            depths[special] += 1
            deepest[special] = max(deepest[special], depths[special])
        elif count:  # what is not open closes nothing
            is_open[name] = count - 1
            depths[special] -= 1
    return deepest[False] if deepest[True] <= PREFIXED_LIMIT else max(deepest.values())


def _is_panic(error: BaseException) -> bool:
    """Whether a library written in Rust met a bug of its own: a BaseException, which must not end the service."""
    return type(error).__name__ == "PanicException"


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

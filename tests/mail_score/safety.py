"""What in shown HTML could run, fetch something when it is seen, or reach outside its frame."""

import re
from html.parser import HTMLParser

_TAGS = frozenset([
    "applet", "audio", "base", "body", "button", "embed", "form", "frame", "frameset", "head", "html", "iframe",
    "image", "input", "isindex", "link", "marquee", "math", "meta", "noscript", "object", "plaintext", "script",
    "select", "source", "style", "svg", "template", "textarea", "title", "track", "video", "xmp",
])  # fmt: skip
_ATTRIBUTES = frozenset([
    "action", "background", "data", "dynsrc", "formaction", "longdesc", "lowsrc", "ping", "poster", "profile", "srcdoc",
    "srcset", "target", "xlink:href", "xmlns",
])  # fmt: skip
_STYLE = re.compile(r"url\s*\(|image-set|expression|@import|behavior|-moz-binding|javascript|position\s*:|\\", re.I)
_LINK = re.compile(r"(?:https?|mailto|tel|sms):", re.I)
_PICTURE = re.compile(r"attachment:|cid:|data:image/(?:png|jpe?g|gif|webp|bmp);base64,", re.I)
_CONTROLS = re.compile(r"[\x00-\x20\x7f-\xa0]+")


def dangers(html: str) -> list[str]:
    """Every dangerous thing in order; empty where the HTML can be shown."""
    looking = _Looking()
    looking.feed(html)
    looking.close()
    return looking.found


class _Looking(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if _dangerous(name, _CONTROLS.sub("", value or "") if name != "style" else value or ""):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.found.append(f"<![{data}>")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"<?{data}>")


def _dangerous(name: str, value: str) -> bool:
    if name.startswith("on") or name in _ATTRIBUTES:
        return True
    if name == "style":
        return bool(_STYLE.search(value))
    if name == "href":
        return bool(value) and not _LINK.match(value)
    return name == "src" and bool(value) and not _PICTURE.match(value)

"""HTML that agents write, sanitised before it is kept or sent: what mail programs show alike, nothing that runs."""

import nh3

_ATTRIBUTES = {**{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}}
# Mail programs know no style sheets: what looks different must say so on the element.
for _tag in (
    "p",
    "div",
    "span",
    "td",
    "th",
    "table",
    "tr",
    "blockquote",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "a",
    "img",
):
    _ATTRIBUTES.setdefault(_tag, set()).add("style")
_ATTRIBUTES["blockquote"].add("type")
_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-left", "border-right", "border-top",
    "color", "font-family", "font-size", "font-style", "font-weight", "height", "line-height", "list-style-type",
    "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "padding", "padding-bottom",
    "padding-left", "padding-right", "padding-top", "text-align", "text-decoration", "vertical-align", "width",
}  # fmt: skip


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """The value of an attribute as it stays; None removes it."""
    if attribute in ("href", "src") and value[:4].lower() == "cid:":
        return value if (tag, attribute) == ("img", "src") else None
    if attribute == "style" and ("url(" in value.lower() or "\\" in value or "expression" in value.lower()):
        return None
    return value


_CLEANER = nh3.Cleaner(
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    filter_style_properties=_STYLES,
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    url_relative="deny",  # relative to what? in a mail program to nothing, in a browser to our own API
    link_rel="noopener noreferrer",
)


def clean_html(html: str) -> str | None:
    """HTML that is safe to send and to show; None where nothing is left of it."""
    return str(_CLEANER.clean(html)).replace("\0", "").strip() or None

"""HTML that is safe by construction: text is escaped unless it came out of `tag`."""

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"img", "input", "br", "hr", "meta", "link"})


class Html(str):
    """Text that is HTML already. Only this module and `tag` make it."""

    __slots__ = ()


Child = str | Html | None | Iterable["Child"]


def tag(_name: str, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. Attributes are spelled `for_` and `data_ts`; None and False leave one out."""
    written = "".join(_attribute(name, value) for name, value in attributes.items() if value not in (None, False))
    if _name in _VOID:
        return Html(f"<{_name}{written}>")
    return Html(f"<{_name}{written}>{joined(children)}</{_name}>")


def joined(children: Child) -> Html:
    """Several pieces, one after the other."""
    if children is None:
        return Html("")
    if isinstance(children, Html):
        return children
    if isinstance(children, str):
        return Html(escape(children))
    return Html("".join(joined(child) for child in children))


def _attribute(name: str, value: str | int | bool | None) -> str:
    spelled = name.rstrip("_").replace("_", "-")
    return f" {spelled}" if value is True else f' {spelled}="{escape(str(value))}"'

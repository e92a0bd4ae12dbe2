"""What somebody who writes YAML by hand did not know of it: texts with signs that mean something to YAML.

What YAML itself says of such a mistake names no cure; nearly always it is a pair of quotes.
"""

import re
from typing import Final

import yaml
from yaml.nodes import Node

_QUOTES: Final = "put the text in quotes"
_COMMENT: Final = re.compile(r"\S.*\s#")
_COMMENT_BEHIND: Final = re.compile(r"[ \t]+#")
_TRAPS: Final = (
    (r"mapping values are not allowed|but got ':'", f"if the colon belongs to a text, {_QUOTES}"),
    (r"(?:got|found) '\?'|mapping keys are not allowed", f"if the question mark belongs to a text, {_QUOTES}"),
    (r"sequence entries are not allowed", f"if the hyphen belongs to a text, {_QUOTES}"),
    (r"character '\\t'", "indent with spaces"),
    (r"found character '", f"if a text begins with that, {_QUOTES}"),
    (r"expected alphabetic or numeric", f"if a text begins with * or &, {_QUOTES}"),
    (r"expected a comment or a line break|chomping or indentation", f"if a text begins with | or >, {_QUOTES}"),
    (r"found unknown escape", "write the backslash twice, or use single quotes"),
    (r"found '<scalar>'", "put the whole text in quotes, and in single quotes where it has double ones in it"),
)


def cure(error: yaml.MarkedYAMLError, source: str) -> str:
    """What to do about it; empty where that cannot be told."""
    if (line := _comment_before(error, source)) is not None:
        return f"on line {line} everything behind # is a comment: if it belongs to a text, {_QUOTES}"
    said = error.problem or ""
    return next((advice for pattern, advice in _TRAPS if re.search(pattern, said)), "")


def has_comment_behind(node: Node) -> bool:
    """Whether a comment follows on the line on which a value ends: perhaps the half of a text that has a # in it."""
    mark = node.end_mark
    return mark.buffer is not None and _COMMENT_BEHIND.match(mark.buffer, mark.pointer) is not None


def _comment_before(error: yaml.MarkedYAMLError, source: str) -> int | None:
    """The line on which a comment may have taken the rest of what stands in brackets."""
    begun, found, context = error.context_mark, error.problem_mark, error.context or ""
    if begun is None or found is None or "a flow " not in context:
        return None
    first = found.line - 1 if context.endswith("a flow node") else begun.line  # a node that did not come before its end
    return next(
        (number for number, text in enumerate(source.splitlines()[: found.line], 1)
         if number > first and _COMMENT.search(text)), None,
    )  # fmt: skip

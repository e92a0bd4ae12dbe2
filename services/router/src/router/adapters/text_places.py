"""Where a character of a YAML text stands in its file, however the text is written: plain, quoted, kept or folded.

YAML changes only the white space of a text, and replaces what is escaped. Everything else stands in the file in the
same order, so that both are gone through side by side.
"""

import re
from collections.abc import Iterator
from typing import Final

from yaml.nodes import ScalarNode

_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|.)", re.DOTALL)
_DIGITS: Final = "xuU"
_WHITE: Final = frozenset("nrtvfN_LP \t\r\n")
"""What stands behind the backslash where white space is meant, or nothing at all: the end of a line."""


def place_inside(source: str, node: ScalarNode, line: int, column: int) -> tuple[int, int]:
    """Line and column in the file of a place in a text; all count from 1.

    What lies behind the text, or is white space, stands as far behind the character before it as in the text.
    """
    text = str(node.value)
    lines = text.split("\n")
    offset = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    shown = [place for place in range(min(offset + 1, len(text))) if not text[place].isspace()]
    begins, ends = node.start_mark.index, node.end_mark.index
    written = _written(source[begins:ends], node.style)
    if not shown:
        return _line_and_column(source, next(written, (0, 0))[0] + begins)
    at, until = next(((at, until) for number, (at, until) in enumerate(written, 1) if number == len(shown)), (0, 0))
    place = at + begins if shown[-1] == offset else until + begins + offset - shown[-1] - 1
    return _line_and_column(source, place)


def _written(raw: str, style: str | None) -> Iterator[tuple[int, int]]:
    """Where each visible character of a text begins and ends in the way it is written."""
    position, end = 0, len(raw)
    if style in ("|", ">"):
        position = raw.find("\n") + 1  # behind the indicators, and what is said about them
    elif style is not None:
        position, end = 1, end - 1
    while position < end:
        here, position = position, position + 1
        if style == '"' and (escape := _ESCAPE.match(raw, here)):
            position = escape.end()
            sign = escape[0][1]
            white = chr(int(escape[0][2:], 16)).isspace() if sign in _DIGITS else sign in _WHITE
        elif style == "'" and raw.startswith("''", here):
            position, white = here + 2, False
        else:
            white = raw[here].isspace()
        if not white:
            yield here, position


def _line_and_column(source: str, place: int) -> tuple[int, int]:
    before = source[:place]
    return before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1

"""What an expression may cost at most, told from its text: a bound that holds for every message, before any comes.

RE2 takes time in the length of the text times the size of the pattern, whatever the pattern; loops multiply it. Both
are bounded here. The runtime's own budget counts the turns of loops, not what one turn costs.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from router.domain.facts import LIST_LIMIT, SUBJECT_LIMIT_CHARS, TEXT_LIMIT_CHARS
from router.errors import ExpressionRefused

STEPS_LIMIT: Final = 4_000_000
"""Characters searched times size of the pattern, for one expression: a whole text for any pattern that is written out.

Measured: 40 to 100 ms for a message that is made to need all of it; ordinary patterns need a thousandth.
"""
RULE_STEPS_LIMIT: Final = 8_000_000
LOOP_LIMIT: Final = 2

_STRING: Final = re.compile(
    r"""(?:[rR][bB]?|[bB][rR])(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')"""
    r"""|[bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""",
    re.DOTALL,
)
_HIDDEN: Final = re.compile(rf"(?P<comment>//[^\n]*)|(?:{_STRING.pattern})", re.DOTALL)
_LOOP: Final = re.compile(r"\.\s*(all|exists|exists_one|existsOne|filter|map)\s*\(")
_SEARCH: Final = re.compile(r"\b(matches|contains|startsWith|endsWith)\s*\(")
_LONG: Final = re.compile(r"message\.(?:text|content|full_text|reply_text)(?:_folded)?\Z")
_REPEAT: Final = re.compile(r"\{(\d{1,4})(?:,(\d{0,4}))?\}")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]", re.DOTALL)
_QUOTED: Final = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_FLAGS: Final = re.compile(r"\(\?[imsU-]+\)")
_UNICODE: Final = re.compile(r"\\[pP](?:\{\^?\w+\}|\w)")
_GROUP_HEAD: Final = re.compile(r"\(\?(?:P?<\w+>|[imsU-]*:)|\(")
_WIDE: Final = 20
"""A class of Unicode is many ranges of bytes."""


class Literal(NamedTuple):
    """A string as it is written, and where it begins."""

    text: str
    start: int


def bare(text: str) -> str:
    """The expression with nothing in its strings and without comments: what is left is code, at its place."""

    def hide(match: re.Match[str]) -> str:
        if match["comment"] is not None:
            return " " * len(match[0])
        return '"' + re.sub(r"[^\n]", ".", match[0][1:-1]) + '"'

    return _HIDDEN.sub(hide, text)


def check_loops(code: str) -> None:
    """Make sure that the loops of an expression are few, and none builds a list.

    Raises:
        ExpressionRefused: they are not.
    """
    loops = [match[1] for match in _LOOP.finditer(code)]
    if "map" in loops:
        raise ExpressionRefused("map() is not allowed", "ask with exists() or all()")
    if len(loops) > LOOP_LIMIT:
        raise ExpressionRefused(
            f"{len(loops)} loops in one expression, {LOOP_LIMIT} are allowed", "split it into several"
        )


def string_at(text: str, start: int) -> Literal | None:
    """The string that is written at a place of an expression."""
    space = re.compile(r"\s*").match(text, start)
    place = space.end() if space else start
    found = _STRING.match(text, place)
    return Literal(found[0], place) if found else None


def steps_of(code: str, patterns: Iterable[tuple[int, str]], facts: Iterable[str]) -> int:
    """How many steps the searches of an expression take at most.

    Args:
        code: the expression as `bare` leaves it.
        patterns: of each `matches`, where it stands and what it looks for.
        facts: what the expression looks at.

    Raises:
        ExpressionRefused: too many; line and column are those of the search that costs most.
    """
    sizes = dict(patterns)
    length = TEXT_LIMIT_CHARS if any(_LONG.match(name) for name in facts) else SUBJECT_LIMIT_CHARS
    turns = LIST_LIMIT * (1 + code.count("+")) + code.count(",")
    loops = [(match.end(), _closing(code, match.end())) for match in _LOOP.finditer(code)]
    costs: dict[int, int] = {}
    for search in _SEARCH.finditer(code):
        depth = sum(start <= search.start() < end for start, end in loops)
        size = pattern_size(sizes[search.start()]) if search.start() in sizes else 1
        costs[search.start()] = length * size * turns**depth
    total = sum(costs.values())
    if total > STEPS_LIMIT:
        place = max(costs, key=lambda start: costs[start])
        line = code.count("\n", 0, place) + 1
        column = place - (code.rfind("\n", 0, place) + 1) + 1
        raise ExpressionRefused(
            f"the expression may take {total:,} steps, {STEPS_LIMIT:,} are allowed",
            "write `.*` for a long `.{0,1000}`, and search texts outside of loops",
            line=line,
            column=column,
        )
    return total


def pattern_size(pattern: str) -> int:
    """How many places a pattern has once its repetitions are written out; at least 1."""
    sizes, last, position = [0], 0, 0
    while position < len(pattern):
        if repeat := _REPEAT.match(pattern, position):
            times = max(int(repeat[1]), int(repeat[2] or 0), 1)
            sizes[-1] += last * (times - 1)
            last *= times
            position = repeat.end()
            continue
        character = pattern[position]
        if quoted := _QUOTED.match(pattern, position):
            last, position = len(quoted[1]), quoted.end()
        elif flags := _FLAGS.match(pattern, position):
            last, position = 0, flags.end()
        elif wide := _UNICODE.match(pattern, position):
            last, position = _WIDE, wide.end()
        elif character == "\\":
            last, position = 1, position + 2
        elif found := _CLASS.match(pattern, position):
            last, position = (_WIDE if "\\p" in found[0].lower() else 2), found.end()
        elif head := _GROUP_HEAD.match(pattern, position):
            sizes.append(0)
            position = head.end()
            continue
        elif character == ")":
            last, position = (sizes.pop() if len(sizes) > 1 else 0), position + 1
        else:
            last, position = (0 if character in "*+?|^$" else 2 if character == "." else 1), position + 1
            if not last:
                continue
        sizes[-1] += last
    return max(sum(sizes), 1)


def _closing(code: str, start: int) -> int:
    """Where the parenthesis closes that was opened just before `start`."""
    depth = 1
    for position in range(start, len(code)):
        depth += (code[position] == "(") - (code[position] == ")")
        if depth == 0:
            return position
    return len(code)

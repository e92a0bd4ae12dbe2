"""What no JSON body may hold, wherever it stands: looked for once, before any route reads its own fields.

JSON can write characters that neither Postgres nor UTF-8 can hold, and numbers that no column, clock or answer can.
A field that is checked by itself is no protection: parts of a document are free, and their keys are texts too.
"""

import math
from typing import Any, Final, NamedTuple

from fastapi import Request
from starlette.requests import ClientDisconnect

from tickets.adapters.http.problems import Problem
from tickets.adapters.http.texts import unstorable_in
from tickets.domain.desk.reading import Path, pointer

_BIGGEST: Final = 2**63 - 1


class _Fault(NamedTuple):
    path: Path
    words: str


class _Place(NamedTuple):
    """A step behind another one: whole paths of all values would take the depth of a body times its length."""

    outer: "_Place | None"
    step: str | int


async def must_be_storable(request: Request) -> None:
    """Let only a body go on whose texts and numbers can be kept; what is no JSON is refused by whoever reads it.

    Raises:
        Problem: 422, with the pointer of the first value that cannot be kept. A key is told by its mapping's pointer.
    """
    try:
        content = await request.json()  # the request keeps it: it is read once
    except (ValueError, RecursionError, ClientDisconnect):
        return
    if fault := _unstorable(content):
        at = pointer(fault.path)
        words = f"{at}: {fault.words}" if at else fault.words
        raise Problem(422, "invalid", words, errors=[{"pointer": at, "detail": fault.words}])


def _unstorable(content: Any) -> _Fault | None:
    """The first value that cannot be kept, in the order in which they are written."""
    waiting: list[tuple[_Place | None, Any]] = [(None, content)]  # no recursion: a body is nested as deep as it likes
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            if words := unstorable_in(value):
                return _Fault(_path(place), words)
        elif isinstance(value, dict):
            for key in value:
                if words := unstorable_in(key):
                    return _Fault(_path(place), f"a key {words}")
            waiting += [(_Place(place, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(_Place(place, number), value[number]) for number in range(len(value) - 1, -1, -1)]
        elif isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= _BIGGEST):
            return _Fault(_path(place), "is no number that can be kept")
    return None


def _path(place: _Place | None) -> Path:
    steps: list[str | int] = []
    while place is not None:
        steps.append(place.step)
        place = place.outer
    return tuple(reversed(steps))

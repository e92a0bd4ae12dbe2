"""A page of a ticket's history as clients get it: with the names of whoever its entries speak of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tickets.adapters.http.answers import history_answer
from tickets.adapters.http.names import by_key, names_of

_LONGEST_NAME: Final = 128
_MOST: Final = 2_000
_WORD: Final = re.compile(r"[^\s,;:()]+")


def words_in(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What may be a handle, a team or an address in rows of the history: in actors, details and reasons."""
    found = dict.fromkeys(word for row in rows for word in _words(history_answer(row)))
    return list(found)[:_MOST]


def with_names(rows: Sequence[Mapping[str, Any]], named: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows as clients get them, each with `names` of what it speaks of.

    Args:
        named: `kind` (agents, teams, people), `key`, and what it is called.
    """
    known = by_key(named)
    return [{**entry, "names": names_of(_words(entry), known)} for entry in map(history_answer, rows)]


def _words(entry: Mapping[str, Any]) -> Iterator[str]:
    _, _, handle = str(entry["actor"]).partition(":")
    if handle:
        yield handle
    yield from _strings(entry["detail"])
    yield from _WORD.findall(str(entry["why"])[:_LONGEST_NAME])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) <= _LONGEST_NAME:
            yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)

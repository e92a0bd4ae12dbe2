"""Taking somebody out of what people of the desk wrote beside tickets: notes, reasons, names that were put on file."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tickets.domain.privacy.person import BLACK, Person

_NOTES: Final = (
    ("absence", "why"), ("announcement", "texts"), ("contact", "name"), ("customer_mark", "tags"),
    ("dropped_letter", "why"), ("follower", "why"), ("handover", "reason"), ("held_reply", "reply"),
    ("incident_update", "why"), ("message_revision", "body"), ("sender_list", "note"), ("ticket_merge", "reason"),
    ("ticket_merge", "undone_why"),
)  # fmt: skip
"""(table, column) of words in which anybody may be named, and by which nothing is found."""
_BUT: Final = {"held_reply": "state <> 'held'"}
"""What is about to be said to somebody else is said first."""
_MARK: Final = "customer_mark"
_MOST: Final = 10_000
_DIGITS: Final = "\0"
"""Before the digits of a number while JSON is rewritten: it stays digit by digit. Text of Postgres never holds it."""
_NUMBER: Final = re.compile(r'"\\u0000([^"]*)"')


async def blacken_notes(person: Person, connection: Any) -> None:
    """Blacken them wherever an address of theirs stands, their names there as well, in the caller's transaction."""
    if not person.loosely:
        return
    for table, column in _NOTES:
        rows = await connection.fetch(
            f"select ctid::text as place, {column} as said, pg_typeof({column})::text as type from {table}"  # noqa: S608  # names are our own
            f" where {column}::text ~* any($1::text[]) and {_BUT.get(table, 'true')} limit {_MOST} for update",
            person.loosely,
        )
        for row in rows:
            if person.by_address.stands_in(str(row["said"])):
                if table == _MARK:  # the router goes by a copy
                    await connection.execute(
                        f"insert into facts_outbox (kind, name) select 'customer', name from {_MARK}"  # noqa: S608  # our own
                        " where ctid = $1::text::tid",
                        row["place"],
                    )
                await connection.execute(
                    f"update {table} set {column} = $2 where ctid = $1::text::tid",  # noqa: S608  # names are our own
                    row["place"],
                    _blackened(row["said"], row["type"], person),
                )


def _blackened(said: Any, type_: str, person: Person) -> Any:
    if isinstance(said, list):
        return [one for one in said if not person.stands_in(one)]
    return taken_out(said, person) if type_ == "jsonb" else person.taken_out(said)


def taken_out(text: str, person: Person, *, keeps_tags: bool = True) -> str:
    """JSON without somebody, keys too: of keys that become one each stays, with a longer sign."""
    value = _without(_read(text), lambda said: person.taken_out(said, keeps_tags=keeps_tags))
    return _NUMBER.sub(r"\1", json.dumps(value))


def stands_in(text: str, person: Person) -> bool:
    """Whether somebody is named in a key or a text of JSON."""
    return any(person.stands_in(said) for said in _texts(_read(text)))


def _read(text: str) -> Any:
    return json.loads(text, parse_float=_DIGITS.__add__, parse_int=_DIGITS.__add__)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value:
            yield from _texts(one)
            if isinstance(value, dict):
                yield from _texts(value[one])


def _without(value: Any, taken_out_of: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return value if value.startswith(_DIGITS) else taken_out_of(value)
    if isinstance(value, list):
        return [_without(one, taken_out_of) for one in value]
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for name, one in value.items():
            key = taken_out_of(name)
            while key in found:
                key = key.replace(BLACK, BLACK + BLACK[0], 1)
            found[key] = _without(one, taken_out_of)
        return found
    return value

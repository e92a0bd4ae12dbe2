"""Taking somebody out of what people of the desk wrote beside tickets: notes, reasons, names that were put on file."""

import json
from typing import Any, Final

from tickets.domain.privacy.person import Person

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


async def blacken_notes(person: Person, connection: Any) -> None:
    """Blacken them wherever an address of theirs stands, their names there as well, in the caller's transaction."""
    if not person.loosely:
        return
    for table, column in _NOTES:
        rows = await connection.fetch(
            f"select ctid::text as place, {column} as said, pg_typeof({column})::text as type from {table}"  # noqa: S608  # names are our own
            f" where {column}::text ~* $1 and {_BUT.get(table, 'true')} limit {_MOST} for update",
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


def taken_out(text: str, person: Person) -> str:
    """JSON without somebody, keys too."""
    return json.dumps(_without(json.loads(text), person))


def _without(value: Any, person: Person) -> Any:
    if isinstance(value, str):
        return person.taken_out(value)
    if isinstance(value, list):
        return [_without(one, person) for one in value]
    if isinstance(value, dict):
        return {person.taken_out(name): _without(one, person) for name, one in value.items()}
    return value

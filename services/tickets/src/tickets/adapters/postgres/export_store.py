"""What is kept of a person, read for themselves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tickets.adapters.postgres.person_store import columns, on_channels
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.privacy.person import Identity

_SQL = load_queries("exports")
_SIZE: Final = f"""
select count(*) as messages,
  coalesce(sum(octet_length(body) + octet_length(attachments::text)), 0)::bigint as size_bytes
from ({_SQL["messages"]}) as given
"""  # noqa: S608  # a named query


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one person, as plain data.

    Attributes:
        left_out: ticket → how many notes it has, messages of others, and of the desk to others: they are not given.
        around: name of a kind of thing → rows: consents, codes, callbacks and the like.
    """

    tickets: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    left_out: Mapping[int, Mapping[str, int]]
    around: Mapping[str, Sequence[Mapping[str, Any]]]


async def read_kept(connection: Any, identities: Sequence[Identity], own: Sequence[int], others: Sequence[int]) -> Kept:
    """Everything of one person, of one moment: the caller's transaction is one that sees nothing newer."""
    pairs, theirs = columns(identities), on_channels(identities)

    async def rows(name: str, *arguments: Any) -> list[dict[str, Any]]:
        found = [dict(row) for row in await connection.fetch(_SQL[name], *arguments)]
        for row in found:
            if "id" in row:
                row["id"] = str(row["id"])
        return found

    of_tickets = await rows("messages_of", list(own), *theirs)
    messages = await rows("messages", list(own), list(others), *theirs, *pairs)
    return Kept(
        tickets=await rows("tickets", list(own)),
        messages=[_read(row) for row in messages],
        left_out=_left_out(of_tickets, messages),
        around={
            "identities": await rows("identities", *pairs),
            "marks": await rows("marks", *pairs),
            "ways_on_file": await rows("ways", *pairs),
            "takes_part_in": await rows("takes_part", *pairs),
            "wishes_about_texts": await rows("wishes", *theirs),
            "one_time_codes": await rows("codes", *theirs, list(own)),
            "announcements_asked_for": await rows("announcements", *pairs),
            "callbacks": await rows("callbacks", *pairs, list(own)),
            "quarantine": [_read(row) for row in await rows("quarantine", *theirs)],
            "sender_list": await rows("listed", [one.address for one in identities]),
        },
    )


async def size_of(
    connection: Any, identities: Sequence[Identity], own: Sequence[int], others: Sequence[int]
) -> tuple[int, int]:
    """How many messages `read_kept` would give, and how many bytes of text and of lists of files are in them."""
    theirs, pairs = on_channels(identities), columns(identities)
    row = await connection.fetchrow(_SIZE, list(own), list(others), *theirs, *pairs)
    quarantined = await connection.fetchval(_SQL["quarantine_size"], *theirs)
    return row["messages"], row["size_bytes"] + quarantined


def _left_out(
    of_tickets: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]]
) -> dict[int, Mapping[str, int]]:
    said = Counter(row["ticket_number"] for row in given if not row["theirs"])
    return {
        row["ticket_number"]: {
            "notes": row["notes"],
            "of_others": row["of_others"],
            "to_others": row["of_the_desk"] - said[row["ticket_number"]],
        }
        for row in of_tickets
    }


def _read(row: dict[str, Any]) -> dict[str, Any]:
    found = {name: row[name] for name in row if name not in ("attachments", "raw")}
    if "attachments" in row:
        found["attachments"] = orjson.loads(row["attachments"])
    found["raw"] = orjson.loads(row["raw"]) if row["raw"] else None
    return found

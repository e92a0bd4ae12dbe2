"""What is kept of a person, read for themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tickets.adapters.postgres.person_store import columns
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.privacy.person import Identity

_SQL = load_queries("exports")


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one person, as plain data.

    Attributes:
        left_out: ticket → how many notes and messages of others it has, which are not given.
        around: name of a kind of thing → rows: consents, codes, callbacks and the like.
    """

    tickets: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    left_out: Mapping[int, Mapping[str, int]]
    around: Mapping[str, Sequence[Mapping[str, Any]]]


async def read_kept(connection: Any, identities: Sequence[Identity], own: Sequence[int], others: Sequence[int]) -> Kept:
    """Everything of one person, of one moment: the caller's transaction is one that sees nothing newer."""
    addresses = [one.address for one in identities]
    pairs = columns(identities)

    async def rows(name: str, *arguments: Any) -> list[dict[str, Any]]:
        found = [dict(row) for row in await connection.fetch(_SQL[name], *arguments)]
        for row in found:
            if "id" in row:
                row["id"] = str(row["id"])
        return found

    left_out = await rows("left_out", list(own), addresses)
    messages = await rows("messages", list(own), list(others), addresses)
    return Kept(
        tickets=await rows("tickets", list(own)),
        messages=[_read(row) for row in messages],
        left_out={row.pop("ticket_number"): row for row in left_out},
        around={
            "identities": await rows("identities", *pairs),
            "marks": await rows("marks", *pairs),
            "ways_on_file": await rows("ways", *pairs),
            "takes_part_in": await rows("takes_part", *pairs),
            "wishes_about_texts": await rows("wishes", addresses),
            "one_time_codes": await rows("codes", addresses, list(own)),
            "announcements_asked_for": await rows("announcements", addresses),
            "callbacks": await rows("callbacks", addresses, list(own)),
            "quarantine": [_read(row) for row in await rows("quarantine", addresses)],
            "sender_list": await rows("listed", addresses),
        },
    )


def _read(row: dict[str, Any]) -> dict[str, Any]:
    found = {name: row[name] for name in row if name not in ("attachments", "raw")}
    if "attachments" in row:
        found["attachments"] = orjson.loads(row["attachments"])
    found["raw"] = orjson.loads(row["raw"]) if row["raw"] else None
    return found

"""Writing and taking back what will happen to tickets by itself, inside the transaction that changes them."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import orjson

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.rows import HistoryRow, Timer
from tickets.domain.service_levels.from_history import REPLIED
from tickets.domain.timers.lifecycle_timers import KIND, SNOOZE, USUAL, Lifecycle, read_lifecycle, timers_of

_SQL = load_queries("due")


async def set_timers(
    connection: Any, timers: Mapping[tuple[int, str], Sequence[Timer]], new: AbstractSet[int] = frozenset()
) -> None:
    """Replace what waits for (ticket, kind); the tickets are locked.

    Args:
        new: tickets that this transaction has made, for which nothing waits yet.
    """
    replaced = [key for key in timers if key[0] not in new]
    if replaced:
        await connection.execute(_SQL["forget"], *map(list, zip(*replaced, strict=True)))
    columns = list(
        zip(
            *(
                (number, kind, timer.key, timer.due_at, orjson.dumps(timer.detail).decode())
                for (number, kind), listed in timers.items()
                for timer in listed
            ),
            strict=True,
        )
    )
    if columns:
        await connection.execute(_SQL["insert"], *map(list, columns))


async def add_timers(connection: Any, rows: Sequence[tuple[int, str, Timer]]) -> None:
    """Let these happen too, by (ticket, kind, row); the tickets are locked."""
    if rows:
        columns = zip(
            *((number, kind, one.key, one.due_at, orjson.dumps(one.detail).decode()) for number, kind, one in rows),
            strict=True,
        )
        await connection.execute(_SQL["insert"], *map(list, columns))


async def remove_timers(connection: Any, keys: Sequence[tuple[int, str, str]]) -> None:
    """Take single rows back, by ticket, kind and key."""
    if keys:
        await connection.execute(_SQL["remove"], *map(list, zip(*keys, strict=True)))


async def follow_status(
    connection: Any, changes: Mapping[int, tuple[str, datetime]], new: AbstractSet[int] = frozenset()
) -> None:
    """Start the timers of the status that tickets have now, in place of those of the one before.

    Args:
        changes: ticket → new status, since when.
        new: tickets that this transaction has made, for which nothing waits yet.
    """
    if not changes:
        return
    lifecycle = await load_lifecycle(connection)
    timers: dict[tuple[int, str], Sequence[Timer]] = {}
    for number, (status, since) in changes.items():
        timers[number, KIND] = timers_of(status, since, lifecycle)
        timers[number, SNOOZE] = ()
    await set_timers(connection, timers, new)


async def follow_answers(connection: Any, lines: Iterable[HistoryRow]) -> None:
    """Start the timers of tickets anew whose customers have just got an answer: an older one hurries nobody.

    Args:
        lines: new lines of histories. A snooze stays, and an answer to others than the customer changes nothing.
    """
    since = {line.ticket_number: line.at for line in lines if line.action == REPLIED and not line.detail.get("aside")}
    rows = await connection.fetch(_SQL["statuses"], list(since)) if since else []
    if rows:
        lifecycle = await load_lifecycle(connection)
        timers = {(row["number"], KIND): timers_of(row["status"], since[row["number"]], lifecycle) for row in rows}
        await set_timers(connection, timers)


async def load_lifecycle(connection: Any) -> Lifecycle:
    """The lifecycle in force: the desk's own, or the usual one."""
    row = await connection.fetchrow(_SQL["document"], KIND, "default")
    return read_lifecycle(row["version"], orjson.loads(row["content"])) if row else USUAL

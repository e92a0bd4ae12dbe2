"""Reads the words of tickets that were solved, in the background: nobody who solves one waits for it."""

import asyncio
from collections import Counter
from typing import Final

import structlog

from tickets.adapters.postgres.solution_store import Learning, SolutionStore
from tickets.domain.similar.words import Document, document_of
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

_AT_ONCE: Final = 200
_IDLE_SECONDS: Final = 5.0
_BUSY_SECONDS: Final = 0.2
"""Between two rounds while more is waiting: a desk that has just been upgraded has years to read, beside its work."""


async def learn_solutions(store: SolutionStore) -> None:
    """Learn until cancelled; one replica at a time does it."""
    while True:
        learned = 0
        try:
            learned = await learn_once(store)
        except Temporary as error:
            log.warning("solutions.unlearned", error=error)
        await asyncio.sleep(_BUSY_SECONDS if learned >= _AT_ONCE else _IDLE_SECONDS)


async def learn_once(store: SolutionStore, limit: int = _AT_ONCE) -> int:
    """Read some of the tickets that wait for it; returns how many.

    Raises:
        DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
    """
    async with store.learning() as learning:
        if learning is None:
            return 0
        return await _learn(learning, limit)


async def _learn(learning: Learning, limit: int) -> int:
    rows = await learning.take(limit)
    if not rows:
        return 0
    read: dict[int, Document | None] = {}
    for row in rows:
        answer = None if row["resolution"] is None else f"{row['resolution']}\n{row['cause'] or ''}"
        subject, text, language = row["subject"], row["text"] or "", row["language"]
        read[row["number"]] = None if answer is None else document_of(subject, text, answer, language)
    changes: Counter[str] = Counter()
    tickets = words = 0
    for lexemes, asked in (await learning.known(list(read))).values():
        tickets, words = tickets - 1, words - asked
        changes.subtract(lexemes)
    for document in read.values():
        if document is not None:
            tickets, words = tickets + 1, words + len(document.asked)
            changes.update(document.everything)
    await learning.learn(read, tickets, words, changes)
    log.info("solutions.learned", tickets=len(read))
    return len(rows)

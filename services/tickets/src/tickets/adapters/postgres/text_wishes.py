"""Who wants no texts from a number of the desk's, as rows: statements of the caller's transaction."""

from collections.abc import Collection, Sequence
from typing import Any

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.correspondence.ways import Between
from tickets.domain.settling.text_wishes import TextWish

_SQL = load_queries("text_wishes")


class TextWishes:
    """The statements of one transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def save(self, wishes: Collection[TextWish]) -> None:
        """Keep what customers said last; an older wish changes nothing."""
        if wishes:
            columns = zip(
                *((one.medium, one.account, one.address, one.wants_none, one.said_at) for one in wishes), strict=True
            )
            await self._connection.execute(_SQL["said"], *map(list, columns))

    async def refused(self, notifications: Sequence[str]) -> None:
        """Keep that whom these notifications were for want no texts from where they came, before they are let go of."""
        if notifications:
            await self._connection.execute(_SQL["refused"], list(notifications))

    async def none_wanted_among(self, pairs: Collection[Between]) -> frozenset[Between]:
        """Those of these pairs of numbers between which no texts are wanted."""
        if not pairs:
            return frozenset()
        rows = await self._connection.fetch(_SQL["none_wanted_among"], *map(list, zip(*sorted(pairs), strict=True)))
        return frozenset((row["medium"], row["account"], row["address"]) for row in rows)

    async def none_wanted(self, account: str, numbers: Sequence[str]) -> frozenset[str]:
        """Those of these numbers whose people want no texts from a number of the desk's."""
        if not account or not numbers:
            return frozenset()
        rows = await self._connection.fetch(_SQL["none_wanted"], account, list(numbers))
        return frozenset(row["address"] for row in rows)

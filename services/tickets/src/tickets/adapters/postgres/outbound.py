"""What is known about notifications on their way: the outbox rows of OUTBOUND and the messages behind them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.probe_store import note_answers
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.text_wishes import TextWishes
from tickets.domain.correspondence.fallback import OPTED_OUT
from tickets.domain.probing.answers import is_answer, probe_of
from tickets.domain.verifying.codes import is_code
from ventanilla_contracts.events import Undelivered
from ventanilla_contracts.words import AS_TEMPLATE

_SQL = load_queries("outbox")
_CODES = load_queries("verifying")


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a notification: `delivered`, `read` or `failed`, or for now `sent`.

    Attributes:
        unread: it was delivered where whom it is for reads nothing any more.
        template: one of the channel's went in place of its words.
    """

    notification_id: str
    state: str
    detail: str
    undelivered: tuple[Undelivered, ...] = ()
    unread: bool = False
    template: bool = False


@dataclass(frozen=True, slots=True)
class NotedReport:
    """A report that was news.

    Attributes:
        template: that one went in place of the words is news too; what follows of it later is not.
    """

    ticket_number: int
    message_id: UUID
    state: str
    detail: str
    unread: bool = False
    template: bool = False


@dataclass(frozen=True, slots=True)
class Unreported:
    """A published notification of which nothing was heard for a while."""

    id: int
    key: str
    sequence: int | None
    attempt: int
    medium: str = "email"


class OutboundStore:
    """Reads and writes the state of notifications."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, reports: Sequence[Report]) -> list[NotedReport]:
        """Note what became of notifications; returns those that were news.

        Failures, and what its customer does not read, enter the ticket's history, the latter once.
        """
        ids = [report.notification_id for report in reports]
        unread = {report.notification_id for report in reports if report.unread and report.state == "delivered"}
        template = {report.notification_id for report in reports if report.template and report.state != "failed"}
        details = [f"{AS_TEMPLATE}{one.detail}" if one.template else one.detail for one in reports]
        replaced: frozenset[UUID] = frozenset()
        async with self._database.transaction() as connection:
            rows = await connection.fetch(_SQL["report"], ids, [report.state for report in reports], details)
            failures = [row for row in rows if row["delivery_state"] == "failed"]
            if failures:
                await connection.execute(
                    _SQL["failures"],
                    [row["ticket_number"] for row in failures],
                    [json.dumps({"message": str(row["id"]), "kind": row["kind"]}) for row in failures],
                    [row["delivery_detail"] for row in failures],
                )
            if missed := [row for row in rows if row["notification_id"] in unread]:
                await connection.execute(
                    _SQL["unread"],
                    [row["ticket_number"] for row in missed],
                    [row["id"] for row in missed],
                    [row["kind"] for row in missed],
                )
            if sent := [row for row in rows if row["notification_id"] in template]:
                lines = await connection.fetch(_SQL["template"], [row["id"] for row in sent])
                replaced = frozenset(line["message"] for line in lines)
            if codes := [report for report in reports if is_code(report.notification_id)]:
                columns = zip(*((one.notification_id, one.state, one.detail) for one in codes), strict=True)
                await connection.execute(_CODES["reported"], *map(list, columns))
            if answers := {one.notification_id: one for one in reports if is_answer(one.notification_id)}:
                await note_answers(connection, {probe_of(id_): _end_of(one) for id_, one in answers.items()})
            await TextWishes(connection).refused([one.notification_id for one in reports if _is_unwanted(one)])
            await connection.execute(_SQL["reported"], ids)
        return [
            NotedReport(
                row["ticket_number"],
                row["id"],
                row["delivery_state"],
                row["delivery_detail"],
                row["notification_id"] in unread,
                row["id"] in replaced,
            )
            for row in rows
        ]

    async def unreported(self, limit: int) -> list[Unreported]:
        """Published notifications whose turn it is to be looked after."""
        rows = await self._database.fetch(_SQL["unreported"], limit)
        return [
            Unreported(
                row["id"],
                row["message_key"],
                row["published_sequence"],
                row["attempt"],
                str(row["subject"]).rpartition(".")[2],
            )
            for row in rows
        ]

    async def look_later(self, ids: Sequence[int], seconds: float) -> None:
        """They still wait in their stream."""
        await self._database.execute(_SQL["look_later"], list(ids), seconds)

    async def publish_again(self, ids: Sequence[int]) -> None:
        """They are gone from the stream: the relay publishes them under the next attempt's id."""
        await self._database.execute(_SQL["publish_again"], list(ids))

    async def expire(self, grace_seconds: float) -> list[str]:
        """Let go of notifications that expired without a report; returns their ids."""
        return [row["notification_id"] for row in await self._database.fetch(_SQL["expire"], grace_seconds)]


def _end_of(report: Report) -> str:
    return f"failed: {report.detail}" if report.state == "failed" else report.state


def _is_unwanted(report: Report) -> bool:
    """Whether somebody was not texted because they want no texts."""
    return report.state == "failed" and report.detail.partition(":")[0] == OPTED_OUT

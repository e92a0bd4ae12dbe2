"""A desk whose timers are late or gone, for tests of whoever looks for them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import routed, settle
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.due_store import DueStore
from tickets.adapters.postgres.timer_audit import TimerAudit
from tickets.handlers.timers.audit_timers import Publishes, TimerAuditor
from tickets.handlers.timers.fire_due import DueWorker
from tickets.handlers.timers.fires import FIRES
from ventanilla_contracts.events import TimerLate
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Outgoing

LATE_SECONDS = 30.0
STANDARD = {
    "targets": {"resolution": {"normal": {"minutes": 60, "calendar": "always"}}},
    "pauses": {"resolution": ["pending", "on_hold"]},
}
HOUR = timedelta(hours=1)


class Told:
    """Keeps what is published; while `away`, nothing is."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.away = False

    async def publish_all(self, messages: Sequence[Outgoing]) -> None:
        if self.away:
            raise BrokerAway("gone")
        self.messages += messages

    @property
    def events(self) -> list[TimerLate]:
        return [TimerLate.model_validate_json(message.body) for message in self.messages]

    @property
    def words(self) -> list[tuple[str, int | None, str]]:
        return [(event.problem, event.ticket_number, event.kind) for event in self.events]


@asynccontextmanager
async def promising_desk(database: str) -> AsyncIterator[ApiDesk]:
    """A desk that promises to solve tickets within an hour."""
    async with open_api_desk(database) as desk:
        await desk.database.execute(
            "insert into desk_document (kind, name, version, content, created_by)"
            " values ('policy', 'standard', 1, $1, 'eva')",
            orjson.dumps(STANDARD).decode(),
        )
        async with desk.database.connection() as connection:
            await desk.levels.refresh(connection)
        yield desk


def auditor(alone: Database, told: Publishes | None) -> TimerAuditor:
    return TimerAuditor(TimerAudit(alone, LATE_SECONDS), "desk", told)


def worker(api: ApiDesk, **fires: Any) -> DueWorker:
    return DueWorker(DueStore(api.database, api.desk.signer, api.levels), api.deps, {**FIRES, **fires})


async def promised(api: ApiDesk, count: int = 1) -> None:
    """So many tickets due to be solved in an hour: warned before, that is one row each."""
    decision = {"priority": "normal", "service_level_policy": "standard"}
    now = datetime.now(UTC)
    mails = [routed(n, sender=f"c{n}@cliente.example", at=now, decision=decision) for n in range(1, count + 1)]
    for first in range(0, count, 100):
        await settle(api, *mails[first : first + 100])
    rows = await api.database.fetch("select 1 from due where kind = 'clock'")
    assert len(rows) == count


async def pass_time(api: ApiDesk, time: timedelta) -> None:
    """Let all rows have been due for so much longer, with clocks that agree."""
    rows = await api.database.fetch("select ticket_number, state from service_level")
    for row in rows:
        state = orjson.loads(row["state"])
        await api.database.execute(
            "update service_level set state = $2 where ticket_number = $1",
            row["ticket_number"], orjson.dumps(_earlier(state, time)).decode(),
        )  # fmt: skip
    await api.database.execute("update due set due_at = due_at - $1::interval", time)


def _earlier(value: Any, time: timedelta) -> Any:
    if isinstance(value, dict):
        return {key: _earlier(item, time) for key, item in value.items()}
    if isinstance(value, list):
        return [_earlier(item, time) for item in value]
    if isinstance(value, str) and value[:2] == "20" and "T" in value:
        return (datetime.fromisoformat(value) - time).isoformat()
    return value


async def an_hour_later(api: ApiDesk) -> None:
    await api.database.execute("update timer_alarm set raised_at = raised_at - interval '1 hour'")


async def alarms(api: ApiDesk) -> int:
    return len(await api.database.fetch("select 1 from timer_alarm"))

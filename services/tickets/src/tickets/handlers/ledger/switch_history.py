"""What operators hold on its way out, let go and drop: from the broker's history of it into the audit log.

`ventanilla outbound` knows no database. What it says is one write into the bucket `switches`, which keeps the last
twenty of each kind; every replica reads them all, and each line is written once. So nothing is lost that this service
sees within twenty turns of the switch.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from tickets.adapters.postgres.audit_log import Elsewhere, Origin, note_elsewhere
from tickets.adapters.postgres.database import Database
from ventanilla_contracts.dropped import DropOrder
from ventanilla_contracts.topology import SWITCHES
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.dropped import ORDERS_KEY
from ventanilla_runtime.many import Many
from ventanilla_runtime.outbound import KEY, Hold
from ventanilla_runtime.stopping import keep_going

log = structlog.get_logger()

ROUND_SECONDS: Final = 5.0
_STREAM: Final = f"KV_{SWITCHES}"
_COMMAND: Final = "ventanilla outbound"


class SwitchHistory:
    """Reads the bucket's history, and notes what is not noted yet."""

    def __init__(self, broker: Broker, database: Database) -> None:
        self._many = Many(broker)
        self._database = database
        self._noted: set[str] = set()

    async def run(self) -> None:
        """Look until cancelled; what a round could not note waits for the next."""
        await keep_going("switch_history", self.look_once, ROUND_SECONDS)

    async def look_once(self) -> None:
        """One round.

        Raises:
            Temporary: broker or database are away; the next round notes what this one did not.
        """
        page = await self._many.page(_STREAM, 1)
        lines = list(lines_of(page.messages))
        for line in lines:
            if line.source not in self._noted and await note_elsewhere(self._database, line):
                log.info("switch.noted", action=line.action, actor=line.actor)
            self._noted.add(line.source)
        self._noted.intersection_update(line.source for line in lines)


def lines_of(messages: Sequence[StoredMessage]) -> Iterator[Elsewhere]:
    """What the history of the bucket says, oldest first. Its first turn of the switch may have been any."""
    before: frozenset[str] = frozenset()
    for message in messages:
        key = message.subject.rpartition(".")[2]
        if key == KEY:
            after = Hold() if "KV-Operation" in message.headers else Hold.decode(message.body)
            yield _turned(message, before, after)
            before = after.ways
        elif key == ORDERS_KEY:
            try:
                yield _dropped(message, DropOrder.decode(message.body))
            except ValueError as error:
                log.warning("switch.unreadable", sequence=message.sequence, error=error)


def _turned(message: StoredMessage, before: frozenset[str], after: Hold) -> Elsewhere:
    released = before - after.ways
    action = "outbound.released" if released and not after.ways - before else "outbound.held"
    changed = released if action == "outbound.released" else after.ways - before or after.ways
    changes = [{"field": "held", "old": sorted(before), "new": sorted(after.ways)}]
    detail = {"ways": ", ".join(sorted(changed)), "changes": changes}
    return _line(message, action, detail, after.by, after.origin, after.why)


def _dropped(message: StoredMessage, order: DropOrder) -> Elsewhere:
    detail = {"ways": ", ".join(sorted(order.kinds)), "count": order.count, "kinds": order.kinds}
    calls = tuple((call.ticket_number, call.kind, call.id) for call in order.calls)
    return _line(message, "outbound.dropped", detail, order.by, order.origin, "", calls)


def _line(
    message: StoredMessage,
    action: str,
    detail: dict[str, Any],
    by: str,
    origin: str,
    why: str,
    dropped: tuple[tuple[int, str, str], ...] = (),
) -> Elsewhere:
    # A stream that was made anew gives out the same sequences again, at other times.
    source = f"{message.subject}/{message.sequence}/{message.stored_at}"
    at = datetime.fromtimestamp(nanoseconds(message.stored_at) / 1e9, UTC)
    actor = f"operator:{by or 'unknown'}"
    return Elsewhere(source, at, actor, action, detail, why, Origin(_COMMAND, origin), dropped)

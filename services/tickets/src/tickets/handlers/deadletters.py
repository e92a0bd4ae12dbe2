"""Dead letters of all services: each ends its acceptance in the ledger, so that it is counted and named."""

import structlog
from pydantic import ValidationError

from tickets.adapters.postgres.ledger import LedgerStore
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.adapters.postgres.settling import SettlingStore
from tickets.handlers.deliveries import note_reports
from ventanilla_contracts.acceptance import AcceptanceKey
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.events import DeadLetter
from ventanilla_runtime.delivery import Batch

log = structlog.get_logger()

_DOOR, _OUTBOUND = "ACCEPTED", "OUTBOUND"


async def note_dead_letters(batch: Batch, ledger: LedgerStore, store: SettlingStore, outbound: OutboundStore) -> None:
    """Settle the acceptances of dead letters as such; what was settled otherwise stays so.

    A dead letter of the sending side is a notification that failed.

    Raises:
        DatabaseAway: note the same batch again.
    """
    letters: list[tuple[AcceptanceKey, DeadLetter]] = []
    reports = []
    for delivery in batch.deliveries:
        try:
            letter = DeadLetter.model_validate_json(delivery.body)
            if key := _acceptance_of(letter):
                letters.append((key, letter))
            elif letter.stream == _OUTBOUND and (notification := letter.headers.get("ce-id")):
                reports.append(Report(notification, "failed", f"{letter.reason}: {letter.detail}"))
        except (ValidationError, ValueError) as error:
            batch.reject(delivery, MalformedEvent(str(error)))
    if letters:
        epochs = await store.epochs((key.stream, key.created_at) for key, _ in letters)
        rows = {
            (epochs[key.stream, key.created_at], key.sequence): (
                epochs[key.stream, key.created_at],
                key.sequence,
                letter.channel or "email",
                letter.headers.get("ce-id", ""),
                f"{letter.service}: {letter.reason}",
                letter.failed_at,
            )
            for key, letter in letters
        }
        await ledger.dead_lettered([rows[place] for place in sorted(rows)])
    await note_reports(reports, outbound)


def _acceptance_of(letter: DeadLetter) -> AcceptanceKey | None:
    if letter.acceptance:
        return AcceptanceKey.parse(letter.acceptance)
    if letter.stream == _DOOR or letter.stream == "INTAKE":
        return AcceptanceKey(letter.stream, letter.created_at, letter.sequence)
    return None

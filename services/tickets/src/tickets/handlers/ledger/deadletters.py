"""Dead letters of all services: each ends its acceptance in the ledger, so that it is counted and named."""

from collections.abc import Mapping

import structlog
from pydantic import ValidationError

from tickets.adapters.postgres.ledger import DeadEnd, LedgerStore
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.adapters.postgres.settling import SettlingStore
from tickets.domain.settling.incoming import Place
from tickets.domain.settling.reading import INTAKE_HEADER
from tickets.handlers.sending.deliveries import note_reports
from tickets.handlers.working.work import DeskDeps
from ventanilla_contracts.acceptance import AcceptanceKey
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.events import DeadLetter, MessageReceived
from ventanilla_contracts.ids import event_id
from ventanilla_runtime.delivery import Batch

log = structlog.get_logger()

_DOOR, _INTAKE, _OUTBOUND = "ACCEPTED", "INTAKE", "OUTBOUND"


async def note_dead_letters(
    batch: Batch, ledger: LedgerStore, store: SettlingStore, outbound: OutboundStore, desk: DeskDeps
) -> None:
    """Settle the acceptances of dead letters as such; what was settled otherwise stays so.

    A dead letter of the sending side is a notification that failed.

    Raises:
        DatabaseAway: note the same batch again.
    """
    letters: list[tuple[AcceptanceKey, AcceptanceKey | None, DeadLetter]] = []
    reports = []
    for delivery in batch.deliveries:
        try:
            letter = DeadLetter.model_validate_json(delivery.body)
            if key := _acceptance_of(letter):
                letters.append((key, _intake_of(letter), letter))
            elif letter.stream == _OUTBOUND and (notification := letter.headers.get("ce-id")):
                reports.append(Report(notification, "failed", f"{letter.reason}: {letter.detail}"))
        except (ValidationError, ValueError) as error:
            batch.reject(delivery, MalformedEvent(str(error)))
    if letters:
        keys = {key for accepted, intake, _ in letters for key in (accepted, intake) if key}
        epochs = await store.epochs((key.stream, key.created_at) for key in keys)
        ends = {accepted: _end(accepted, intake, letter, epochs) for accepted, intake, letter in letters}
        await ledger.dead_lettered(list(ends.values()))
    await note_reports(reports, outbound, desk)


def _end(
    accepted: AcceptanceKey,
    intake: AcceptanceKey | None,
    letter: DeadLetter,
    epochs: Mapping[tuple[str, str], int],
) -> DeadEnd:
    def place(key: AcceptanceKey) -> Place:
        return Place(epochs[key.stream, key.created_at], key.sequence)

    return DeadEnd(
        accepted=place(accepted),
        intake=place(intake) if intake else None,
        channel=letter.channel or "email",
        event_id=_event_of(letter),
        reason=f"{letter.service}: {letter.reason}",
        failed_at=letter.failed_at,
    )


def _event_of(letter: DeadLetter) -> str:
    """The event that the message is or would have become: the ledger's name for it, whichever stage gave up."""
    _, _, source_id = letter.headers.get("ce-id", "").partition(":")
    return event_id(MessageReceived.type, source_id) if source_id else ""


def _acceptance_of(letter: DeadLetter) -> AcceptanceKey | None:
    if letter.acceptance:
        return AcceptanceKey.parse(letter.acceptance)
    if letter.stream in (_DOOR, _INTAKE):
        return AcceptanceKey(letter.stream, letter.created_at, letter.sequence)
    return None


def _intake_of(letter: DeadLetter) -> AcceptanceKey | None:
    if letter.stream == _INTAKE:
        return AcceptanceKey(letter.stream, letter.created_at, letter.sequence)
    header = letter.headers.get(INTAKE_HEADER)
    return AcceptanceKey.parse(header) if header else None

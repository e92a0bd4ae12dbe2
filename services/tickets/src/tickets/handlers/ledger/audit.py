"""The auditor: counts what the doors accepted, from the streams alone, with durables of its own.

It never looks at a ticket, so that a lost ticket cannot hide a lost message.
"""

from collections import defaultdict

from tickets.adapters.postgres.ledger import LedgerStore
from tickets.adapters.postgres.settling import SettlingStore
from ventanilla_contracts.acceptance import CHANNEL_HEADER, HEADER
from ventanilla_runtime.delivery import Batch

_DOOR = "ACCEPTED"


async def audit_batch(batch: Batch, ledger: LedgerStore, store: SettlingStore) -> None:
    """Note which sequences were read and which of them are acceptances.

    A message in INTAKE that names an acceptance elsewhere (mail) is only a place on the way.

    Raises:
        DatabaseAway: read the same batch again.
    """
    read: dict[tuple[str, str], dict[int, str | None]] = defaultdict(dict)
    for delivery in batch.deliveries:
        channel: str | None
        if delivery.stream == _DOOR:
            channel = "email"
        else:
            elsewhere = delivery.headers.get(HEADER, "").startswith(f"{_DOOR}/")
            channel = None if elsewhere else delivery.headers.get(CHANNEL_HEADER, "unknown")
        read[delivery.stream, delivery.created_at][delivery.sequence] = channel
    epochs = await store.epochs(read)
    for stream, channels in read.items():
        await ledger.note_read(epochs[stream], channels)

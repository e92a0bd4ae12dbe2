"""Carrying out what `tickets export-person` was told: apart from its words, so that other commands need not load it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tickets.adapters.person_files import Listed, opened
from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.erasure_store import ErasureStore
from tickets.commands.privacy_session import erasing, progress
from tickets.domain.privacy.person import Identity
from tickets.domain.tokens import Signer
from tickets.handlers.privacy.export import Piece, export_person
from tickets.handlers.privacy.find import Found, find_person
from tickets.settings import TicketsSettings
from ventanilla_contracts.events import BlobRef
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.errors import BlobLost


async def write_export(
    given: Sequence[Identity],
    out: Path,
    settings: TicketsSettings,
    confirm: Callable[[Found], None],
    *,
    actor: str,
    why: str,
    only_given: bool,
) -> tuple[int, int]:
    """Write what is kept of somebody; returns how many tickets, and how many files are gone.

    Args:
        confirm: is shown who it is, and ends the command unless it is them.

    Raises:
        Refused: it is somebody of the desk, or `out` is there already.
        Temporary: broker or database are away.
    """
    signer, say = Signer(settings.keys()), progress()

    def status_link(number: int, epoch: int) -> str:
        return f"{settings.status_url}/{signer.status_token(number, epoch)}"

    async with erasing(settings, 0.0, say) as parts, parts.database.connection() as connection:
        found = await find_person(given, await parts.database.now(), parts.reads, only_given=only_given)
        confirm(found)
        exported = await export_person(found, connection, status_link)
        hashes = sorted(ErasureStore(connection, settings.keys()).hash(one) for one in found.person.identities)
        detail = {"hashes": hashes, "tickets": len(found.own), "files": len(exported.pieces)}
        with opened(out) as files:
            # First: whoever ends it in the middle has their files, and stands in the log.
            await audit_log.add_line(connection, actor, "person.exported", detail, why)
            files.data(exported.data)
            missing = await _write_pieces(exported.pieces, files, Blobs(parts.streams.broker, parts.publisher), say)
    say("")
    return len(found.own), missing


async def _write_pieces(pieces: Sequence[Piece], files: Listed, blobs: Blobs, say: Callable[[str], None]) -> int:
    missing = 0
    for done, piece in enumerate(pieces, 1):
        say(f"files: {done} of {len(pieces)}")
        try:
            files.write(piece.path, await blobs.get(BlobRef.model_validate(piece.place)))
        except BlobLost as error:
            files.missing(piece.path, str(error))
            missing += 1
    return missing

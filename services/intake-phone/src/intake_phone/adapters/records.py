"""What is kept of calls, waits and attempts to call back, in the bucket `phone_state`.

Each thing that happens has a key of its own, so that nothing is read before a write and nobody waits for anybody. What
belongs together stands below one prefix and is read at once: `call.<CallSid>.`, `ring.<CallSid>.` (all of a caller's
waits), `back.<callback>.<attempt>.`.
"""

from typing import Final, Protocol

import structlog

from intake_phone.domain.callbacks.attempt import Attempt, Name, read_attempt
from intake_phone.domain.calls.record import CallRecord, Noted, read_noted, written
from intake_phone.domain.calls.ringing import Waits, read_waits
from intake_phone.ports.phone import RemembersState
from ventanilla_contracts.topology import PHONE_STATE
from ventanilla_runtime.many import Page

log = structlog.get_logger()

_STREAM: Final = f"KV_{PHONE_STATE}"
PAGE_KEYS: Final = 500
MOST_PAGES: Final = 10
"""Of one prefix; a wait for a team of fifty leaves some three hundred keys."""


class ReadsPages(Protocol):
    """Reads runs of a stream's messages; `ventanilla_runtime.many.Many` does."""

    async def page(self, stream: str, sequence: int, *, subject: str | None = None, messages: int = PAGE_KEYS) -> Page:
        """The messages below a subject from a sequence on, in order. Raises Temporary."""


class CallRecords:
    """Writes and reads what is kept of calls."""

    def __init__(self, state: RemembersState, many: ReadsPages) -> None:
        self._state = state
        self._many = many

    async def note(self, call: str, document: Noted) -> None:
        """Keep what a document noted; the same again changes nothing.

        Raises:
            Temporary: it may be kept or not.
        """
        await self._state.put_all([f"call.{call}.{document.name}"], written(document))

    async def record(self, call: str) -> CallRecord:
        """All that was kept of a call.

        Raises:
            Temporary: the broker is away.
        """
        found = await _kept_below(self._many, f"call.{call}.")
        documents = (read_noted(name, value) for name, value in sorted(found.items()))
        return CallRecord(tuple(document for document in documents if document is not None))


class RingRecords:
    """Reads what is kept of callers who wait for a team."""

    def __init__(self, many: ReadsPages) -> None:
        self._many = many

    async def waits(self, call: str) -> Waits:
        """All that is kept of a caller's waits.

        Raises:
            Temporary: the broker is away.
        """
        return read_waits(await _kept_below(self._many, f"ring.{call}."))


class CallbackRecords:
    """Reads what is kept of attempts to call customers back."""

    def __init__(self, many: ReadsPages) -> None:
        self._many = many

    async def attempt(self, name: Name) -> Attempt:
        """All that is kept of one.

        Raises:
            Temporary: the broker is away.
        """
        return read_attempt(await _kept_below(self._many, name.prefix))


async def _kept_below(many: ReadsPages, prefix: str) -> dict[str, bytes]:
    """What follows a prefix in each key below it → its value; without what was deleted."""
    start = f"$KV.{PHONE_STATE}.{prefix}"
    found: dict[str, bytes] = {}
    sequence = 0
    for _ in range(MOST_PAGES):
        page = await many.page(_STREAM, sequence, subject=f"{start}>", messages=PAGE_KEYS)
        found.update((one.subject.removeprefix(start), one.body) for one in page.messages)
        if not page.more or not page.messages:
            break
        sequence = page.messages[-1].sequence + 1
    else:
        log.warning("state.cut", prefix=prefix, keys=len(found))
    return {rest: value for rest, value in found.items() if value}

"""Calls that go on, in the bucket `phone_state`: one key for each document, so that nothing is read before a write."""

from typing import Final

from intake_phone.domain.calls.record import CallRecord, Noted, read_noted, written
from ventanilla_contracts.topology import PHONE_STATE
from ventanilla_runtime.many import Many
from ventanilla_runtime.state import StateBucket

_MOST_DOCUMENTS: Final = 200


class CallRecords:
    """Writes and reads what is kept of calls."""

    def __init__(self, state: StateBucket, many: Many) -> None:
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
        wanted = f"$KV.{PHONE_STATE}.call.{call}.*"
        page = await self._many.page(f"KV_{PHONE_STATE}", 0, subject=wanted, messages=_MOST_DOCUMENTS)
        found = {message.subject.rpartition(".")[2]: message.body for message in page.messages if message.body}
        documents = (read_noted(name, value) for name, value in sorted(found.items()))
        return CallRecord(tuple(document for document in documents if document is not None))

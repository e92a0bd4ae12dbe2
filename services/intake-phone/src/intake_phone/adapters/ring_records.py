"""Callers who wait for a team, in the bucket `phone_state`: everything of one wait stands below `ring.<CallSid>`."""

from typing import Final

from intake_phone.domain.calls.ringing import Ring, read_rings
from ventanilla_contracts.topology import PHONE_STATE
from ventanilla_runtime.many import Many

_MOST_KEYS: Final = 500


class RingRecords:
    """Reads what is kept of waits."""

    def __init__(self, many: Many) -> None:
        self._many = many

    async def rings(self, call: str) -> dict[int, Ring]:
        """All that is kept of a caller's waits, each under the step at which it began.

        Raises:
            Temporary: the broker is away.
        """
        wanted = f"$KV.{PHONE_STATE}.ring.{call}."
        page = await self._many.page(f"KV_{PHONE_STATE}", 0, subject=f"{wanted}>", messages=_MOST_KEYS)
        return read_rings({one.subject.removeprefix(wanted): one.body for one in page.messages if one.body})

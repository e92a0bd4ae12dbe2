"""Attempts to call customers back, in the bucket `phone_state`: all of one stands below `back.<callback>.<attempt>`."""

from typing import Final

from intake_phone.domain.callbacks.attempt import Attempt, Name, read_attempt
from ventanilla_contracts.topology import PHONE_STATE
from ventanilla_runtime.many import Many

_MOST_KEYS: Final = 200


class CallbackRecords:
    """Reads what is kept of attempts."""

    def __init__(self, many: Many) -> None:
        self._many = many

    async def attempt(self, name: Name) -> Attempt:
        """All that is kept of one.

        Raises:
            Temporary: the broker is away.
        """
        wanted = f"$KV.{PHONE_STATE}.{name.prefix}"
        page = await self._many.page(f"KV_{PHONE_STATE}", 0, subject=f"{wanted}>", messages=_MOST_KEYS)
        return read_attempt({one.subject.removeprefix(wanted): one.body for one in page.messages if one.body})

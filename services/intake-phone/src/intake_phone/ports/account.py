"""What is known of the account at Twilio, and of its numbers."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from intake_phone.domain.account import AccountNumber, AccountState


class LooksAtAccount(Protocol):
    """Reads the account; `adapters.twilio.account.TwilioAccount` does."""

    async def state(self) -> AccountState:
        """How it does.

        Raises:
            TwilioRefused: Twilio does not take our token, or has closed the account.
            TwilioAway, TwilioBusy: it cannot be asked now.
        """

    async def numbers(self) -> Sequence[AccountNumber]:
        """Its numbers, at most `MOST_NUMBERS`; raises as above."""


class RemembersAlarms(Protocol):
    """What was said today already, by any replica; `ventanilla_runtime.state.StateBucket` does."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""


class RaisesAlarms(Protocol):
    """Tells the operators; `handlers.account.alarms.Alarms` does."""

    async def endangered(self, connection: str, problem: str) -> None:
        """Say it, at most once a day. Raises Temporary."""


Doors = Mapping[str, str]
"""Field of a number's settings at Twilio (`voice_url`, `sms_url`, …) → its value."""

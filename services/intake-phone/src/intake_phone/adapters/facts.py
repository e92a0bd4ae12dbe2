"""What is known of a caller: in which language they chose to be spoken to. Numbers are kept as hashes only."""

from dataclasses import replace
from hashlib import sha256

from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.numbers import Caller
from intake_phone.ports.phone import RemembersState


class DeskFacts:
    """Asks for what is known while somebody waits."""

    def __init__(self, state: RemembersState, region: str | None) -> None:
        self._state = state
        self._region = region

    async def facts(self, caller: Caller) -> Facts:
        """What is known of a caller.

        Raises:
            Temporary: the broker is away.
        """
        known = Facts(caller=caller, region=self._region)
        if caller.anonymous:
            return known
        language = await self._state.get(_key(caller))
        return replace(known, language=language.decode()) if language else known

    async def remember_language(self, caller: Caller, language: str) -> None:
        """Keep in which language somebody chose to be spoken to.

        Raises:
            Temporary: it may be kept or not.
        """
        if not caller.anonymous:
            await self._state.put_all([_key(caller)], language.encode())


def _key(caller: Caller) -> str:
    return f"language.{sha256(caller.number.encode()).hexdigest()}"

"""Who has left: known at once by Slack's event, at every replica, though one of them alone is told.

The replica that hears of it forgets what it knew of them, and writes a key of theirs anew; whoever answers them looks
at that key first. What is lost on the way (the broker away, the event never sent) is found out by asking Slack anew.
"""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Protocol

from intake_chat.domain.slack.people_changes import changed_person
from intake_chat.handlers.agents.background import Background
from intake_chat.ports.customers import Accept, WritesDepartures
from ventanilla_contracts.errors import Temporary

_MOST_SEEN: Final = 20_000


class Forgets(Protocol):
    """What is known of people for a while; `adapters.slack.people.People` does."""

    def known_as_gone(self, user: str) -> bool:
        """Whether an account is remembered as deactivated."""

    def forget(self, user: str) -> None:
        """Let whoever asks of somebody the next time be told anew."""


def gone_key(user: str) -> str:
    """Where it is written down that somebody's account was deactivated: each time anew."""
    return f"gone.{user}"


class Departures:
    """Hears of accounts that are deactivated, and knows whether one was since it was looked at last."""

    def __init__(self, state: WritesDepartures, background: Background) -> None:
        self._state = state
        self._background = background
        self._seen: OrderedDict[str, int] = OrderedDict()

    async def take_in(
        self, take_in: Accept, people: Forgets, body: bytes, envelope: Mapping[str, Any], door: str
    ) -> None:
        """An event, as `take_in` takes it; those about accounts are looked at here alone."""
        changed = changed_person(envelope)
        # Nearly all of these events tell of a new picture or status: what is known stays.
        if changed is not None and (changed.gone or people.known_as_gone(changed.user)):
            people.forget(changed.user)
            if changed.gone:
                self._background.start(self._write(changed.user))
        await take_in(body, envelope, door)

    async def is_news(self, user: str) -> bool:
        """Whether somebody's account was deactivated since this was asked last; False where nobody can say."""
        try:
            revision = (await self._state.read(gone_key(user))).revision
        except Temporary:
            return False
        if self._seen.get(user, 0) == revision:
            return False
        self._seen[user] = revision
        self._seen.move_to_end(user)
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        return True

    async def _write(self, user: str) -> None:
        with suppress(Temporary):
            await self._state.put_all([gone_key(user)], b"1")

"""The record of one ticket's card while it is worked on: what is kept, and the revision to write over."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from intake_chat.domain.slack.cards.kept import Attempt, Kept
from intake_chat.errors import InDoubt
from intake_chat.ports.cards import KeepsCards

UNPOSTED: Final = "unposted"
OWN_DOUBT_SECONDS: Final = 5.0
"""A call that we have given up may still be done at Slack for so long."""
FOREIGN_DOUBT_SECONDS: Final = 20.0
"""A call of another keeper may be under way for so long: longer than any waits for Slack's answer."""


def card_key(number: int) -> str:
    """Where a ticket's card is remembered."""
    return f"card.{number}"


def thread_key(channel: str, root: str) -> str:
    """Where it is remembered whose thread this is."""
    return f"thread.{channel}.{root}"


def reply_key(id_: str) -> str:
    """Where it is remembered what is to be shown of a reply from the composer; empty once its end is shown."""
    return f"reply.{id_}"


def draft_key(id_: str) -> str:
    """Where an answer is kept while its files are on their way; empty once it waits at the desk."""
    return f"draft.{id_}"


def told_key(message: str) -> str:
    """Where the line stands that says of an answer that it was delivered."""
    return f"told.{message}"


def menu_key(number: int) -> str:
    """Another value each time somebody has used the menu of a ticket's card."""
    return f"menu.{number}"


def unposted_key(number: int) -> str:
    """Says that a ticket's card stands nowhere, and should."""
    return f"{UNPOSTED}.{number}"


@dataclass(slots=True)
class Record:
    """What is kept of a ticket's card. Each write goes over the last one, so that of two keepers one gives way."""

    number: int
    kept: Kept
    revision: int
    state: KeepsCards

    @classmethod
    async def of(cls, number: int, state: KeepsCards) -> "Record":
        """The record of a ticket, as it stands.

        Raises:
            Temporary: the broker is away.
        """
        entry = await state.read(card_key(number))
        turn = await state.get(menu_key(number)) or b""
        return cls(number, replace(Kept.parse(entry.value), turn=turn.decode()), entry.revision, state)

    async def write(self, kept: Kept) -> None:
        """Keep this from now on; durable when it returns.

        Raises:
            WrongSequence: another keeper has written it meanwhile; nothing may be posted on what was read.
            Temporary: it may be written or not.
        """
        if kept == self.kept and self.revision:
            return
        self.revision = await self.state.replace(card_key(self.number), kept.written(), self.revision)
        self.kept = kept


class Doubts:
    """When it can be known what became of an attempt, and whose it was."""

    def __init__(self, owner: str, now: Callable[[], float] = time.time) -> None:
        self.owner = owner
        self.now = now

    def attempt(self, id_: str, channel: str = "") -> Attempt:
        """One of ours, which begins now."""
        return Attempt(id_, self.now(), self.owner, channel)

    def must_be_over(self, attempt: Attempt) -> None:
        """Let an attempt come to its end before anybody looks for it.

        Raises:
            InDoubt: it may still be under way.
        """
        patience = OWN_DOUBT_SECONDS if attempt.by == self.owner else FOREIGN_DOUBT_SECONDS
        # A clock that was put back must not make anybody wait for longer than that.
        left = min(attempt.at + patience - self.now(), patience)
        if left > 0:
            raise InDoubt(left)

"""Direct messages: which conversation a line belongs to, kept before anything is made of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

from intake_chat.domain.slack.entry import directs
from intake_chat.domain.slack.events import Said
from intake_chat.domain.slack.places import time_of
from intake_chat.errors import DeskAway, DeskRefused
from intake_chat.ports.desk import AsksDesk
from intake_chat.ports.entry import KeepsPlaces
from ventanilla_runtime.errors import WrongSequence

_DIRECT: Final = "D"
_TRIES: Final = 8
_DONE: Final = frozenset({"solved", "closed"})
_SKEW: Final = timedelta(seconds=60)
"""By which Slack's clock and ours may differ."""
_DESK_SECONDS: Final = 2.0
_PAGE: Final = "100"
_MOST_PAGES: Final = 5
"""Of tickets of one person, all of them newer than a conversation that goes on."""


class Directs:
    """Keeps for each direct message which lines are one conversation."""

    def __init__(self, *, state: KeepsPlaces, desk: AsksDesk | None, gap: timedelta) -> None:
        """Nothing is asked yet.

        Args:
            desk: None: no ticket is known to be done.
            gap: lines that follow each other no later than that are one conversation.
        """
        self._state = state
        self._desk = desk
        self._gap = gap
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def placed(self, said: Said) -> Said:
        """The same message in the conversation that it goes on with; read again, it comes to the same one.

        Raises:
            Temporary: the broker is away.
        """
        if said.kind != "im" or not said.where.channel.startswith(_DIRECT):
            return said
        if said.reply:
            return await self._replied(said)
        lock = self._locks.setdefault(said.where.channel, asyncio.Lock())
        async with lock:  # the lines of a batch in their order
            root = await self._root(said)
        if root == said.ts:
            return said
        return replace(said, where=replace(said.where, root=root), reply=True)

    async def begin(self, channel: str, ts: str) -> None:
        """Let a message of ours begin a conversation, with which lines that follow it soon go on.

        Raises:
            Temporary: the broker is away.
        """
        for _ in range(_TRIES):
            entry = await self._state.read(directs.key(channel))
            spans = directs.read(entry.value)
            if directs.span_of(ts, spans) is not None:
                return
            _, spans = directs.placed(ts, spans, None)
            try:
                await self._state.replace(directs.key(channel), directs.written(spans), entry.revision)
            except WrongSequence:
                continue
            return

    async def _replied(self, said: Said) -> Said:
        """A reply, in the conversation that goes on in its thread."""
        if not directs.is_ts(said.where.root):
            return said  # no key may be looked for by what is not shaped like one
        kept = await self._state.get(directs.root_key(said.where.channel, said.where.root))
        return replace(said, where=replace(said.where, root=directs.read_ts(kept) or said.where.root))

    async def _root(self, said: Said) -> str:
        going_on: dict[directs.Span, bool] = {}
        for _ in range(_TRIES):
            entry = await self._state.read(directs.key(said.where.channel))
            spans = directs.read(entry.value)
            if (known := directs.span_of(said.ts, spans)) is not None:
                return known.root
            into = directs.follows(said.ts, spans, self._gap)
            if into is not None and into not in going_on:
                going_on[into] = await self._goes_on(said, into)
            root, spans = directs.placed(said.ts, spans, into if into and going_on[into] else None)
            try:
                await self._state.replace(directs.key(said.where.channel), directs.written(spans), entry.revision)
            except WrongSequence:
                continue
            return root
        return said.ts

    async def _goes_on(self, said: Said, span: directs.Span) -> bool:
        """Whether the ticket of a span is still open: what is said after it was solved is a new matter.

        A ticket that was merged is as open as the one in which it goes on.
        """
        if self._desk is None:
            return True
        try:
            async with asyncio.timeout(_DESK_SECONDS):
                ticket = await self._opened_in(self._desk, said, span)
                if ticket is not None and ticket.get("merged_into") is not None:
                    ticket = await self._desk.get(f"/tickets/{ticket['merged_into']}")
        except (DeskAway, DeskRefused, TimeoutError):
            return True  # what belongs together is worth more than a desk that is slow
        return ticket is None or ticket["status"] not in _DONE

    async def _opened_in(self, desk: AsksDesk, said: Said, span: directs.Span) -> Mapping[str, Any] | None:
        """The newest ticket that was opened in the direct message since a span began.

        However much its author has asked elsewhere since then. None there yet: the first line is still on its way.
        """
        since = time_of(span.root) - _SKEW
        more: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            found = await desk.get("/tickets", requester=str(said.author), channel="slack", limit=_PAGE, **more)
            items: list[Mapping[str, Any]] = found["items"]
            newer = [one for one in items if datetime.fromisoformat(str(one["created_at"])) >= since]
            for ticket in newer:
                if ticket["account"] == said.where.account:
                    return ticket
            # One that was split off stands among newer ones although it is as old as its first message.
            if not newer or not found.get("next"):
                return None
            more = {"cursor": str(found["next"])}
        return None

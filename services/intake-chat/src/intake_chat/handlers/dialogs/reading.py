"""What is only read: a ticket's history, why it is where it is, and the arithmetic of its service level."""

import asyncio
from functools import partial
from typing import Any, Final

from intake_chat.domain.slack.actions import CLOCKS, HISTORY, WHY
from intake_chat.domain.slack.dialogs import clocks, history, why
from intake_chat.domain.slack.dialogs.leafing import leaf_of
from intake_chat.domain.slack.interactions import Pressed
from intake_chat.errors import DeskRefused
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.facts import history_of
from intake_chat.handlers.dialogs.room import Desk, Room
from intake_chat.handlers.dialogs.showing import show
from ventanilla_contracts.local_times import zone_of

Json = dict[str, Any]
_NOT_FOUND: Final = 404
_UNPROCESSABLE: Final = 422


def register(registry: Registry, room: Room) -> None:
    """Let these be opened, and leafed through."""
    registry.actions[HISTORY] = partial(history_opened, room)
    registry.actions[WHY] = partial(why_opened, room)
    registry.actions[CLOCKS] = partial(clocks_opened, room)


async def history_opened(room: Room, pressed: Pressed) -> None:
    """Show a page of a ticket's history."""
    leaf = leaf_of(pressed.value)

    async def load() -> Json:
        entries = await history_of(leaf.ticket, room.api)
        return history.view(leaf, entries, pressed.presser.language, room.page(leaf.ticket))

    await show(pressed, room, HISTORY, load)


async def why_opened(room: Room, pressed: Pressed) -> None:
    """Show why a ticket is where it is."""
    leaf, language = leaf_of(pressed.value), pressed.presser.language

    async def load() -> Json:
        trace = await _trace(leaf.ticket, language, pressed.presser.zone, room.api)
        return why.view(leaf, trace, language, room.page(leaf.ticket))

    await show(pressed, room, WHY, load)


async def clocks_opened(room: Room, pressed: Pressed) -> None:
    """Show the arithmetic of a ticket's service level."""
    leaf = leaf_of(pressed.value)

    async def load() -> Json:
        ticket, sums = await asyncio.gather(room.api.get(f"/tickets/{leaf.ticket}"), _sums(leaf.ticket, room.api))
        zone = zone_of(pressed.presser.zone)
        return clocks.view(leaf, ticket, sums, pressed.presser.language, room.page(leaf.ticket), zone=zone)

    await show(pressed, room, CLOCKS, load)


async def _sums(number: int, api: Desk) -> Json | None:
    """The arithmetic; None: nothing was promised (or there is no such ticket, which whoever asks for it is told)."""
    try:
        found: Json = await api.get(f"/tickets/{number}/service-level/arithmetic")
    except DeskRefused as error:
        if error.status != _NOT_FOUND:
            raise
        return None
    return found


async def _trace(number: int, language: str, zone: str, api: Desk) -> str:
    """The router's decision as lines to read, with times by the clock of a zone; "" where none decided."""
    path = f"/tickets/{number}/routing"
    try:
        return await api.text(path, language=language, zone=str(zone_of(zone)))
    except DeskRefused as error:
        if error.status == _UNPROCESSABLE:  # the release before this one knows no zones, or its machine not this one
            return await api.text(path, language=language)
        if error.status != _NOT_FOUND:
            raise
        await api.get(f"/tickets/{number}")  # where there is no such ticket, that is what is said
        return ""

"""Tickets to choose from, while somebody types in a dialog."""

import asyncio
from functools import partial
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialogs import searching
from intake_chat.domain.slack.dialogs.answers import TICKET, Answers, ticket_number
from intake_chat.domain.slack.dialogs.frames import requester_of
from intake_chat.domain.slack.interactions import Asked
from intake_chat.errors import DeskRefused
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.room import Desk, Room

Json = dict[str, Any]
_NOT_DONE: Final = "new,open,pending,on_hold"
_NOT_FOUND: Final = 404


def register(registry: Registry, room: Room) -> None:
    """Let tickets be looked for."""
    registry.options[searching.FIND_TICKET] = partial(find, room)
    registry.options[searching.FIND_PROBLEM] = partial(find, room)


async def find(room: Room, asked: Asked) -> list[Json]:
    """What fits: the ticket of the number, then those of the words; before anything is typed, what is likely."""
    own = _own(asked)
    problems = {"type": "problem"} if asked.action == searching.FIND_PROBLEM else {}
    number, words = searching.number_in(asked.text), searching.words_in(asked.text)
    if words:
        named, listed = await asyncio.gather(_named(number, room.api), _listed(room.api, q=words, **problems))
        found = [*named, *listed]
    else:
        found = [*await _by_the_same(None if problems else own, room.api)]
        found += await _listed(room.api, status=_NOT_DONE, **problems)
    fitting = [ticket for ticket in found if not problems or ticket["type"] == "problem"]
    # Whoever types the number of the ticket itself shall read why not, rather than that there is no such ticket.
    leave_out = None if number == own else own
    return blocks.options(searching.offered(fitting, leave_out, asked.presser.language))


def _own(asked: Asked) -> int | None:
    """The ticket that the dialog is about."""
    try:
        return ticket_number(Answers(asked.view or {}).private.get(TICKET))
    except ValueError:
        return None


async def _named(number: int | None, api: Desk) -> list[Json]:
    if number is None:
        return []
    try:
        return [await api.get(f"/tickets/{number}")]
    except DeskRefused as error:
        if error.status != _NOT_FOUND:
            raise
        return []


async def _by_the_same(number: int | None, api: Desk) -> list[Json]:
    """Tickets of whoever asked in this one: most often they are about the same matter."""
    [ticket] = await _named(number, api) or [{}]
    address = requester_of(ticket)["address"]
    return await _listed(api, requester=address) if address else []


async def _listed(api: Desk, **parameters: str) -> list[Json]:
    found: list[Json] = (await api.get("/tickets", limit=str(searching.MOST_FOUND), **parameters))["items"]
    return found

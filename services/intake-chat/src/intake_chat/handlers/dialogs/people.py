"""Who asks in a ticket, and who is in copy."""

import asyncio
from functools import partial
from typing import Any
from urllib.parse import quote

from intake_chat.domain.slack.actions import CC, REQUESTER
from intake_chat.domain.slack.dialog_answers import refusal
from intake_chat.domain.slack.dialogs import copies, requester
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.domain.slack.newcomers import why_not
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import Deed, do

Json = dict[str, Any]


def register(registry: Registry, room: Room) -> None:
    """Let these dialogs be opened and submitted."""
    registry.actions[REQUESTER] = partial(requester_opened, room)
    registry.submissions[REQUESTER] = partial(requester_submitted, room)
    registry.actions[CC] = partial(copies_opened, room)
    registry.actions[copies.REMOVE] = partial(removed, room)
    registry.actions[copies.ADD] = partial(added, room)
    registry.quiet |= {copies.REMOVE, copies.ADD}
    registry.submissions[CC] = partial(copies_submitted, room)


async def requester_opened(room: Room, pressed: Pressed) -> None:
    """Show who asks, and the fields for somebody else."""
    number = ticket_number(pressed.value)

    async def load() -> Json:
        return requester.view(await room.api.get(f"/tickets/{number}"), pressed.presser.language, room.page(number))

    await show(pressed, room, REQUESTER, load)


async def requester_submitted(room: Room, submission: Submitted) -> Json | None:
    """Let somebody else ask from now on."""
    person, newcomer = requester.person_in(submission.view), None
    if person:
        newcomer = await room.look_at(person, requester.account_in(submission.view))
        if key := why_not(newcomer):
            return refusal(submission.view, term(key, submission.presser.language), requester.PERSON)
    wish = requester.parsed(submission.view, newcomer)
    fields = requester.fields(submission.view)
    deed = Deed("POST", f"/tickets/{wish.ticket}/requester", wish.body(), fields, fields["/address"])
    _, refused = await do(submission, room, deed)
    return refused


async def copies_opened(room: Room, pressed: Pressed) -> None:
    """Show who is in copy, and the fields for somebody more."""
    number = ticket_number(pressed.value)
    await show(pressed, room, CC, lambda: _copies(number, room, pressed.presser.language))


async def copies_submitted(room: Room, submission: Submitted) -> Json | None:
    """Keep somebody in copy from now on."""
    wish = copies.parsed(submission.view)
    path = f"/tickets/{wish.ticket}/participants"
    _, refused = await do(submission, room, Deed("POST", path, wish.body(), copies.FIELDS, copies.ADDRESS))
    return refused


async def added(room: Room, pressed: Pressed) -> None:
    """Keep somebody in copy whom a mail has named, and show who is."""
    number, address = copies.pressed(pressed.value)

    async def load() -> Json:
        await room.api.act("POST", f"/tickets/{number}/participants", pressed.presser.actor, {"address": address})
        return await _copies(number, room, pressed.presser.language)

    await show(pressed, room, CC, load)


async def removed(room: Room, pressed: Pressed) -> None:
    """Take somebody out of the loop, and show who is left."""
    number, address = copies.pressed(pressed.value)

    async def load() -> Json:
        path = f"/tickets/{number}/participants/{quote(address, safe='@')}"
        await room.api.act("DELETE", path, pressed.presser.actor)
        return await _copies(number, room, pressed.presser.language)

    await show(pressed, room, CC, load)


async def _copies(number: int, room: Room, language: str) -> Json:
    ticket, people = await asyncio.gather(
        room.api.get(f"/tickets/{number}"), room.api.get(f"/tickets/{number}/participants")
    )
    return copies.view(ticket, people, language, room.page(number))

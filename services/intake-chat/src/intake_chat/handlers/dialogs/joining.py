"""Tickets that have to do with each other: merging, linking, splitting off."""

import asyncio
from functools import partial
from typing import Any

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import LINK, MERGE, SPLIT
from intake_chat.domain.slack.dialogs import link, merge, split
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.dialogs.frames import sheet
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.facts import messages_of, teams_of
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import Deed, do, instead
from ventanilla_contracts.local_times import zone_of

Json = dict[str, Any]


def register(registry: Registry, room: Room) -> None:
    """Let these dialogs be opened and submitted."""
    registry.actions[MERGE] = partial(merge_opened, room)
    registry.submissions[MERGE] = partial(merge_submitted, room)
    registry.actions[LINK] = partial(link_opened, room)
    registry.actions[link.UNLINK] = partial(unlink_pressed, room)
    registry.quiet.add(link.UNLINK)
    registry.submissions[LINK] = partial(link_submitted, room)
    registry.actions[SPLIT] = partial(split_opened, room)
    registry.submissions[SPLIT] = partial(split_submitted, room)


async def merge_opened(room: Room, pressed: Pressed) -> None:
    """Show the dialog for merging."""
    number = ticket_number(pressed.value)

    async def load() -> Json:
        return merge.view(await room.api.get(f"/tickets/{number}"), pressed.presser.language, room.page(number))

    await show(pressed, room, MERGE, load)


async def merge_submitted(room: Room, submission: Submitted) -> Json | None:
    """Let the ticket go on in the other one."""
    wish = merge.parsed(submission.view)
    deed = Deed("POST", f"/tickets/{wish.ticket}/merge", wish.body(), merge.FIELDS, merge.INTO)
    _, refused = await do(submission, room, deed)
    return refused


async def link_opened(room: Room, pressed: Pressed) -> None:
    """Show the links of a ticket, and the fields for one more."""
    number = ticket_number(pressed.value)
    await show(pressed, room, LINK, lambda: _links(number, room, pressed.presser.language))


async def unlink_pressed(room: Room, pressed: Pressed) -> None:
    """Part two tickets, and show the links that are left."""
    number, other = link.unlinked(pressed.value)

    async def load() -> Json:
        await room.api.act("DELETE", f"/tickets/{number}/links/{other}", pressed.presser.actor)
        return await _links(number, room, pressed.presser.language)

    await show(pressed, room, LINK, load)


async def link_submitted(room: Room, submission: Submitted) -> Json | None:
    """Link the two tickets."""
    wish = link.parsed(submission.view)
    deed = Deed("POST", f"/tickets/{wish.ticket}/links", wish.body(), link.FIELDS, link.TO)
    _, refused = await do(submission, room, deed)
    return refused


async def split_opened(room: Room, pressed: Pressed) -> None:
    """Show what can be split off."""
    number = ticket_number(pressed.value)

    async def load() -> Json:
        ticket, messages, teams = await asyncio.gather(
            room.api.get(f"/tickets/{number}"), messages_of(number, room.api), teams_of(room.api)
        )
        presser = pressed.presser
        return split.view(ticket, messages, teams, presser.language, room.page(number), zone=zone_of(presser.zone))

    await show(pressed, room, SPLIT, load)


async def split_submitted(room: Room, submission: Submitted) -> Json | None:
    """Let the messages be a ticket of their own, and say which one."""
    wish = split.parsed(submission.view)
    deed = Deed("POST", f"/tickets/{wish.ticket}/split", wish.body(), split.FIELDS, split.MESSAGES)
    made, refused = await do(submission, room, deed)
    if refused is not None:
        return refused
    language = submission.presser.language
    said = blocks.sentence(term("split.done", language, number=made["number"]))
    return instead(sheet(SPLIT, wish.ticket, [said], language, page=room.page(made["number"])))


async def _links(number: int, room: Room, language: str) -> Json:
    ticket, links = await asyncio.gather(room.api.get(f"/tickets/{number}"), room.api.get(f"/tickets/{number}/links"))
    return link.view(ticket, links["items"], language, room.page(number))

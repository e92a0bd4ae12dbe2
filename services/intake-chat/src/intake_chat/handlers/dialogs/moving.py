"""Escalating a ticket, and handing it down or back."""

import asyncio
from functools import partial
from typing import Any

from intake_chat.domain.slack.actions import ESCALATE, RETURN
from intake_chat.domain.slack.dialog_answers import refusal
from intake_chat.domain.slack.dialogs import handover
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.facts import messages_of, teams_of
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import Deed, do

Json = dict[str, Any]


def register(registry: Registry, room: Room) -> None:
    """Let these dialogs be opened and submitted."""
    for name in (ESCALATE, RETURN):
        registry.actions[name] = partial(opened, room)
        registry.submissions[name] = partial(submitted, room)


async def opened(room: Room, pressed: Pressed) -> None:
    """Show the dialog of the button that was pressed."""
    number, name = ticket_number(pressed.value), pressed.action

    async def load() -> Json:
        ticket, teams, messages, came_from = await asyncio.gather(
            room.api.get(f"/tickets/{number}"),
            teams_of(room.api),
            messages_of(number, room.api),
            _came_from(number, room),
        )
        seen = handover.Seen(ticket, teams, messages, came_from, room.page(number))
        return handover.view(name, seen, pressed.presser.language)

    await show(pressed, room, name, load)


async def submitted(room: Room, submission: Submitted) -> Json | None:
    """Hand the ticket over, with a note that says more than the desk knows by itself."""
    wish = handover.parsed(submission.view)
    if handover.is_untouched(submission.view):
        return refusal(submission.view, term("handover.note.untouched", submission.presser.language), handover.NOTE)
    deed = Deed("POST", f"/tickets/{wish.ticket}/{wish.way}", wish.body(), handover.FIELDS, handover.TO)
    _, refused = await do(submission, room, deed)
    return refused


async def _came_from(number: int, room: Room) -> str | None:
    """The team that a ticket came from last; whether it can still go back there is the desk's to say."""
    handovers = (await room.api.get(f"/tickets/{number}/handovers"))["items"]
    return str(handovers[-1]["from_team"]) if handovers else None

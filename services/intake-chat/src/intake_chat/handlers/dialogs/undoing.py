"""What was done by mistake, taken back: two tickets that are one no more."""

from functools import partial
from typing import Any

from intake_chat.domain.slack.actions import UNMERGE
from intake_chat.domain.slack.dialogs import unmerge
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import Deed, do

Json = dict[str, Any]


def register(registry: Registry, room: Room) -> None:
    """Let this dialog be opened and submitted."""
    registry.actions[UNMERGE] = partial(unmerge_opened, room)
    registry.submissions[UNMERGE] = partial(unmerge_submitted, room)


async def unmerge_opened(room: Room, pressed: Pressed) -> None:
    """Ask why a ticket goes on by itself again."""
    number = ticket_number(pressed.value)

    async def load() -> Json:
        return unmerge.view(await room.api.get(f"/tickets/{number}"), pressed.presser.language, room.page(number))

    await show(pressed, room, UNMERGE, load)


async def unmerge_submitted(room: Room, submission: Submitted) -> Json | None:
    """Let the ticket be its own again."""
    wish = unmerge.parsed(submission.view)
    deed = Deed("POST", f"/tickets/{wish.ticket}/unmerge", wish.body(), unmerge.FIELDS, unmerge.REASON)
    _, refused = await do(submission, room, deed)
    return refused

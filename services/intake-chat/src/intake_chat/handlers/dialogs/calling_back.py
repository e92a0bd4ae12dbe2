"""Having a customer called back, and calling it off."""

from functools import partial
from typing import Any

from intake_chat.domain.slack.actions import CALLBACK
from intake_chat.domain.slack.dialogs import calling_back
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import Deed, do, instead

Json = dict[str, Any]


def register(registry: Registry, room: Room) -> None:
    """Let this dialog be opened and submitted."""
    registry.actions[CALLBACK] = partial(opened, room)
    registry.actions[calling_back.OFF] = partial(called_off, room)
    registry.quiet |= {calling_back.OFF}
    registry.submissions[CALLBACK] = partial(submitted, room)


async def opened(room: Room, pressed: Pressed) -> None:
    """Show what is planned, or the fields that plan it."""
    number, language = ticket_number(pressed.value), pressed.presser.language

    async def load() -> Json:
        return calling_back.view(number, await _listed(room, number), language, room.page(number))

    await show(pressed, room, CALLBACK, load)


async def called_off(room: Room, pressed: Pressed) -> None:
    """Call off what is planned; what is over or called off already stays so."""
    number, language = ticket_number(pressed.value), pressed.presser.language

    async def load() -> Json:
        for id_ in calling_back.waiting_ids(await _listed(room, number)):
            await room.api.act("DELETE", f"/tickets/{number}/callbacks/{id_}", pressed.presser.actor)
        return calling_back.shown(number, await _listed(room, number), language, room.page(number))

    await show(pressed, room, CALLBACK, load)


async def submitted(room: Room, submission: Submitted) -> Json | None:
    """Plan it, and say when it will be."""
    wish = calling_back.parsed(submission.view)
    body = wish.body(submission.presser.actor.handle)
    deed = Deed("POST", f"/tickets/{wish.ticket}/callbacks", body, calling_back.FIELDS, calling_back.NUMBER)
    made, refused = await do(submission, room, deed)
    if refused is not None:
        return refused
    return instead(calling_back.shown(wish.ticket, [made], submission.presser.language, room.page(wish.ticket)))


async def _listed(room: Room, number: int) -> list[Json]:
    found = await room.api.get(f"/tickets/{number}/callbacks")
    return list(found["items"])

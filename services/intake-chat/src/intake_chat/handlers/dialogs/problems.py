"""Problems: saying which ticket is one, and one update to all whom it concerns."""

import asyncio
from functools import partial
from typing import Any

from intake_chat.domain.slack.actions import PROBLEM
from intake_chat.domain.slack.dialog_answers import refusal
from intake_chat.domain.slack.dialogs import problem
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import Deed, do, instead

Json = dict[str, Any]


def register(registry: Registry, room: Room) -> None:
    """Let these dialogs be opened and submitted."""
    registry.actions[PROBLEM] = partial(opened, room)
    registry.actions[problem.REFRESH] = partial(refreshed, room)
    registry.quiet.add(problem.REFRESH)
    registry.submissions[PROBLEM] = partial(named, room)
    registry.submissions[problem.UPDATE_ALL] = partial(told_all, room)


async def opened(room: Room, pressed: Pressed) -> None:
    """Show what a ticket has to do with problems."""
    number = ticket_number(pressed.value)

    async def load() -> Json:
        ticket, links = await asyncio.gather(
            room.api.get(f"/tickets/{number}"), room.api.get(f"/tickets/{number}/links")
        )
        return problem.view(ticket, links["items"], pressed.presser.language, room.page(number))

    await show(pressed, room, PROBLEM, load)


async def named(room: Room, submission: Submitted) -> Json | None:
    """Make a ticket a problem, or say which problem causes it."""
    wish, language = problem.named(submission.view), submission.presser.language
    if wish.is_problem:
        deed = Deed("PATCH", f"/tickets/{wish.ticket}", {"type": "problem"}, {}, problem.WHICH)
    elif wish.to is None:
        return refusal(submission.view, term("problem.name", language), problem.TO)
    else:
        body = {"to": wish.to, "kind": "caused_by"}
        deed = Deed("POST", f"/tickets/{wish.ticket}/links", body, {"/to": problem.TO}, problem.TO)
    _, refused = await do(submission, room, deed)
    if refused is not None or not wish.is_problem:
        return refused
    return instead(problem.nobody(wish.ticket, language, room.page(wish.ticket)))


async def told_all(room: Room, submission: Submitted) -> Json | None:
    """Tell everybody whom a problem concerns, and show whom it reached."""
    wish, language = problem.update_of(submission.view), submission.presser.language
    if not wish.texts:
        return refusal(submission.view, term("problem.says_nothing", language), "text_es")
    deed = Deed("POST", f"/tickets/{wish.ticket}/update-all", wish.body(), problem.FIELDS, "text_es")
    update, refused = await do(submission, room, deed)
    if refused is not None:
        return refused
    return instead(problem.told(wish.ticket, update, language, room.page(wish.ticket)))


async def refreshed(room: Room, pressed: Pressed) -> None:
    """Show how far an update has come by now."""
    number, id_ = problem.refreshed(pressed.value)

    async def load() -> Json:
        updates = (await room.api.get(f"/tickets/{number}/updates"))["items"]
        language = pressed.presser.language
        found = next((update for update in updates if update["id"] == id_), None)
        if found is None:
            return problem.nobody(number, language, room.page(number))
        return problem.told(number, found, language, room.page(number))

    await show(pressed, room, PROBLEM, load)

"""Senders whom the desk does not want, and what waits in quarantine."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from intake_chat.domain.slack import actions, blocks
from intake_chat.domain.slack.dialogs import block, quarantine
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.dialogs.frames import sheet
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import Deed, do, instead

log = structlog.get_logger()

Json = dict[str, Any]


def register(registry: Registry, room: Room) -> None:
    """Let these dialogs be opened and submitted."""
    registry.actions[actions.BLOCK] = partial(block_opened, room)
    registry.submissions[actions.BLOCK] = partial(block_submitted, room)
    registry.actions[block.UNBLOCK] = partial(unblock_pressed, room)
    registry.quiet.add(block.UNBLOCK)
    registry.actions[actions.RELEASE] = partial(quarantine_opened, room)
    registry.actions[quarantine.LIST] = partial(quarantine_opened, room)
    for name in (quarantine.RELEASE, quarantine.REJECT):
        registry.actions[name] = partial(decision_opened, room)
        registry.submissions[name] = partial(decision_submitted, room)


async def block_opened(room: Room, pressed: Pressed) -> None:
    """Show whom to block, and who is blocked."""
    number = ticket_number(pressed.value)
    await show(pressed, room, actions.BLOCK, lambda: _blocking(number, room, pressed.presser.language))


async def unblock_pressed(room: Room, pressed: Pressed) -> None:
    """Let somebody's mail through again, and show who is blocked still."""
    number, entry = block.unblocked(pressed.value)

    async def load() -> Json:
        try:
            await room.api.act("DELETE", f"/sender-list/{entry}?ticket={number}", pressed.presser.actor)
        except DeskRefused as error:
            if error.status != 404:  # somebody else was faster: it is as it was to be
                raise
        return await _blocking(number, room, pressed.presser.language)

    await show(pressed, room, actions.BLOCK, load)


async def block_submitted(room: Room, submission: Submitted) -> Json | None:
    """Block them, and say so: no card shows it."""
    wish, language = block.parsed(submission.view), submission.presser.language
    _, refused = await do(submission, room, Deed("POST", "/sender-list", wish.body(), block.FIELDS, block.WHOM))
    if refused is not None:
        return refused
    done = "block.done" if "/" not in wish.sender else "block.done.person"
    said = blocks.sentence(term(done, language, sender=wish.sender))
    return instead(sheet(actions.BLOCK, wish.ticket, [said], language, page=room.page(wish.ticket)))


async def quarantine_opened(room: Room, pressed: Pressed) -> None:
    """Show what waits in quarantine; the buttons to its next pages carry a cursor, all others begin at its start."""
    cursor = pressed.value if pressed.action == quarantine.LIST else ""
    await show(pressed, room, quarantine.LIST, lambda: _waiting(room, pressed.presser.language, cursor))


async def decision_opened(room: Room, pressed: Pressed) -> None:
    """Ask why, before a message is released or rejected."""
    id_ = quarantine.message_id(pressed.value)
    way = "release" if pressed.action == quarantine.RELEASE else "reject"

    async def load() -> Json:
        return quarantine.deciding(await room.api.get(f"/quarantine/{id_}"), way, pressed.presser.language)

    await show(pressed, room, quarantine.LIST, load, on_top=True)


async def decision_submitted(room: Room, submission: Submitted) -> Json | None:
    """Release or reject a message, and say what became of it."""
    wish, language = quarantine.parsed(submission.view), submission.presser.language
    deed = Deed("POST", f"/quarantine/{wish.id}/{wish.way}", wish.body(), quarantine.FIELDS, quarantine.WHY)
    answer, refused = await do(submission, room, deed)
    if refused is not None:
        return refused
    if below := submission.view.get("previous_view_id"):
        room.background.start(_refresh(str(below), room, language))
    number = answer.get("ticket_number")
    return instead(quarantine.decided(answer, language, room.page(number) if number else None))


async def _blocking(number: int, room: Room, language: str) -> Json:
    ticket = await room.api.get(f"/tickets/{number}")
    address, listed = block.writes_as(ticket), []
    if address:
        try:
            listed = (await room.api.get("/sender-list", kind="deny", sender=address))["items"]
        except DeskRefused as error:  # an address that the desk takes for none, an older release of it
            log.info("list.missing", reason=error.code)
    return block.view(ticket, language, room.page(number), listed=listed, now=datetime.now(UTC))


async def _waiting(room: Room, language: str, cursor: str = "") -> Json:
    parameters = {"limit": str(quarantine.ON_A_PAGE), **({"cursor": cursor} if cursor else {})}
    answer = await room.api.get("/quarantine", **parameters)
    return quarantine.view(answer["items"], answer.get("next"), language)


async def _refresh(view_id: str, room: Room, language: str) -> None:
    """Show the list below as it is now; where that fails it stays, and deciding again changes nothing."""
    try:
        await room.views.update(view_id, await _waiting(room, language))
    except (DeskAway, DeskRefused, SlackAway, SlackBusy, SlackRefused, TooMuchWaits) as error:
        log.info("list.stale", reason=type(error).__name__)

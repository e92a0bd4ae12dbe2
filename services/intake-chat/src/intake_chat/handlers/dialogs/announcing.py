"""Announcements: made, changed and ended in dialogs."""

from functools import partial
from typing import Any

from intake_chat.domain.slack.dialogs import announcing
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.errors import DeskRefused
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import Deed, do, instead

Json = dict[str, Any]
_GONE = 404


def register(registry: Registry, room: Room) -> None:
    """Let these dialogs be opened and submitted."""
    registry.actions[announcing.ANNOUNCE] = partial(opened, room)
    registry.actions[announcing.LIST] = partial(list_opened, room)
    registry.actions[announcing.END] = partial(ended, room)
    registry.quiet.add(announcing.END)
    registry.submissions[announcing.ANNOUNCE] = partial(submitted, room)


async def opened(room: Room, pressed: Pressed) -> None:
    """Ask what is to be announced, of a problem or of none; or show what is announced, to be changed."""
    language = pressed.presser.language

    async def load() -> Json:
        number, key = announcing.meant(pressed.value)
        before = await _announced(room, key) if key else None
        if before is not None and before.get("problem"):
            number = int(before["problem"])
        problem = None if number is None else await room.api.get(f"/tickets/{number}")
        return announcing.view(problem, before, language, room.page(number) if number else None)

    await show(pressed, room, announcing.ANNOUNCE, load, on_top=True)


async def list_opened(room: Room, pressed: Pressed) -> None:
    """Show what is announced."""
    await show(pressed, room, announcing.LIST, lambda: _listed(room, pressed.presser.language))


async def submitted(room: Room, submission: Submitted) -> Json | None:
    """Announce it, and show it as it is announced."""
    wish, language = announcing.wanted(submission.view, submission.view_id), submission.presser.language
    deed = Deed("PUT", f"/announcements/{wish.key}", wish.body(), announcing.FIELDS, "text_es")
    answer, refused = await do(submission, room, deed)
    if refused is not None:
        return refused
    return instead(announcing.listed([answer], language))


async def ended(room: Room, pressed: Pressed) -> None:
    """End one, and show what is announced still."""
    language = pressed.presser.language

    async def load() -> Json:
        key = announcing.key_in(pressed.value)
        try:
            await room.api.act("DELETE", f"/announcements/{key}", pressed.presser.actor)
        except DeskRefused as error:
            if error.status != _GONE:  # somebody else was faster: it is as it was to be
                raise
        return await _listed(room, language)

    await show(pressed, room, announcing.LIST, load)


async def _listed(room: Room, language: str) -> Json:
    found = await room.api.get("/announcements", planned="true")
    return announcing.listed(found["items"], language)


async def _announced(room: Room, key: str) -> Json | None:
    """What is announced under a key; None: nothing is."""
    try:
        found: Json = await room.api.get(f"/announcements/{key}")
    except DeskRefused as error:
        if error.status != _GONE:
            raise
        return None
    return None if found["state"] == "ended" else found

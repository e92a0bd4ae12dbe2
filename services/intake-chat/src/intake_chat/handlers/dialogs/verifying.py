"""Verifying who asks: sending a code, and taking it back. No code is ever in a log, nor in a view that we make."""

import secrets
from functools import partial
from typing import Any, Final

import structlog

from intake_chat.domain.slack.actions import VERIFY
from intake_chat.domain.slack.dialog_answers import refusal, said_above
from intake_chat.domain.slack.dialogs import verify
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.errors import DeskAway, DeskRefused
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.dialogs.room import Room
from intake_chat.handlers.dialogs.showing import show
from intake_chat.handlers.dialogs.submitting import SECONDS, instead

log = structlog.get_logger()

Json = dict[str, Any]
_WRONG: Final = "wrong_code"


def register(registry: Registry, room: Room) -> None:
    """Let these dialogs be opened and submitted."""
    registry.actions[VERIFY] = partial(opened, room)
    registry.actions[verify.REFRESH] = partial(opened, room)
    registry.actions[verify.ANOTHER] = partial(another, room)
    registry.quiet |= {verify.REFRESH, verify.ANOTHER}
    registry.submissions[VERIFY] = partial(sent, room)
    registry.submissions[verify.CHECK] = partial(checked, room)


async def opened(room: Room, pressed: Pressed) -> None:
    """Show to where a code may go, or the field for the one that was sent."""
    number, language = ticket_number(pressed.value), pressed.presser.language

    async def load() -> Json:
        standing = await _standing(number, room)
        shown = verify.checking if verify.is_open(standing) else verify.view
        return shown(standing, _turn(), language, room.page(number))

    await show(pressed, room, VERIFY, load)


async def another(room: Room, pressed: Pressed) -> None:
    """Show to where another code may go."""
    number = ticket_number(pressed.value)

    async def load() -> Json:
        return verify.view(await _standing(number, room), _turn(), pressed.presser.language, room.page(number))

    await show(pressed, room, VERIFY, load)


async def sent(room: Room, submission: Submitted) -> Json | None:
    """Send a code, and ask for it."""
    number, factor, turn = verify.chosen(submission.view)
    language = submission.presser.language
    path, body = f"/tickets/{number}/verification", {"factor": factor}
    try:
        standing = await room.api.act(
            "POST", path, submission.presser.actor, body, key=_key(submission, turn), seconds=SECONDS
        )
    except DeskRefused as error:
        log.info("dialog.refused", dialog=VERIFY, reason=error.code)
        return refusal(submission.view, in_words(error.code, error.detail, language), verify.FACTOR)
    except DeskAway as error:
        log.warning("dialog.kept", dialog=VERIFY, reason=str(error))
        return refusal(submission.view, said("text_kept", language), verify.FACTOR)
    return instead(verify.checking(standing, _turn(), language, room.page(number)))


async def checked(room: Room, submission: Submitted) -> Json | None:
    """Take the code that they gave; a wrong one leaves the field for the next."""
    number, code, turn = verify.given(submission.view)
    language = submission.presser.language
    if not code:
        return refusal(submission.view, term("verify.six", language), verify.CODE)
    path = f"/tickets/{number}/verification/check"
    try:
        standing = await room.api.act(
            "POST", path, submission.presser.actor, {"code": code}, key=_key(submission, turn), seconds=SECONDS
        )
    except DeskRefused as error:
        log.info("dialog.refused", dialog=verify.CHECK, reason=error.code)
        return _refused(number, error, submission)
    except DeskAway as error:
        log.warning("dialog.kept", dialog=verify.CHECK, reason=str(error))
        return refusal(submission.view, said("text_kept", language), verify.CODE)
    return instead(verify.done(standing, language, room.page(number)))


def _refused(number: int, error: DeskRefused, submission: Submitted) -> Json:
    """The field again, under why the code was not taken; a wrong one was counted, so the next is another request."""
    text = in_words(error.code, error.detail, submission.presser.language)
    if error.code != _WRONG:
        return refusal(submission.view, text, verify.CODE)
    return said_above(submission.view, text, verify.kept(number, _turn()))


async def _standing(number: int, room: Room) -> Json:
    found: Json = await room.api.get(f"/tickets/{number}/verification")
    return found


def _key(submission: Submitted, turn: str) -> str | None:
    """Of a request: the same for as long as the same dialog shows the same thing."""
    return f"{submission.view_id}.{turn}" if submission.view_id else None


def _turn() -> str:
    return secrets.token_hex(4)

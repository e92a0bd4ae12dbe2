"""A dialog that needs data: something stands there at once, and the dialog itself as soon as the desk has answered."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog

from intake_chat.domain.slack.dialog_answers import loading
from intake_chat.domain.slack.dialogs.announcing import ANNOUNCE
from intake_chat.domain.slack.dialogs.announcing import LIST as ANNOUNCEMENTS
from intake_chat.domain.slack.dialogs.frames import titled, trouble
from intake_chat.domain.slack.dialogs.problem import UPDATE_ALL
from intake_chat.domain.slack.dialogs.quarantine import LIST, REJECT, RELEASE
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import Pressed
from intake_chat.errors import DeskAway, DeskRefused, SlackRefused
from intake_chat.handlers.agents.registry import OPENED
from intake_chat.handlers.dialogs.room import Room

log = structlog.get_logger()

Json = dict[str, Any]
OWN: Final = frozenset(
    {
        "escalate", "return", "merge", "link", "split", "problem", UPDATE_ALL, "history", "why", "clocks", "requester",
        "cc", "block", "unmerge", "verify", "verify_code", "callback", LIST, RELEASE, REJECT,
        ANNOUNCE, ANNOUNCEMENTS,
    }
)  # fmt: skip
"""First words of the callback ids of these dialogs: what is pressed in one of them shows in its place."""


async def show(
    pressed: Pressed, room: Room, name: str, load: Callable[[], Awaitable[Json]], *, on_top: bool = False
) -> None:
    """Show somebody what they asked for; where the desk does not say it, why, and a button to ask again.

    Args:
        name: of the dialog.
        load: makes the dialog, of what the desk says.
        on_top: of the dialog in which it was pressed, which stays.
    """
    language = pressed.presser.language
    view_id = await _stage(pressed, room, name, on_top=on_top)
    try:
        view = await load()
    except DeskRefused as error:
        text = in_words(error.code, error.detail, language)
        view = trouble(name, pressed.action, pressed.value, text, language)
    except DeskAway as error:
        log.warning("dialog.delayed", dialog=name, reason=str(error))
        view = trouble(name, pressed.action, pressed.value, said("desk_slow", language), language)
    except NotOurs as error:
        log.warning("press.unknown", dialog=name, reason=str(error))
        view = trouble(name, pressed.action, pressed.value, said("unknown", language), language)
    except Exception:  # a bug must not leave somebody before a dialog that says "one moment"
        log.exception("dialog.failed", dialog=name)
        view = trouble(name, pressed.action, pressed.value, said("failed", language), language)
    if not await _shown(view_id, view, room, name):
        await _shown(
            view_id, trouble(name, pressed.action, pressed.value, said("failed", language), language), room, name
        )


async def _shown(view_id: str, view: Json, room: Room, name: str) -> bool:
    """Whether Slack took the dialog, or there is nobody before it any more."""
    try:
        await room.views.update(view_id, view)
    except SlackRefused as error:
        if error.code == "not_found":
            log.info("dialog.closed", dialog=name)  # whoever asked did not wait for it
            return True
        log.warning("dialog.not_taken", dialog=name, reason=str(error))
        return False
    return True


async def _stage(pressed: Pressed, room: Room, name: str, *, on_top: bool) -> str:
    """The dialog in which it will be shown."""
    shown = pressed.view or {}
    in_dialog = shown.get("type") == "modal"
    if in_dialog and not on_top and _is_ours(shown) and not pressed.trigger_id.startswith(OPENED):
        return str(shown["id"])
    language = pressed.presser.language
    opened = room.views.push if in_dialog else room.views.open
    return await opened(pressed.trigger_id, loading(language, titled(name, None, language)))


def _is_ours(view: Mapping[str, Any]) -> bool:
    return str(view.get("callback_id") or "").partition(".")[0] in OWN

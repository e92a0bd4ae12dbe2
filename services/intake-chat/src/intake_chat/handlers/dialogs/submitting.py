"""What somebody submitted in a dialog: done by the desk as the agent who did it, or refused beside what they wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from intake_chat.domain.slack.dialog_answers import refusal
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import Submitted
from intake_chat.errors import DeskAway, DeskRefused
from intake_chat.handlers.dialogs.room import Room

log = structlog.get_logger()

Json = dict[str, Any]
SECONDS: Final = 2.3
"""Slack gives up on a submission after three, and part of that is gone by then."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What the ticket service is asked to do.

    Attributes:
        fields: JSON pointer of the body → block id: where a fault stands in the dialog.
        at: the block for what has no other place; "" the first field.
    """

    method: str
    path: str
    body: Mapping[str, Any]
    fields: Mapping[str, str] = field(default_factory=dict)
    at: str = ""


async def do(submitted: Submitted, room: Room, deed: Deed) -> tuple[Any, Json | None]:
    """(what the desk answers, None) once it is done; (None, the answer that keeps the dialog open) if it is not.

    The dialog's id is the key of the request: submitting it again after a lost answer does nothing twice.
    """
    language = submitted.presser.language
    try:
        answer = await room.api.act(
            deed.method,
            deed.path,
            submitted.presser.actor,
            deed.body,
            key=submitted.view_id or None,
            seconds=SECONDS,
        )
    except DeskRefused as error:
        log.info("dialog.refused", dialog=submitted.view.get("callback_id"), reason=error.code)
        text = in_words(error.code, error.detail, language)
        return None, refusal(submitted.view, text, _place(deed, error.pointer))
    except DeskAway as error:
        log.warning("dialog.kept", dialog=submitted.view.get("callback_id"), reason=str(error))
        return None, refusal(submitted.view, said("text_kept", language), deed.at)
    return answer, None


def instead(view: Json) -> Json:
    """The answer that shows another dialog in the place of the one that was submitted."""
    return {"response_action": "update", "view": view}


def _place(deed: Deed, pointer: str) -> str:
    """The block at which a fault of the request stands: `/messages/0` where `/messages` is."""
    while pointer:
        if pointer in deed.fields:
            return deed.fields[pointer]
        pointer = pointer.rpartition("/")[0]
    return deed.at

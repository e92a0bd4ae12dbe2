"""The dialog in which an agent edits an answer that its customer has read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialogs.answers import TICKET, Answers
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.replies.words import phrase

Json = dict[str, Any]
CALLBACK: Final = "correct"
TEXT: Final = "text"
_MESSAGE: Final = "message"


@dataclass(frozen=True, slots=True)
class Corrected:
    """What an answer is to say from now on."""

    ticket: int
    message: str
    text: str


def correcting_title(ticket: int, language: str) -> str:
    """What stands above the dialog."""
    return f"{phrase('correct.title', language)} #{ticket}"


def correcting_view(ticket: int, message: Mapping[str, Any], language: str) -> Json:
    """The dialog, with the answer as it stands."""
    text = blocks.text_field(
        TEXT, phrase("text", language), lines=True, initial=str(message["text"]), hint=phrase("correct.hint", language)
    )
    text["element"]["focus_on_load"] = True
    return blocks.modal(
        correcting_title(ticket, language),
        [text],
        close=phrase("cancel", language),
        submit=phrase("correct.save", language),
        callback=CALLBACK,
        private={TICKET: ticket, _MESSAGE: str(message["id"])},
    )


def why_not_to_correct(message: Mapping[str, Any], handle: str) -> str:
    """Which phrase says why somebody cannot edit an answer here; "" where they can."""
    if (message.get("author") or {}).get("handle") != handle:
        return "not_yours.correct"
    if message.get("deleted_at"):
        return "correct.taken"
    if not message.get("changeable_until"):
        return "correct.cannot"
    return "correct.too_long" if len(str(message.get("text") or "")) > blocks.LONGEST_TEXT else ""


def corrected(view: Mapping[str, Any]) -> Corrected:
    """What was written in the dialog.

    Raises:
        NotOurs: it is no such dialog.
    """
    answers = Answers(view)
    message = answers.private.get(_MESSAGE)
    if not isinstance(message, str) or not message.replace("-", "").isalnum():
        raise NotOurs("this is no dialog about an answer")
    return Corrected(answers.ticket, message, answers.text(TEXT))

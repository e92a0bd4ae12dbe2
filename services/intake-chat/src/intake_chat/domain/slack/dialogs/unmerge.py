"""Taking a merging back: the ticket is its own again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import UNMERGE
from intake_chat.domain.slack.dialogs.answers import Answers
from intake_chat.domain.slack.dialogs.frames import form, sheet
from intake_chat.domain.slack.dialogs.words import term

Json = dict[str, Any]
REASON: Final = "reason"
FIELDS: Final = {"/reason": REASON}


@dataclass(frozen=True, slots=True)
class Unmerge:
    """Which ticket goes on by itself, and why."""

    ticket: int
    reason: str

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {"reason": self.reason}


def view(ticket: Mapping[str, Any], language: str, page: str | None = None) -> Json:
    """The dialog; of a ticket that somebody has parted meanwhile, a sentence."""
    number, into = ticket["number"], ticket.get("merged_into")
    if not into:
        shown = [blocks.sentence(term("unmerge.none", language, number=number))]
        return sheet(UNMERGE, number, shown, language, page=page)
    shown = [
        blocks.sentence(term("unmerge.what", language, number=number, into=into)),
        blocks.text_field(REASON, term("reason", language), most=300, hint=term("reason.hint", language)),
    ]
    return form(UNMERGE, ticket, shown, language, page=page)


def parsed(submitted: Mapping[str, Any]) -> Unmerge:
    """What was asked for.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    return Unmerge(answers.ticket, answers.text(REASON))

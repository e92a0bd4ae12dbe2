"""Two tickets about one matter: letting one go on in the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import MERGE
from intake_chat.domain.slack.blocks import Option
from intake_chat.domain.slack.dialogs.answers import Answers, ticket_number
from intake_chat.domain.slack.dialogs.frames import form, requester_of, who
from intake_chat.domain.slack.dialogs.searching import FIND_TICKET
from intake_chat.domain.slack.dialogs.words import term

Json = dict[str, Any]
INTO, REASON, TELL, SHARE, OPTIONS = "into", "reason", "tell", "share", "options"
FIELDS: Final = {"/into": INTO, "/reason": REASON}


@dataclass(frozen=True, slots=True)
class Merge:
    """Where a ticket is to go on."""

    ticket: int
    into: int
    reason: str
    tell_customer: bool
    share: bool

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {
            "into": self.into, "reason": self.reason, "tell_customer": self.tell_customer, "share": self.share,
        }  # fmt: skip


def view(ticket: Mapping[str, Any], language: str, page: str | None = None) -> Json:
    """The dialog."""
    options = [
        Option(term("tell_customer", language), TELL),
        Option(term("merge.share", language), SHARE, term("merge.share.hint", language)),
    ]
    shown = [
        blocks.sentence(term("merge.what", language, number=ticket["number"])),
        blocks.small(f"{ticket['subject']} · {who(requester_of(ticket), language)}"),
        blocks.search_field(INTO, FIND_TICKET, term("merge.into", language), term("find", language)),
        blocks.text_field(REASON, term("reason", language), most=300, hint=term("reason.hint", language)),
        blocks.ticks(OPTIONS, term("options", language), options, ticked=[TELL]),
    ]
    return form(MERGE, ticket, shown, language, page=page)


def parsed(submitted: Mapping[str, Any]) -> Merge:
    """What was asked for.

    Raises:
        ValueError: this is no dialog of ours.
    """
    answers = Answers(submitted)
    ticked = answers.several(OPTIONS)
    return Merge(
        answers.ticket, ticket_number(answers.chosen(INTO)), answers.text(REASON), TELL in ticked, SHARE in ticked
    )

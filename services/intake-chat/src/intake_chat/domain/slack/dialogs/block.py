"""Blocking whoever wrote a ticket: their mail waits in quarantine from now on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import BLOCK
from intake_chat.domain.slack.blocks import Option
from intake_chat.domain.slack.dialogs.answers import Answers
from intake_chat.domain.slack.dialogs.frames import form, requester_of, sheet
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs

Json = dict[str, Any]
WHOM, REASON, UNTIL = "whom", "reason", "until"
FIELDS: Final = {"/sender": WHOM, "/note": REASON, "/expires_at": UNTIL}
_LONGEST_SENDER: Final = 150
"""What an option can carry; an address may be longer, and is then offered by its domain alone."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whom to block: an address, or a domain with all below it."""

    ticket: int
    sender: str
    reason: str
    until: datetime | None

    def body(self) -> Json:
        """What the ticket service is asked with; the note says which ticket it was about."""
        note = blocks.cut(f"#{self.ticket}: {self.reason}", 200)
        return {
            "kind": "deny",
            "sender": self.sender,
            "note": note,
            "expires_at": self.until.isoformat() if self.until else None,
        }


def view(ticket: Mapping[str, Any], language: str, page: str | None = None) -> Json:
    """The dialog; for somebody who writes no mails, a sentence."""
    address = requester_of(ticket)["address"]
    domain = address.rpartition("@")[2]
    whom = [
        Option(term("block.address", language, sender=address), address),
        Option(term("block.domain", language, sender=domain), domain, term("block.domain.hint", language)),
    ]
    whom = [one for one in whom if len(one.value) <= _LONGEST_SENDER]
    if "@" not in address or not domain or not whom:
        no_mail = blocks.sentence(term("block.no_mail", language))
        return sheet(BLOCK, ticket["number"], [no_mail], language, page=page)
    shown = [
        blocks.sentence(term("block.what", language)),
        blocks.choice(WHOM, term("block.whom", language), whom, initial=address),
        blocks.text_field(REASON, term("reason", language), most=180),
        blocks.time_field(UNTIL, term("block.until", language), hint=term("block.until.hint", language)),
    ]
    return form(BLOCK, ticket, shown, language, page=page)


def parsed(submitted: Mapping[str, Any]) -> Block:
    """Whom to block.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    sender = answers.chosen(WHOM)
    if not sender:
        raise NotOurs("this dialog blocks nobody")
    return Block(answers.ticket, sender, answers.text(REASON), answers.time(UNTIL))

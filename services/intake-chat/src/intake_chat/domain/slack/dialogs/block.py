"""Blocking whoever wrote a ticket: what they write waits in quarantine from now on; and letting it through again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import BLOCK
from intake_chat.domain.slack.blocks import Confirmation, Option
from intake_chat.domain.slack.dialogs.answers import Answers, ticket_number
from intake_chat.domain.slack.dialogs.frames import form, requester_of, sheet
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs
from ventanilla_contracts.history_text import actor_called
from ventanilla_contracts.history_values import Names
from ventanilla_contracts.shown_address import shows_nobody

Json = dict[str, Any]
UNBLOCK: Final = "unblock"
"""Action id of the button beside whoever is blocked; the value is `<ticket> <entry of the sender list>`."""
WHOM, REASON, UNTIL = "whom", "reason", "until"
FIELDS: Final = {"/sender": WHOM, "/note": REASON, "/expires_at": UNTIL}
USUAL: Final = timedelta(days=30)
"""So long somebody is blocked unless it is said otherwise."""
_LONGEST_SENDER: Final = 150
"""What an option can carry; an address may be longer, and is then offered by its domain alone."""
_MOST_SHOWN: Final = 10
_LONGEST_NOTE: Final = 200
_DAY: Final = "\0"
"""Where a time stands in a phrase, which Slack itself tells by each reader's clock."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whom to block: an address, a person of Slack's, or a domain with all below it."""

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
            "ticket": self.ticket,
        }


def writes_as(ticket: Mapping[str, Any]) -> str:
    """The mail address of whoever asked, or who they are in Slack; "" where neither is known."""
    address = requester_of(ticket)["address"]
    return address if ("@" in address or "/" in address) and not shows_nobody(address) else ""


def called(sender: str, ticket: Mapping[str, Any]) -> str:
    """A sender as people read them: Slack's ids tell nobody anything."""
    return requester_of(ticket)["name"] or "?" if "/" in sender else sender


def view(
    ticket: Mapping[str, Any],
    language: str,
    page: str | None = None,
    *,
    listed: Sequence[Mapping[str, Any]] = (),
    now: datetime,
) -> Json:
    """The dialog; for somebody of whom nobody knows how they write, a sentence.

    Args:
        listed: what of the sender list stands for them, as the API lists it.
    """
    number, address = ticket["number"], writes_as(ticket)
    whom = [Option(term("block.address", language, sender=called(address, ticket)), address)]
    if domain := address.rpartition("@")[2] if "@" in address else "":
        whom.append(Option(term("block.domain", language, sender=domain), domain, term("block.domain.hint", language)))
    whom = [one for one in whom if 0 < len(one.value) <= _LONGEST_SENDER]
    if not whom:
        no_mail = blocks.sentence(term("block.no_mail", language))
        return sheet(BLOCK, number, [no_mail], language, page=page)
    in_force = [one for one in listed if one["kind"] == "deny" and not one.get("expired")][:_MOST_SHOWN]
    shown = [
        *[block for one in in_force for block in _blocked(ticket, one, language)],
        *([blocks.divider()] if in_force else []),
        blocks.sentence(term("block.what", language)),
        blocks.choice(WHOM, term("block.whom", language), whom, initial=whom[0].value),
        blocks.text_field(REASON, term("reason", language), most=180),
        blocks.time_field(
            UNTIL, term("block.until", language), hint=term("block.until.hint", language), initial=now + USUAL
        ),
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


def unblocked(value: str) -> tuple[int, int]:
    """The ticket and the entry of the sender list that a button takes off it.

    Raises:
        NotOurs: it is no button of ours.
    """
    number, _, entry = value.partition(" ")
    return ticket_number(number), ticket_number(entry)


def _blocked(ticket: Mapping[str, Any], entry: Mapping[str, Any], language: str) -> list[Json]:
    sender, until = called(str(entry["sender"]), ticket), entry.get("expires_at")
    who = actor_called(str(entry.get("created_by") or "?"), Names.of(entry, language))
    told = term("block.now.until" if until else "block.now", language, sender=sender, who=who, day=_DAY)
    before, _, behind = told.partition(_DAY)
    note = blocks.cut(str(entry.get("note") or ""), _LONGEST_NOTE)
    parts = [blocks.words(before)]
    if until:
        parts += [blocks.moment(datetime.fromisoformat(str(until))), blocks.words(behind)]
    if note.strip():
        parts.append(blocks.words(f" {note}"))
    ask = Confirmation(
        term("unblock", language),
        blocks.cut(term("unblock.ask", language, sender=sender), 300),
        term("unblock", language),
        term("cancel", language),
    )
    button = blocks.button(UNBLOCK, term("unblock", language), f"{ticket['number']} {entry['id']}", confirm=ask)
    return [blocks.spoken(*parts), blocks.buttons(f"blocked:{entry['id']}", [button])]

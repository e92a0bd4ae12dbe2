"""Somebody else asks in a ticket from now on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import REQUESTER
from intake_chat.domain.slack.blocks import Option
from intake_chat.domain.slack.dialogs.answers import Answers
from intake_chat.domain.slack.dialogs.frames import form, requester_of, sheet, who
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.newcomers import Newcomer
from intake_chat.domain.slack.places import channel_of, is_direct

Json = dict[str, Any]
ADDRESS, PERSON, NAME, REASON, DROP, OPTIONS = "address", "person", "name", "reason", "drop", "options"
_ACCOUNT: Final = "account"
_MAIL: Final = frozenset({"email", "portal", "api"})
"""Channels whose tickets are answered by mail."""
_SLACK: Final = "slack"


@dataclass(frozen=True, slots=True)
class NewRequester:
    """Who asks from now on."""

    ticket: int
    address: str
    name: str
    reason: str
    drop: bool

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {"address": self.address, "name": self.name, "reason": self.reason, "drop": self.drop}


def view(ticket: Mapping[str, Any], language: str, page: str | None = None) -> Json:
    """The dialog: for a mail address, or for somebody in Slack, by the way on which the ticket goes.

    A thread in a channel is read by all who are there, whoever asks; direct messages are one person's alone.
    """
    channel, account = str(ticket["channel"]), str(ticket.get("account") or "")
    if channel == _SLACK and is_direct(channel_of(account)):
        why = [blocks.sentence(term(f"requester.{key}", language)) for key in ("direct", "direct.instead")]
        return sheet(REQUESTER, ticket["number"], why, language, page=page)
    if channel not in _MAIL and channel != _SLACK:
        words = term("requester.elsewhere", language, channel=term(f"channel.{channel}", language))
        return sheet(REQUESTER, ticket["number"], [blocks.sentence(words)], language, page=page)
    now = term("requester.now", language, who=blocks.cut(who(requester_of(ticket), language), 600))
    reason = blocks.text_field(REASON, term("reason", language), most=300, hint=term("reason.hint", language))
    if channel == _SLACK:
        shown = [
            blocks.sentence(now),
            blocks.small(term("requester.thread", language), term("requester.page", language)),
            blocks.person_field(PERSON, term("requester.person", language)),
            reason,
        ]
    else:
        shown = [
            blocks.sentence(now),
            blocks.small(term("requester.what", language)),
            blocks.text_field(ADDRESS, term("requester.address", language), most=254),
            blocks.text_field(NAME, term("requester.name", language), most=200, optional=True),
            reason,
            blocks.ticks(OPTIONS, term("options", language), [Option(term("requester.drop", language), DROP)]),
        ]
    return form(REQUESTER, ticket, shown, language, page=page, private={_ACCOUNT: account})


def person_in(submitted: Mapping[str, Any]) -> str:
    """Who was chosen, of those whom Slack knows; "" where an address was written.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    return Answers(submitted).person(PERSON)


def account_in(submitted: Mapping[str, Any]) -> str:
    """The account of the ticket that the dialog is about; "" where an older release opened it.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    return str(Answers(submitted).private.get(_ACCOUNT) or "")


def parsed(submitted: Mapping[str, Any], newcomer: Newcomer | None) -> NewRequester:
    """What was asked for.

    Args:
        newcomer: whoever was chosen, as Slack knows them; None: an address was written.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    person = answers.person(PERSON)
    if newcomer is not None:
        address, name = f"{newcomer.team_id}/{person}", newcomer.name
    else:
        address, name = answers.text(ADDRESS), answers.text(NAME)
    if not address:
        raise NotOurs("this dialog names nobody")
    return NewRequester(answers.ticket, address, name, answers.text(REASON), DROP in answers.several(OPTIONS))


def fields(submitted: Mapping[str, Any]) -> Mapping[str, str]:
    """Where a fault of the request stands in the dialog."""
    address = PERSON if Answers(submitted).person(PERSON) else ADDRESS
    return {"/address": address, "/name": NAME, "/reason": REASON}

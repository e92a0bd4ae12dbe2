"""The dialog of `/desk new`: an agent opens a ticket for a customer, and writes to them by mail or in Slack."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack.blocks import Option, choice, cut, marked, modal, person_field, text_field
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.mrkdwn import inert

Json = dict[str, Any]
CALLBACK: Final = "new_ticket"
CHANNEL, ADDRESS, PERSON, SUBJECT, TEXT = "channel", "address", "person", "subject", "text"
MAIL, SLACK = "email", "slack"
_ADDRESS: Final = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,253}\.[^\s@<>,;.]{1,63}")
_LONGEST_SUBJECT: Final = 150


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What an agent wants opened; `address` of mail, or `person` of Slack."""

    channel: str
    subject: str
    text: str
    address: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that is not right yet, and the key of the words that say so."""

    field: str
    key: str


def new_ticket_dialog(language: str, subject: str = "") -> Json:
    """The empty dialog."""
    offered = [Option(home_word("new.mail", language), MAIL), Option(home_word("new.slack", language), SLACK)]
    person = person_field(PERSON, home_word("new.person", language), hint=home_word("new.person_hint", language))
    fields = [
        choice(CHANNEL, home_word("new.channel", language), offered, initial=MAIL),
        text_field(
            ADDRESS,
            home_word("new.address", language),
            most=254,
            hint=home_word("new.address_hint", language),
            optional=True,
        ),
        {**person, "optional": True},
        text_field(SUBJECT, home_word("new.subject", language), most=_LONGEST_SUBJECT, initial=subject),
        text_field(TEXT, home_word("new.text", language), lines=True),
    ]
    return modal(
        home_word("new.title", language),
        fields,
        close=home_word("new.cancel", language),
        submit=home_word("new.send", language),
        callback=CALLBACK,
    )


def opened_dialog(number: int, to: str, language: str, address: str) -> Json:
    """What stands in the dialog's place once the ticket is open: its number, which leads to its page.

    Args:
        to: whom the agent has written to.
        address: of the desk's pages, to which a ticket's number is added; "": there are none.
    """
    link = f"<{address}{number}|#{number}>" if address else f"#{number}"
    text = home_word("new.opened", language, link=link, to=inert(cut(to, 200)))
    return modal(home_word("new.title", language), [marked(text)], close=said("close", language))


def wanted(view: Mapping[str, Any]) -> NewTicket | Wrong:
    """What was filled in, or what is still wrong with it.

    Raises:
        KeyError, TypeError: it is no dialog of ours.
    """
    values = view["state"]["values"]
    channel = str(values[CHANNEL][CHANNEL]["selected_option"]["value"])
    address = str(values[ADDRESS][ADDRESS].get("value") or "").strip()
    person = str(values[PERSON][PERSON].get("selected_user") or "")
    subject = " ".join(str(values[SUBJECT][SUBJECT]["value"] or "").split())
    text = str(values[TEXT][TEXT]["value"] or "").strip()
    if channel == SLACK:
        return NewTicket(SLACK, subject, text, person=person) if person else Wrong(PERSON, "new.need_person")
    if not _ADDRESS.fullmatch(address):
        return Wrong(ADDRESS, "new.need_address")
    return NewTicket(MAIL, subject, text, address=address)

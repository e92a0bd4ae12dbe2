"""Who is in copy on a ticket: who there is, somebody more, and somebody less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import CC
from intake_chat.domain.slack.blocks import Confirmation
from intake_chat.domain.slack.dialogs.answers import Answers, ticket_number
from intake_chat.domain.slack.dialogs.frames import form, sheet, who
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.places import channel_of, is_direct
from intake_chat.domain.slack.words import way_of, way_word

Json = dict[str, Any]
REMOVE: Final = "cc_remove"
ADD: Final = "cc_add"
"""Action ids of the buttons beside people; the value is `<ticket> <address>`."""
ADDRESS, NAME = "address", "name"
FIELDS: Final = {"/address": ADDRESS, "/name": NAME}
_MOST_SHOWN: Final = 25


@dataclass(frozen=True, slots=True)
class Copy:
    """Who is to be in copy."""

    ticket: int
    address: str
    name: str

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {"address": self.address, "name": self.name}


def view(ticket: Mapping[str, Any], people: Mapping[str, Any], language: str, page: str | None = None) -> Json:
    """The dialog: a field for somebody more, and below it who is there and whom mails without proof have named.

    Where the customer is not answered by mail there is no field: the desk would refuse whoever is written there.

    Args:
        people: as the API answers it.
    """
    number = ticket["number"]
    taking_part = list(people.get("items") or ())
    if way_of(str(ticket["channel"])) != "email":
        return sheet(CC, number, _no_copies(ticket, taking_part, language), language, page=page)
    suggested = list(people.get("suggested") or ())
    shown = [
        blocks.text_field(ADDRESS, term("cc.address", language), most=254, hint=term("cc.address.hint", language)),
        blocks.text_field(NAME, term("requester.name", language), most=200, optional=True),
        blocks.divider(),
        *[_person(number, one, language) for one in taking_part[:_MOST_SHOWN]],
    ]
    if not any(one.get("role") == "cc" for one in taking_part):
        shown.append(blocks.small(term("cc.none", language)))
    if suggested:
        shown.append(blocks.small(term("cc.suggested", language)))
        shown += [_suggested(number, one, language) for one in suggested[:_MOST_SHOWN]]
    return form(CC, ticket, shown, language, page=page)


def _no_copies(ticket: Mapping[str, Any], people: Sequence[Mapping[str, Any]], language: str) -> list[Json]:
    """Why nobody can be in copy, what can be done instead, and who is from before: they can be taken out."""
    channel = str(ticket["channel"])
    if channel == "slack" and not is_direct(channel_of(str(ticket.get("account") or ""))):
        shown = [blocks.sentence(term("cc.thread", language))]
    else:
        key = "cc.direct" if channel == "slack" else "cc.elsewhere"
        why = term(key, language, channel=way_word(channel, language))
        shown = [blocks.sentence(why), blocks.sentence(term("cc.instead", language))]
    copied = [_person(ticket["number"], one, language) for one in people if one.get("role") == "cc"][:_MOST_SHOWN]
    return [*shown, blocks.small(term("cc.still", language)), *copied] if copied else shown


def parsed(submitted: Mapping[str, Any]) -> Copy:
    """Who is to be in copy.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    return Copy(answers.ticket, answers.text(ADDRESS), answers.text(NAME))


def pressed(value: str) -> tuple[int, str]:
    """(ticket, address) of the button beside somebody.

    Raises:
        NotOurs: it is no button of ours.
    """
    number, _, address = value.partition(" ")
    if not address.strip():
        raise NotOurs("this button names nobody")
    return ticket_number(number), address


def _person(number: int, one: Mapping[str, Any], language: str) -> Json:
    role = str(one.get("role"))
    text = blocks.cut(f"{who(one, language)} ({term(f'cc.role.{role}', language)})", 600)
    if role != "cc":
        return blocks.sentence(text)
    ask = Confirmation(
        term("cc.remove", language),
        term("cc.remove.ask", language, who=blocks.cut(str(one["address"]), 120)),
        term("cc.remove", language),
        term("cancel", language),
    )
    return blocks.sentence(
        text, blocks.button(REMOVE, term("cc.remove", language), f"{number} {one['address']}", confirm=ask)
    )


def _suggested(number: int, one: Mapping[str, Any], language: str) -> Json:
    button = blocks.button(ADD, term("cc.add", language), f"{number} {one['address']}")
    return blocks.sentence(blocks.cut(who(one, language), 600), button)

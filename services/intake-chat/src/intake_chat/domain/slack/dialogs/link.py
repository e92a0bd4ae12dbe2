"""Tickets that have to do with each other: which there are, and one more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import LINK
from intake_chat.domain.slack.blocks import Confirmation, Option
from intake_chat.domain.slack.dialogs.answers import Answers, ticket_number
from intake_chat.domain.slack.dialogs.frames import form, rest
from intake_chat.domain.slack.dialogs.searching import FIND_TICKET
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs

Json = dict[str, Any]
UNLINK: Final = "unlink"
"""Action id of the buttons that remove a link; the value is `<ticket> <other>`."""
TO, KIND = "to", "kind"
FIELDS: Final = {"/to": TO, "/kind": KIND}
_KINDS: Final = ("related", "duplicate", "caused_by", "follow_up")
_MOST_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Link:
    """With which other one a ticket has to do."""

    ticket: int
    to: int
    kind: str

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {"to": self.to, "kind": self.kind}


def view(ticket: Mapping[str, Any], links: Sequence[Mapping[str, Any]], language: str, page: str | None = None) -> Json:
    """The dialog: a new link, and below it the links that there are.

    Args:
        links: as the API lists them.
    """
    number = ticket["number"]
    kinds = [Option(term(f"kind.{kind}", language), kind) for kind in _KINDS]
    shown = [
        blocks.choice(KIND, term("link.kind", language, number=number), kinds, initial=_KINDS[0]),
        blocks.search_field(TO, FIND_TICKET, term("link.to", language), term("find", language)),
        blocks.divider(),
        *[_shown(number, link, language) for link in links[:_MOST_SHOWN]],
    ]
    if not links:
        shown.append(blocks.small(term("link.none", language)))
    if len(links) > _MOST_SHOWN:
        shown.append(rest(page, language))
    return form(LINK, ticket, shown, language, page=page)


def parsed(submitted: Mapping[str, Any]) -> Link:
    """What was asked for.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    kind = answers.chosen(KIND)
    if kind not in _KINDS:
        raise NotOurs("this dialog links nothing")
    return Link(answers.ticket, ticket_number(answers.chosen(TO)), kind)


def unlinked(value: str) -> tuple[int, int]:
    """The two tickets that a button parts.

    Raises:
        NotOurs: it is no button of ours.
    """
    number, _, other = value.partition(" ")
    return ticket_number(number), ticket_number(other)


def _shown(number: int, link: Mapping[str, Any], language: str) -> Json:
    inwards = link.get("direction") == "in"
    kind = term(f"kind.in.{link['kind']}" if inwards else f"kind.{link['kind']}", language)
    other = link["number"]
    status = term(f"status.{link['status']}", language)
    ask = Confirmation(
        term("unlink", language),
        term("unlink.ask", language, number=other),
        term("unlink", language),
        term("cancel", language),
    )
    button = blocks.button(UNLINK, term("unlink", language), f"{number} {other}", confirm=ask)
    return blocks.sentence(blocks.cut(f"{kind} #{other} ({status}) {link['subject']}", 500), button)

"""The frame around every dialog about a ticket: its title, its way out, and what stands where something is left out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialogs.answers import TICKET
from intake_chat.domain.slack.dialogs.words import knows, term
from ventanilla_contracts.shown_address import readable_address

Json = dict[str, Any]
_SLACK_ID: Final = re.compile(r"[A-Z0-9]{2,30}/[A-Z0-9]{2,30}")
"""The workspace and the user that somebody is there, as the desk writes them."""


def form(
    name: str,
    ticket: Mapping[str, Any],
    shown: Sequence[Json],
    language: str,
    *,
    submit: str = "",
    page: str | None = None,
    private: Mapping[str, Any] | None = None,
) -> Json:
    """A dialog with fields about a ticket.

    Args:
        name: of the dialog: its callback id, and the first part of the keys of its words.
        submit: key of the words on its button.
        page: where all of the ticket can be read; the dialog links to it.
    """
    number = ticket["number"]
    return blocks.modal(
        titled(name, number, language),
        [*shown, whole(page, language)],
        close=term("cancel", language),
        submit=term(submit or f"{name}.submit", language),
        callback=name,
        private={TICKET: number, **(private or {})},
        rest=rest(page, language),
    )


def sheet(
    name: str,
    number: int | None,
    shown: Sequence[Json],
    language: str,
    *,
    page: str | None = None,
    private: Mapping[str, Any] | None = None,
) -> Json:
    """A dialog that is only read."""
    return blocks.modal(
        titled(name, number, language),
        [*shown, whole(page, language)],
        close=term("close", language),
        callback=f"{name}.shown",
        private=({} if number is None else {TICKET: number}) | dict(private or {}),
        rest=rest(page, language),
    )


def trouble(name: str, action: str, value: str, text: str, language: str) -> Json:
    """What stands where the desk did not say anything useful, with a button that asks it again."""
    again = blocks.button(action, term("again", language), value)
    shown = [blocks.sentence(f"⚠ {text}"), blocks.buttons("again", [again])]
    return blocks.modal(titled(name, None, language), shown, close=term("close", language), callback=f"{name}.trouble")


def titled(name: str, number: int | None, language: str) -> str:
    """The title of a dialog, with the ticket's number where there is room for it."""
    title = term(f"{name}.title", language) if knows(f"{name}.title") else name
    whole = title if number is None else f"{title} #{number}"
    return whole if len(whole) <= 24 else title


def whole(page: str | None, language: str) -> Json:
    """The block that leads to all of a ticket, for texts are cut in dialogs; nothing where there is no page."""
    if page is None:
        return {}
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": term("whole", language, page=page)}]}


def rest(page: str | None, language: str) -> Json:
    """The block that says that something was left out, and where it can be read."""
    text = term("rest_page", language, page=page) if page else term("rest", language)
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def who(party: Mapping[str, Any], language: str) -> str:
    """How somebody is called: by name and address, by what is there. Ids that only Slack reads are no address."""
    name = str(party.get("name") or "").strip()
    address = readable_address(str(party.get("address") or "").strip(), language)
    if name and _SLACK_ID.fullmatch(address):
        return name
    return f"{name} <{address}>" if name and address else name or address or "?"


def requester_of(ticket: Mapping[str, Any]) -> Mapping[str, str]:
    """Name and address of whoever asked."""
    requester = ticket.get("requester") or {}
    identity: Mapping[str, Any] = next(iter(requester.get("identities") or ()), {})
    return {"name": str(requester.get("name") or ""), "address": str(identity.get("address") or "")}

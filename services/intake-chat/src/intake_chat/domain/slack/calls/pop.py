"""The message about a call in its team's channel: who calls, how the call stands, and about what.

A caller's number proves nothing, so neither does the name that the desk knows by it: the message says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from intake_chat.domain.slack.calls.heard import ANSWERED, WAITING, Call
from intake_chat.domain.slack.calls.words import call_word, knows, lasted
from intake_chat.domain.slack.cards.card import Card, marked
from intake_chat.domain.slack.mrkdwn import bold_line, escaped, inert, one_line, shown_name

METADATA: Final = "ventanilla_call"
_LONGEST_NUMBER: Final = 40
_MOST_TICKETS: Final = 5
_NO_PAGE: Final = "#{number}"

Page = Callable[[int], str | None]
"""Where all of a ticket can be read; None: nowhere."""


@dataclass(frozen=True, slots=True)
class Company:
    """Who takes part in a call, as the desk calls them.

    Attributes:
        team: its name as people know it.
        agent: name of whoever took it; `user` is who they are in Slack, "" for nobody there.
    """

    team: str
    agent: str = ""
    user: str = ""


def pop_card(call: Call, number: int, company: Company, page: Page, language: str) -> Card:
    """The message about a call as it stands.

    Args:
        number: of the ticket that it became; 0: none, or none yet.
    """
    plain = _line(call, number, _as_text(company), lambda _: None, language)
    shown = _line(call, number, _as_marks(company), page, language)
    return Card(escaped(f"📞 {plain}"), [{"type": "section", "text": marked(f"📞 {shown}")}])


def caller(call: Call, language: str, *, proof: bool = False, within: bool = False) -> str:
    """Who called, in words without marks, not escaped.

    Args:
        proof: with their number, and that it proves nothing.
        within: in the middle of a sentence.
    """
    name, number = shown_name(call.name), one_line(call.number)[:_LONGEST_NUMBER]
    if not number and not name:
        return call_word("withheld.after" if within else "withheld", language)
    if not proof:
        return name or number
    if not number:
        return call_word("named", language, name=name)
    return call_word("known" if name else "unknown", language, name=name, number=number)


def ticket_link(number: int, page: Page) -> str:
    """A ticket, as a link to its page where it has one; in Slack's words."""
    at = page(number)
    return f"<{at}|#{number}>" if at else _NO_PAGE.format(number=number)


@dataclass(frozen=True, slots=True)
class _Style:
    """How names stand in the line: plain for notifications, in Slack's words for the message."""

    team: str
    agent: str
    quoted: Callable[[str], str]


def _as_text(company: Company) -> _Style:
    return _Style(one_line(company.team), shown_name(company.agent), lambda text: text)


def _as_marks(company: Company) -> _Style:
    agent = f"<@{company.user}>" if company.user else inert(shown_name(company.agent))
    return _Style(bold_line(company.team), agent, inert)


def _line(call: Call, number: int, style: _Style, page: Page, language: str) -> str:
    parts = [_state(call, style, language)]
    if not call.is_over and knows(f"language.{call.language}"):
        parts.append(call_word(f"language.{call.language}", language))
    if number:
        parts.append(call_word("became", language, ticket=ticket_link(number, page)))
    elif call.ticket:
        parts.append(call_word("about", language, ticket=ticket_link(call.ticket, page)))
    if others := [one for one in call.tickets if one not in (call.ticket, number)][:_MOST_TICKETS]:
        links = ", ".join(ticket_link(one, page) for one in others)
        parts.append(call_word("open", language, tickets=links))
    return " · ".join(parts)


def _state(call: Call, style: _Style, language: str) -> str:
    who = style.quoted(caller(call, language, proof=True, within=call.state == ANSWERED))
    if call.state == WAITING:
        return call_word("waiting", language, who=who, team=style.team)
    if call.state == ANSWERED:
        said = call_word("answered", language, agent=style.agent, who=who)
        after = "" if call.waited is None else call_word("answered.after", language, time=lasted(call.waited))
        return f"{said}, {after}" if after else said
    key, seconds = ("over.answered", call.talked) if call.agent else ("over.left", call.waited)
    given = {"who": who, "agent": style.agent, "team": style.team}
    if seconds is None:
        return call_word(f"{key}.untimed", language, **given)
    return call_word(key, language, **given, time=lasted(seconds))

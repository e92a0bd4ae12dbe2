"""A ticket of a queue as a few lines: in App Home, and in the answer to a command."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from intake_chat.domain.slack.blocks import cut
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.mrkdwn import inert, shown_name
from intake_chat.domain.slack.words import clock_word, way_word, word
from ventanilla_contracts.history_text import actor_called
from ventanilla_contracts.history_values import Names
from ventanilla_contracts.shown_address import readable_address

_LONGEST_SUBJECT: Final = 150
_LONGEST_SAID: Final = 160


def lines_of(item: Mapping[str, Any], language: str, pages: str) -> str:
    """Slack's words for a ticket: number and subject, how it stands, what was said last.

    Args:
        item: as the queue or the list of tickets answers it, with the names of its team and people.
        pages: address of the desk's pages, to which the number is added; "" if there are none.
    """
    lines = [
        f"*{_number(item['number'], pages)}* {_inert(str(item['subject']), _LONGEST_SUBJECT)}",
        _state(item, language),
    ]
    if said := _said(item, language):
        lines.append(f">{said}")
    return "\n".join(lines)


def due_words(at: str, state: str, language: str) -> str:
    """When something falls due, as each reader's Slack shows it in their zone."""
    when = datetime.fromisoformat(at).astimezone(UTC)
    token = f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time}}|{when:%Y-%m-%d %H:%M} UTC>"
    return f"{token} {home_word('item.late', language)}" if state == "breached_open" else token


def _number(number: int, pages: str) -> str:
    return f"<{pages}{number}|#{number}>" if pages else f"#{number}"


def _state(item: Mapping[str, Any], language: str) -> str:
    parts = [word(f"priority.{item['priority']}", language), word(f"status.{item['status']}", language)]
    due = item.get("next_due")
    if due:
        parts.append(f"{clock_word(str(due['clock']), language)}: {due_words(due['at'], due['state'], language)}")
    requester = item["requester"]
    names = Names.of(item, language)
    address = readable_address(str((requester.get("identities") or [{}])[0].get("address", "?")), language)
    who = requester.get("name") or address
    parts += [
        inert(shown_name(str(who))),
        way_word(str(item["channel"]), language),
        _team(item, names, language),
    ]
    if item.get("assignee"):
        parts.append(f"→ {inert(shown_name(names.agent(str(item['assignee']))))}")
    return " · ".join(parts)


def _team(item: Mapping[str, Any], names: Names, language: str) -> str:
    """Whose queue it waits in; a team that is retired is named so, since nobody of it will take the ticket."""
    team = inert(shown_name(names.team(str(item["team"]))))
    return home_word("item.team_retired", language, team=team) if item.get("team_retired") else team


def _said(item: Mapping[str, Any], language: str) -> str:
    mention = item.get("mention")
    if mention:
        by = actor_called(str(mention["by"]), Names.of(item, language))
        return home_word("item.note", language, by=_inert(by, 60), text=_inert(str(mention["text"]), _LONGEST_SAID))
    last = item.get("last_message")
    return _inert(str(last["text"]), _LONGEST_SAID) if last and last.get("text") else ""


def _inert(text: str, most: int) -> str:
    """Words of others on one line, of which Slack makes nothing: no mention, no link, no mark, no emoji."""
    return inert(cut(" ".join(text.split()), most))

"""The card of a ticket in its team's channel: what an agent needs to see, and the buttons for what comes next.

Words of customers are shown as plain text elements, in which Slack reads no markup, no mention and no link.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from intake_chat.domain.slack import actions
from intake_chat.domain.slack.cards.words import card_word as word
from intake_chat.domain.slack.mrkdwn import escaped, one_line, shown_name
from intake_chat.domain.slack.words import way_word
from ventanilla_contracts.shown_address import readable_address

Json = dict[str, Any]
METADATA: Final = "ventanilla_card"
_CLOCKS: Final = ("first_response", "next_response", "resolution", "update")
_LONGEST_HEADER: Final = 150
_EXTRACT_LINES: Final = 2
_LONGEST_EXTRACT: Final = 240
_DOTS: Final = "…"
_LONGEST_WHY: Final = 600
_LONGEST_RESOLUTION: Final = 200
_DONE: Final = frozenset({"solved", "closed"})
_SPAM: Final = "spam"
_MENU: Final = (
    actions.ESCALATE, actions.RETURN, actions.PRIORITY, actions.SNOOZE, actions.SOLVE, actions.MERGE, actions.LINK,
    actions.SPLIT, actions.PROBLEM, actions.REQUESTER, actions.VERIFY, actions.CALLBACK, actions.CC, actions.BLOCK,
    actions.RELEASE, actions.SPAM, actions.HISTORY, actions.WHY, actions.CLOCKS,
)  # fmt: skip
_MENU_WHEN_DONE: Final = (
    actions.LINK, actions.SPLIT, actions.PROBLEM, actions.BLOCK, actions.HISTORY, actions.WHY, actions.CLOCKS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What a card shows of a ticket.

    Attributes:
        ticket: the ticket as the API answers it.
        extract: the customer's first words.
        why: why it is where it is, in one sentence.
        assignee: who has it, as Slack mentions them or by name; None: nobody.
        page: where all of it can be read.
        similar: solved tickets that are like it: `number`, `subject`, `resolution`, and `page` where there is one.
        turn: another one each time somebody has used the menu.
        team: the team's name as people know it; "": by its handle.
    """

    ticket: Mapping[str, Any]
    extract: str
    why: str
    assignee: str | None
    page: str | None
    similar: Sequence[Mapping[str, Any]] = field(default=())
    turn: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A message: `text` is for notifications and screen readers."""

    text: str
    blocks: list[Json]

    @property
    def digest(self) -> str:
        """The same for cards that look the same."""
        return sha256(json.dumps([self.text, self.blocks], sort_keys=True).encode()).hexdigest()[:32]


def is_done(ticket: Mapping[str, Any]) -> bool:
    """Whether nobody has to do anything about a ticket any more."""
    return ticket["status"] in _DONE


def card(seen: Seen, language: str) -> Card:
    """The card of a ticket, in the language of its team."""
    ticket = seen.ticket
    subject = one_line(str(ticket["subject"]))
    header = _cut(f"#{ticket['number']} · {subject}", _LONGEST_HEADER)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": header, "emoji": False}},
        _from_whom(ticket, language),
        _extract(seen, language),
        {"type": "section", "fields": [marked(text) for text in _fields(seen, language)]},
    ]
    if seen.why:
        blocks.append({"type": "context", "elements": [_plain(_cut(seen.why, _LONGEST_WHY))]})
    if ticket.get("merged_into"):
        merged = word("merged", language, number=str(ticket["merged_into"]))
        blocks.append({"type": "context", "elements": [_plain(merged)]})
    elif seen.similar and not is_done(ticket):
        blocks.append(_similar(seen.similar, language))
    if buttons := _buttons(seen, language):
        # Slack shows what was chosen in a menu for as long as its block keeps its name, and tells nothing of the same
        # choice made again: a used menu gets another name.
        blocks.append({"type": "actions", "block_id": f"ticket{seen.turn}", "elements": buttons})
    state = word(f"status.{ticket['status']}", language)
    return Card(escaped(_cut(f"#{ticket['number']} ({state}) {subject}", 300)), [b for b in blocks if b])


def moved_card(
    ticket: Mapping[str, Any], channel: str, language: str, *, team: str = "", told: Sequence[Json] = ()
) -> Card:
    """What is left of a card in a channel that its ticket has gone away from: one line that says where to.

    Args:
        team: the team's name as people know it; "": by its handle.
        told: blocks that say who handed it on, and with which note: nothing more is said in this card's thread.
    """
    number, named = str(ticket["number"]), escaped(one_line(team or str(ticket["team"])))
    text = word("moved", language, number=number, team=named, channel=channel)
    return Card(text, [{"type": "context", "elements": [marked(text)]}, *told])


def is_cut(text: str) -> bool:
    """Whether a card shows only a part of a customer's first words."""
    return extract_of(text) != _lines_of(text)


def extract_of(text: str) -> str:
    """As much of a customer's first words as a card shows; what was cut ends in three dots."""
    whole = _lines_of(text)
    shown = "\n".join(whole.split("\n")[:_EXTRACT_LINES])
    return _cut(shown if shown == whole else f"{shown.rstrip(_DOTS)}{_DOTS}", _LONGEST_EXTRACT)


def _lines_of(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def marked(text: str) -> Json:
    """Words of our own in Slack's markup. Of what others wrote in them Slack makes no link and no mention."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def quoted(text: str, first: str) -> list[Json]:
    """Words of somebody outside under a line of our own, inert."""
    return [
        {"type": "section", "text": marked(first)},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": _cut(text, 2_800) or "—"}]}],
        },
    ]


def _from_whom(ticket: Mapping[str, Any], language: str) -> Json:
    requester = ticket["requester"]
    identities = requester.get("identities") or [{}]
    address = readable_address(str(identities[0].get("address", "")), language)
    who = shown_name(str(requester.get("name") or address))
    way = " · ".join((way_word(str(ticket["channel"]), language), str(ticket["language"])))
    # What the desk knows of them stands first and by itself: no name reaches into it, or pushes it off the card.
    grade = word(f"grade.{requester.get('grade', 'claimed')}", language)
    return {"type": "context", "elements": [_plain(grade), _plain(who or "?"), _plain(way)]}


def _extract(seen: Seen, language: str) -> Json:
    if not (words := extract_of(seen.extract)):
        return {}
    elements: list[Json] = [{"type": "rich_text_quote", "elements": [{"type": "text", "text": words}]}]
    if seen.page and words.endswith(_DOTS):
        link = {"type": "link", "url": seen.page, "text": word("whole", language)}
        elements.append({"type": "rich_text_section", "elements": [link]})
    return {"type": "rich_text", "elements": elements}


def _fields(seen: Seen, language: str) -> Sequence[str]:
    ticket = seen.ticket
    fields = [
        f"*{word('priority', language)}:* {word('priority.' + ticket['priority'], language)}",
        f"*{word('status', language)}:* {word('status.' + ticket['status'], language)}",
        f"*{word('team', language)}:* {_team(seen, language)} · {word('tier', language)} {ticket['tier']}",
        f"*{word('assignee', language)}:* {seen.assignee or word('nobody', language)}",
    ]
    level = ticket.get("service_level") or {}
    for name in _CLOCKS:
        due = _due(level.get(name) or {}, language)
        if due:
            fields.append(f"*{word('clock.' + name, language)}:* {due}")
    tier = str(ticket["tier"])
    if due := _due((level.get("tiers") or {}).get(tier) or {}, language):
        fields.append(f"*{word('clock.tier', language, tier=escaped(tier))}:* {due}")
    if called := _callback(ticket.get("callback") or {}, language):
        fields.append(f"*{word('callback', language)}:* {called}")
    return fields[:10]


def _callback(callback: Mapping[str, Any], language: str) -> str:
    """When the customer is called back, or that it happens just now."""
    if not callback:
        return ""
    tried = f" · {word('callback.attempt', language, attempt=str(int(callback['attempt']) + 1))}"
    if callback["state"] == "scheduled":
        return _at(str(callback["next_at"])) + (tried if callback["attempt"] else "")
    return word("callback.now", language)


def _team(seen: Seen, language: str) -> str:
    """Whose it is; a team that is retired is named so, since nobody of it will take the ticket."""
    team = escaped(one_line(seen.team or str(seen.ticket["team"])))
    return word("team_retired", language, team=team) if seen.ticket.get("team_retired") else team


def _due(clock: Mapping[str, Any], language: str) -> str:
    """When a clock falls due, as Slack shows it in each reader's zone: a card needs no edit only to tick."""
    state, due_at = clock.get("state"), clock.get("due_at")
    if state not in ("running", "breached_open") or not due_at:
        return ""
    token = _at(str(due_at))
    return f"{token} ⚠ {word('late', language)}" if state == "breached_open" else token


def _at(time: str) -> str:
    at = datetime.fromisoformat(time).astimezone(UTC)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def _similar(similar: Sequence[Mapping[str, Any]], language: str) -> Json:
    """Up to three solved tickets. Our own numbers are links, what people wrote in them is plain text."""
    elements: list[Json] = [{"type": "text", "text": word("similar", language), "style": {"bold": True}}]
    for one in similar[:3]:
        number = f"#{one['number']}"
        link = {"type": "link", "url": str(one["page"]), "text": number} if one.get("page") else None
        elements.append({"type": "text", "text": "\n"})
        elements.append(link or {"type": "text", "text": number})
        words = (
            f" {_cut(str(one['subject']), 100)} → {_cut(' '.join(str(one['resolution']).split()), _LONGEST_RESOLUTION)}"
        )
        elements.append({"type": "text", "text": words})
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _buttons(seen: Seen, language: str) -> list[Json]:
    ticket, number = seen.ticket, str(seen.ticket["number"])
    buttons = []
    if undo := _undo(ticket):
        buttons.append(_button(undo, word(f"action.{undo}", language), number))
    if not is_done(ticket):
        if seen.assignee is None:
            buttons.append(_button(actions.CLAIM, word("claim", language), number, style="primary"))
        buttons.append(_button(actions.ASSIGN, word("action.assign", language), number))
    if ticket["status"] != "closed":
        buttons.append(_button(actions.REPLY, word("reply", language), number))
    if not ticket.get("merged_into"):
        buttons.append(_menu(_MENU_WHEN_DONE if is_done(ticket) else _MENU, ticket["number"], language))
    if seen.page:
        buttons.append({**_button(actions.OPEN, word("open", language), number), "url": seen.page})
    return buttons


def _undo(ticket: Mapping[str, Any]) -> str:
    """What takes back how a ticket ended; "" where nothing does."""
    if ticket.get("merged_into"):
        return actions.UNMERGE
    if ticket["status"] == "closed":
        return actions.NOT_SPAM if _SPAM in (ticket.get("tags") or ()) else ""
    return actions.REOPEN if ticket["status"] == "solved" else ""


def _menu(entries: Sequence[str], number: int, language: str) -> Json:
    return {
        "type": "static_select",
        "action_id": actions.MORE,
        "placeholder": _plain(word("action.more", language)),
        "options": [
            {"text": _plain(word(f"action.{action}", language)), "value": actions.choice(action, number)}
            for action in entries
        ],
    }


def _button(action: str, text: str, value: str, **more: str) -> Json:
    return {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": text, "emoji": False},
        "value": value,
        **more,
    }


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"

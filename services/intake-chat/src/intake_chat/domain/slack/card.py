"""The card of a ticket in its team's channel: what an agent needs to see, and the buttons for what comes next.

Words of customers are shown as plain text elements, in which Slack reads no markup, no mention and no link.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.words import word

Json = dict[str, Any]
CLAIM, REPLY, OPEN = "claim", "reply", "open"
METADATA: Final = "ventanilla_card"
_CLOCKS: Final = ("first_response", "next_response", "resolution", "update")
_LONGEST_HEADER: Final = 150
_LONGEST_EXTRACT: Final = 240
_LONGEST_WHY: Final = 600
_DONE: Final = frozenset({"solved", "closed"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What a card shows of a ticket.

    Attributes:
        ticket: the ticket as the API answers it.
        extract: the customer's first words.
        why: why it is where it is, in one sentence.
        assignee: who has it, as Slack mentions them or by name; None: nobody.
        page: where all of it can be read.
    """

    ticket: Mapping[str, Any]
    extract: str
    why: str
    assignee: str | None
    page: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """A message: `text` is for notifications and screen readers."""

    text: str
    blocks: list[Json]


def card(seen: Seen, language: str) -> Card:
    """The card of a ticket, in the language of its team."""
    ticket = seen.ticket
    header = _cut(f"#{ticket['number']} · {ticket['subject']}", _LONGEST_HEADER)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": header, "emoji": False}},
        _from_whom(ticket, language),
        _extract(seen.extract),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in _fields(seen, language)]},
    ]
    if seen.why:
        blocks.append({"type": "context", "elements": [_plain(_cut(seen.why, _LONGEST_WHY))]})
    if buttons := _buttons(seen, language):
        blocks.append({"type": "actions", "block_id": "ticket", "elements": buttons})
    state = word(f"status.{ticket['status']}", language)
    return Card(escaped(_cut(f"#{ticket['number']} ({state}) {ticket['subject']}", 300)), [b for b in blocks if b])


def quoted(text: str, first: str) -> list[Json]:
    """Words of somebody outside under a line of our own, inert."""
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": first}},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": _cut(text, 2_800) or "—"}]}],
        },
    ]


def _from_whom(ticket: Mapping[str, Any], language: str) -> Json:
    requester = ticket["requester"]
    identities = requester.get("identities") or [{}]
    who = requester.get("name") or identities[0].get("address", "?")
    parts = (
        str(who),
        word(f"grade.{requester.get('grade', 'claimed')}", language),
        word(f"channel.{ticket['channel']}", language),
        str(ticket["language"]),
    )
    return {"type": "context", "elements": [_plain(_cut(" · ".join(parts), 300))]}


def _extract(text: str) -> Json:
    lines = [line.strip() for line in text.splitlines() if line.strip()][:2]
    words = _cut("\n".join(lines), _LONGEST_EXTRACT)
    if not words:
        return {}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": words}]}],
    }


def _fields(seen: Seen, language: str) -> Sequence[str]:
    ticket = seen.ticket
    fields = [
        f"*{word('priority', language)}:* {word('priority.' + ticket['priority'], language)}",
        f"*{word('status', language)}:* {word('status.' + ticket['status'], language)}",
        f"*{word('team', language)}:* {escaped(str(ticket['team']))} · {word('tier', language)} {ticket['tier']}",
        f"*{word('assignee', language)}:* {seen.assignee or word('nobody', language)}",
    ]
    level = ticket.get("service_level") or {}
    for name in _CLOCKS:
        due = _due(level.get(name) or {}, language)
        if due:
            fields.append(f"*{word('clock.' + name, language)}:* {due}")
    return fields[:10]


def _due(clock: Mapping[str, Any], language: str) -> str:
    """When a clock falls due, as Slack shows it in each reader's zone: a card needs no edit only to tick."""
    state, due_at = clock.get("state"), clock.get("due_at")
    if state not in ("running", "breached_open") or not due_at:
        return ""
    at = datetime.fromisoformat(str(due_at)).astimezone(UTC)
    token = f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"
    return f"{token} ⚠ {word('late', language)}" if state == "breached_open" else token


def _buttons(seen: Seen, language: str) -> list[Json]:
    number = str(seen.ticket["number"])
    buttons = []
    if seen.ticket["status"] not in _DONE:
        if seen.assignee is None:
            buttons.append(_button(CLAIM, word("claim", language), number, style="primary"))
        buttons.append(_button(REPLY, word("reply", language), number))
    if seen.page:
        buttons.append({**_button(OPEN, word("open", language), number), "url": seen.page})
    return buttons


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

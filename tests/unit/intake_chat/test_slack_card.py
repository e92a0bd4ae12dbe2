"""The card of a ticket and the composer, held against Slack's own models and the local Slack's rules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from intake_chat.domain.slack.card import Seen, card, quoted
from intake_chat.domain.slack.composer import Composed, composed, composer
from ventanilla_devstack.slack.blocks import check_blocks

NOTHING = {"state": "none", "due_at": None}
TICKET: dict[str, Any] = {
    "number": 4711,
    "version": 3,
    "subject": "No puedo entrar",
    "status": "new",
    "priority": "high",
    "tier": "1",
    "team": "first-line",
    "assignee": None,
    "channel": "slack",
    "language": "es",
    "requester": {"name": "Ana", "identities": [{"kind": "slack", "address": "T1/U1"}], "grade": "verified"},
    "service_level": {
        "first_response": {"state": "running", "due_at": "2026-11-27T15:00:00+00:00"},
        "next_response": NOTHING,
        "resolution": {"state": "breached_open", "due_at": "2026-11-27T10:00:00+00:00"},
        "update": NOTHING,
    },
}


def seen(**more: Any) -> Seen:
    values = {"ticket": TICKET, "extract": "hola\n\n<!channel> *ven*\ntres", "why": "por esto", "assignee": None}
    return Seen(**{**values, "page": "https://desk.example/desk/4711", **more})


def texts(blocks: Any) -> list[str]:
    """Everything that Slack would read markup in."""
    if isinstance(blocks, dict):
        own = [blocks["text"]] if blocks.get("type") == "mrkdwn" else []
        return own + [text for value in blocks.values() for text in texts(value)]
    return [text for one in blocks for text in texts(one)] if isinstance(blocks, list) else []


def test_a_card_says_who_asks_what_and_until_when() -> None:
    made = card(seen(), "es")
    shown = "\n".join(texts(made.blocks))

    assert made.blocks[0]["text"]["text"] == "#4711 · No puedo entrar"
    assert "*Prioridad:* alta" in shown
    assert "<!date^1795791600^{date_short_pretty} {time}|2026-11-27 15:00 UTC>" in shown
    assert "⚠ vencida" in shown
    assert [button["action_id"] for button in made.blocks[-1]["elements"]] == ["claim", "reply", "open"]
    assert made.blocks[2]["elements"][0]["elements"][0]["text"] == "hola\n<!channel> *ven*"


def test_who_has_it_is_shown_and_cannot_be_claimed_again() -> None:
    made = card(seen(assignee="<@U7>"), "en")

    assert "*Assignee:* <@U7>" in texts(made.blocks)
    assert [button["action_id"] for button in made.blocks[-1]["elements"]] == ["reply", "open"]


def test_a_closed_ticket_can_only_be_opened() -> None:
    made = card(seen(ticket={**TICKET, "status": "closed"}), "en")

    assert [button["action_id"] for button in made.blocks[-1]["elements"]] == ["open"]


@given(st.text(max_size=4_000), st.text(max_size=4_000), st.text(max_size=1_000), st.sampled_from(["es", "en", "fr"]))
def test_no_words_of_customers_break_a_card_or_call_anybody(subject: str, text: str, name: str, language: str) -> None:
    ticket = {**TICKET, "subject": subject, "requester": {"name": name, "identities": [], "grade": "new-grade"}}
    made = card(seen(ticket=ticket, extract=text, why=text), language)

    assert not check_blocks(made.blocks, "message")
    for block in Block.parse_all(made.blocks):
        block.validate_json()
    assert len(made.text) <= 4_000
    assert not any("<!" in line and "<!date^" not in line for line in [*texts(made.blocks), made.text])
    assert not check_blocks(quoted(text, "*hola*"), "message")


def filled(view: dict[str, Any], text: str, status: str) -> dict[str, Any]:
    values = {"text": {"text": {"value": text}}, "status": {"status": {"selected_option": {"value": status}}}}
    return {**view, "state": {"values": values}}


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_is_composed_is_what_was_written(language: str) -> None:
    view = composer(TICKET, language)

    assert not check_blocks(view["blocks"], "modal")
    View(**view).validate_json()
    assert composed(filled(view, " Hola ", "solved")) == Composed(4711, 3, "Hola", "solved")

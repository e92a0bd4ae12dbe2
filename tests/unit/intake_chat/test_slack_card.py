"""The card of a ticket, held against Slack's own models and the local Slack's rules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from intake_chat.domain.slack import actions
from intake_chat.domain.slack.cards.card import Seen, card, moved_card, quoted
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
    """Everything that Slack would read markup in; nowhere does it make links and mentions of plain words."""
    if isinstance(blocks, dict):
        own = [blocks["text"]] if blocks.get("type") == "mrkdwn" else []
        assert not own or blocks["verbatim"] is True
        return own + [text for value in blocks.values() for text in texts(value)]
    return [text for one in blocks for text in texts(one)] if isinstance(blocks, list) else []


@pytest.mark.parametrize("channel", ["api", "portal", "email"])
def test_a_card_names_the_way_by_which_the_customer_is_answered(channel: str) -> None:
    made = card(seen(ticket={**TICKET, "channel": channel}), "es")

    assert made.blocks[1]["elements"][-1]["text"] == "correo · es"


def test_a_card_says_who_asks_what_and_until_when() -> None:
    made = card(seen(), "es")
    shown = "\n".join(texts(made.blocks))

    assert made.blocks[0]["text"]["text"] == "#4711 · No puedo entrar"
    assert "*Prioridad:* alta" in shown
    assert "<!date^1795791600^{date_short_pretty} {time}|2026-11-27 15:00 UTC>" in shown
    assert "⚠ vencida" in shown
    assert [button["action_id"] for button in made.blocks[-1]["elements"]] == [
        "claim", "assign", "reply", "more", "open",
    ]  # fmt: skip
    assert made.blocks[2]["elements"][0]["elements"][0]["text"] == "hola\n<!channel> *ven*…"


def test_the_time_of_the_tier_that_has_it_is_shown_beside_the_customers_clocks() -> None:
    tiers = {"1": {"state": "running", "due_at": "2026-11-27T15:00:00+00:00"}, "2": NOTHING}
    ticket = {**TICKET, "service_level": {**TICKET["service_level"], "tiers": tiers}}

    assert "*Plazo del nivel 1:* <!date^1795791600^" in "\n".join(texts(card(seen(ticket=ticket), "es").blocks))
    elsewhere = card(seen(ticket={**ticket, "tier": "2"}), "es").blocks
    assert "Plazo del nivel" not in "\n".join(texts(elsewhere))


def test_a_team_is_called_as_people_call_it() -> None:
    assert "*Equipo:* Primera <línea> · Nivel 1".replace("<", "&lt;").replace(">", "&gt;") in texts(
        card(seen(team="Primera <línea>"), "es").blocks
    )


def test_who_has_it_is_shown_and_cannot_be_claimed_again() -> None:
    made = card(seen(assignee="<@U7>"), "en")

    assert "*Assignee:* <@U7>" in texts(made.blocks)
    assert [button["action_id"] for button in made.blocks[-1]["elements"]] == ["assign", "reply", "more", "open"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana " * 90, "Ana " * 19 + "Ana…"),
        ("Ana Ruiz · ✓ identidad comprobada · correo · es", "Ana Ruiz - ? identidad comprobada - correo - es"),
        ("Ana\u202ezuR\u2028\u2066 Ruiz\u200b", "AnazuR Ruiz"),
        ("\u202e", "?"),
    ],
)
def test_no_name_imitates_what_the_desk_says_of_it_or_pushes_it_off_the_card(name: str, shown: str) -> None:
    ticket = {**TICKET, "requester": {"name": name, "identities": [], "grade": "claimed"}}

    elements = card(seen(ticket=ticket), "es").blocks[1]["elements"]

    assert [one["text"] for one in elements] == ["? sin comprobar", shown, "Slack · es"]


def test_a_caller_without_a_number_is_words_on_the_card() -> None:
    caller = {"name": "", "identities": [{"kind": "phone", "address": "withheld/CA25bed0bc"}], "grade": "claimed"}

    elements = card(seen(ticket={**TICKET, "channel": "voice", "requester": caller}), "es").blocks[1]["elements"]

    assert elements[1]["text"] == "número oculto"


def test_what_a_card_cuts_is_a_link_away() -> None:
    whole, cut = card(seen(extract="uno\ndos"), "en"), card(seen(extract="uno\ndos\ntres"), "en")

    assert "Read all of it" not in str(whole.blocks)
    assert cut.blocks[2]["elements"][1]["elements"] == [
        {"type": "link", "url": "https://desk.example/desk/4711", "text": "Read all of it"}
    ]
    assert "Read all of it" not in str(card(seen(extract="uno\ndos\ntres", page=None), "en").blocks)
    assert not check_blocks(cut.blocks, "message")


def test_a_closed_ticket_can_only_be_looked_at() -> None:
    made = card(seen(ticket={**TICKET, "status": "closed"}), "en")

    more, opening = made.blocks[-1]["elements"]
    assert [option["value"] for option in more["options"]] == [
        "link:4711", "split:4711", "problem:4711", "block:4711", "history:4711", "why:4711", "clocks:4711",
    ]  # fmt: skip
    assert opening["url"] == "https://desk.example/desk/4711"


@pytest.mark.parametrize(
    ("ended", "undo"),
    [
        ({"status": "solved"}, ["reopen"]),
        ({"status": "closed", "tags": ["spam"]}, ["not_spam"]),
        ({"status": "closed", "merged_into": 9, "tags": ["spam"]}, ["unmerge"]),
        ({"status": "closed"}, []),
        ({"status": "open", "tags": ["spam"]}, []),
    ],
)
def test_how_a_ticket_ended_is_taken_back_where_it_can_be(ended: dict[str, Any], undo: list[str]) -> None:
    made = card(seen(ticket={**TICKET, **ended}), "es")

    offered = [one["action_id"] for one in made.blocks[-1]["elements"]]
    assert [one for one in offered if one in ("reopen", "not_spam", "unmerge")] == undo
    assert not check_blocks(made.blocks, "message")


def test_a_used_menu_is_another_one_for_slack() -> None:
    before, after = card(seen(), "es"), card(seen(turn=".7f"), "es")

    assert before.blocks[-1]["block_id"] != after.blocks[-1]["block_id"]
    assert before.digest != after.digest


def test_what_is_chosen_in_the_menu_says_what_and_for_which_ticket() -> None:
    [menu] = [one for one in card(seen(), "es").blocks[-1]["elements"] if one["action_id"] == actions.MORE]
    entries = [actions.chosen(option["value"]) for option in menu["options"]]

    assert {number for _, number in entries} == {4711}
    assert {"escalate", "priority", "snooze", "merge", "spam", "solve", "history", "why"} <= {one for one, _ in entries}
    with pytest.raises(ValueError, match="no entry"):
        actions.chosen("claim")


def test_similar_tickets_are_shown_with_what_solved_them_while_there_is_something_to_do() -> None:
    similar = [{"number": 7, "subject": "<!here> VPN", "resolution": "new\ncertificate", "page": "https://d.example/7"}]

    assert "<!here> VPN → new certificate" in str(card(seen(similar=similar), "en").blocks)
    assert "certificate" not in str(card(seen(similar=similar, ticket={**TICKET, "status": "solved"}), "en").blocks)
    assert not check_blocks(card(seen(similar=similar * 3), "en").blocks, "message")


def test_a_card_looks_the_same_until_something_that_it_shows_changes() -> None:
    assert card(seen(), "es").digest == card(seen(ticket={**TICKET, "version": 9, "tags": ["x"]}), "es").digest
    assert card(seen(), "es").digest != card(seen(ticket={**TICKET, "priority": "low"}), "es").digest


def test_what_is_left_of_a_card_is_one_line_that_says_where_its_ticket_went() -> None:
    left = moved_card({**TICKET, "team": "network"}, "C2", "en")

    assert left.text == "#4711 is now with network, in <#C2>."
    assert len(left.blocks) == 1
    assert not check_blocks(left.blocks, "message")


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


@pytest.mark.parametrize(
    ("callback", "said"),
    [
        (
            {"state": "scheduled", "attempt": 0, "next_at": "2026-11-30T15:00:00Z"},
            "*Llamada pendiente:* <!date^1796050800^",
        ),
        ({"state": "scheduled", "attempt": 1, "next_at": "2026-11-30T15:00:00Z"}, "UTC> · intento 2"),
        ({"state": "talking", "attempt": 2, "next_at": "2026-11-30T15:00:00Z"}, "*Llamada pendiente:* ahora mismo"),
    ],
)
def test_a_card_says_when_its_customer_is_called_back(callback: dict[str, Any], said: str) -> None:
    assert said in "\n".join(texts(card(seen(ticket={**TICKET, "callback": callback}), "es").blocks))

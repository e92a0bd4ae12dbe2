"""Which status follows from what happens."""

import pytest

from tickets.domain.lifecycle import status_after_agent_reply, status_after_customer_message, why_not
from ventanilla_contracts.words import STATUSES


@pytest.mark.parametrize(
    ("before", "after"),
    [("new", "new"), ("open", "open"), ("pending", "open"), ("on_hold", "open"), ("solved", "open")],
)
def test_a_customers_message_makes_a_ticket_live_again(before: str, after: str) -> None:
    assert status_after_customer_message(before) == after


def test_an_agents_reply_opens_a_new_ticket_and_leaves_others_unless_told() -> None:
    assert status_after_agent_reply("new", None) == "open"
    assert status_after_agent_reply("pending", None) == "pending"
    assert status_after_agent_reply("new", "solved") == "solved"


@pytest.mark.parametrize("wanted", [status for status in STATUSES if status != "closed"])
def test_closed_is_final_and_says_what_to_do(wanted: str) -> None:
    assert "open a new one" in (why_not("closed", wanted) or "")


@pytest.mark.parametrize("status", STATUSES)
def test_staying_is_always_allowed(status: str) -> None:
    assert why_not(status, status) is None


def test_nothing_becomes_new_again_and_nobody_invents_a_status() -> None:
    assert why_not("open", "new") == "a ticket cannot go from open to new"
    assert "on_hold" in (why_not("open", "sleeping") or "")

"""Which cards go first where Slack lets only some of them go."""

from typing import Any

import pytest

from intake_chat.domain.slack.cards.haste import yields_seconds

RUNNING = {"first_response": {"state": "running", "due_at": None}}
LATE = {"resolution": {"state": "breached_open", "due_at": None}, "update": {"state": "none", "due_at": None}}


def test_the_more_urgent_a_ticket_is_the_sooner_its_card_goes() -> None:
    yields = [
        yields_seconds({"priority": one, "service_level": RUNNING}) for one in ("urgent", "high", "normal", "low")
    ]

    assert yields == sorted(yields)
    assert len(set(yields)) == 4
    assert yields[0] == 0
    assert yields[-1] <= 60


@pytest.mark.parametrize("level", [None, {}, {"policy": None}])
def test_a_card_yields_to_nobody_once_a_clock_was_broken(level: dict[str, Any] | None) -> None:
    assert yields_seconds({"priority": "low", "service_level": LATE}) == 0
    assert yields_seconds({"priority": "low", "service_level": level}) > 0

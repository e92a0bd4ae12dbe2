"""Messages in quarantine as agents see them in Slack."""

import json
from typing import Any

import pytest

from intake_chat.domain.slack.dialogs import quarantine


def item(**more: Any) -> dict[str, Any]:
    return {
        "id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "state": "waiting",
        "reason": "denied",
        "channel": "slack",
        "account": "T0DESK/C0HELP",
        "sender": {"name": "John Smith", "address": "T0DESK/U0JOHN"},
        "subject": "Hello",
        "text": "Hello there",
        "quarantined_at": "2026-11-28T07:00:00Z",
        **more,
    }


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({}, {"type": "channel", "channel_id": "C0HELP"}),
        ({"account": "T0DESK/D0JOHN"}, {"type": "text", "text": "direct message to the desk"}),
        ({"channel": "email", "account": "help@desk.example"}, {"type": "text", "text": "help@desk.example"}),
    ],
)
def test_where_it_was_sent_to_is_said_as_people_call_it(more: dict[str, Any], place: dict[str, str]) -> None:
    view = quarantine.deciding(item(**more), "release", "en")

    elements = view["blocks"][0]["elements"][0]["elements"]
    assert place in elements
    if more.get("channel") != "email":
        assert "T0DESK" not in json.dumps(view["blocks"])

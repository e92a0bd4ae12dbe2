"""The dialog in which an agent answers a customer, and what was written in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack.words import word

Json = dict[str, Any]
CALLBACK: Final = "compose"
TEXT, STATUS = "text", "status"
_STATUSES: Final = ("pending", "open", "solved")


@dataclass(frozen=True, slots=True)
class Composed:
    """What an agent wants to say.

    Attributes:
        version: of the ticket that they saw.
    """

    ticket: int
    version: int
    text: str
    status: str


def composer(ticket: Mapping[str, Any], language: str) -> Json:
    """The dialog for a ticket."""
    requester = ticket["requester"]
    goes = word(
        "composer.sent_by",
        language,
        channel=word(f"channel.{ticket['channel']}", language),
        name=str(requester.get("name") or "?")[:100],
    )
    private = {"ticket": ticket["number"], "version": ticket["version"]}
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(private),
        "title": _plain(f"{word('composer.title', language)} #{ticket['number']}"[:24]),
        "submit": _plain(word("composer.send", language)),
        "close": _plain(word("composer.cancel", language)),
        "notify_on_close": False,
        "blocks": [
            {"type": "context", "elements": [_plain(goes)]},
            {
                "type": "input",
                "block_id": TEXT,
                "label": _plain(word("composer.text", language)),
                "element": {
                    "type": "plain_text_input", "action_id": TEXT, "multiline": True, "max_length": 3000,
                    "focus_on_load": True,
                },
            },
            {
                "type": "input",
                "block_id": STATUS,
                "label": _plain(word("composer.status", language)),
                "element": {
                    "type": "static_select",
                    "action_id": STATUS,
                    "initial_option": _option(_STATUSES[0], language),
                    "options": [_option(status, language) for status in _STATUSES],
                },
            },
        ],
    }  # fmt: skip


def composed(view: Mapping[str, Any]) -> Composed:
    """What was written in the dialog.

    Raises:
        KeyError, TypeError, ValueError: this is no dialog of ours.
    """
    private = json.loads(view["private_metadata"])
    values = view["state"]["values"]
    return Composed(
        ticket=int(private["ticket"]),
        version=int(private["version"]),
        text=str(values[TEXT][TEXT]["value"] or "").strip(),
        status=str(values[STATUS][STATUS]["selected_option"]["value"]),
    )


def _option(status: str, language: str) -> Json:
    return {"text": _plain(word(f"status.{status}", language)), "value": status}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}

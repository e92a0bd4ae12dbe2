"""Small dialogs that every dialog of the desk needs: loading, a sentence instead, and an answer that keeps the text."""

import json
from collections.abc import Mapping
from typing import Any, Final

from intake_chat.domain.slack.interaction_words import said

Json = dict[str, Any]
_LONGEST_ERROR: Final = 1_500
_KEPT: Final = ("type", "callback_id", "private_metadata", "title", "submit", "close", "blocks", "notify_on_close",
                "clear_on_close", "external_id")  # fmt: skip
AGAIN: Final = "again"
"""Callback id of a dialog in place of which is shown what its button asks for."""
PROBLEM: Final = "problem"
"""Block id of the sentence that says what is wrong in a dialog without fields."""


def loading(language: str, title: str = "") -> Json:
    """What stands while the desk is asked: opened at once, for Slack does not wait."""
    return notice(said("loading", language), language, title)


def notice_to_ask_again(text: str, language: str, action: str, value: str) -> Json:
    """A dialog that says why nothing is shown, with a button that asks the same once more, in its place.

    Args:
        action, value: of what was pressed.
    """
    button = {"type": "button", "action_id": action, "text": plain(said("again", language))}
    if value:
        button["value"] = value[:2_000]
    view = notice(text, language) | {"callback_id": AGAIN}
    return {**view, "blocks": [*view["blocks"], {"type": "actions", "block_id": AGAIN, "elements": [button]}]}


def asked_in(view: Mapping[str, Any] | None) -> str:
    """The id of the dialog whose button asks again, if a view is one; else ""."""
    return str((view or {}).get("id") or "") if (view or {}).get("callback_id") == AGAIN else ""


def notice(text: str, language: str, title: str = "") -> Json:
    """A dialog that only says something."""
    return {
        "type": "modal",
        "title": plain((title or said("title", language))[:24]),
        "close": plain(said("close", language)),
        "blocks": [{"type": "section", "text": plain(text[:3_000])}],
    }


def refusal(view: Mapping[str, Any], text: str, block: str = "") -> Json:
    """The answer to a submission that keeps the dialog open with all that was written, and says why.

    Args:
        block: where the sentence stands; by default at the first field.
    """
    fields = [each["block_id"] for each in view.get("blocks") or () if each.get("type") == "input"]
    at = block if block in fields else next(iter(fields), None)
    if at is not None:
        return {"response_action": "errors", "errors": {at: text[:_LONGEST_ERROR]}}
    return said_above(view, text)


def said_above(view: Mapping[str, Any], text: str, private: Mapping[str, Any] | None = None) -> Json:
    """The answer that shows a dialog again under a sentence; what was written stays, for its fields keep their names.

    Args:
        private: what the dialog keeps from now on; None: what it kept.
    """
    blocks = [each for each in view.get("blocks") or () if each.get("block_id") != PROBLEM]
    sentence = {"type": "section", "block_id": PROBLEM, "text": plain(f"⚠ {text}"[:3_000])}
    kept = {name: view[name] for name in _KEPT if view.get(name) not in (None, "")}
    if private is not None:
        kept["private_metadata"] = json.dumps(private, ensure_ascii=False, separators=(",", ":"))
    return {"response_action": "update", "view": {**kept, "blocks": [sentence, *blocks][:100]}}


def plain(text: str) -> Json:
    """A text in which Slack reads no markup, no mention, no link, no emoji code."""
    return {"type": "plain_text", "text": text, "emoji": False}

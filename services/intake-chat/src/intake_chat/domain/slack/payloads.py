"""What comes over HTTP with Slack's signature, read: an event's envelope, or the payload of an interaction.

Whoever has the secret may still send what makes no sense. It is told apart here, before anybody relies on its form;
fields that Slack adds are let through.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from intake_chat.domain.slack.events import EVENT_CALLBACK
from intake_chat.domain.slack.json_text import read

Json = dict[str, Any]
URL_VERIFICATION: Final = "url_verification"
_MOST_FIELDS: Final = 100
"""A command has fifteen."""
_OF_EVENTS: Final = frozenset(
    {"event", "authorizations", "item", "assistant_thread", "previous_message", "function_data", "inputs"}
)
"""Nothing that a person does is told by these; they are read out of events only."""
_NAMED: Final = ("team", "user", "channel", "enterprise")
_OBJECTS: Final = ("view", "message", "container")


class Senseless(ValueError):
    """Signed, but nothing that Slack sends; the text says what it must be."""


def envelope_of(body: bytes) -> Json:
    """The envelope of an event, or of the check of the address.

    Raises:
        Senseless: it is none.
    """
    envelope = _object(body, "the body")
    kind = envelope.get("type")
    if not isinstance(kind, str):
        raise Senseless("the JSON object must have a type, as Slack's envelopes have")
    if kind == URL_VERIFICATION and not isinstance(envelope.get("challenge"), str):
        raise Senseless("url_verification must have a challenge")
    event = envelope.get("event")
    if kind == EVENT_CALLBACK and not (isinstance(event, dict) and isinstance(event.get("type"), str)):
        raise Senseless("event_callback must have an event with a type")
    return envelope


def interaction_of(body: bytes) -> Json | None:
    """What somebody pressed, submitted, chose or commanded; None: Slack only looks whether somebody is there.

    Raises:
        Senseless: it is nothing of the kind.
    """
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Senseless("the body must be a form in UTF-8, as Slack sends it") from error
    form = dict(fields)
    if len(form) != len(fields):
        raise Senseless("a field of the form is there twice")
    if form.get("ssl_check") == "1":
        return None
    if "payload" not in form:
        if not form.get("command", "").startswith("/"):
            raise Senseless("the form must have a payload, or a command that begins with /")
        return dict(form)
    payload = _object(form["payload"].encode(), "payload")
    kind = payload.get("type")
    if not isinstance(kind, str):
        raise Senseless("payload must have a type")
    _must_be_shaped(payload)
    if not _NEEDS.get(kind, _anything)(payload):
        raise Senseless(f"payload is no {kind} as Slack sends it")
    return {name: value for name, value in payload.items() if name not in _OF_EVENTS}


def _object(text: bytes, what: str) -> Json:
    try:
        found = read(text)
    except ValueError as error:
        raise Senseless(f"{what} must be JSON in UTF-8") from error
    if not isinstance(found, dict):
        raise Senseless(f"{what} must be a JSON object")
    return found


def _must_be_shaped(payload: Mapping[str, Any]) -> None:
    wrong = [name for name in _NAMED if not isinstance(payload.get(name), dict | str | None)]
    wrong += [name for name in _OBJECTS if not isinstance(payload.get(name), dict | None)]
    urls = payload.get("response_urls", [])
    if not isinstance(urls, list) or not all(isinstance(one, dict) for one in urls):
        wrong.append("response_urls")
    if wrong:
        raise Senseless(f"{wrong[0]} in payload is not what Slack sends")


def _anything(_payload: Mapping[str, Any]) -> bool:
    """Kinds that the desk has no use for are let go, not refused: Slack has more of them each year."""
    return True


def _has_actions(payload: Mapping[str, Any]) -> bool:
    actions = payload.get("actions")
    return isinstance(actions, list) and bool(actions) and all(_names(one, "action_id") for one in actions)


def _has_view(payload: Mapping[str, Any]) -> bool:
    return _names(payload.get("view"), "callback_id") and _names(payload.get("view"), "id")


def _has_callback(payload: Mapping[str, Any]) -> bool:
    return _names(payload, "callback_id")


def _has_action(payload: Mapping[str, Any]) -> bool:
    return _names(payload, "action_id")


def _names(value: Any, name: str) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get(name), str)


_NEEDS: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    "block_actions": _has_actions,
    "view_submission": _has_view,
    "view_closed": _has_view,
    "shortcut": _has_callback,
    "message_action": _has_callback,
    "block_suggestion": _has_action,
}

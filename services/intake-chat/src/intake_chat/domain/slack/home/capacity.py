"""The dialog in which an agent says how much they can hold at once, by channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack.blocks import modal, text_field
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.words import word

Json = dict[str, Any]
CALLBACK: Final = "home_capacity"
MOST: Final = 1_000
_ALWAYS: Final = ("default", "email", "slack")


@dataclass(frozen=True, slots=True)
class NoNumber:
    """The field in which no number stands that can be."""

    field: str


def capacity_dialog(capacity: Mapping[str, Any], language: str) -> Json:
    """The dialog with what is set now."""
    names = list(dict.fromkeys([*_ALWAYS, *sorted(capacity)]))[:20]
    fields = [
        text_field(
            name,
            home_word("capacity.field", language, channel=_channel(name, language)),
            most=4,
            initial=str(capacity.get(name, "")),
            optional=True,
        )
        for name in names
    ]
    return modal(
        home_word("capacity.title", language),
        fields,
        close=home_word("capacity.cancel", language),
        submit=home_word("capacity.save", language),
        callback=CALLBACK,
    )


def wanted_capacity(view: Mapping[str, Any]) -> dict[str, int] | NoNumber:
    """Channel (or `default`) → how many at once; a field that was emptied is not in it.

    Raises:
        KeyError, TypeError: it is no dialog of ours.
    """
    found: dict[str, int] = {}
    for name, fields in view["state"]["values"].items():
        text = str(fields[name].get("value") or "").strip()
        if not text:
            continue
        if not text.isascii() or not text.isdigit() or int(text) > MOST:
            return NoNumber(str(name))
        found[str(name)] = int(text)
    return found


def _channel(name: str, language: str) -> str:
    return home_word("capacity.default", language) if name == "default" else word(f"channel.{name}", language)

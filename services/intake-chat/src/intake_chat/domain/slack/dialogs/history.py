"""What happened to a ticket, a page at a time: who did what, when, by which way and why; the newest first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import HISTORY
from intake_chat.domain.slack.dialogs.frames import sheet
from intake_chat.domain.slack.dialogs.leafing import Leaf, turns
from intake_chat.domain.slack.dialogs.reasons import reason_in_words
from intake_chat.domain.slack.dialogs.words import knows, term

Json = dict[str, Any]
ON_A_PAGE: Final = 20
_HIDDEN: Final = frozenset({"message", "via", "field", "old", "new", "key", "event"})
_WORDED: Final = frozenset({"status", "priority", "channel", "clock", "type"})
_LONGEST_DETAIL: Final = 400
_LONGEST_WHY: Final = 600


def view(leaf: Leaf, entries: Sequence[Mapping[str, Any]], language: str, page: str | None = None) -> Json:
    """One page of a ticket's history, the newest first.

    Args:
        entries: all of it, oldest first, as the API lists it.
    """
    last = max(0, (len(entries) - 1) // ON_A_PAGE)
    here = Leaf(leaf.ticket, min(leaf.page, last))
    first = here.page * ON_A_PAGE
    shown = [_entry(entry, language) for entry in entries[::-1][first : first + ON_A_PAGE]]
    if not shown:
        shown.append(blocks.sentence(term("history.empty", language)))
    return sheet(
        HISTORY, leaf.ticket, [*shown, *turns(HISTORY, here, language, more=here.page < last)], language, page=page
    )


def _entry(entry: Mapping[str, Any], language: str) -> Json:
    actor = _actor(str(entry["actor"]), language)
    via = str(entry.get("via") or "")
    by = f"{actor} ({_way(via, language)})" if via else actor
    parts = [
        blocks.moment(datetime.fromisoformat(str(entry["at"]))),
        blocks.words("  "),
        blocks.bold(_did(str(entry["action"]), language)),
        blocks.words(f" · {blocks.cut(by, 200)}"),
    ]
    detail = _detail(entry.get("detail") or {}, language)
    if detail:
        parts.append(blocks.words(f"\n{blocks.cut(detail, _LONGEST_DETAIL)}"))
    if why := str(entry.get("why") or "").strip():
        said = reason_in_words(str(entry["action"]), why, language)
        parts.append(blocks.words(f"\n{blocks.cut(said, _LONGEST_WHY)}"))
    return blocks.spoken(*parts)


def _did(action: str, language: str) -> str:
    return term(f"did.{action}", language) if knows(f"did.{action}") else action


def _actor(actor: str, language: str) -> str:
    kind, _, name = actor.partition(":")
    return name or (term(f"actor.{kind}", language) if knows(f"actor.{kind}") else kind)


def _way(via: str, language: str) -> str:
    """By which way somebody came: the medium, not the ids that it names people by."""
    return term(f"channel.{via.partition(':')[0]}", language)


def _detail(detail: Mapping[str, Any], language: str) -> str:
    parts = []
    if "field" in detail:
        field = str(detail["field"])
        old, new = (_worded(field, detail.get(key), language) for key in ("old", "new"))
        parts.append(f"{_field(field, language)}: {old} → {new}")
    parts += [
        f"{_field(key, language)}: {_worded(key, value, language)}"
        for key, value in detail.items()
        if key not in _HIDDEN and value not in (None, "", [], {})
    ]
    return " · ".join(parts)


def _worded(field: str, value: Any, language: str) -> str:
    """A value as people say it, where there are words for it; else as it is."""
    return term(f"{field}.{value}", language) if field in _WORDED and value else _value(value)


def _field(name: str, language: str) -> str:
    return term(f"field.{name}", language) if knows(f"field.{name}") else name.replace("_", " ")


def _value(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(one)}" for key, one in list(value.items())[:10])
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value[:10])
    return blocks.cut(" ".join(str(value).split()), 160)

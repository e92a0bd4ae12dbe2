"""Blocks of dialogs within Slack's limits: what is too long is cut, what is too much is left out with a word about it.

Slack refuses a whole view for one text that is empty or too long, so nothing here makes one. Texts of others go into
plain text and rich text only, in which Slack reads no markup, no mention and no link of its own making.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

Json = dict[str, Any]

LONGEST_TEXT: Final = 3_000
LONGEST_OPTION: Final = 75
MOST_BLOCKS: Final = 100
MOST_OPTIONS: Final = 100
_LONGEST_TITLE: Final = 24
_LONGEST_QUOTE: Final = 2_800
_MOST_BYTES: Final = 200_000
"""Slack takes 250 KB; how it counts letters beyond ASCII is not written down, so a fifth is left."""
_FIELDS: Final = frozenset({"input", "actions"})
_EMPTY: Final = "—"


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose."""

    text: str
    value: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What somebody is asked before a button does what it says."""

    title: str
    text: str
    yes: str
    no: str


def cut(text: str, most: int) -> str:
    """A text of at most so many characters; what was longer ends in three dots."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(text: str, most: int = LONGEST_TEXT) -> Json:
    """A text in which Slack reads nothing; a dash where it is empty."""
    return {"type": "plain_text", "text": cut(text, most) if text.strip() else _EMPTY, "emoji": False}


def sentence(text: str, accessory: Json | None = None, *, name: str = "") -> Json:
    """A paragraph, with a button beside it if one is given."""
    return _section(plain(text), accessory, name)


def marked(text: str, accessory: Json | None = None, *, name: str = "") -> Json:
    """A paragraph of our own words in Slack's markup; whatever of others stands in it was escaped."""
    return _section({"type": "mrkdwn", "text": cut(text, LONGEST_TEXT) or _EMPTY, "verbatim": True}, accessory, name)


def small(*texts: str) -> Json:
    """Small print."""
    return {"type": "context", "elements": [plain(text) for text in texts[:10]]}


def header(text: str) -> Json:
    """A heading."""
    return {"type": "header", "text": plain(text, 150)}


def divider() -> Json:
    """A line across."""
    return {"type": "divider"}


def quoted(text: str) -> Json:
    """Words of somebody else."""
    return _rich("rich_text_quote", text)


def preformatted(text: str) -> Json:
    """Lines whose columns stand below one another."""
    return _rich("rich_text_preformatted", text)


def spoken(*elements: Json) -> Json:
    """A paragraph of `bold`, `words` and `moment`."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def words(text: str) -> Json:
    """A part of `spoken`."""
    return {"type": "text", "text": cut(text, _LONGEST_QUOTE) or _EMPTY}


def channel(id_: str) -> Json:
    """A part of `spoken`: a channel by the name that it has, for whoever may see it."""
    return {"type": "channel", "channel_id": id_}


def bold(text: str) -> Json:
    """A part of `spoken` that stands out."""
    return {**words(text), "style": {"bold": True}}


def moment(at: datetime) -> Json:
    """A part of `spoken`: a time as each reader's Slack shows it, in their zone."""
    utc = at.astimezone(UTC)
    return {
        "type": "date",
        "timestamp": int(utc.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": f"{utc:%Y-%m-%d %H:%M} UTC",
    }


def text_field(
    name: str,
    label: str,
    *,
    lines: bool = False,
    most: int = LONGEST_TEXT,
    initial: str = "",
    hint: str = "",
    optional: bool = False,
) -> Json:
    """A field for words; `name` is its block id and its action id, as for all fields."""
    element: Json = {"type": "plain_text_input", "multiline": lines, "max_length": min(most, LONGEST_TEXT)}
    if initial.strip():
        element["initial_value"] = cut(initial, min(most, LONGEST_TEXT))
    return _field(name, label, element, hint, optional=optional)


def choice(
    name: str, label: str, options: Sequence[Option], *, initial: str = "", hint: str = "", optional: bool = False
) -> Json:
    """A field in which one of some options is chosen; of more than a hundred the rest is left out."""
    offered = [_option(one) for one in options[:MOST_OPTIONS]]
    element: Json = {"type": "static_select", "options": offered}
    chosen = next((one for one in offered if one["value"] == initial), None)
    if chosen is not None:
        element["initial_option"] = chosen
    return _field(name, label, element, hint, optional=optional)


def choices(name: str, label: str, options: Sequence[Option], *, hint: str = "") -> Json:
    """A field in which some of the options are chosen, one at least."""
    element = {"type": "multi_static_select", "options": [_option(one) for one in options[:MOST_OPTIONS]]}
    return _field(name, label, element, hint)


def search_field(name: str, action: str, label: str, placeholder: str, *, hint: str = "") -> Json:
    """A field whose options the desk is asked for while somebody types."""
    element = {"type": "external_select", "min_query_length": 0, "placeholder": plain(placeholder, 150)}
    return _field(name, label, element, hint, action=action)


def person_field(name: str, label: str, *, hint: str = "") -> Json:
    """A field in which somebody of Slack is chosen."""
    return _field(name, label, {"type": "users_select"}, hint)


def time_field(name: str, label: str, *, hint: str = "", initial: datetime | None = None) -> Json:
    """A field for a date and a time, which may stay empty."""
    element: Json = {"type": "datetimepicker"}
    if initial is not None:
        element["initial_date_time"] = int(initial.timestamp())
    return _field(name, label, element, hint, optional=True)


def ticks(name: str, label: str, options: Sequence[Option], *, ticked: Sequence[str] = ()) -> Json:
    """A field of boxes to tick, none of which must be."""
    offered = [_option(one) for one in options[:10]]
    element: Json = {"type": "checkboxes", "options": offered}
    initial = [one for one in offered if one["value"] in ticked]
    if initial:
        element["initial_options"] = initial
    return _field(name, label, element, optional=True)


def button(
    action: str, text: str, value: str = "", *, style: str = "", url: str = "", confirm: Confirmation | None = None
) -> Json:
    """A button, for `buttons` or beside a paragraph."""
    made: Json = {"type": "button", "action_id": action, "text": plain(text, LONGEST_OPTION)}
    made |= {key: given for key, given in (("value", value[:2_000]), ("style", style), ("url", url)) if given}
    if confirm is not None:
        made["confirm"] = {
            "title": plain(confirm.title, 100),
            "text": plain(confirm.text, 300),
            "confirm": plain(confirm.yes, 30),
            "deny": plain(confirm.no, 30),
        }
    return made


def buttons(name: str, made: Sequence[Json]) -> Json:
    """A row of buttons."""
    return {"type": "actions", "block_id": name, "elements": list(made[:25])}


def modal(
    title: str,
    blocks: Sequence[Json],
    *,
    close: str,
    submit: str = "",
    callback: str = "",
    private: Mapping[str, Any] | None = None,
    rest: Json | None = None,
) -> Json:
    """A dialog that Slack takes whatever stands in it.

    Args:
        private: what the desk wants to know again when it is submitted.
        rest: stands where paragraphs had to be left out.
    """
    view: Json = {
        "type": "modal",
        "title": plain(title, _LONGEST_TITLE),
        "close": plain(close, _LONGEST_TITLE),
        "blocks": fitted(blocks, rest),
    }
    if submit:
        view["submit"] = plain(submit, _LONGEST_TITLE)
    if callback:
        view["callback_id"] = callback
    if private is not None:
        view["private_metadata"] = json.dumps(private, separators=(",", ":"))
    return view


def fitted(blocks: Sequence[Json], rest: Json | None = None) -> list[Json]:
    """As many blocks as Slack takes: fields and buttons stay, the last paragraphs go."""
    left = [block for block in blocks if block]
    sizes = [_size(block) for block in left]
    if len(left) <= MOST_BLOCKS and sum(sizes) <= _MOST_BYTES:
        return left
    gone = 0
    for position in range(len(left) - 1, -1, -1):
        if len(left) + 1 <= MOST_BLOCKS and sum(sizes) + _LONGEST_QUOTE <= _MOST_BYTES:
            break
        if left[position]["type"] not in _FIELDS:
            del left[position], sizes[position]
            gone = position
    if rest is not None:
        left.insert(gone, rest)
    return left[:MOST_BLOCKS]


def _section(text: Json, accessory: Json | None, name: str) -> Json:
    made: Json = {"type": "section", "text": text}
    if accessory is not None:
        made["accessory"] = accessory
    if name:
        made["block_id"] = name
    return made


def _rich(kind: str, text: str) -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": [words(text)]}]}


def _field(name: str, label: str, element: Json, hint: str = "", *, optional: bool = False, action: str = "") -> Json:
    made: Json = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 2_000),
        "element": {**element, "action_id": action or name},
        "optional": optional,
    }
    if hint:
        made["hint"] = plain(hint, 2_000)
    return made


def _option(option: Option) -> Json:
    made: Json = {"text": plain(option.text, LONGEST_OPTION), "value": option.value[:150] or _EMPTY}
    if option.description.strip():
        made["description"] = plain(option.description, LONGEST_OPTION)
    return made


def options(found: Sequence[Option]) -> list[Json]:
    """Options as an answer to somebody who types in a `search_field`."""
    return [_option(one) for one in found[:MOST_OPTIONS]]


def _size(block: Json) -> int:
    return len(json.dumps(block, ensure_ascii=False, separators=(",", ":")).encode())

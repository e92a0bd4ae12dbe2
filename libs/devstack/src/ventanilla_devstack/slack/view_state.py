"""What a person has filled in: the state of each input, what a form starts with, and what Slack itself refuses.

Shapes follow `state.values` in Slack's interaction payloads.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ventanilla_devstack.slack.block_elements import INPUTS, option_list
from ventanilla_devstack.slack.blocks import elements_of
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import Json

Values = dict[str, dict[str, Json]]

_VALUE_KEY = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", ""),
}
_LISTS = frozenset({"checkboxes", "file_input", *(kind for kind in _VALUE_KEY if kind.startswith("multi_"))})
_OPTION_KINDS = frozenset(
    {"radio_buttons", "checkboxes", "static_select", "multi_static_select", "external_select", "multi_external_select"}
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
STATEFUL = frozenset(_VALUE_KEY)
_REQUIRED = "Please complete this required field."


def state_key(kind: str) -> str:
    """The field that holds what was chosen or typed, by kind of element."""
    return _VALUE_KEY[kind][0]


def initial_state(element: Json) -> Json:
    """What an input holds before anybody touches it."""
    key, initial = _VALUE_KEY[element["type"]]
    empty: Any = [] if element["type"] in _LISTS else None
    return {"type": element["type"], key: element.get(initial) or empty}


def stateful(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Blocks and their elements that keep a state."""
    for block in blocks:
        for element in elements_of(block):
            if element.get("type") in INPUTS:
                yield block, element


def current_values(blocks: Iterable[Json], filled: Values) -> Values:
    """`state.values`: what was filled in, and what the rest started with."""
    values: Values = {}
    for block, element in stateful(blocks):
        name, action = block["block_id"], element["action_id"]
        known = filled.get(name, {}).get(action)
        state = known if known is not None and known["type"] == element["type"] else initial_state(element)
        values.setdefault(name, {})[action] = state
    return values


def filled_state(element: Json, value: Any, suggested: Iterable[Json] = ()) -> Json:
    """The state of an input after somebody chose or typed something.

    Args:
        value: the text, date, id, or the `value` of an option; several as a list where several are allowed.
        suggested: options that the app answered for an external select.

    Raises:
        Refused: `no_such_option`: nobody could have chosen this.
    """
    kind = element["type"]
    key = state_key(kind)
    if value is None or value == "" or value == []:
        return {"type": kind, key: [] if kind in _LISTS else None}
    if kind in _OPTION_KINDS:
        offered = {option.get("value"): option for option in (*option_list(element), *suggested)}
        wanted = value if isinstance(value, list) else [value]
        if any(each not in offered for each in wanted):
            raise Refused("no_such_option")
        chosen = [_kept_option(offered[each]) for each in wanted]
        return {"type": kind, key: chosen if kind in _LISTS else chosen[0]}
    if kind in _LISTS and not isinstance(value, list):
        value = [value]
    return {"type": kind, key: value}


def _kept_option(option: Json) -> Json:
    return {key: option[key] for key in ("text", "value", "description") if key in option}


def missing_answers(blocks: list[Json], values: Values) -> dict[str, str]:
    """What Slack refuses before it asks the app, by block id: empty required fields, lengths, addresses, numbers."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            state = values[block["block_id"]][element["action_id"]]
            problem = _problem(element, state[state_key(element["type"])], optional=bool(block.get("optional")))
            if problem:
                errors[block["block_id"]] = problem
    return errors


def _problem(element: Json, value: Any, *, optional: bool) -> str:
    kind = element["type"]
    if value in (None, "", []):
        return "" if optional else _REQUIRED
    if kind == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"Must be at least {element['min_length']} characters."
        if len(value) > element.get("max_length", 3000):
            return f"Must be at most {element.get('max_length', 3000)} characters."
    if kind == "email_text_input" and not _MAIL.fullmatch(value):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not value.startswith(("http://", "https://")):
        return "Please enter a valid URL."
    if kind == "number_input" and not re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        return "Please enter a valid number."
    return ""

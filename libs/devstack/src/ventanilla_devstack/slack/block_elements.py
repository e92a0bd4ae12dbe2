"""What an element of a block must be: buttons, selects, inputs, and the objects in them (options, confirmations).

Limits from Slack's reference (docs.slack.dev/reference/block-kit), held against slack_sdk's models by a test.
"""

import re
from collections.abc import Callable
from typing import Any

from ventanilla_devstack.slack.block_checks import (
    EITHER,
    PLAIN,
    Problems,
    check_enum,
    check_flag,
    check_keys,
    check_list,
    check_optional_string,
    check_string,
    check_text,
    check_url,
    check_whole,
)
from ventanilla_devstack.slack.records import Json

SINGLE_SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
MULTI_SELECTS = tuple(f"multi_{kind}" for kind in SINGLE_SELECTS)
TEXT_INPUTS = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
PICKERS = ("datepicker", "timepicker", "datetimepicker")
CHOICES = ("radio_buttons", "checkboxes")
INPUTS = frozenset((*SINGLE_SELECTS, *MULTI_SELECTS, *TEXT_INPUTS, *PICKERS, *CHOICES, "rich_text_input", "file_input"))
IN_ACTIONS = frozenset((*SINGLE_SELECTS, *PICKERS, *CHOICES, "button", "overflow", "workflow_button", "icon_button"))
IN_SECTION = frozenset(
    (
        *SINGLE_SELECTS,
        *MULTI_SELECTS,
        *CHOICES,
        "datepicker",
        "timepicker",
        "button",
        "overflow",
        "image",
        "workflow_button",
    )
)
INTERACTIVE = frozenset((*INPUTS, "button", "overflow", "workflow_button", "icon_button", "feedback_buttons"))

_OPTIONS, _GROUPS, _CHOICES, _OVERFLOW = 100, 100, 10, 5
_INPUT_TEXT = 3000


def check_element(element: Json, pointer: str, problems: Problems) -> None:
    """Add what is wrong with an element; its kind is known to be allowed where it stands."""
    kind = element["type"]
    check_optional_string(element, "action_id", pointer, problems, 255)
    check_flag(element, "focus_on_load", pointer, problems)
    if element.get("confirm") is not None:
        _check_confirmation(element["confirm"], f"{pointer}/confirm", problems)
    if element.get("placeholder") is not None:
        check_text(element["placeholder"], f"{pointer}/placeholder", problems, longest=150, kinds=PLAIN)
    checks = _CHECKS.get(kind)
    if checks is not None:
        checks(element, pointer, problems)


def _check_button(element: Json, pointer: str, problems: Problems) -> None:
    known = ("action_id", "url", "value", "style", "confirm", "accessibility_label")
    if check_keys(element, pointer, problems, required=("text",), known=known):
        check_text(element["text"], f"{pointer}/text", problems, longest=75, kinds=PLAIN)
    if element.get("url") is not None:
        check_url(element["url"], f"{pointer}/url", problems)
    check_optional_string(element, "value", pointer, problems, 2000)
    check_optional_string(element, "accessibility_label", pointer, problems, 75)
    check_enum(element, "style", pointer, problems, ("primary", "danger"))


def _check_workflow_button(element: Json, pointer: str, problems: Problems) -> None:
    known = ("action_id", "style", "accessibility_label")
    if check_keys(element, pointer, problems, required=("text", "workflow"), known=known):
        check_text(element["text"], f"{pointer}/text", problems, longest=75, kinds=PLAIN)


def _check_image(element: Json, pointer: str, problems: Problems) -> None:
    known = ("image_url", "slack_file", "image_width", "image_height", "image_bytes", "fallback")
    check_keys(element, pointer, problems, required=("alt_text",), known=known)
    if (element.get("image_url") is None) == (element.get("slack_file") is None):
        problems.add("must provide either image_url or slack_file", pointer)
    elif element.get("image_url") is not None:
        check_url(element["image_url"], f"{pointer}/image_url", problems)
    check_optional_string(element, "alt_text", pointer, problems, 2000)


def _check_overflow(element: Json, pointer: str, problems: Problems) -> None:
    if check_keys(element, pointer, problems, required=("options",), known=("action_id", "confirm")):
        _check_options(element["options"], f"{pointer}/options", problems, longest=_OVERFLOW, kinds=PLAIN)


def _check_choices(element: Json, pointer: str, problems: Problems) -> None:
    known = ("action_id", "initial_option", "initial_options", "confirm", "focus_on_load")
    if check_keys(element, pointer, problems, required=("options",), known=known):
        _check_options(element["options"], f"{pointer}/options", problems, longest=_CHOICES, kinds=EITHER)
        _check_initial(element, pointer, problems)


def _check_static_select(element: Json, pointer: str, problems: Problems) -> None:
    known = ("action_id", "placeholder", "options", "option_groups", "initial_option", "initial_options", "confirm")
    check_keys(element, pointer, problems, required=(), known=(*known, "focus_on_load", "max_selected_items"))
    options, groups = element.get("options"), element.get("option_groups")
    if (options is None) == (groups is None):
        problems.add("must provide either options or option_groups", pointer)
    elif options is not None:
        _check_options(options, f"{pointer}/options", problems, longest=_OPTIONS, kinds=PLAIN)
    else:
        for number, group in enumerate(check_list(groups, f"{pointer}/option_groups", problems, longest=_GROUPS)):
            _check_group(group, f"{pointer}/option_groups/{number}", problems)
    check_whole(element, "max_selected_items", pointer, problems, 1, _OPTIONS)
    _check_initial(element, pointer, problems)


def _check_external_select(element: Json, pointer: str, problems: Problems) -> None:
    known = ("action_id", "placeholder", "min_query_length", "initial_option", "initial_options", "confirm")
    check_keys(element, pointer, problems, required=(), known=(*known, "focus_on_load", "max_selected_items"))
    check_whole(element, "min_query_length", pointer, problems, 0, _INPUT_TEXT)
    check_whole(element, "max_selected_items", pointer, problems, 1, _OPTIONS)


def _check_id_select(element: Json, pointer: str, problems: Problems) -> None:
    kind = element["type"].removeprefix("multi_").removesuffix("s_select")
    known = ("action_id", "placeholder", f"initial_{kind}", f"initial_{kind}s", "confirm", "focus_on_load", "filter")
    more = ("max_selected_items", "response_url_enabled", "default_to_current_conversation")
    check_keys(element, pointer, problems, required=(), known=(*known, *more))
    check_whole(element, "max_selected_items", pointer, problems, 1, _OPTIONS)


def _check_text_input(element: Json, pointer: str, problems: Problems) -> None:
    known: tuple[str, ...] = (
        "action_id",
        "placeholder",
        "initial_value",
        "dispatch_action_config",
        "focus_on_load",
    )
    if element["type"] == "number_input":
        known = (*known, "min_value", "max_value")
        if check_keys(element, pointer, problems, required=("is_decimal_allowed",), known=known):
            check_flag(element, "is_decimal_allowed", pointer, problems)
        return
    if element["type"] == "plain_text_input":
        known = (*known, "multiline", "min_length", "max_length")
    check_keys(element, pointer, problems, required=(), known=known)
    check_optional_string(element, "initial_value", pointer, problems, _INPUT_TEXT)
    check_flag(element, "multiline", pointer, problems)
    check_whole(element, "min_length", pointer, problems, 0, _INPUT_TEXT)
    check_whole(element, "max_length", pointer, problems, 1, _INPUT_TEXT)


def _check_picker(element: Json, pointer: str, problems: Problems) -> None:
    known = ("action_id", "placeholder", "initial_date", "initial_time", "initial_date_time", "timezone", "confirm")
    check_keys(element, pointer, problems, required=(), known=(*known, "focus_on_load"))
    date, time, moment = (element.get(f"initial_{key}") for key in ("date", "time", "date_time"))
    if date is not None and not (isinstance(date, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", date)):
        problems.add("must be a date in the format YYYY-MM-DD", f"{pointer}/initial_date")
    if time is not None and not (isinstance(time, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", time)):
        problems.add("must be a time in the format HH:mm", f"{pointer}/initial_time")
    if moment is not None and not (isinstance(moment, int) and 0 <= moment <= 9_999_999_999):
        problems.add("must be a timestamp of ten digits", f"{pointer}/initial_date_time")


def _check_file_input(element: Json, pointer: str, problems: Problems) -> None:
    check_keys(element, pointer, problems, required=(), known=("action_id", "filetypes", "max_files"))
    check_whole(element, "max_files", pointer, problems, 1, 10)


def _check_options(value: Any, pointer: str, problems: Problems, *, longest: int, kinds: tuple[str, ...]) -> None:
    for number, option in enumerate(check_list(value, pointer, problems, longest=longest)):
        _check_option(option, f"{pointer}/{number}", problems, kinds)


def _check_option(option: Any, pointer: str, problems: Problems, kinds: tuple[str, ...]) -> None:
    if not isinstance(option, dict):
        problems.add("must provide an object", pointer)
        return
    if check_keys(option, pointer, problems, required=("text",), known=("value", "description", "url")):
        check_text(option["text"], f"{pointer}/text", problems, longest=75, kinds=kinds)
    # Overflow options may carry only an address; all others are told apart by their value.
    if option.get("value") is None and option.get("url") is None:
        problems.add("missing required field: value", pointer)
    check_optional_string(option, "value", pointer, problems, 150)
    if option.get("description") is not None:
        check_text(option["description"], f"{pointer}/description", problems, longest=75, kinds=EITHER)


def _check_group(group: Any, pointer: str, problems: Problems) -> None:
    if not isinstance(group, dict):
        problems.add("must provide an object", pointer)
    elif check_keys(group, pointer, problems, required=("label", "options"), known=()):
        check_text(group["label"], f"{pointer}/label", problems, longest=75, kinds=PLAIN)
        _check_options(group["options"], f"{pointer}/options", problems, longest=_OPTIONS, kinds=PLAIN)


def _check_initial(element: Json, pointer: str, problems: Problems) -> None:
    offered = option_list(element)
    chosen = element.get("initial_options") or ([element["initial_option"]] if element.get("initial_option") else [])
    if not isinstance(chosen, list):
        problems.add("must provide an array", f"{pointer}/initial_options")
        return
    values = [option.get("value") for option in offered]
    for option in chosen:
        if not isinstance(option, dict) or option.get("value") not in values:
            problems.add("initial option must be one of the options", pointer)


def _check_confirmation(value: Any, pointer: str, problems: Problems) -> None:
    if not isinstance(value, dict):
        problems.add("must provide an object", pointer)
        return
    limits = {"title": (100, PLAIN), "text": (300, EITHER), "confirm": (30, PLAIN), "deny": (30, PLAIN)}
    check_keys(value, pointer, problems, required=tuple(limits), known=("style",))
    for key, (longest, kinds) in limits.items():
        if value.get(key) is not None:
            check_text(value[key], f"{pointer}/{key}", problems, longest=longest, kinds=kinds)
    check_enum(value, "style", pointer, problems, ("primary", "danger"))


def option_list(element: Json) -> list[Json]:
    """All options of an element, those of its groups too."""
    groups = element.get("option_groups")
    lists: list[Any] = [element.get("options")]
    lists += [group.get("options") for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    return [option for options in lists if isinstance(options, list) for option in options if isinstance(option, dict)]


def check_suggestions(answer: Json) -> list[str]:
    """What is wrong with the options that an app answers for an external select; empty if nothing."""
    problems = Problems()
    if "option_groups" in answer:
        for number, group in enumerate(
            check_list(answer["option_groups"], "/option_groups", problems, longest=_GROUPS)
        ):
            _check_group(group, f"/option_groups/{number}", problems)
    else:
        options = check_list(answer.get("options"), "/options", problems, longest=_OPTIONS, shortest=0)
        for number, option in enumerate(options):
            _check_option(option, f"/options/{number}", problems, PLAIN)
    return problems.found


def check_feedback(element: Json, pointer: str, problems: Problems) -> None:
    """The pair of buttons under an answer of an assistant."""
    known = ("action_id",)
    if check_keys(element, pointer, problems, required=("positive_button", "negative_button"), known=known):
        for key in ("positive_button", "negative_button"):
            button = element[key]
            if isinstance(button, dict):
                check_text(button.get("text"), f"{pointer}/{key}/text", problems, longest=75, kinds=PLAIN)
                check_string(button.get("value"), f"{pointer}/{key}/value", problems, longest=2000)


_CHECKS: dict[str, Callable[[Json, str, Problems], None]] = {
    "button": _check_button,
    "workflow_button": _check_workflow_button,
    "image": _check_image,
    "overflow": _check_overflow,
    "static_select": _check_static_select,
    "multi_static_select": _check_static_select,
    "external_select": _check_external_select,
    "multi_external_select": _check_external_select,
    "file_input": _check_file_input,
    "feedback_buttons": check_feedback,
    **dict.fromkeys(CHOICES, _check_choices),
    **dict.fromkeys(TEXT_INPUTS, _check_text_input),
    **dict.fromkeys(PICKERS, _check_picker),
    **{
        f"{many}{kind}_select": _check_id_select
        for many in ("", "multi_")
        for kind in ("users", "conversations", "channels")
    },
}

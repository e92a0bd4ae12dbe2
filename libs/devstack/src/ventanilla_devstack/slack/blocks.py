"""Whether blocks and views are what Slack takes: kinds by surface, required fields, limits of lengths and counts.

Each problem names its place by a JSON pointer, as Slack's `response_metadata.messages` do.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Literal

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
)
from ventanilla_devstack.slack.block_elements import IN_ACTIONS, IN_SECTION, INPUTS, INTERACTIVE, check_element
from ventanilla_devstack.slack.ids import new_block_id
from ventanilla_devstack.slack.records import Json

Surface = Literal["message", "modal", "home"]

BLOCKS_IN_MESSAGE, BLOCKS_IN_VIEW = 50, 100
TEXT_IN_MESSAGE_BLOCKS = 12_000
VIEW_BYTES = 250 * 1024
_EVERYWHERE = frozenset({"section", "divider", "image", "actions", "context", "header", "input", "rich_text", "video"})
_BY_SURFACE: dict[Surface, frozenset[str]] = {
    "message": _EVERYWHERE | {"file", "markdown", "context_actions", "table"},
    "modal": _EVERYWHERE,
    "home": _EVERYWHERE,
}
_RICH_PARTS = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
_VIEW_KEYS = ("callback_id", "private_metadata", "external_id", "clear_on_close", "notify_on_close", "submit_disabled")


def check_blocks(blocks: Any, surface: Surface, pointer: str = "/blocks") -> list[str]:
    """What is wrong with a list of blocks; empty if Slack would take it."""
    problems = Problems()
    most = BLOCKS_IN_MESSAGE if surface == "message" else BLOCKS_IN_VIEW
    listed = check_list(blocks, pointer, problems, longest=most, shortest=0)
    for number, block in enumerate(listed[:most]):
        _check_block(block, f"{pointer}/{number}", surface, problems)
    _check_block_ids(listed, pointer, problems)
    return problems.found


def check_view(view: Any, kind: Surface) -> list[str]:
    """What is wrong with a modal or a Home; empty if Slack would take it."""
    problems = Problems()
    if not isinstance(view, dict):
        return ["must provide an object [json-pointer:/view]"]
    if view.get("type") != kind:
        problems.add(f"must be a valid enum value: {kind}", "/view/type")
    known = _VIEW_KEYS if kind == "home" else (*_VIEW_KEYS, "close", "submit")
    required = ("blocks",) if kind == "home" else ("blocks", "title")
    check_keys(view | {"blocks": view.get("blocks") or None}, "/view", problems, required=required, known=known)
    for key in ("title", "close", "submit"):
        if kind == "modal" and view.get(key) is not None:
            check_text(view[key], f"/view/{key}", problems, longest=24, kinds=PLAIN)
    check_optional_string(view, "private_metadata", "/view", problems, 3000)
    check_optional_string(view, "callback_id", "/view", problems, 255)
    check_optional_string(view, "external_id", "/view", problems, 255)
    for key in ("clear_on_close", "notify_on_close"):
        check_flag(view, key, "/view", problems)
    blocks = view.get("blocks")
    if isinstance(blocks, list):
        problems.found.extend(check_blocks(blocks, kind, "/view/blocks"))
        has_inputs = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
        if kind == "modal" and has_inputs and view.get("submit") is None:
            problems.add("missing required field: submit", "/view")
    return problems.found


def view_bytes(view: Json) -> int:
    """The size of a view as Slack counts it."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


def text_length(blocks: Any) -> int:
    """The characters of all texts in some blocks."""
    if isinstance(blocks, list):
        return sum(text_length(part) for part in blocks)
    if isinstance(blocks, dict):
        own = len(blocks["text"]) if isinstance(blocks.get("text"), str) else 0
        return own + sum(text_length(part) for part in blocks.values())
    return 0


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks as Slack keeps them: with names for what had none, and the defaults of texts written out."""
    kept = deepcopy(blocks)
    for block in kept:
        block.setdefault("block_id", new_block_id())
        for element in elements_of(block):
            if element.get("type") in INTERACTIVE:
                element.setdefault("action_id", new_block_id())
        if block["type"] == "input":
            block.setdefault("optional", False)
            block.setdefault("dispatch_action", False)
        if block["type"] != "rich_text":
            _write_out_texts(block)
    return kept


def elements_of(block: Json) -> Iterator[Json]:
    """The elements of a block, wherever its kind keeps them."""
    if block.get("type") in ("actions", "context", "context_actions"):
        elements = block.get("elements")
        yield from (
            element for element in (elements if isinstance(elements, list) else []) if isinstance(element, dict)
        )
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict):
            yield block[key]


def find_element(blocks: list[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json] | None:
    """The block and the element with an action id; the first one if no block is named."""
    for block in blocks:
        if block_id is None or block.get("block_id") == block_id:
            for element in elements_of(block):
                if element.get("action_id") == action_id:
                    return block, element
    return None


def _write_out_texts(part: Any) -> None:
    if isinstance(part, list):
        for each in part:
            _write_out_texts(each)
    elif isinstance(part, dict):
        if part.get("type") == "plain_text":
            part.setdefault("emoji", True)
        elif part.get("type") == "mrkdwn":
            part.setdefault("verbatim", False)
        for value in part.values():
            _write_out_texts(value)


def _check_block(block: Any, pointer: str, surface: Surface, problems: Problems) -> None:
    if not isinstance(block, dict):
        problems.add("must provide an object", pointer)
        return
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in _BY_SURFACE[surface]:
        problems.add(f"unsupported type: {kind}", f"{pointer}/type")
        return
    check_optional_string(block, "block_id", pointer, problems, 255)
    _CHECKS[kind](block, pointer, problems)
    seen: set[str] = set()
    for element in elements_of(block):
        action = element.get("action_id")
        if isinstance(action, str):
            if action in seen:
                problems.add(f"`action_id` {action} already exists", f"{pointer}/elements")
            seen.add(action)
        if element.get("type") == "file_input" and surface != "modal":
            problems.add("unsupported type: file_input", pointer)


def _check_block_ids(blocks: list[Any], pointer: str, problems: Problems) -> None:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        name = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(name, str) and name:
            if name in seen:
                problems.add(f"`block_id` {name} already exists", f"{pointer}/{number}/block_id")
            seen.add(name)


def _check_section(block: Json, pointer: str, problems: Problems) -> None:
    check_keys(block, pointer, problems, required=(), known=("block_id", "text", "fields", "accessory", "expand"))
    if block.get("text") is None and not block.get("fields"):
        problems.add("must provide either text or fields", pointer)
    if block.get("text") is not None:
        check_text(block["text"], f"{pointer}/text", problems, longest=3000)
    if block.get("fields") is not None:
        for number, text in enumerate(check_list(block["fields"], f"{pointer}/fields", problems, longest=10)):
            check_text(text, f"{pointer}/fields/{number}", problems, longest=2000)
    if block.get("accessory") is not None:
        _check_placed(block["accessory"], IN_SECTION, f"{pointer}/accessory", problems)
    check_flag(block, "expand", pointer, problems)


def _check_actions(block: Json, pointer: str, problems: Problems) -> None:
    check_keys(block, pointer, problems, required=("elements",), known=("block_id",))
    for number, element in enumerate(check_list(block.get("elements"), f"{pointer}/elements", problems, longest=25)):
        _check_placed(element, IN_ACTIONS, f"{pointer}/elements/{number}", problems)


def _check_context_actions(block: Json, pointer: str, problems: Problems) -> None:
    check_keys(block, pointer, problems, required=("elements",), known=("block_id",))
    allowed = frozenset({"feedback_buttons", "icon_button"})
    for number, element in enumerate(check_list(block.get("elements"), f"{pointer}/elements", problems, longest=5)):
        _check_placed(element, allowed, f"{pointer}/elements/{number}", problems)


def _check_context(block: Json, pointer: str, problems: Problems) -> None:
    check_keys(block, pointer, problems, required=("elements",), known=("block_id",))
    for number, element in enumerate(check_list(block.get("elements"), f"{pointer}/elements", problems, longest=10)):
        place = f"{pointer}/elements/{number}"
        if isinstance(element, dict) and element.get("type") in EITHER:
            check_text(element, place, problems, longest=3000)
        else:
            _check_placed(element, frozenset({"image"}), place, problems)


def _check_input(block: Json, pointer: str, problems: Problems) -> None:
    known = ("block_id", "hint", "optional", "dispatch_action")
    if check_keys(block, pointer, problems, required=("label", "element"), known=known):
        check_text(block["label"], f"{pointer}/label", problems, longest=2000, kinds=PLAIN)
        _check_placed(block["element"], INPUTS, f"{pointer}/element", problems)
    if block.get("hint") is not None:
        check_text(block["hint"], f"{pointer}/hint", problems, longest=2000, kinds=PLAIN)
    check_flag(block, "optional", pointer, problems)
    check_flag(block, "dispatch_action", pointer, problems)


def _check_header(block: Json, pointer: str, problems: Problems) -> None:
    if check_keys(block, pointer, problems, required=("text",), known=("block_id", "level")):
        check_text(block["text"], f"{pointer}/text", problems, longest=150, kinds=PLAIN)


def _check_image(block: Json, pointer: str, problems: Problems) -> None:
    known = ("block_id", "title", "image_url", "slack_file", "image_width", "image_height", "image_bytes", "fallback")
    check_keys(block, pointer, problems, required=("alt_text",), known=(*known, "is_animated"))
    if (block.get("image_url") is None) == (block.get("slack_file") is None):
        problems.add("must provide either image_url or slack_file", pointer)
    elif block.get("image_url") is not None:
        check_url(block["image_url"], f"{pointer}/image_url", problems)
    check_optional_string(block, "alt_text", pointer, problems, 2000)
    if block.get("title") is not None:
        check_text(block["title"], f"{pointer}/title", problems, longest=2000, kinds=PLAIN)


def _check_divider(block: Json, pointer: str, problems: Problems) -> None:
    check_keys(block, pointer, problems, required=(), known=("block_id",))


def _check_markdown(block: Json, pointer: str, problems: Problems) -> None:
    if check_keys(block, pointer, problems, required=("text",), known=("block_id",)):
        check_string(block["text"], f"{pointer}/text", problems, longest=12_000)


def _check_file(block: Json, pointer: str, problems: Problems) -> None:
    check_keys(block, pointer, problems, required=("external_id", "source"), known=("block_id",))
    check_enum(block, "source", pointer, problems, ("remote",))


def _check_video(block: Json, pointer: str, problems: Problems) -> None:
    required = ("alt_text", "title", "thumbnail_url", "video_url")
    known = ("block_id", "author_name", "description", "provider_icon_url", "provider_name", "title_url")
    if check_keys(block, pointer, problems, required=required, known=known):
        check_text(block["title"], f"{pointer}/title", problems, longest=200, kinds=PLAIN)
    check_optional_string(block, "author_name", pointer, problems, 50)


def _check_table(block: Json, pointer: str, problems: Problems) -> None:
    check_keys(block, pointer, problems, required=("rows",), known=("block_id", "column_settings"))
    for number, row in enumerate(check_list(block.get("rows"), f"{pointer}/rows", problems, longest=100)):
        check_list(row, f"{pointer}/rows/{number}", problems, longest=20)


def _check_rich_text(block: Json, pointer: str, problems: Problems) -> None:
    check_keys(block, pointer, problems, required=("elements",), known=("block_id",))
    for number, part in enumerate(
        check_list(block.get("elements"), f"{pointer}/elements", problems, longest=1000, shortest=0)
    ):
        if not isinstance(part, dict) or part.get("type") not in _RICH_PARTS:
            problems.add(f"must be a valid enum value: {', '.join(_RICH_PARTS)}", f"{pointer}/elements/{number}/type")


def _check_placed(element: Any, allowed: frozenset[str], pointer: str, problems: Problems) -> None:
    if not isinstance(element, dict):
        problems.add("must provide an object", pointer)
    elif not isinstance(element.get("type"), str) or element["type"] not in allowed:
        problems.add(f"unsupported type: {element.get('type')}", f"{pointer}/type")
    else:
        check_element(element, pointer, problems)


_CHECKS = {
    "section": _check_section,
    "divider": _check_divider,
    "image": _check_image,
    "actions": _check_actions,
    "context": _check_context,
    "context_actions": _check_context_actions,
    "header": _check_header,
    "input": _check_input,
    "rich_text": _check_rich_text,
    "video": _check_video,
    "file": _check_file,
    "markdown": _check_markdown,
    "table": _check_table,
}

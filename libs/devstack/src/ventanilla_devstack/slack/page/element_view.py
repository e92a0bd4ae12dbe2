"""The interactive elements of blocks as HTML controls. Their `data-` attributes tell `page.js` what to do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ventanilla_devstack.slack.page.mrkdwn import Drawing, draw_text
from ventanilla_devstack.slack.page.tags import Child, Html, tag
from ventanilla_devstack.slack.records import Json
from ventanilla_devstack.slack.view_state import initial_state, state_key

Values = dict[str, dict[str, Json]]


def plain(text: Any) -> str:
    """The words of a text object."""
    return str(text.get("text", "")) if isinstance(text, dict) else ""


def draw_element(drawing: Drawing, block: Json, element: Json, values: Values, place: str, label: str = "") -> Html:
    """An element as a control.

    Args:
        values: what is filled in so far.
        place: what tells this message or view from others, for ids.
        label: what it is called where nothing beside it says so; "" if a label points at it.
    """
    kind = element["type"]
    marks = _marks(block, element, place)
    if kind == "button" or kind == "workflow_button":
        return _button(element, marks)
    if kind == "image":
        return tag("img", src=element.get("image_url"), alt=element["alt_text"], class_="thumb", loading="lazy")
    if kind == "overflow":
        return _overflow(drawing, element, marks)
    state = values.get(block["block_id"], {}).get(element["action_id"]) or initial_state(element)
    current = state.get(state_key(kind))
    if label or block["type"] != "input":
        marks["aria_label"] = label or plain(element.get("placeholder")) or drawing.words("choose")
    if kind in ("radio_buttons", "checkboxes"):
        return _choices(drawing, element, marks, current)
    if kind.endswith("_select"):
        return _select(drawing, element, marks, current)
    if kind == "file_input":
        return _files(element, marks, current)
    return _input(element, marks, current)


def _marks(block: Json, element: Json, place: str) -> dict[str, Any]:
    name = f"{block['block_id']}/{element.get('action_id', '')}"
    return {
        "id": f"{place}-{name}-{element.get('value', '') if element['type'] == 'button' else ''}",
        "name": name,
        "data_action": element.get("action_id"),
        "data_block": block["block_id"],
        "data_tells": "yes" if block["type"] != "input" or block.get("dispatch_action") else None,
        "aria_describedby": f"{place}-{block['block_id']}-note" if block["type"] == "input" else None,
    }


def _confirm(element: Json) -> str | None:
    asked = element.get("confirm")
    return f"{plain(asked.get('title'))}\n\n{plain(asked.get('text'))}" if isinstance(asked, dict) else None


def _button(element: Json, marks: dict[str, Any]) -> Html:
    style = element.get("style", "")
    words = plain(element["text"])
    address = element.get("url")
    return tag(
        "button",
        words,
        type="button",
        class_=f"block-button {style}".strip(),
        data_do="press",
        data_value=element.get("value"),
        data_url=address if str(address or "").startswith(("http://", "https://")) else None,
        data_confirm=_confirm(element),
        aria_label=element.get("accessibility_label"),
        **{key: value for key, value in marks.items() if key not in ("name", "aria_describedby", "data_tells")},
    )


def _overflow(drawing: Drawing, element: Json, marks: dict[str, Any]) -> Html:
    entries = [
        tag(
            "button",
            plain(option["text"]),
            type="button",
            role="menuitem",
            data_do="press",
            data_value=option.get("value"),
            data_action=marks["data_action"],
            data_block=marks["data_block"],
            data_confirm=_confirm(element),
            id=f"{marks['id']}{number}",
        )
        for number, option in enumerate(element["options"])
    ]
    summary = tag("summary", "⋯", aria_label=drawing.words("more"))
    return tag("details", summary, tag("div", entries, role="menu"), class_="overflow")


def _choices(drawing: Drawing, element: Json, marks: dict[str, Any], current: Any) -> Html:
    chosen = current if isinstance(current, list) else [current] if current else []
    values = {option.get("value") for option in chosen}
    kind = "radio" if element["type"] == "radio_buttons" else "checkbox"
    entries: list[Child] = []
    for number, option in enumerate(element["options"]):
        own = f"{marks['id']}{number}"
        box = tag(
            "input",
            type=kind,
            value=option.get("value"),
            checked=option.get("value") in values,
            data_do="choose" if marks["data_tells"] else None,
            **marks | {"id": own, "aria_label": None},
        )
        note = tag("small", plain(option["description"])) if option.get("description") else None
        entries.append(tag("label", box, " ", draw_text(drawing, plain(option["text"])), note, for_=own))
    return tag("fieldset", tag("legend", marks.get("aria_label", ""), class_="hidden"), entries, class_="choices")


def _select(drawing: Drawing, element: Json, marks: dict[str, Any], current: Any) -> Html:
    kind: str = element["type"]
    many = kind.startswith("multi_")
    chosen = current if isinstance(current, list) else [current] if current else []
    values = {each.get("value") if isinstance(each, dict) else each for each in chosen}
    entries: list[Child] = (
        [] if many else [tag("option", plain(element.get("placeholder")) or drawing.words("choose"), value="")]
    )
    entries += _entries(drawing, element, values, chosen)
    marks = {**marks, "data_do": "choose" if marks["data_tells"] else None}
    select = tag("select", entries, multiple=many, size=min(max(len(entries), 2), 6) if many else None, **marks)
    if not kind.endswith("external_select"):
        return select
    search = tag(
        "input",
        type="search",
        class_="search",
        id=f"{marks['id']}-search",
        placeholder=drawing.words("search"),
        aria_label=drawing.words("search"),
        data_do="suggest",
        data_action=marks["data_action"],
        data_block=marks["data_block"],
        data_least=element.get("min_query_length", 3),
    )
    return tag("span", search, select, class_="external")


def _entries(drawing: Drawing, element: Json, values: set[Any], chosen: list[Any]) -> list[Child]:
    kind = element["type"].removeprefix("multi_")
    workspace = drawing.workspace
    if kind == "users_select":
        people = [user for user in workspace.users.values() if not user.deleted and user.membership != "bot"]
        return [tag("option", user.real_name, value=user.id, selected=user.id in values) for user in people]
    if kind in ("conversations_select", "channels_select"):
        seen = [each for each in workspace.channels.values() if each.kind in ("public", "private")]
        mine = [each for each in seen if each.kind == "public" or drawing.viewer.id in each.members]
        return [tag("option", f"#{each.name}", value=each.id, selected=each.id in values) for each in mine]
    if kind == "external_select":
        return [tag("option", plain(each["text"]), value=each["value"], selected=True) for each in chosen]
    if element.get("option_groups"):
        return [
            tag("optgroup", [_option(option, values) for option in group["options"]], label=plain(group["label"]))
            for group in element["option_groups"]
        ]
    return [_option(option, values) for option in element.get("options", [])]


def _option(option: Json, values: set[Any]) -> Html:
    return tag("option", plain(option["text"]), value=option.get("value"), selected=option.get("value") in values)


def _files(element: Json, marks: dict[str, Any], current: Any) -> Html:
    """Files are handed over as soon as they are chosen; what was handed over stands below the field."""
    kinds = ",".join(f".{kind}" for kind in element.get("filetypes", []))
    many = element.get("max_files", 10) > 1
    field = tag("input", type="file", multiple=many, accept=kinds or None, **marks | {"data_do": "hand_over"})
    names = [tag("li", str(file.get("title") or file.get("name"))) for file in current or []]
    return tag("span", field, tag("ul", names, class_="files") if names else None)


def _input(element: Json, marks: dict[str, Any], current: Any) -> Html:
    kind = element["type"]
    more: dict[str, Any] = {
        "placeholder": plain(element.get("placeholder")) or None,
        "data_do": "choose" if marks["data_tells"] else None,
        "autofocus": bool(element.get("focus_on_load")),
    }
    if kind == "plain_text_input" and element.get("multiline"):
        return tag("textarea", str(current or ""), rows=5, maxlength=element.get("max_length"), **marks | more)
    make: Callable[[], tuple[str, str]] = {
        "datepicker": lambda: ("date", str(current or "")),
        "timepicker": lambda: ("time", str(current or "")),
        "datetimepicker": lambda: ("datetime-local", _moment(current)),
        "email_text_input": lambda: ("email", str(current or "")),
        "url_text_input": lambda: ("url", str(current or "")),
        "number_input": lambda: ("text", str(current or "")),
    }.get(kind, lambda: ("text", str(current or "")))
    shown, value = make()
    return tag("input", type=shown, value=value, maxlength=element.get("max_length"), **marks | more)


def _moment(seconds: Any) -> str:
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%dT%H:%M}" if isinstance(seconds, int) else ""  # noqa: DTZ006  # the browser's own

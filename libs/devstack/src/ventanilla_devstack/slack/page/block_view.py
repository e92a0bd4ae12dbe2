"""Block Kit drawn as HTML, for messages, modals and Homes."""

from collections.abc import Callable
from typing import Any

from ventanilla_devstack.slack.page.element_view import Values, draw_element, plain
from ventanilla_devstack.slack.page.mrkdwn import Drawing, draw_text, tag_text
from ventanilla_devstack.slack.page.rich_text import draw_rich_text
from ventanilla_devstack.slack.page.tags import Child, Html, tag
from ventanilla_devstack.slack.records import Json


def draw_blocks(
    drawing: Drawing,
    blocks: list[Json],
    *,
    place: str,
    values: Values | None = None,
    errors: dict[str, str] | None = None,
) -> Html:
    """All blocks of one message or view.

    Args:
        place: what tells it from others, for ids.
        values: what is filled in so far.
        errors: sentences beside inputs, by block id.
    """
    drawn = [
        _draw(drawing, block, place, values or {}, (errors or {}).get(block.get("block_id", ""), ""))
        for block in blocks
    ]
    return tag("div", drawn, class_="blocks")


def _draw(drawing: Drawing, block: Json, place: str, values: Values, error: str) -> Html:
    draw = _DRAWN.get(block["type"])
    if draw is not None:
        return draw(drawing, block, place, values)
    if block["type"] == "input":
        return _draw_input(drawing, block, place, values, error)
    return tag("div", f"[{block['type']}]", class_="block unknown")


def text_of(drawing: Drawing, text: Any) -> Html:
    """A text object: markup drawn, plain text as it is."""
    if not isinstance(text, dict):
        return Html("")
    if text.get("type") == "mrkdwn":
        return draw_text(drawing, plain(text))
    return tag("span", tag_text(plain(text)), class_="text")


def _draw_section(drawing: Drawing, block: Json, place: str, values: Values) -> Html:
    inside: list[Child] = []
    if block.get("text"):
        inside.append(tag("div", text_of(drawing, block["text"]), class_="section-text"))
    if block.get("fields"):
        inside.append(tag("div", [tag("div", text_of(drawing, each)) for each in block["fields"]], class_="fields"))
    accessory = block.get("accessory")
    beside = (
        tag("div", draw_element(drawing, block, accessory, values, place), class_="accessory") if accessory else None
    )
    return tag("div", tag("div", inside, class_="section-body"), beside, class_="block section")


def _draw_header(drawing: Drawing, block: Json, _place: str, _values: Values) -> Html:
    return tag("h3", text_of(drawing, block["text"]), class_="block header")


def _draw_divider(_drawing: Drawing, _block: Json, _place: str, _values: Values) -> Html:
    return tag("hr", class_="block")


def _draw_context(drawing: Drawing, block: Json, _place: str, _values: Values) -> Html:
    drawn: list[Child] = [
        tag("img", src=element.get("image_url"), alt=element["alt_text"], class_="small", loading="lazy")
        if element["type"] == "image"
        else tag("span", text_of(drawing, element))
        for element in block["elements"]
    ]
    return tag("div", drawn, class_="block context")


def _draw_actions(drawing: Drawing, block: Json, place: str, values: Values) -> Html:
    drawn = [draw_element(drawing, block, element, values, place) for element in block["elements"]]
    return tag("div", drawn, class_="block actions", role="group")


def _draw_image(_drawing: Drawing, block: Json, _place: str, _values: Values) -> Html:
    title = tag("figcaption", plain(block["title"])) if block.get("title") else None
    picture = tag("img", src=block.get("image_url"), alt=block["alt_text"], loading="lazy")
    return tag("figure", title, picture, class_="block image")


def _draw_rich(drawing: Drawing, block: Json, _place: str, _values: Values) -> Html:
    return tag("div", draw_rich_text(drawing, block), class_="block")


def _draw_markdown(_drawing: Drawing, block: Json, _place: str, _values: Values) -> Html:
    return tag("div", tag_text(block["text"]), class_="block markdown")


def _draw_table(drawing: Drawing, block: Json, _place: str, _values: Values) -> Html:
    def cell(each: Json) -> Html:
        return tag(
            "td", draw_rich_text(drawing, each) if each.get("type") == "rich_text" else str(each.get("text", ""))
        )

    return tag("table", [tag("tr", [cell(each) for each in row]) for row in block["rows"]], class_="block")


def _draw_input(drawing: Drawing, block: Json, place: str, values: Values, error: str) -> Html:
    element = block["element"]
    note = f"{place}-{block['block_id']}-note"
    marks = f"{place}-{block['block_id']}/{element.get('action_id', '')}-"
    words: list[Child] = [tag_text(plain(block["label"]))]
    if block.get("optional"):
        words.append(tag("small", f" {drawing.words('optional')}"))
    grouped = element["type"] in ("radio_buttons", "checkboxes")
    label = plain(block["label"]) if grouped else ""
    control = draw_element(drawing, block, element, values, place, label)
    hint = tag("small", text_of(drawing, block.get("hint")), class_="hint") if block.get("hint") else None
    told = tag("p", drawing.words.get(error) or error, class_="error", role="alert") if error else None
    return tag(
        "div",
        tag("span", words, class_="label") if grouped else tag("label", words, for_=marks),
        control,
        tag("div", hint, told, id=note),
        class_="block input invalid" if error else "block input",
    )


_DRAWN: dict[str, Callable[[Drawing, Json, str, Values], Html]] = {
    "section": _draw_section,
    "header": _draw_header,
    "divider": _draw_divider,
    "context": _draw_context,
    "actions": _draw_actions,
    "image": _draw_image,
    "rich_text": _draw_rich,
    "markdown": _draw_markdown,
    "table": _draw_table,
}

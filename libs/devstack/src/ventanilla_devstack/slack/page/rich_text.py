"""Rich text blocks, which people's messages are made of, drawn as HTML."""

from ventanilla_devstack.slack.page.mrkdwn import (
    Drawing,
    draw_channel,
    draw_date,
    draw_emoji,
    draw_link,
    draw_mention,
    tag_text,
)
from ventanilla_devstack.slack.page.tags import Child, Html, tag
from ventanilla_devstack.slack.records import Json

_STYLES = {"bold": "strong", "italic": "em", "strike": "s", "code": "code"}
_DEEPEST = 8


def draw_rich_text(drawing: Drawing, block: Json) -> Html:
    """A rich text block."""
    return tag("div", [_part(drawing, part, 0) for part in block.get("elements", [])], class_="rich")


def _part(drawing: Drawing, part: Json, depth: int) -> Html:
    if depth > _DEEPEST:
        return Html("")
    inside: list[Child] = []
    for element in part.get("elements", []):
        deeper = str(element.get("type", "")).startswith("rich_text")
        inside.append(_part(drawing, element, depth + 1) if deeper else _element(drawing, element))
    kind = part.get("type")
    if kind == "rich_text_list":
        return tag("ol" if part.get("style") == "ordered" else "ul", [tag("li", item) for item in inside])
    if kind == "rich_text_quote":
        return tag("blockquote", inside)
    if kind == "rich_text_preformatted":
        return tag("pre", inside)
    return tag("span", inside, class_="text")


def _element(drawing: Drawing, element: Json) -> Html:
    kind = element.get("type")
    if kind == "user":
        drawn = draw_mention(drawing, str(element.get("user_id")))
    elif kind == "channel":
        drawn = draw_channel(drawing, str(element.get("channel_id")))
    elif kind == "link":
        drawn = draw_link(str(element.get("url")), str(element.get("text") or ""))
    elif kind == "emoji":
        drawn = draw_emoji(str(element.get("name")))
    elif kind == "broadcast":
        drawn = tag("span", f"@{element.get('range')}", class_="mention")
    elif kind == "date":
        drawn = draw_date(
            drawing, f"!date^{element.get('timestamp')}^{element.get('format')}|{element.get('fallback', '')}"
        )
    else:
        drawn = Html(tag_text(str(element.get("text", ""))).replace("\n", "<br>"))
    style = element.get("style")
    for name, wanted in style.items() if isinstance(style, dict) else ():
        if wanted and name in _STYLES:
            drawn = tag(_STYLES[name], drawn)
    return drawn

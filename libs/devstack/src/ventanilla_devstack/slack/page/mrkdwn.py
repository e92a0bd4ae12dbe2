"""Slack's text markup drawn as HTML: bold, italic, code, quotes, links, mentions, dates, emoji. All else is text."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from html import escape, unescape
from pathlib import Path
from zoneinfo import ZoneInfo

from ventanilla_devstack.slack.page.tags import Child, Html, tag
from ventanilla_devstack.slack.page.words import Words
from ventanilla_devstack.slack.records import User
from ventanilla_devstack.slack.workspace import Workspace

EMOJI: Mapping[str, str] = json.loads(Path(__file__).with_name("emoji.json").read_text(encoding="utf-8"))
_ICONS: Mapping[str, str] = json.loads(Path(__file__).with_name("icons.json").read_text(encoding="utf-8"))
_PRE = re.compile(r"```\n?(.*?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_ANGLE = re.compile(r"<([^<>\n]{1,4000})>")
_ASIDE = "\ue000"  # a character that means nothing to anybody
_PUT_ASIDE = re.compile(f"{_ASIDE}(\\d+){_ASIDE}")
_EMOJI = re.compile(r":([a-z0-9_+'-]{1,60}):")
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])"), "strong"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])"), "em"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])"), "s"),
)
_SAFE = ("http://", "https://", "mailto:", "tel:")
_DATE = re.compile(r"!date\^(\d{1,12})\^([^|^]*)(?:\^([^|]*))?(?:\|(.*))?")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is needed to draw for somebody: who is who, their words, their time zone."""

    workspace: Workspace
    viewer: User
    words: Words

    def zone(self) -> ZoneInfo:
        """The viewer's time zone."""
        return ZoneInfo(self.viewer.tz)


def draw_text(drawing: Drawing, text: str) -> Html:
    """A mrkdwn text as HTML."""
    pieces: list[Child] = []
    position = 0
    for match in _PRE.finditer(text):
        pieces.append(_lines(drawing, text[position : match.start()]))
        pieces.append(tag("pre", unescape(match[1])))
        position = match.end()
    pieces.append(_lines(drawing, text[position:]))
    return Html("".join(str(piece) for piece in pieces))


def _lines(drawing: Drawing, text: str) -> Html:
    """Lines, those after `>` as quotes."""
    drawn: list[Child] = []
    quoted: list[Child] = []
    for number, line in enumerate(text.split("\n")):
        mark = next((mark for mark in ("&gt; ", "&gt;", "> ", ">") if line.startswith(mark)), "")
        if mark:
            quoted += [tag("br") if quoted else None, _inline(drawing, line.removeprefix(mark))]
            continue
        if quoted:
            drawn.append(tag("blockquote", list(quoted)))
            quoted.clear()
        elif number:
            drawn.append(tag("br"))
        drawn.append(_inline(drawing, line))
    if quoted:
        drawn.append(tag("blockquote", quoted))
    return tag("span", drawn, class_="text") if drawn else Html("")


def _inline(drawing: Drawing, text: str) -> Html:
    return _split(_CODE, text, lambda match: tag("code", unescape(match[1])), lambda rest: _angles(drawing, rest))


def _angles(drawing: Drawing, text: str) -> Html:
    """Links and mentions, which may stand inside of bold; what is inside of them is no markup."""
    found: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        found.append(match[1])
        return f"{_ASIDE}{len(found) - 1}{_ASIDE}"

    def draw_rest(rest: str) -> Html:
        return _split(_PUT_ASIDE, rest, lambda match: draw_angle(drawing, found[int(match[1])]), _emoji)

    return _styled(draw_rest, _ANGLE.sub(put_aside, text.replace(_ASIDE, "")))


def _emoji(text: str) -> Html:
    return _split(_EMOJI, text, lambda match: draw_emoji(match[1]), lambda rest: tag_text(unescape(rest)))


def _styled(draw_rest: Callable[[str], Html], text: str) -> Html:
    for pattern, name in _STYLES:
        if pattern.search(text):
            return _split(pattern, text, partial(_in_style, draw_rest, name), partial(_styled, draw_rest))
    return draw_rest(text)


def _in_style(draw_rest: Callable[[str], Html], name: str, match: re.Match[str]) -> Html:
    return tag(name, _styled(draw_rest, match[1]))


def tag_text(text: str) -> Html:
    """Text that is no markup."""
    return Html(escape(text, quote=False))


def _split(
    pattern: re.Pattern[str], text: str, found: Callable[[re.Match[str]], Html], rest: Callable[[str], Html]
) -> Html:
    pieces: list[str] = []
    position = 0
    for match in pattern.finditer(text):
        if match.start() > position:
            pieces.append(rest(text[position : match.start()]))
        pieces.append(found(match))
        position = match.end()
    if position < len(text):
        pieces.append(rest(text[position:]))
    return Html("".join(pieces))


def draw_emoji(name: str) -> Html:
    """An emoji by name: drawn by us where we can, because not every machine has a font; else a character."""
    if name in _ICONS:
        return tag("svg", Html(_ICONS[name]), class_="emoji", viewBox="0 0 20 20", role="img", aria_label=name)
    return tag("span", EMOJI[name], role="img", aria_label=name) if name in EMOJI else tag_text(f":{name}:")


def draw_angle(drawing: Drawing, inside: str) -> Html:
    """What stands between `<` and `>`: a mention, a date, or a link."""
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return draw_mention(drawing, target[1:])
    if target.startswith("#"):
        return draw_channel(drawing, target[1:], label)
    if inside.startswith("!date^"):
        return draw_date(drawing, inside)
    if target.startswith("!"):
        return tag("span", f"@{label or target[1:].partition('^')[0]}", class_="mention")
    return draw_link(unescape(target), unescape(label))


def draw_link(address: str, label: str = "") -> Html:
    """A link that opens elsewhere; anything that is no web, mail or phone address stays text."""
    if not address.lower().startswith(_SAFE):
        return tag_text(label or address)
    shown = label or address.removeprefix("mailto:")
    return tag("a", shown, href=address, target="_blank", rel="noopener noreferrer nofollow")


def draw_mention(drawing: Drawing, user_id: str) -> Html:
    """Somebody's name."""
    user = drawing.workspace.users.get(user_id)
    mine = " mine" if user_id == drawing.viewer.id else ""
    return tag("span", f"@{user.real_name if user else user_id}", class_=f"mention{mine}")


def draw_channel(drawing: Drawing, channel_id: str, label: str = "") -> Html:
    """A channel's name; a private one that the viewer is not in keeps it."""
    channel = drawing.workspace.channels.get(channel_id)
    if channel is None or (channel.kind != "public" and drawing.viewer.id not in channel.members):
        return tag("span", f"#{label or channel_id}", class_="mention")
    return tag("a", f"#{channel.name}", class_="mention", href=f"/?as={drawing.viewer.id}&in={channel.id}")


def draw_date(drawing: Drawing, inside: str) -> Html:
    """`!date^seconds^format^link|fallback` in the viewer's time zone."""
    match = _DATE.fullmatch(inside)
    if match is None:
        return tag_text(inside.rpartition("|")[2])
    at = datetime.fromtimestamp(int(match[1]), drawing.zone())
    text = re.sub(r"\{(\w+)\}", lambda part: _date_part(drawing, part[1], at), unescape(match[2]))
    shown = tag("time", text, datetime=at.isoformat(), title=unescape(match[4] or ""))
    link = unescape(match[3] or "")
    return tag("a", shown, href=link, target="_blank", rel="noopener") if link.startswith(_SAFE) else shown


def _date_part(drawing: Drawing, part: str, at: datetime) -> str:
    now = datetime.fromtimestamp(drawing.workspace.clock(), drawing.zone())
    if part == "time":
        return f"{at:%H:%M}"
    if part == "time_secs":
        return f"{at:%H:%M:%S}"
    if part == "date_num":
        return f"{at:%Y-%m-%d}"
    if part == "ago":
        minutes = int((now - at) / timedelta(minutes=1))
        return f"{minutes} min"
    if part.endswith("_pretty"):
        day = {0: "today", -1: "yesterday", 1: "tomorrow"}.get((at.date() - now.date()).days)
        if day:
            return drawing.words(day)
    if part.startswith("date"):
        return f"{at.day}/{at.month}/{at.year}" if drawing.words.language == "es" else f"{at:%b} {at.day}, {at.year}"
    return f"{{{part}}}"


def draw_time(drawing: Drawing, ts: str) -> Html:
    """When a message was written."""
    at = datetime.fromtimestamp(float(ts), drawing.zone())
    return tag("time", f"{at:%H:%M}", datetime=at.isoformat(timespec="seconds"))

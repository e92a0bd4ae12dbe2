"""App Home of an agent: what waits for them, how they stand, what they did today. Values in, one view out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from intake_chat.domain.slack.actions import CLAIM, RELEASE, REPLY
from intake_chat.domain.slack.blocks import (
    Option,
    button,
    buttons,
    cut,
    divider,
    fitted,
    header,
    marked,
    options,
    plain,
    sentence,
    small,
)
from intake_chat.domain.slack.home.queue_lines import due_words, lines_of
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.teams import own_teams
from intake_chat.domain.slack.words import word

Json = dict[str, Any]

ALL: Final = "all"
VIEWS: Final = ("mine", "unassigned", "waiting", "mentions", "paged")
AVAILABILITIES: Final = ("available", "busy", "away")
PRIORITIES: Final = ("urgent", "high", "normal", "low")
CHANNELS: Final = ("email", "slack", "webchat", "sms", "whatsapp", "voice")
_ASKED_FOR: Final = {"email": "email,portal,api"}
"""What the desk is asked for where an agent looks for a way by which customers are answered."""
AT_A_GLANCE: Final[Mapping[str, int]] = {"paged": 5, "mine": 10, "waiting": 8, "unassigned": 8, "mentions": 5}
"""Views in the order in which they stand below each other, with how many tickets of each are shown."""
PAGE: Final = 40
"""Tickets of a view that is shown alone; with head and foot that stays below Slack's hundred blocks."""

CHOOSE_VIEW, CHOOSE_PRIORITY, CHOOSE_CHANNEL, CHOOSE_TEAM = "home_view", "home_priority", "home_channel", "home_team"
SEARCH, CLEAR, NEXT, FIRST, REFRESH = "home_search", "home_clear", "home_next", "home_first", "home_refresh"
AVAILABILITY, CAPACITY, NEW = "home_availability", "home_capacity", "home_new"
READ, ACKNOWLEDGE = "home_read", "home_acknowledge"
MOST_QUARANTINED: Final = 50
"""Messages in quarantine are counted up to here."""
_ANY: Final = "any"
_SAID: Final = "home_said"
_MOST_BLOCKS: Final = 100
_MOST_TEAMS: Final = 50
_LONGEST_SEARCH: Final = 200
_LONGEST_CURSOR: Final = 1_500


@dataclass(frozen=True, slots=True)
class Choice:
    """What an agent wants to see.

    Attributes:
        view: one of `VIEWS`, or all of them at a glance.
        cursor: where the page begins; "": at the first ticket.
    """

    view: str = ALL
    priority: str = ""
    channel: str = ""
    team: str = ""
    search: str = ""
    cursor: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether some tickets are left out."""
        return bool(self.priority or self.channel or self.team or self.search)

    def parameters(self, view: str) -> dict[str, str]:
        """What the desk is asked for."""
        channels = _ASKED_FOR.get(self.channel, self.channel)
        given = {"priority": self.priority, "channel": channels, "q": self.search}
        if view == "unassigned":
            given["team"] = self.team
        if view == self.view:
            given["cursor"] = self.cursor
        limit = PAGE if view == self.view else AT_A_GLANCE[view]
        return {"view": view, "limit": str(limit), **{name: value for name, value in given.items() if value}}

    def shown(self) -> tuple[str, ...]:
        """The views that stand below each other."""
        return tuple(AT_A_GLANCE) if self.view == ALL else (self.view,)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that App Home shows.

    Attributes:
        agent, load, counts, day: as the desk answers them.
        pages: view → page of tickets, as the desk answers it.
        address: of the desk's pages, to which a ticket's number is added; "": there are none.
        quarantined: messages that wait for a person's word, or `MOST_QUARANTINED` of more.
    """

    agent: Mapping[str, Any]
    load: Mapping[str, Any]
    counts: Mapping[str, Any]
    day: Mapping[str, Any]
    pages: Mapping[str, Mapping[str, Any]]
    choice: Choice = field(default_factory=Choice)
    address: str = ""
    quarantined: int = 0


def chosen(choice: Choice, action: str, value: str) -> Choice:
    """What an agent wants to see after they pressed or chose something."""
    picked = "" if value == _ANY else value
    match action:
        case "home_view":
            return Choice(view=value if value in (ALL, *VIEWS) else ALL)
        case "home_priority":
            return replace(choice, priority=picked if picked in PRIORITIES else "", cursor="")
        case "home_channel":
            return replace(choice, channel=picked if picked in CHANNELS else "", cursor="")
        case "home_team":
            return replace(choice, team=picked[:60], cursor="")
        case "home_search":
            return replace(choice, search=value.strip()[:_LONGEST_SEARCH], cursor="")
        case "home_clear":
            return Choice(view=choice.view)
        case "home_next":
            return replace(choice, cursor=value[:_LONGEST_CURSOR])
        case "home_first":
            return replace(choice, cursor="")
        case _:
            return choice


def written(choice: Choice) -> str:
    """The choice, for `private_metadata`."""
    names = ("view", "priority", "channel", "team", "search", "cursor")
    return json.dumps(
        {name: value for name in names if (value := getattr(choice, name))}, separators=(",", ":"), ensure_ascii=False
    )


def read(text: str) -> Choice:
    """The choice as it was written; the first one where another release wrote something else."""
    try:
        given = json.loads(text) if text else {}
        names = ("view", "priority", "channel", "team", "search", "cursor")
        choice = Choice(**{name: str(given[name]) for name in names if name in given})
    except (ValueError, TypeError, AttributeError):
        return Choice()
    if choice.channel not in CHANNELS:  # an earlier release offered others
        choice = replace(choice, channel="")
    return choice if choice.view in (ALL, *VIEWS) else Choice()


def home(seen: Seen, language: str, at: datetime) -> Json:
    """The view to publish; at most a hundred blocks."""
    blocks = [header(home_word("home.title", language)), *_standing(seen, language), *_filters(seen, language)]
    for view in seen.choice.shown():
        blocks += _group(seen, view, language)
    if seen.choice.view != ALL:
        blocks += _pager(seen, language)
    return _view([*blocks, _foot(at, language)], seen.choice, language)


def unreachable(choice: Choice, language: str) -> Json:
    """What stands there while the desk does not answer."""
    row = buttons("home_actions", [button(REFRESH, home_word("home.refresh", language), "now")])
    return _view(
        [header(home_word("home.title", language)), sentence(home_word("home.away", language)), row], choice, language
    )


def saying(view: Json, text: str) -> Json:
    """A Home as somebody sees it, under a sentence about what they pressed there; the next look shows it without.

    Args:
        view: as Slack gives it.
        text: plain.
    """
    shown = [block for block in view.get("blocks") or () if block.get("block_id") != _SAID]
    told = {"type": "section", "block_id": _SAID, "text": plain(f"⚠ {text}"[:3_000])}
    return {
        "type": "home",
        "private_metadata": str(view.get("private_metadata") or ""),
        "blocks": [told, *shown][:_MOST_BLOCKS],
    }


def _view(blocks: Sequence[Json], choice: Choice, language: str) -> Json:
    return {
        "type": "home",
        "private_metadata": written(choice),
        "blocks": fitted(blocks, small(home_word("home.cut", language))),
    }


def _standing(seen: Seen, language: str) -> list[Json]:
    """How the agent stands: availability, load, duty, the day."""
    availability = str(seen.agent["availability"])
    row = [
        _select(
            AVAILABILITY,
            [Option(home_word(f"availability.{one}", language), one) for one in AVAILABILITIES],
            availability,
        ),
        button(CAPACITY, home_word("home.capacity", language), "now"),
        button(NEW, home_word("home.new", language), "now"),
        button(f"{RELEASE}:home", _quarantine(seen.quarantined, language), "home"),
        button(REFRESH, home_word("home.refresh", language), "now"),
    ]
    held = [
        home_word("home.held", language, channel=word(f"channel.{name}", language), **one)
        for name, one in sorted((seen.load.get("channels") or {}).items())
    ][:8]
    lines = [" · ".join([_work(seen.load, language), *held])]
    duties = seen.counts.get("on_call") or ()
    if duties:
        rotas = ", ".join(str(duty["rota"]) for duty in duties[:10])
        lines.append(home_word("home.on_call", language, rotas=rotas))
    return [buttons("home_actions", row), small(*lines, *_day(seen.day, language))]


def _quarantine(count: int, language: str) -> str:
    shown = f" ({count}{'+' if count >= MOST_QUARANTINED else ''})" if count else ""
    return f"{home_word('home.quarantine', language)}{shown}"


def _work(load: Mapping[str, Any], language: str) -> str:
    if load.get("takes_work"):
        return home_word("home.takes_work", language)
    why = load.get("why_not")
    if not why:
        return home_word("home.no_room", language)
    return home_word("home.no_work", language, why=home_word(f"why.{why}", language))


def _day(day: Mapping[str, Any], language: str) -> list[str]:
    names = ("solved", "replied", "taken", "handed_on", "open")
    first = day.get("first_responses") or {}
    told = [
        home_word(
            "home.day",
            language,
            met=first.get("met", 0),
            missed=first.get("missed", 0),
            **{name: day.get(name, 0) for name in names},
        )
    ]
    median = day.get("median_first_reply_seconds")
    if median is not None:
        told.append(home_word("home.median", language, minutes=round(float(median) / 60)))
    if oldest := day.get("oldest_waiting"):
        told.append(home_word("home.oldest", language, number=oldest["number"]))
    return told


def _filters(seen: Seen, language: str) -> list[Json]:
    choice, counts = seen.choice, seen.counts
    views = [Option(home_word("view.all", language), ALL)]
    for view in VIEWS:
        count, limit = int(counts.get(view, 0)), int(counts.get("limit", 1000))
        shown = f"{limit}+" if count >= limit else str(count)
        views.append(Option(f"{home_word(f'view.{view}', language)} ({shown})", view))
    row = [
        _select(CHOOSE_VIEW, views, choice.view),
        _select(
            CHOOSE_PRIORITY,
            [Option(home_word("home.all_priorities", language), _ANY)]
            + [Option(word(f"priority.{one}", language), one) for one in PRIORITIES],
            choice.priority or _ANY,
        ),
        _select(
            CHOOSE_CHANNEL,
            [Option(home_word("home.all_channels", language), _ANY)]
            + [Option(word(f"channel.{one}", language), one) for one in CHANNELS],
            choice.channel or _ANY,
        ),
    ]
    teams = list(own_teams(seen.agent, language).items())[:_MOST_TEAMS]
    if len(teams) > 1:
        offered = [Option(home_word("home.all_teams", language), _ANY), *(Option(title, team) for team, title in teams)]
        row.append(_select(CHOOSE_TEAM, offered, choice.team or _ANY))
    if choice.narrowed:
        row.append(button(CLEAR, home_word("home.clear", language), "now"))
    element: Json = {
        "type": "plain_text_input",
        "action_id": SEARCH,
        "max_length": _LONGEST_SEARCH,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    if choice.search:
        element["initial_value"] = choice.search
    search = {
        "type": "input",
        # Slack keeps what was typed as long as block and action are the same: cleared filters clear this one too.
        "block_id": f"home_search_{'on' if choice.search else 'off'}",
        "dispatch_action": True,
        "optional": True,
        "label": plain(home_word("home.search", language)),
        "element": element,
    }
    return [buttons("home_filters", row), search, divider()]


def _group(seen: Seen, view: str, language: str) -> list[Json]:
    items = list((seen.pages.get(view) or {}).get("items") or ())
    count = int(seen.counts.get(view, 0))
    if not items and seen.choice.view == ALL and view in ("mentions", "paged"):
        return []
    # What is counted is not narrowed: beside filters it would speak of tickets that are not shown.
    counted = "" if seen.choice.narrowed else f" ({count})"
    blocks = [header(f"{home_word(f'view.{view}', language)}{counted}")]
    if not items:
        empty = "home.none_so" if seen.choice.narrowed and count else "home.empty"
        return [*blocks, small(home_word(empty, language, count=count))]
    blocks += [_item(item, view, seen.address, language) for item in items]
    more = count - len(items)
    if seen.choice.view == ALL and more > 0 and not seen.choice.narrowed:
        blocks.append(small(home_word("home.more", language, count=more)))
    return blocks


def _item(item: Mapping[str, Any], view: str, address: str, language: str) -> Json:
    if view in ("mine", "waiting"):
        item = {**item, "assignee": None}  # they know who they are
    number, text = str(item["number"]), lines_of(item, language, address)
    mention, page = item.get("mention"), item.get("page")
    if view == "mentions" and mention:
        return marked(text, button(f"{READ}:{mention['id']}", home_word("item.read", language), str(mention["id"])))
    if view == "paged" and page:
        text = f"{text}\n{due_words(page['answer_by'], '', language)}"
        made = button(
            f"{ACKNOWLEDGE}:{number}", home_word("item.acknowledge", language), str(page["id"]), style="primary"
        )
        return marked(text, made)
    if view == "unassigned":
        return marked(text, button(f"{CLAIM}:{view}", home_word("item.claim", language), number))
    return marked(text, button(f"{REPLY}:{view}", home_word("item.reply", language), number))


def _pager(seen: Seen, language: str) -> list[Json]:
    row = []
    following = (seen.pages.get(seen.choice.view) or {}).get("next")
    if seen.choice.cursor:
        row.append(button(FIRST, home_word("home.first", language), "now"))
    if following and len(str(following)) <= _LONGEST_CURSOR:
        row.append(button(NEXT, home_word("home.next", language), str(following)))
    return [buttons("home_pager", row)] if row else []


def _foot(at: datetime, language: str) -> Json:
    """When this was seen, as each reader's Slack shows it."""
    token = f"<!date^{int(at.timestamp())}^{{time}}|{at:%H:%M} UTC>"
    text = home_word("home.at", language, time=token)
    return {"type": "context", "block_id": "home_foot", "elements": [{"type": "mrkdwn", "text": cut(text, 200)}]}


def _select(action: str, offered: Sequence[Option], initial: str) -> Json:
    made = options(offered)
    select: Json = {"type": "static_select", "action_id": action, "options": made}
    first = next((one for one in made if one["value"] == initial), None)
    if first is not None:
        select["initial_option"] = first
    return select

"""The arithmetic of a ticket's service level: each stretch of time that counted, each that did not, and why."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import CLOCKS
from intake_chat.domain.slack.dialogs.frames import sheet
from intake_chat.domain.slack.dialogs.leafing import Leaf, leafed
from intake_chat.domain.slack.dialogs.words import knows, term

Json = dict[str, Any]
_ORDER: Final = ("first_response", "next_response", "resolution", "update")


def view(
    leaf: Leaf, ticket: Mapping[str, Any], sums: Mapping[str, Any] | None, language: str, page: str | None = None
) -> Json:
    """One page of the arithmetic, as the API answers it; None: nothing was promised."""
    clocks = sums["clocks"] if sums else {}
    lines = [line for name in _names(clocks) for line in _clock(name, clocks[name], language)]
    if sums is None or not lines:
        return sheet(CLOCKS, leaf.ticket, [blocks.sentence(term("clocks.nothing", language))], language, page=page)
    policy = str((ticket.get("service_level") or {}).get("policy") or "—")
    shown = [
        blocks.sentence(term("clocks.policy", language, policy=blocks.cut(policy, 100), until=_time(sums["until"]))),
        blocks.small(term("clocks.utc", language)),
    ]
    tiers = sums.get("tier_minutes") or {}
    if tiers:
        minutes = " · ".join(f"{tier}: {float(value):.1f}" for tier, value in sorted(tiers.items()))
        shown.append(blocks.small(f"{term('clocks.tiers', language)}: {minutes}"))
    shown += leafed(CLOCKS, leaf, lines, language)
    return sheet(CLOCKS, leaf.ticket, shown, language, page=page)


def duration(seconds: float) -> str:
    """A stretch of time for people: `3 d 2 h 05 min`, `42 s`."""
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    if whole < 60:
        return f"{sign}{whole} s"
    minutes, hours = whole // 60 % 60, whole // 3_600 % 24
    days = whole // 86_400
    parts = [f"{days} d"] if days else []
    parts += [f"{hours} h"] if hours or days else []
    return f"{sign}{' '.join([*parts, f'{minutes:02} min' if parts else f'{minutes} min'])}"


def _names(clocks: Mapping[str, Any]) -> list[str]:
    return sorted(clocks, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))


def _clock(name: str, one: Mapping[str, Any], language: str) -> Iterator[str]:
    kind, _, tier = name.partition(":")
    title = term("clock.tier", language, tier=tier) if tier else term(f"clock.{kind}", language)
    state = term(f"clock.state.{one['state']}", language)
    used, target = duration(one["used_seconds"]), one["target_seconds"]
    said = [state]
    if target is None:
        said.append(term("clocks.used", language, used=used))
    else:
        said.append(term("clocks.sum", language, used=used, target=duration(target)))
    times = {key: one.get(f"{key}_at") for key in ("due", "met", "breached")}
    said += [term(f"clocks.{key}", language, at=_time(at)) for key, at in times.items() if at]
    if one.get("excused"):
        said.append(term("clocks.excused", language))
    if who := one.get("promised_by"):
        said.append(term("clocks.promised", language, who=blocks.cut(str(who), 100)))
    yield f"{title}: {' · '.join(said)}"
    for stretch in one["intervals"]:
        yield _stretch(stretch, language)
    yield ""


def _stretch(stretch: Mapping[str, Any], language: str) -> str:
    mark = "+" if stretch["counted"] else " "
    used = duration(stretch["seconds"]) if stretch["counted"] else ""
    why = _why(str(stretch["why"]), language)
    calendar = f" [{stretch['calendar']}]" if stretch.get("calendar") else ""
    return f" {mark} {_time(stretch['from'])} – {_time(stretch['to'])}  {used:<14} {why}{calendar}"


def _why(why: str, language: str) -> str:
    """Why a stretch counted or did not: a word of ours, or what the calendar calls the day."""
    kind, _, what = why.partition(":")
    if what:
        named = next((term(key, language) for key in (f"day.{what}", f"status.{what}") if knows(key)), None)
        return term(f"stretch.{kind}", language, what=named or term(f"status.{what}", language))
    return term(f"stretch.{kind}", language) if knows(f"stretch.{kind}") else why


def _time(at: object) -> str:
    return f"{datetime.fromisoformat(str(at)).astimezone(UTC):%Y-%m-%d %H:%M}"

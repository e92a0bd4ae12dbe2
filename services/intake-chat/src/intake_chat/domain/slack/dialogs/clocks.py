"""The arithmetic of a ticket's service level: each stretch of time that counted, each that did not, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import CLOCKS
from intake_chat.domain.slack.dialogs.frames import sheet
from intake_chat.domain.slack.dialogs.leafing import Leaf, leafed
from intake_chat.domain.slack.dialogs.words import knows, term
from ventanilla_contracts.local_times import local_time, zone_called

Json = dict[str, Any]
_ALWAYS: Final = "always"
_SPAN_WIDTH: Final = 34
_ORDER: Final = ("first_response", "next_response", "resolution", "update")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whoever reads the arithmetic: in which language, by which clock, and in which year."""

    language: str
    zone: tzinfo
    year: int

    def time(self, at: object) -> str:
        """A time by their clock; the year only where it is another one."""
        moment = datetime.fromisoformat(str(at))
        other = moment.astimezone(self.zone).year != self.year
        return local_time(moment, self.zone, self.language, year=other)

    def span(self, since: object, until: object) -> str:
        """From when until when; a day is told once."""
        first, last = self.time(since), self.time(until)
        day, _, hour = last.rpartition(" ")
        return f"{first} – {hour if first.rpartition(' ')[0] == day else last}"


def view(
    leaf: Leaf,
    ticket: Mapping[str, Any],
    sums: Mapping[str, Any] | None,
    language: str,
    page: str | None = None,
    *,
    zone: tzinfo = UTC,
) -> Json:
    """One page of the arithmetic, as the API answers it; None: nothing was promised.

    Args:
        zone: whose clock times are told by.
    """
    clocks = sums["clocks"] if sums else {}
    if sums is None or not clocks:
        return sheet(CLOCKS, leaf.ticket, [blocks.sentence(term("clocks.nothing", language))], language, page=page)
    until = datetime.fromisoformat(str(sums["until"]))
    reader = _Reader(language, zone, until.astimezone(zone).year)
    lines = [line for name in _names(clocks) for line in _clock(name, clocks[name], reader)]
    policy = str((ticket.get("service_level") or {}).get("policy") or "—")
    shown = [
        blocks.sentence(term("clocks.policy", language, policy=blocks.cut(policy, 100), until=reader.time(until))),
        blocks.small(term("clocks.zone", language, zone=zone_called(zone))),
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


def _clock(name: str, one: Mapping[str, Any], reader: _Reader) -> Iterator[str]:
    language = reader.language
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
    said += [term(f"clocks.{key}", language, at=reader.time(at)) for key, at in times.items() if at]
    if one.get("excused"):
        said.append(term("clocks.excused", language))
    if who := one.get("promised_by"):
        said.append(term(f"clocks.promised.{who}", language))
    yield f"{title}: {' · '.join(said)}"
    for stretch in one["intervals"]:
        yield _stretch(stretch, reader)
    yield ""


def _stretch(stretch: Mapping[str, Any], reader: _Reader) -> str:
    mark = "+" if stretch["counted"] else " "
    used = duration(stretch["seconds"]) if stretch["counted"] else ""
    why = _why(str(stretch["why"]), reader.language)
    calendar = _calendar(str(stretch.get("calendar") or ""), reader.language)
    span = reader.span(stretch["from"], stretch["to"])
    return f" {mark} {span:<{_SPAN_WIDTH}}  {used:<14} {why}{f' [{calendar}]' if calendar else ''}"


def _calendar(calendar: str, language: str) -> str:
    """What people call a calendar: the desk puts its version behind the name, as in `office 3`."""
    name = calendar.rpartition(" ")[0] or calendar
    return term("clocks.always", language) if name == _ALWAYS else name


def _why(why: str, language: str) -> str:
    """Why a stretch counted or did not: a word of ours, or what the calendar calls the day."""
    kind, _, what = why.partition(":")
    if what:
        named = next((term(key, language) for key in (f"day.{what}", f"status.{what}") if knows(key)), None)
        return term(f"stretch.{kind}", language, what=named or term(f"status.{what}", language))
    return term(f"stretch.{kind}", language) if knows(f"stretch.{kind}") else why

"""Who is on call: rotations that hand over by the wall clock, overrides, and the hours that nobody covers.

A rota is made of layers; the first one that covers an instant decides, and an override comes before all of them. Hands
are shaken at a wall-clock time of the rota's zone: where that time does not exist (daylight saving begins), as soon as
the clock has passed it; where it comes twice, the first time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tickets.domain.service_levels.calendars import Calendar, Span, is_open, open_spans
from tickets.errors import Refused

MOST_LAYERS: Final = 10
MOST_MEMBERS: Final = 100
MOST_OVERRIDES: Final = 1_000
_LONGEST_LOOK: Final = timedelta(days=366)
_SEAMS_A_DAY: Final = 60
"""More hand-overs and openings on one day than any rota has: a bound for looking at a stretch of time."""


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns.

    Attributes:
        members: handles of agents, in the order of their turns.
        first_day: the first member's turn begins on it.
        hand_over: wall-clock time at which the next one takes over.
        turn_days: length of a turn; 7 for weekly.
        hours: only while this calendar is open; None: always.
    """

    members: Sequence[str]
    first_day: date
    hand_over: time = time(9, 0)
    turn_days: int = 7
    hours: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody stands in, whoever's turn it is; nobody (None) leaves a gap on purpose."""

    agent: str | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on call.

    Raises:
        Refused: something in it makes no sense; the text says what.
    """

    name: str
    zone: str
    layers: Sequence[Layer]
    overrides: Sequence[Override] = ()
    version: int = 0
    tz: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "tz", ZoneInfo(self.zone))
        except (KeyError, ValueError, OSError) as error:
            raise Refused(f"rota {self.name}: there is no time zone {self.zone!r}") from error
        for words in _faults(self):
            raise Refused(f"rota {self.name}: {words}")

    def turn_begins(self, layer: Layer, turn: int) -> datetime:
        """When a turn begins, counted from 0; in UTC."""
        day = layer.first_day + timedelta(days=turn * layer.turn_days)
        local = datetime.combine(day, layer.hand_over, self.tz)
        # A wall-clock time that is skipped: `fold=0` reads it by the offset before, which lies just as far behind it.
        return local.astimezone(UTC)

    def people(self) -> set[str]:
        """Handles of everybody whom it names."""
        named = {handle for layer in self.layers for handle in layer.members}
        return named | {override.agent for override in self.overrides if override.agent is not None}


def on_call(rota: Rota, at: datetime) -> str | None:
    """Who is on call at an instant; None: nobody."""
    for override in reversed(rota.overrides):  # the one that was made last counts
        if override.since <= at < override.until:
            return override.agent
    for layer in rota.layers:
        if layer.hours is not None and not is_open(layer.hours, at):
            continue
        turn = _turn(rota, layer, at)
        if turn is not None:
            return layer.members[turn % len(layer.members)]
    return None


def shifts(rota: Rota, since: datetime, until: datetime) -> Iterator[tuple[Span, str | None]]:
    """Who is on call from when until when, in order and without holes; None: nobody.

    Raises:
        Refused: more than a year is asked for.
    """
    if until - since > _LONGEST_LOOK:
        raise Refused("look at a year of a rota at most")
    seams = sorted({since, *_seams(rota, since, until)})
    begun, who = since, on_call(rota, since)
    for seam in seams[1:]:
        now = on_call(rota, seam)
        if now != who:
            yield (begun, seam), who
            begun, who = seam, now
    if begun < until:
        yield (begun, until), who


def gaps(rota: Rota, since: datetime, until: datetime) -> list[Span]:
    """When nobody is on call."""
    return [span for span, who in shifts(rota, since, until) if who is None]


def _turn(rota: Rota, layer: Layer, at: datetime) -> int | None:
    """Number of the turn at an instant; None: before the first."""
    days = (at.astimezone(rota.tz).date() - layer.first_day).days
    turn = days // layer.turn_days
    if at < rota.turn_begins(layer, turn):
        turn -= 1
    elif at >= rota.turn_begins(layer, turn + 1):  # a zone that skips a whole date
        turn += 1
    return turn if turn >= 0 else None


def _seams(rota: Rota, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every instant at which somebody else may take over."""
    for override in rota.overrides:
        yield from (edge for edge in (override.since, override.until) if since < edge < until)
    most = ((until - since).days + 2) * _SEAMS_A_DAY
    for layer in rota.layers:
        turn = max(_turn(rota, layer, since) or 0, 0)
        for number in range(turn, turn + most):
            begins = rota.turn_begins(layer, number)
            if begins >= until:
                break
            if begins > since:
                yield begins
        if layer.hours is not None:
            for opens, closes in open_spans(layer.hours, since, until):
                yield from (edge for edge in (opens, closes) if since < edge < until)


def _faults(rota: Rota) -> Iterator[str]:
    if not rota.layers:
        yield "it has no layer, so nobody is ever on call"
    if len(rota.layers) > MOST_LAYERS:
        yield f"{len(rota.layers)} layers, {MOST_LAYERS} are allowed"
    if len(rota.overrides) > MOST_OVERRIDES:
        yield f"{len(rota.overrides)} overrides, {MOST_OVERRIDES} are allowed"
    for number, layer in enumerate(rota.layers, 1):
        if not 1 <= len(layer.members) <= MOST_MEMBERS:
            yield f"layer {number} has {len(layer.members)} members; from 1 to {MOST_MEMBERS} are allowed"
        if not 1 <= layer.turn_days <= _LONGEST_LOOK.days:
            yield f"layer {number}: a turn lasts from one day to {_LONGEST_LOOK.days}"
    for override in rota.overrides:
        if override.since >= override.until:
            yield f"the override from {override.since:%Y-%m-%d %H:%M} ends before it begins"

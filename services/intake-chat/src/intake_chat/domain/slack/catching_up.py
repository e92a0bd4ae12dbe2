"""What of Slack's history is still to be read after an outage, and which events its messages would have been.

Up to a time stamp everything was told by events. What may be missing after it is a *hole* of a channel, from then until
reading began. A hole is read from its end backwards, page by page, and then on to older messages for a while: somebody
may have replied below one of them meanwhile, edited it, or taken it back. How far that has come is kept with the hole.
A thread that is heard by itself, in a channel that is not, counts as a channel, and is read in one go.

Pure: values in, values out.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from intake_chat.domain.slack.events import EVENT_CALLBACK, Said, happening_of
from intake_chat.domain.slack.places import time_of

Json = Mapping[str, Any]

MOST_CHANNELS: Final = 5_000
MOST_HOLES: Final = 8
"""Of a channel; of more the two oldest become one."""
_START: Final = "0000000000.000000"
_TOMBSTONE: Final = "tombstone"


@dataclass(frozen=True, slots=True)
class Hole:
    """What events may not have told of one channel. All are time stamps of Slack.

    Attributes:
        since: everything up to here was told.
        until: here reading began; what came later was told again.
        reached: everything after this was read.
        floor: so far back it is read; behind it an older hole goes on, or nobody looks any more.
        pages: how many pages that took.
    """

    since: str
    until: str
    reached: str
    floor: str
    pages: int = 0

    @property
    def open(self) -> bool:
        """Whether messages may still be missing; else only old threads are looked through."""
        return _order(self.reached) > _order(self.since)


@dataclass(frozen=True, slots=True)
class Position:
    """How far everything was heard.

    Attributes:
        until: everything up to here was told by events, or lies in a hole.
        holes: channel → its holes, the newest first; the channels in the order in which they are read.
        heard: channels of the settings that could be heard when it was last looked at.
        away: those that could be heard once and cannot now → up to when everything was told.
    """

    until: str
    holes: Mapping[str, tuple[Hole, ...]] = field(default_factory=dict)
    heard: frozenset[str] = frozenset()
    away: Mapping[str, str] = field(default_factory=dict)

    def opened(
        self,
        channels: Sequence[str],
        now: datetime,
        horizon: timedelta,
        thread_horizon: timedelta,
        *,
        wanted: Collection[str] = (),
    ) -> "Position":
        """The position when reading begins now: each channel may have missed what came since `until`.

        A channel that could not be heard for a while has missed more than that.

        Args:
            channels: those that are heard, in the order in which to read them.
            horizon: what is older is not read any more.
            thread_horizon: threads are looked into whose first message is older by so much.
            wanted: channels of the settings, whether they can be heard or not.
        """
        end, here = stamp_of(now), channels[:MOST_CHANNELS]
        away = dict.fromkeys(self.heard.difference(here), self.until) | dict(self.away)
        holes = {one: self._with_hole(one, away.get(one), now, horizon, thread_horizon) for one in here}
        return Position(
            max(end, self.until, key=_order),
            holes,
            frozenset(wanted).intersection(here),
            {one: since for one, since in away.items() if one in wanted and one not in holes},
        )

    def back(self, channels: Sequence[str], now: datetime, horizon: timedelta, thread_horizon: timedelta) -> "Position":
        """The position when some channels can be heard again; of all others nothing is read for it."""
        holes = {one: self._with_hole(one, self.away.get(one), now, horizon, thread_horizon) for one in channels}
        away = {one: since for one, since in self.away.items() if one not in holes}
        return replace(self, holes={**self.holes, **holes}, heard=self.heard.union(channels), away=away)

    def missed(self, channel: str, hole: Hole) -> "Position":
        """The position when Slack does not let a channel be read: its hole waits until it does."""
        since = min(self.away.get(channel, hole.since), hole.since, key=_order)
        return replace(self.walked(channel, hole, None), away={**self.away, channel: since})

    def _with_hole(
        self, channel: str, away: str | None, now: datetime, horizon: timedelta, thread_horizon: timedelta
    ) -> tuple[Hole, ...]:
        end = stamp_of(now)
        since = max(away or self.until, stamp_of(now - horizon), key=_order)
        hole = Hole(since, end, end, stamp_of(max(time_of(since) - thread_horizon, time_of(_START))))
        return _joined((hole, *self.holes.get(channel, ())))

    def next(self) -> tuple[str, Hole] | None:
        """What to read next: messages before old threads, and in each the channels in their order."""
        waiting = [(channel, hole) for channel, holes in self.holes.items() for hole in holes]
        return next((one for one in waiting if one[1].open), waiting[0] if waiting else None)

    def walked(self, channel: str, before: Hole, after: Hole | None) -> "Position":
        """The position when a hole was read a piece further; None: to its end."""
        left = tuple(hole for one in self.holes.get(channel, ()) if (hole := after if one == before else one))
        holes = {**self.holes, channel: left}
        return replace(self, holes={one: found for one, found in holes.items() if found})

    @property
    def oldest(self) -> str | None:
        """Since when messages may be missing; None: none are."""
        return min(
            (hole.since for holes in self.holes.values() for hole in holes if hole.open), key=_order, default=None
        )

    @property
    def known_from(self) -> str | None:
        """From when on it matters what was heard; None: nothing is to be read."""
        return min((hole.since for holes in self.holes.values() for hole in holes), key=_order, default=None)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        kept = {
            channel: [[hole.since, hole.until, hole.reached, hole.floor, hole.pages] for hole in holes]
            for channel, holes in self.holes.items()
        }
        return {"until": self.until, "holes": kept, "heard": sorted(self.heard), "away": dict(self.away)}

    @classmethod
    def from_json(cls, kept: Json) -> "Position":
        """Read what `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        holes = {
            str(channel): tuple(
                Hole(_stamp(a), _stamp(b), _stamp(c), _stamp(d), int(pages)) for a, b, c, d, pages in found
            )
            for channel, found in kept["holes"].items()
        }
        away = {str(channel): _stamp(since) for channel, since in (kept.get("away") or {}).items()}
        return cls(_stamp(kept["until"]), holes, frozenset(map(str, kept.get("heard") or ())), away)


def thread_name(channel: str, root: str) -> str:
    """A thread that is heard by itself, among the names of channels."""
    return f"{channel}/{root}"


def thread_of(name: str) -> tuple[str, str] | None:
    """Channel and first message of a thread by its name; None: it is a channel's."""
    channel, _, root = name.partition("/")
    return (channel, root) if root else None


def stamp_of(at: datetime) -> str:
    """The time stamp that Slack gives to what is written at a time."""
    at = at.astimezone(UTC)
    return f"{int(at.timestamp()):010d}.{at.microsecond:06d}"


def _is_since(ts: object, hole: Hole) -> bool:
    """Whether something with this time stamp may not have been told."""
    return isinstance(ts, str) and _order(ts) > _order(hole.since)


def _is_edited_since(ts: object, hole: Hole) -> bool:
    """The same of an edit, of which Slack tells the second and no more."""
    return isinstance(ts, str) and _order(ts)[0] >= _order(hole.since)[0]


def events_of(team: str, channel: str, kind: str, message: Json, hole: Hole) -> Iterator[Json]:
    """The envelopes that Slack would have sent for a message of a hole: that it was written, and that it was edited.

    Their ids come from what they are about, so that nothing is made twice of what was heard before.
    """
    if message.get("subtype") == _TOMBSTONE:
        return
    place = {"type": "message", "channel": channel, "channel_type": kind}
    if _is_since(message.get("ts"), hole):
        yield from _heard(_envelope(team, {**place, **message}, message))
    edited = message.get("edited")
    if isinstance(edited, Mapping) and _is_edited_since(edited.get("ts"), hole):
        changed = {**place, "subtype": "message_changed", "message": message, "previous_message": {"ts": message["ts"]}}
        yield from _heard(_envelope(team, changed, message))


def tombstone_of(message: Json) -> str | None:
    """The time stamp of a message that was taken back and has replies; None: it is no such."""
    ts = message.get("ts")
    return ts if message.get("subtype") == _TOMBSTONE and isinstance(ts, str) else None


def taken_back(team: str, kind: str, said: Said) -> Json:
    """The envelope that Slack would have sent when a message was deleted. Who wrote it only its own event has told."""
    event = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": said.where.channel,
        "channel_type": kind,
        "deleted_ts": said.ts,
        "previous_message": {
            "ts": said.ts,
            "thread_ts": said.where.root,
            "user": said.author.user,
            "user_team": said.author.team,
        },
    }
    return _envelope(team, event, {"ts": said.ts})


def changed_thread(message: Json, hole: Hole, ours: Collection[str]) -> str | None:
    """The first message of a thread in which somebody replied within a hole or later; None: it is no such.

    Args:
        ours: ids of this app. A thread in which nobody else replied, which is most of them, need not be read.
    """
    ts, repliers = message.get("ts"), message.get("reply_users") or ()
    if not isinstance(ts, str) or not _is_since(message.get("latest_reply"), hole):
        return None
    known = len(repliers) >= (message.get("reply_users_count") or 0)  # Slack names some of many
    return None if repliers and known and set(repliers) <= set(ours) else ts


def _envelope(team: str, event: Json, message: Json) -> Json:
    author = message.get("user_team") or message.get("team")
    return {
        "type": EVENT_CALLBACK,
        "team_id": str(author) if author else team,
        "context_team_id": team,
        "event_id": f"history/{message.get('ts')}",
        "event": event,
    }


def _heard(envelope: Json) -> Iterator[Json]:
    """The envelope, if a person did it: what apps wrote is nothing to catch up with."""
    happening = happening_of(envelope)
    if happening is not None and not (isinstance(happening, Said) and happening.machine):
        yield envelope


def _joined(holes: tuple[Hole, ...]) -> tuple[Hole, ...]:
    """Holes, the newest first, where one that nobody has begun to read and its follower are one."""
    newest, *older = holes
    if not older:
        return holes
    if older[0].reached == older[0].until and _order(older[0].until) >= _order(newest.since):
        return (replace(older[0], until=newest.until, reached=newest.until), *older[1:])
    # The older one goes on behind: what changed in its threads since then it finds too.
    holes = (replace(newest, floor=_before(older[0].reached)), *older)
    if len(holes) > MOST_HOLES:
        later, earlier = holes[-2:]
        both = replace(earlier, until=later.until, reached=later.reached, pages=min(later.pages, earlier.pages))
        return (*holes[:-2], both)
    return holes


def _before(ts: str) -> str:
    """The time stamp next before one: bounds of the history are not part of it."""
    seconds, micros = _order(ts)
    return f"{seconds:010d}.{micros - 1:06d}" if micros else f"{max(seconds - 1, 0):010d}.999999"


def _stamp(value: object) -> str:
    text = str(value)
    _order(text)
    return text


def _order(ts: str) -> tuple[int, int]:
    """Time stamps in their order. As numbers with a point they would not be exact."""
    seconds, _, rest = (ts or _START).partition(".")
    return int(seconds), int(rest or 0)

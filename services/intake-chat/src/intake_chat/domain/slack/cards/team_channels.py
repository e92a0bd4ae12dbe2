"""Which channel a team's cards stand in: a team named as in tickets, a channel by its id, `*` for all other teams."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

REST: Final = "*"
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{1,29}")
_TEAM: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class TeamChannels:
    """Team → id of a channel."""

    channels: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "TeamChannels":
        """Read `first-line=C0123,billing=C0456,*=C0789`; an empty text: no cards.

        Raises:
            ValueError: it has another form; the text says what to write.
        """
        channels: dict[str, str] = {}
        for entry in filter(None, (one.strip() for one in text.split(","))):
            team, equals, channel = (part.strip() for part in entry.partition("="))
            if not equals or not (team == REST or _TEAM.fullmatch(team)):
                raise ValueError(f"{entry!r} must be a team and a channel's id, such as first-line=C0123ABCD")
            if not _CHANNEL.fullmatch(channel):
                raise ValueError(
                    f"{channel!r} is no id of a channel: in Slack, it stands at the end of the channel's details,"
                    " such as C0123ABCD"
                )
            if team in channels:
                raise ValueError(f"the team {team!r} stands there twice; a team has one channel")
            channels[team] = channel
        if len(channels) > _MOST:
            raise ValueError(f"names more than {_MOST} teams")
        return cls(channels)

    def __bool__(self) -> bool:
        return bool(self.channels)

    def of(self, team: str) -> tuple[str, ...]:
        """Where a team's card may stand, the best first: its own channel, then the one for the rest; () for nowhere."""
        named = (self.channels.get(team), self.channels.get(REST))
        return tuple(dict.fromkeys(channel for channel in named if channel))

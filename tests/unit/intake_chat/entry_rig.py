"""Ways in with the world around them in memory."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from intake_chat.domain.slack.entry.happenings import Heard
from intake_chat.domain.slack.events import Author, Said
from intake_chat.domain.slack.normalise import Profile
from intake_chat.domain.slack.people import Somebody
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackRefused
from intake_chat.handlers.customers.begin import Beginnings
from intake_chat.handlers.customers.directs import Directs
from intake_chat.handlers.customers.entry import WaysIn
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.state import Entry

GAP = timedelta(minutes=10)
HOME, CARMEN, EVA = "T1", "U1", "U2"
THEIRS, STRANGER = "T4", "U8"
"""Somebody of another workspace, whom Slack Connect brings."""


class State:
    """The bucket, in memory; `rivals` write between a read and a replace."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[bytes, int]] = {}
        self.rivals: list[bytes] = []

    async def create_all(self, keys: list[str], value: bytes) -> list[bool]:
        made = [key not in self.values for key in keys]
        self.values |= {key: (value, 1) for key, new in zip(keys, made, strict=True) if new}
        return made

    async def put_all(self, keys: list[str], value: bytes) -> None:
        self.values |= {key: (value, self.values.get(key, (b"", 0))[1] + 1) for key in keys}

    async def get(self, key: str) -> bytes | None:
        return self.values[key][0] if key in self.values else None

    async def read(self, key: str) -> Entry:
        value, revision = self.values.get(key, (None, 0))
        if self.rivals:
            self.values[key] = (self.rivals.pop(), revision + 1)
        return Entry(value, revision)

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        if self.values.get(key, (b"", 0))[1] != revision:
            raise WrongSequence("chat_state", revision)
        self.values[key] = (value, revision + 1)
        return revision + 1


class Slack:
    """One channel that the app may join (C9), one that it may not see (D9), people's direct messages."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str, str]] = []
        self.shown: dict[str, Mapping[str, Any]] = {}
        self.unreachable: set[str] = set()
        self.cut_off = False

    async def take_part(self, channel: str) -> bool:
        return channel != "D9"

    async def direct(self, user: str) -> str:
        if user in self.unreachable:
            raise SlackRefused("conversations.open", "user_disabled")
        return f"D{user}"

    async def message(self, channel: str, ts: str) -> Mapping[str, Any] | None:
        return self.shown.get(ts)

    async def begin(self, channel: str, text: str, request: str) -> str:
        self.posts.append((channel, text, request))
        if self.cut_off:
            raise SlackAway("chat.postMessage: cut off")
        return f"{100 + len(self.posts)}.000001"

    async def begun(self, channel: str, request: str) -> str | None:
        found = [place for place, post in enumerate(self.posts) if post[2] == request]
        return f"{101 + found[0]}.000001" if found else None


class People:
    async def profile(self, user: str) -> Profile:
        return Profile(name=user.lower(), language="es", team=THEIRS if user == STRANGER else HOME)


US = Author(HOME, "UBOT")
"""As whom the desk itself writes."""


async def us() -> Author:
    return US


class Agents:
    def __init__(self, *, away: bool = False, slow: bool = False) -> None:
        self.away, self.slow = away, slow

    async def presser(self, somebody: Somebody) -> Any:
        if self.slow:
            await asyncio.Event().wait()
        if self.away:
            raise DeskAway("GET /agents")
        return object() if (somebody.team_id, somebody.user_id) == (HOME, EVA) else None


class Desk:
    """The tickets of the requester, newest first."""

    def __init__(self) -> None:
        self.tickets: list[dict[str, Any]] = []
        self.gone: set[int] = set()
        self.away = False
        self.pages = 0

    async def get(self, path: str, **parameters: str) -> Any:
        if self.away:
            raise DeskAway(f"GET {path}")
        if path.rpartition("/")[2] in map(str, self.gone):
            raise DeskRefused(404, "not_found", "it was deleted")
        if path != "/tickets":
            return next(one for one in self.tickets if path == f"/tickets/{one['number']}")
        self.pages += 1
        found = [one for one in self.tickets if one.get("channel", "slack") == parameters["channel"]]
        begin, most = int(parameters.get("cursor", 0)), int(parameters["limit"])
        following = str(begin + most) if len(found) > begin + most else None
        return {"items": found[begin : begin + most], "next": following}


class Rig:
    def __init__(self, agents: Agents | None = None) -> None:
        self.state, self.slack, self.desk = State(), Slack(), Desk()
        self.directs = Directs(state=self.state, desk=self.desk, gap=GAP)
        self.ways = WaysIn(
            state=self.state,
            slack=self.slack,
            people=People(),
            agents=agents or Agents(),
            directs=self.directs,
            us=us,
            beginnings=Beginnings(state=self.state, slack=self.slack, directs=self.directs),
            channels=frozenset({"C1"}),
            internal=frozenset({"C7"}),
        )

    async def heard(self, happening: Any) -> Heard:
        found = await self.ways.heard(happening)
        assert found is not None
        return found


def line(ts: str, channel: str = "DU1", *, root: str = "", kind: str = "im", machine: bool = False) -> Said:
    where = Conversation(HOME, channel, root or ts)
    return Said(where, ts, Author(HOME, CARMEN), f"line {ts}", kind, bool(root), machine, ())


def ts(seconds: float) -> str:
    return f"{seconds:.6f}"


def shown(at: str, text: str = "no va", user: str = CARMEN, **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "team": HOME, "text": text, "ts": at, **more}


def payload(message: dict[str, Any], channel: str = "C9") -> dict[str, Any]:
    return {"channel": {"id": channel}, "message": message, "action_ts": "500.000000"}

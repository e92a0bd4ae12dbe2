"""A small world for cards: a bucket, a desk and a Slack in memory, with the faults that matter."""

from collections.abc import Mapping, Sequence
from typing import Any

from intake_chat.domain.slack.cards.kept import Kept
from intake_chat.domain.slack.cards.team_channels import TeamChannels
from intake_chat.errors import SlackAway, SlackRefused
from intake_chat.handlers.cards.keep_card import CardKeeper, Channels
from intake_chat.handlers.cards.record import Doubts, card_key
from intake_chat.handlers.cards.tell_thread import ThreadTeller
from intake_chat.ports.cards import AgentSeen, Json, Look, Make, Post
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.state import Entry

NOTHING = {"state": "none", "due_at": None}
TICKET: Json = {
    "number": 7,
    "version": 1,
    "subject": "La red se cae",
    "status": "new",
    "priority": "high",
    "tier": "1",
    "team": "first-line",
    "assignee": None,
    "channel": "email",
    "language": "es",
    "requester": {"name": "Ana", "identities": [], "grade": "claimed"},
    "service_level": dict.fromkeys(("first_response", "next_response", "resolution", "update"), NOTHING),
}


class Bucket:
    """Keys with revisions; `broken` raises at the next write of a key that begins so."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[bytes, int]] = {}
        self.sequence = 0
        self.dies_at = ""

    def kept(self, number: int = 7) -> Kept:
        return Kept.parse(self.values.get(card_key(number), (b"", 0))[0])

    async def get(self, key: str) -> bytes | None:
        return self.values[key][0] if key in self.values else None

    async def read(self, key: str) -> Entry:
        return Entry(*self.values.get(key, (None, 0)))

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        if self.values.get(key, (b"", 0))[1] != revision:
            raise WrongSequence("somebody was quicker")
        await self.put_all([key], value)
        return self.sequence

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        for key in keys:
            if self.dies_at and key.startswith(self.dies_at):
                raise KeyboardInterrupt
            self.sequence += 1
            self.values[key] = (value, self.sequence)


class Desk:
    """One ticket with its history."""

    def __init__(self) -> None:
        self.now: Json = dict(TICKET)
        self.entries: list[Json] = []
        self.said: dict[str, Json] = {}
        self.held: dict[str, Json] = {}
        self.looks = self.histories = 0
        self.begins = ""
        self.routed = "por una regla"
        self.placed: tuple[str, ...] = ()

    def happens(self, action: str, actor: str = "customer", message: Json | None = None, **detail: Any) -> None:
        """One more entry of the history."""
        if message is not None:
            detail["message"] = message["id"]
            self.said[message["id"]] = {"kind": "customer", "author": {"name": "Ana"}, "attachments": [], **message}
        via, why = detail.pop("via", None), detail.pop("why", "")
        entry = {"id": len(self.entries) + 1, "action": action, "actor": actor, "via": via, "why": why}
        self.entries.append({**entry, "detail": detail})

    async def ticket(self, number: int) -> Json | None:
        return dict(self.now) if number == self.now["number"] else None

    async def look(self, number: int, language: str) -> Look:
        self.looks += 1
        similar = ({"number": 3, "subject": "otra", "resolution": "reiniciar"},)
        return Look("hola", self.routed, similar, self.placed, self.begins)

    async def opening(self, number: int, id_: str = "") -> Json | None:
        return self.said.get(id_) or {"reply_text": "hola", "id": self.begins}

    async def history(self, number: int, after: int, cursor: str | None) -> tuple[list[Json], str | None]:
        self.histories += 1
        return [entry for entry in self.entries if entry["id"] > after], "c"

    async def messages(self, number: int, wanted: set[str]) -> dict[str, Json]:
        return {id_: message for id_, message in self.said.items() if id_ in wanted}

    async def reply(self, number: int, id_: str) -> Json | None:
        return self.held.get(id_)

    async def agent(self, handle: str) -> AgentSeen:
        return AgentSeen(handle.title(), f"U{handle.upper()}")

    async def team(self, name: str, language: str) -> str:
        return {"network": "Redes", "first-line": "Primera línea"}.get(name, name)


class Slack:
    """Channels. `gone` channels refuse; `lost` calls are done and not answered; `refuse` is said once for a method."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, Post]] = {}
        self.threads: dict[tuple[str, str], dict[str, Post]] = {}
        self.gone: dict[str, str] = {}
        self.lost: list[str] = []
        self.refuse: dict[str, str] = {}
        self.calls: list[str] = []

    def _call(self, method: str, channel: str) -> None:
        self.calls.append(f"{method} {channel}")
        if code := self.gone.get(channel) or self.refuse.pop(method, ""):
            raise SlackRefused(method, code)

    def _answer(self, method: str) -> None:
        if method in self.lost:
            self.lost.remove(method)
            raise SlackAway(f"{method}: cut")

    async def post(self, channel: str, make: Make) -> str | None:
        if (made := await make()) is None:
            return None
        self._call("post", channel)
        ts = f"{len(self.calls)}.000001"
        self.channels.setdefault(channel, {})[ts] = made
        self._answer("post")
        return ts

    async def update(self, channel: str, ts: str, make: Make, *, yields_seconds: float = 0.0) -> bool:
        if (made := await make()) is None:
            return False
        self._call("update", channel)
        for place in (self.channels.get(channel, {}), *self.threads.values()):
            if ts in place:
                place[ts] = Post(made.text, made.blocks, place[ts].kind, place[ts].payload)
                self._answer("update")
                return True
        raise SlackRefused("update", "message_not_found")

    async def say(self, channel: str, root: str, make: Make) -> str | None:
        if (made := await make()) is None:
            return None
        self._call("say", channel)
        if root not in self.channels.get(channel, {}):
            raise SlackRefused("say", "message_not_found")
        ts = f"{len(self.calls)}.000001"
        self.threads.setdefault((channel, root), {})[ts] = made
        self._answer("say")
        return ts

    async def find(self, channel: str, kind: str, name: str, value: str, since: float) -> str | None:
        self._call("find", channel)
        return _found(self.channels.get(channel, {}), kind, name, value)

    async def find_line(self, channel: str, root: str, kind: str, name: str, value: str) -> str | None:
        self._call("find_line", channel)
        return _found(self.threads.get((channel, root), {}), kind, name, value)

    def cards(self, channel: str) -> list[str]:
        return [post.text for post in self.channels.get(channel, {}).values()]

    def lines(self) -> list[str]:
        return [post.text for thread in self.threads.values() for post in thread.values()]


def _found(posts: Mapping[str, Post], kind: str, name: str, value: str) -> str | None:
    return next(
        (ts for ts, post in posts.items() if post.kind == kind and (post.payload or {}).get(name) == value), None
    )


class World:
    """All of it, with a clock that stands still until it is moved."""

    def __init__(self, channels: str = "first-line=C1,network=C2,*=C9") -> None:
        self.at = 1_000.0
        self.bucket, self.desk, self.slack = Bucket(), Desk(), Slack()
        self.teams = TeamChannels.parse(channels)
        self.keeper = self.new_keeper()

    def new_keeper(self, owner: str = "one") -> CardKeeper:
        """A keeper that remembers nothing but what is in the bucket."""
        doubts = Doubts(owner, lambda: self.at)
        pages = "https://desk.example/desk"
        return CardKeeper(
            state=self.bucket,
            desk=self.desk,
            slack=self.slack,
            channels=Channels(self.teams, doubts.now),
            teller=ThreadTeller(desk=self.desk, slack=self.slack, doubts=doubts, language="es", desk_url=pages),
            doubts=doubts,
            language="es",
            desk_url=pages,
        )

    async def keep(self, *, lines: bool = False) -> None:
        await self.keeper.keep(7, lines=lines)

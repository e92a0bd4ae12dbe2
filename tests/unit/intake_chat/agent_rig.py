"""Stand-ins for what rooms of agents are given: Slack's dialogs, the ticket service, who is who."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from intake_chat.domain.actors import Actor
from intake_chat.domain.slack.people import Member, Presser, Somebody

Json = dict[str, Any]
TEAM, EVA, CARMEN = "T1", "UEVA", "UCARMEN"
PRESSER = Presser(Actor("eva", "Eva Ruiz", f"{TEAM}/{EVA}"), TEAM, EVA, "es")


@dataclass
class FakeViews:
    """Notes what would be seen in Slack."""

    shown: list[tuple[str, str, Json]] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    responses: list[Json] = field(default_factory=list)

    async def open(self, trigger_id: str, view: Json) -> str:
        self.shown.append(("open", trigger_id, view))
        return f"V{len(self.shown)}"

    async def push(self, trigger_id: str, view: Json) -> str:
        self.shown.append(("push", trigger_id, view))
        return f"V{len(self.shown)}"

    async def update(self, view_id: str, view: Json) -> None:
        self.shown.append(("update", view_id, view))

    async def publish(self, user: str, view: Json) -> None:
        self.shown.append(("publish", user, view))

    async def tell(self, channel: str, user: str, text: str, thread: str = "") -> None:
        self.told.append((channel, user, text))

    async def respond(self, response_url: str, message: Json) -> None:
        self.responses.append(message)


@dataclass
class FakeAgents:
    """Knows Eva; may be slow, or fail."""

    seconds: float = 0.0
    error: Exception | None = None

    async def presser(self, somebody: Somebody) -> Presser | None:
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return PRESSER if somebody.user_id == EVA else None

    def language(self, somebody: Somebody) -> str:
        return "es"

    def team(self, somebody: Somebody) -> str:
        return somebody.team_id


@dataclass
class FakeDesk:
    """Answers by (method, path), with a value, an error, or what a function says; notes what it was asked."""

    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    actors: list[Actor | None] = field(default_factory=list)
    uploads: list[tuple[str, bytes]] = field(default_factory=list)

    async def get(self, path: str, **parameters: str) -> Any:
        return self._answer("GET", path, parameters)

    async def text(self, path: str, **parameters: str) -> str:
        return str(self._answer("GET", path, parameters))

    async def act(
        self,
        method: str,
        path: str,
        actor: Actor | None,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        self.keys.append(key)
        self.actors.append(actor)
        return self._answer(method, path, body)

    async def upload(self, name: str, media_type: str, data: bytes, seconds: float) -> str:
        self.uploads.append((name, data))
        return f"upload-{len(self.uploads)}"

    def _answer(self, method: str, path: str, what: Any) -> Any:
        self.asked.append((method, path, what))
        found = self.answers[method, path]
        found = found(what) if callable(found) else found
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class FakeStaff:
    """What Slack says of its people."""

    members: dict[str, Member | Exception] = field(default_factory=dict)
    asked: int = 0

    async def home(self) -> str:
        return TEAM

    async def member(self, user: str) -> Member | None:
        self.asked += 1
        found = self.members.get(user)
        if isinstance(found, Exception):
            raise found
        return found

    async def user_of(self, mail: str) -> str | None:
        there = {user: one for user, one in self.members.items() if isinstance(one, Member)}
        return next((user for user, one in there.items() if one.mail == mail), None)


def press(action: str, value: str = "7", *, user: str = EVA, team: str = TEAM, **more: Any) -> Json:
    """A `block_actions` payload, as a card in a channel makes it."""
    return {
        "type": "block_actions",
        "user": {"id": user, "team_id": team},
        "team": {"id": TEAM},
        "trigger_id": "1.2.3",
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1"},
        "channel": {"id": "C1"},
        "actions": [{"type": "button", "action_id": action, "value": value}],
        **more,
    }


def submission(callback: str, view: Mapping[str, Any] | None = None, *, user: str = EVA) -> Json:
    """A `view_submission` payload."""
    shown = {"id": "V1", "callback_id": callback, "blocks": [], "state": {"values": {}}, **(view or {})}
    return {"type": "view_submission", "user": {"id": user, "team_id": TEAM}, "team": {"id": TEAM}, "view": shown}


def with_state(view: Mapping[str, Any], values: Mapping[str, Any]) -> Json:
    """A dialog as Slack gives it back: block id → what was filled in in its one element."""
    return {**view, "id": "V1", "state": {"values": {name: {name: value} for name, value in values.items()}}}


def words(view: Any) -> str:
    """Everything that a person reads in a view."""
    if isinstance(view, dict):
        own = view["text"] if isinstance(view.get("text"), str) else ""
        return "\n".join(filter(None, [own, *(words(value) for value in view.values())]))
    return "\n".join(filter(None, map(words, view))) if isinstance(view, list) else ""


Now = Callable[[], float]

"""A whole desk whose agents have cards in a local Slack: two teams, each with its channel, and one for the rest."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.chat_desk import chat_settings
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from tests.support.processes import ServiceProcess
from ventanilla_devstack.slack.seed import Agent, Seed
from ventanilla_devstack.slack.server import LocalSlack

FIRST, NETWORK, REST = "first-line", "network", "rest"
SEED = Seed(
    teams={
        FIRST: (Agent("eva", "Eva Ruiz", "eva@desk.example"), Agent("tom", "Tom Baker", "tom@desk.example", "en-US")),
        NETWORK: (Agent("nora", "Nora Gil", "nora@desk.example"),),
        REST: (Agent("raul", "Raúl Mas", "raul@desk.example"),),
    }
)
_TEAMS = {"eva": FIRST, "tom": FIRST, "nora": NETWORK}
_NAMES = {"eva": "Eva Ruiz", "tom": "Tom Baker", "nora": "Nora Gil"}


class CardDesk:
    """The desk, its Slack, and what a test does and sees there."""

    def __init__(self, desk: RunningDesk, slack: LocalSlack, settings: dict[str, str], acts: str) -> None:
        self.desk = desk
        self.slack = slack
        self.settings = settings
        self._acts = acts

    async def add_chat(self, key: str = "") -> ServiceProcess:
        """One more replica of intake-chat."""
        return await self.desk.add("intake-chat", key, environment=self.settings)

    def mention(self, handle: str) -> str:
        """An agent, as Slack mentions them."""
        return f"<@{self.slack.workspace.person(handle).id}>"

    async def act(self, handle: str, method: str, path: str, **arguments: Any) -> Any:
        """Call the API as an agent, as dialogs in Slack do it."""
        person = self.slack.workspace.person(handle)
        via = f"slack:{person.team_id}/{person.id}"
        headers = {"Ventanilla-Agent": handle, "Ventanilla-Via": via, "Authorization": f"Bearer {self._acts}"}
        return await self.desk.api(method, path, headers=headers, **arguments)

    def cards(self, channel: str, number: int) -> list[dict[str, Any]]:
        """Every message in a channel that is or was the card of a ticket."""
        payload = "ventanilla_card", str(number)
        return [
            self._shown(channel, message)
            for message in self.slack.workspace.channel_named(channel).messages.values()
            if (message.metadata.get("event_type"), message.metadata.get("event_payload", {}).get("ticket")) == payload
        ]

    def thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """What stands in the thread of a card."""
        place = self.slack.workspace.channel_named(channel)
        return [self._shown(channel, one) for one in place.messages.values() if one.thread_ts == ts and one.ts != ts]

    def _shown(self, channel: str, message: Any) -> dict[str, Any]:
        place = self.slack.workspace.channel_named(channel)
        return dict(self.slack.workspace.show_message(place, message, metadata=True))


def words(message: Any) -> str:
    """Everything that a person reads in a message."""
    if isinstance(message, dict):
        own = message["text"] if isinstance(message.get("text"), str) else ""
        return "\n".join(filter(None, [own, *(words(value) for value in message.values())]))
    return "\n".join(filter(None, map(words, message))) if isinstance(message, list) else ""


async def line(at: CardDesk, ts: str, *phrases: str, seconds: float = 30) -> dict[str, Any]:
    """The one line about a reply in the thread of a card, once it says all this."""

    def there() -> dict[str, Any]:
        found = [one for one in at.thread(FIRST, ts) if one.get("metadata", {}).get("event_type") == "ventanilla_reply"]
        assert len(found) == 1, found
        missing = [phrase for phrase in phrases if phrase not in words(found[0])]
        assert not missing, (missing, words(found[0]))
        return found[0]

    return await eventually(there, seconds)


def buttons(message: dict[str, Any]) -> list[str]:
    """What can be pressed in a message."""
    return [one["action_id"] for each in message["blocks"] if each["type"] == "actions" for one in each["elements"]]


@asynccontextmanager
async def card_desk(
    folder: Path, slack: LocalSlack, *, http: bool = False, more: Mapping[str, str] | None = None
) -> AsyncIterator[CardDesk]:
    """Everything up but intake-chat, with two teams and their agents; `more` are variables for the services."""
    desk = RunningDesk(folder, {**chat_settings(slack, http=http), **(more or {})})
    try:
        await desk.start()
        for team, tier in ((FIRST, "1"), (NETWORK, "2"), ("billing", "1")):
            await desk.api("PUT", f"/teams/{team}", json={"tier": tier, "title": {"es": team, "en": team}})
        for handle, team in _TEAMS.items():
            agent = {"name": _NAMES[handle], "email": f"{handle}@desk.example", "teams": [{"team": team}]}
            await desk.api("PUT", f"/agents/{handle}", json=agent)
        acts = await desk.token("read", "write", "act")
        for handle in _TEAMS:
            user = slack.workspace.person(handle)
            link = {"team_id": user.team_id, "user_id": user.id, "mail": user.email, "mail_confirmed": True}
            headers = {"Authorization": f"Bearer {acts}"}
            await desk.api("PUT", f"/agents/{handle}/slack", json=link, headers=headers)
        channels = {team: slack.workspace.channel_named(team).id for team in SEED.teams}
        named = f"{FIRST}={channels[FIRST]},{NETWORK}={channels[NETWORK]},*={channels[REST]}"
        settings = {
            "INTAKE_CHAT_TICKETS_URL": desk.services["tickets"].url,
            "INTAKE_CHAT_TICKETS_TOKEN": acts,
            "INTAKE_CHAT_SLACK_TEAM_CHANNELS": named,
            "INTAKE_CHAT_DESK_URL": "https://desk.example/desk",
        }
        yield CardDesk(desk, slack, settings, acts)
    finally:
        await desk.end()

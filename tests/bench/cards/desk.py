"""A desk with cards in a local Slack that counts as Slack does: teams, customers, and who asked where."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.chat_desk import chat_settings
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from ventanilla_devstack.slack.seed import Agent, Seed
from ventanilla_devstack.slack.server import LocalSlack

TEAMS = 8
CHANNELS = 4
"""In which half of the customers ask; the others write direct messages."""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer's conversation in Slack: the ticket, the channel, the first message."""

    number: int
    channel: str
    root: str


def team_of(index: int) -> str:
    """The team that has the ticket that was opened as this one."""
    return f"team{index % TEAMS}"


def seed(customers: int) -> Seed:
    """Teams with a channel each, and customers."""
    people = tuple(
        {"handle": f"customer{number}", "name": f"Customer {number}", "email": f"c{number}@cliente.example"}
        for number in range(customers)
    )
    teams = {
        f"team{number}": (Agent(f"agent{number}", "An Agent", f"a{number}@desk.example"),) for number in range(TEAMS)
    }
    return Seed(teams=teams, people=people)


class CardDesk:
    """A running desk and its Slack; `call` is the ticket service's API."""

    def __init__(self, desk: RunningDesk, slack: LocalSlack, session: aiohttp.ClientSession, token: str) -> None:
        self.desk = desk
        self.slack = slack
        self._session = session
        self._token = token

    async def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """The JSON of an answer.

        Raises:
            aiohttp.ClientError: the desk said no, or nothing.
        """
        url = f"{self.desk.services['tickets'].url}/api/v1{path}"
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(method, url, json=body, headers=headers, raise_for_status=True) as answer:
            found: Json = await answer.json()
            return found

    async def open_ticket(self, index: int) -> int:
        """A ticket that came in by another way than Slack; its number."""
        body = {"subject": f"Ticket {index}", "text": "words", "requester": {"address": f"m{index}@cliente.example"}}
        opened = await self.call("POST", "/tickets", {**body, "team": team_of(index)})
        return int(opened["number"])

    async def ask(self, index: int) -> Asked:
        """A customer asks in Slack, directly or in one of the channels; the ticket goes to its team."""
        customer, subject = f"customer{index}", f"I am customer {index}"
        hands = self.slack.hands
        ask = self.slack.workspace.channel_named(f"ask{index // 2 % CHANNELS}")
        channel = hands.dm(customer) if index % 2 else ask.id
        first = hands.write(customer, channel, subject)

        async def found() -> int:
            listed = await self.call("GET", "/tickets?limit=200&channel=slack")
            return next((one["number"] for one in listed["items"] if one["subject"] == subject), 0)

        number = await eventually(found, 30, 0.2)
        await self.call("PATCH", f"/tickets/{number}", {"team": team_of(index)})
        return Asked(number, channel, first.ts)

    def shown(self, number: int, team: str) -> str:
        """What the card of a ticket in its team's channel says; "" while there is none."""
        for message in self.slack.workspace.channel_named(team).messages.values():
            metadata = message.metadata
            if metadata.get("event_type") == "ventanilla_card" and metadata["event_payload"]["ticket"] == str(number):
                return str(message.blocks)
        return ""

    async def figures(self, name: str) -> dict[str, float]:
        """A counter of intake-chat's metrics, by its labels."""
        async with self._session.get(f"{self.desk.services['intake-chat'].url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        pairs = (line.removeprefix(name).rsplit(" ", 1) for line in lines if line.startswith((f"{name}{{", f"{name} ")))
        return {labels: float(value) for labels, value in pairs}


@asynccontextmanager
async def card_desk(folder: Path, customers: int) -> AsyncIterator[CardDesk]:
    """Everything up."""
    async with LocalSlack(seed=seed(customers), limits="real") as slack, aiohttp.ClientSession() as session:
        desk = RunningDesk(folder, {**chat_settings(slack), "INTAKE_CHAT_SLACK_CHANNELS": _asking(slack, customers)})
        try:
            await desk.start(("router", "tickets"))
            token = await desk.token("read", "write", "admin")
            running = CardDesk(desk, slack, session, token)
            for one in range(TEAMS):
                await running.call("PUT", f"/teams/{team_of(one)}", {"tier": "1"})
            channels = {team_of(one): slack.workspace.channel_named(team_of(one)).id for one in range(TEAMS)}
            channels["*"] = channels[team_of(0)]
            environment = {
                "INTAKE_CHAT_TICKETS_URL": desk.services["tickets"].url,
                "INTAKE_CHAT_TICKETS_TOKEN": await desk.token("read", "write", "act"),
                "INTAKE_CHAT_SLACK_TEAM_CHANNELS": ",".join(f"{team}={id_}" for team, id_ in channels.items()),
            }
            await desk.add("intake-chat", environment=environment)
            yield running
        finally:
            await desk.end()


def _asking(slack: LocalSlack, customers: int) -> str:
    """The channels in which customers ask, made and joined by all; their ids."""
    people = [f"customer{one}" for one in range(customers)]
    made = [slack.hands.create_channel(people[0], f"ask{number}") for number in range(CHANNELS)]
    for channel in made:
        slack.hands.invite(people[0], channel.id, *people[1:], slack.app.bot_user)
    return ",".join(channel.id for channel in made)

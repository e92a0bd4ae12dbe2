"""A desk whose agents open and submit dialogs in a local Slack, by buttons where everybody may press them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intake_chat.domain.slack import actions
from tests.support.chat_desk import chat_desk
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from tests.support.slack import client_for
from ventanilla_devstack.slack.hands import Seen
from ventanilla_devstack.slack.records import View
from ventanilla_devstack.slack.seed import Agent, Seed
from ventanilla_devstack.slack.server import LocalSlack

Json = dict[str, Any]
SECONDS = 20
FIRST, NETWORK = "first-line", "network"
EVERYBODY = "general"
"""The channel in which everybody is, customers too: what an agent may press, others may not."""
SEED = Seed(
    teams={
        FIRST: (Agent("eva", "Eva Ruiz", "eva@desk.example"), Agent("tom", "Tom Baker", "tom@desk.example", "en-US")),
        NETWORK: (Agent("nora", "Nora Gil", "nora@desk.example"),),
    }
)
BUTTONS = (
    actions.ESCALATE, actions.RETURN, actions.MERGE, actions.LINK, actions.SPLIT, actions.PROBLEM, actions.HISTORY,
    actions.WHY, actions.CLOCKS, actions.REQUESTER, actions.VERIFY, actions.CC, actions.BLOCK, actions.RELEASE,
    actions.UNMERGE, actions.SPAM, actions.NOT_SPAM, actions.SOLVE, actions.REOPEN,
)  # fmt: skip


@dataclass
class Working:
    """The desk, its Slack, and what agents do there."""

    desk: RunningDesk
    slack: LocalSlack
    panels: dict[int, str] = field(default_factory=dict)

    async def ticket(self, subject: str, **more: Any) -> Json:
        """A ticket of somebody who writes mails."""
        person = {"address": more.pop("address", "ana@cliente.example"), "name": "Ana"}
        body = {"subject": subject, "text": "Desde ayer", "requester": person, "team": FIRST, **more}
        opened: Json = await self.desk.api("POST", "/tickets", json=body)
        return opened

    async def now(self, number: int) -> Json:
        found: Json = await self.desk.api("GET", f"/tickets/{number}")
        return found

    async def history(self, number: int, action: str) -> Json:
        """The last entry of a kind in a ticket's history."""
        entries = (await self.desk.api("GET", f"/tickets/{number}/history", params={"limit": 200}))["items"]
        found: Json = [entry for entry in entries if entry["action"] == action][-1]
        return found

    async def open(self, who: str, action: str, number: int, shown: str = "") -> View:
        """Press a button about a ticket; returns the dialog once it is what it is to be."""
        while self.modals(who):
            await self.slack.hands.close(who, all_of_them=True)
        seen = await self.slack.hands.press(
            who, action, channel=EVERYBODY, ts=await self.panel(number), value=str(number)
        )
        assert seen.answered, seen
        return await self.top(who, shown or action)

    async def top(self, who: str, name: str) -> View:
        """The dialog on top, once it is this one."""

        def there() -> View:
            modals = self.modals(who)
            assert modals, "no dialog is open"
            assert modals[-1].body.get("callback_id") == name, modals[-1].body
            return modals[-1]

        return await eventually(there, SECONDS)

    async def submit(self, who: str, values: Json) -> Seen:
        """Submit the topmost dialog, whose fields that look for tickets are asked first."""
        for name, value in values.items():
            action = name.rpartition("/")[2]
            if action.startswith("find_"):
                offered = await self.slack.hands.suggest(who, action, str(value))
                assert str(value) in [option["value"] for option in offered.options], offered
        seen = await self.slack.hands.submit(who, values)
        assert seen.answered, seen
        assert not seen.problem, seen
        return seen

    async def done(self, who: str, values: Json) -> None:
        """Submit the topmost dialog, which is gone afterwards."""
        seen = await self.submit(who, values)
        assert seen.modal is None, (seen.errors, seen.modal)

    def modals(self, who: str) -> list[View]:
        return self.slack.hands.modals(who)

    def via(self, who: str) -> str:
        person = self.slack.hands.person(who)
        return f"slack:{person.team_id}/{person.id}"

    async def panel(self, number: int) -> str:
        """A message with every button about a ticket: what the menu of a card holds."""
        if number not in self.panels:
            texts = {name: {"type": "plain_text", "text": name} for name in BUTTONS}
            elements = [
                {"type": "button", "action_id": name, "text": text, "value": str(number)}
                for name, text in texts.items()
            ]
            channel = self.slack.workspace.channel_named(EVERYBODY).id
            entries = [{"text": text, "value": actions.choice(name, number)} for name, text in texts.items()]
            menu = {"type": "static_select", "action_id": actions.MORE, "options": entries}
            blocks = [{"type": "actions", "elements": [*elements, menu]}]
            posted = await client_for(self.slack).chat_postMessage(channel=channel, text=f"#{number}", blocks=blocks)
            self.panels[number] = str(posted["ts"])
        return self.panels[number]


def words(view: View) -> str:
    """All that stands in a dialog."""

    def said(part: Any) -> list[str]:
        if isinstance(part, list):
            return [text for each in part for text in said(each)]
        if not isinstance(part, dict):
            return []
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return [*own, *(text for value in part.values() for text in said(value))]

    return "\n".join(said(view.body["blocks"]))


def written(view: View) -> Json:
    """What was filled in in a dialog."""
    return {name: state["value"] for block in view.values.values() for name, state in block.items() if "value" in state}


@asynccontextmanager
async def dialog_desk(folder: Path, *, http: bool) -> AsyncIterator[Working]:
    """Everything up, with mail, two teams and their agents."""
    async with LocalSlack(seed=SEED) as slack, chat_desk(folder, slack, http=http) as desk:
        await desk.add("intake-email")
        for team, tier in ((FIRST, "1"), (NETWORK, "2")):
            await desk.api("PUT", f"/teams/{team}", json={"tier": tier, "title": {"es": team, "en": team}})
        for handle, team in (("eva", FIRST), ("tom", FIRST), ("nora", NETWORK)):
            agent = {"name": handle, "email": f"{handle}@desk.example", "teams": [{"team": team}]}
            await desk.api("PUT", f"/agents/{handle}", json=agent)
        yield Working(desk, slack)

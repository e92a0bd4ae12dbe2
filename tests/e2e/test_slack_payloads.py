"""Everything that Slack may send, at both doors of a running desk: answered, never twice, and nothing raises.

The payloads are those of `tests/data/slack`; `SLACK_PAYLOADS=FOLDER` names a folder with recorded ones (`*.json`, one
payload each, and `*.form`), which are sent as they are and once more with this workspace's ids in them.
"""

import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
import pytest_asyncio

from tests.support.chat_desk import HELP, chat_desk
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from ventanilla_devstack.slack.courier import Kind
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.slack.signing import sign

pytestmark = pytest.mark.asyncio(loop_scope="module")
Json = dict[str, Any]
DATA = Path(__file__).parent.parent / "data" / "slack"
SECONDS = 30
EXPECTED = [
    "(mensaje eliminado)", "Hello, of a shared channel", "Hello, of an organisation", "Hello, of today",
    "Hello, of years ago", "The scanner is very loud", "Who can turn it off?",
]  # fmt: skip
"""Subjects of the tickets that come of it."""
_EVENTS = ("event_callback", "url_verification", "app_rate_limited")
_SEARCHES = ("block_suggestion", "dialog_suggestion")


@dataclass(frozen=True)
class Door:
    """A running desk, and the door at which Slack knocks."""

    desk: RunningDesk
    slack: LocalSlack
    http: bool

    async def knock(self, payload: Json, *, again: bool = False) -> None:
        """Give the desk something; it is answered, and as Slack wants it."""
        kind = kind_of(payload)
        if not self.http:
            outcome = await self.slack.courier.ask(self.slack.app, kind, payload)
            assert outcome.answered, (outcome, payload)
            return
        if kind == "events_api":
            body, form = json.dumps(payload).encode(), "application/json"
        else:
            fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, form = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        headers = {"Content-Type": form, **sign(self.slack.app.signing_secret, int(time.time()), body)}
        if again:
            headers |= {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
        chat = self.desk.services["intake-chat"]
        async with httpx.AsyncClient(base_url=chat.url, timeout=10) as client:
            answer = await client.post("/slack/events", content=body, headers=headers)
        assert answer.status_code == 200, (answer, payload)
        if payload.get("type") == "url_verification":
            assert payload["challenge"] in answer.text

    async def settled(self) -> tuple[int, int]:
        """How many tickets and messages of customers there are, once nothing is under way."""

        async def counts() -> tuple[int, int]:
            await self.slack.courier.settle()
            channel = (await self.desk.api("GET", "/intake/ledger"))["channels"].get("slack")
            assert channel, "nothing came"
            assert not channel["in_flight"], channel
            assert not channel["missing"], channel
            [[waiting]] = await self.desk.query("SELECT count(*) FROM outbox")
            assert not waiting
            [[tickets]] = await self.desk.query("SELECT count(*) FROM ticket")
            [[messages]] = await self.desk.query("SELECT count(*) FROM message WHERE kind = 'customer'")
            return int(tickets), int(messages)

        before = await eventually(counts, SECONDS)

        async def still() -> tuple[int, int]:
            nonlocal before
            last, before = before, await counts()
            assert before == last, (last, before)
            return before

        return await eventually(still, SECONDS, every_seconds=1.0)

    def complaints(self) -> list[Any]:
        """What services logged that somebody would have to look at."""
        found: list[Any] = []
        for service in self.desk.services.values():
            found += [line for line in service.events() if line.get("level") in ("error", "critical")]
            found += [line for line in service.log.read_text().splitlines() if line.startswith("Traceback")]
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["socket mode", "http"])
async def door(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Door]:
    folder, http = servers_folder / f"payloads-{request.param_index}", request.param == "http"
    try:
        async with LocalSlack() as slack, chat_desk(folder, slack, http=http) as desk:
            await desk.api("PUT", "/teams/first-line", json={"tier": "1"})
            eva = {"name": "Eva Ruiz", "email": "eva@soporte.example", "teams": [{"team": "first-line"}]}
            await desk.api("PUT", "/agents/eva", json=eva)
            yield Door(desk, slack, http)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kind_of(payload: Mapping[str, Any]) -> Kind:
    if "command" in payload or "ssl_check" in payload:
        return "slash_commands"
    if payload.get("type") in _EVENTS:
        return "events_api"
    return "options" if payload.get("type") in _SEARCHES else "interactive"


def ids(slack: LocalSlack) -> dict[str, str]:
    """What stands for what in the payloads."""
    at = int(time.time()) - 60
    return {
        "T_HOME": slack.workspace.home, "T_OTHER": "T0OTHER000", "E_ORG": "E0ORG00000", "A_APP": slack.app.id,
        "B_APP": slack.app.bot_id, "U_BOT": slack.app.bot_user, "C_CARDS": slack.workspace.channel_named("soporte").id,
        "C_HELP": slack.workspace.channel_named(HELP).id, "U_CUSTOMER": slack.hands.person("carmen").id,
        "U_AGENT": slack.hands.person("soporte-eva").id, **{f"TS_{n}": f"{at + n}.000100" for n in range(1, 10)},
    }  # fmt: skip


def payloads(name: str, meant: Mapping[str, str]) -> dict[str, Json]:
    """The payloads of a file, with ids of this workspace."""
    text = (DATA / f"{name}.json").read_text(encoding="utf-8")
    for word in sorted(meant, key=len, reverse=True):
        text = text.replace(word, meant[word])
    found: dict[str, Json] = json.loads(text)
    return found


def everything(slack: LocalSlack) -> Iterator[Json]:
    """Each event in an envelope of today, one message in each envelope, then all that people do."""
    meant = ids(slack)
    envelopes = payloads("envelopes", meant)
    for number, event in enumerate(payloads("events", meant).values()):
        yield _enveloped(envelopes["of today"], event, f"Ev0SHAPE{number}")
    said = payloads("events", meant)["a message with blocks"]
    for number, (name, envelope) in enumerate(envelopes.items()):
        ts = f"{int(time.time()) - 30 + number}.000{number}00"
        event = {**said, "text": f"Hello, {name}", "blocks": [], "ts": ts, "event_ts": ts, "client_msg_id": ts}
        yield _enveloped(envelope, event, f"Ev0HELLO{number}")
    yield {
        "token": "verification",
        "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
        "type": "url_verification",
    }
    yield {"token": "verification", "type": "app_rate_limited", "team_id": meant["T_HOME"],
           "minute_rate_limited": int(time.time()), "api_app_id": slack.app.id}  # fmt: skip
    for name in ("interactions", "commands"):
        yield from payloads(name, meant).values()


def _enveloped(envelope: Json, event: Json, event_id: str) -> Json:
    moment = {"type": "event_callback", "event_id": event_id, "event_time": int(time.time())}
    return {**envelope, "event": event, **moment}


async def test_all_of_it_is_answered_makes_what_it_should_and_again_nothing(door: Door) -> None:
    given = list(everything(door.slack))
    for payload in given:
        await door.knock(payload)
    once = await door.settled()
    for payload in given:
        if kind_of(payload) == "events_api":
            await door.knock(payload, again=True)
    twice = await door.settled()

    tickets = (await door.desk.api("GET", "/tickets", params={"limit": 200}))["items"]
    subjects = sorted(ticket["subject"] for ticket in tickets)
    assert once == twice
    assert subjects == EXPECTED
    assert door.complaints() == []


@pytest.mark.skipif(not os.environ.get("SLACK_PAYLOADS"), reason="SLACK_PAYLOADS names no folder")
async def test_recorded_ones_are_answered_too(door: Door) -> None:
    given = list(recorded(Path(os.environ["SLACK_PAYLOADS"]), ids(door.slack)))
    assert given
    for payload in given:
        await door.knock(payload)
    once = await door.settled()
    for payload in given:
        if kind_of(payload) == "events_api":
            await door.knock(payload, again=True)

    assert await door.settled() == once
    assert door.complaints() == []


def recorded(folder: Path, meant: Mapping[str, str]) -> Iterator[Json]:
    """Each payload of a folder, as it is and with ids of this workspace."""
    for number, path in enumerate(sorted(folder.iterdir())):
        text = path.read_text(encoding="utf-8")
        payload = json.loads(text) if path.suffix == ".json" else dict(parse_qsl(text))
        for place in ({}, meant):
            event_id = {"event_id": f"Ev0REC{number}{len(place)}"} if "event" in payload else {}
            yield _placed(payload, place) | event_id


def _placed(value: Any, meant: Mapping[str, str]) -> Any:
    """The same with our workspace, channel and customer wherever a field names one."""
    if isinstance(value, list):
        return [_placed(one, meant) for one in value]
    if not isinstance(value, dict) or not meant:
        return value
    ours = {"team": "T_HOME", "channel": "C_HELP", "user": "U_CUSTOMER"}
    found: Json = {}
    for name, one in value.items():
        ours_here = meant.get(ours.get(name.removesuffix("_id"), ""), "")
        if ours_here and isinstance(one, str):
            found[name] = ours_here
        elif ours_here and isinstance(one, dict) and "id" in one:
            found[name] = {**_placed(one, meant), "id": ours_here}
        else:
            found[name] = _placed(one, meant)
    return found

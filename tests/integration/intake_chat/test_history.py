"""Catching up against a Slack that enforces its budgets: small, at a faster clock, and large."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from intake_chat.adapters.slack.history import History
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.domain.slack import pacing
from intake_chat.domain.slack.catching_up import Position, stamp_of
from intake_chat.domain.slack.events import Said, happening_of
from intake_chat.handlers.catching_up.catch_up import CatchUp, Progress
from intake_chat.handlers.catching_up.outages import Outages
from intake_chat.handlers.customers.accept import accepted_id
from tests.support.polling import eventually
from tests.support.slack import client_for
from ventanilla_devstack.slack.limits import HistoryMode
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_runtime.state import Entry

HELP = "ayuda"
FASTER = 300
"""Slack's minute is a fifth of a second."""


class Desk:
    """What is accepted, and where reading was."""

    def __init__(self, until: datetime) -> None:
        self.value = orjson.dumps(Position(stamp_of(until)).to_json())
        self.revision = 1
        self.ids: list[str] = []
        self.words: list[str | None] = []

    async def since(self, _at: datetime) -> set[str]:
        return set(self.ids)

    async def said(self, _identity: str, _at: datetime) -> Said | None:
        return None

    async def accept(self, _body: bytes, envelope: Any, _door: str) -> None:
        happening = happening_of(envelope)
        assert isinstance(happening, Said)
        self.ids.append(accepted_id(happening.source_id))
        self.words.append(happening.text)

    async def read(self, _key: str) -> Entry:
        return Entry(self.value, self.revision)

    async def replace(self, _key: str, value: bytes, revision: int) -> int:
        assert revision == self.revision
        self.value, self.revision = value, revision + 1
        return self.revision

    async def threads(self, _since: datetime, _most: int) -> list[str]:
        return []

    async def called(self, after: int) -> tuple[set[str], int]:
        return set(), after

    @property
    def done(self) -> bool:
        return self.revision > 1 and not orjson.loads(self.value)["holes"]


def faster_clock() -> Callable[[], float]:
    began, at = time.time(), time.monotonic()
    return lambda: began + (time.monotonic() - at) * FASTER


def catch_up(slack: LocalSlack, desk: Desk, way_out: WayOut, clock: Callable[[], float], *, small: bool) -> CatchUp:
    return CatchUp(
        history=History(client_for(slack), way_out, small=small), accepted=desk, accept=desk.accept, state=desk,
        keys=desk,
        channels=frozenset({slack.workspace.channel_named(HELP).id}),
        outages=Outages(receiving=lambda: True, certain=True, every_seconds=900, clock=time.monotonic),
        progress=Progress(), now=lambda: datetime.fromtimestamp(clock(), UTC), horizon=timedelta(days=3),
        thread_horizon=timedelta(days=14), most_threads=20,
    )  # fmt: skip


@pytest.mark.parametrize("budget", ["small", "large"])
async def test_all_is_there_once_and_slack_never_has_to_say_wait(
    budget: HistoryMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "SMALL_HISTORY", pacing.Rate(0.9 * FASTER, 1))
    clock = faster_clock()
    desk = Desk(datetime.fromtimestamp(clock(), UTC))
    way_out = WayOut(small_history=budget == "small")
    async with LocalSlack(clock=clock, limits="real", history=budget) as slack:
        direct = slack.hands.dm("carmen")
        roots = [slack.hands.write("carmen", HELP, f"asunto {number}") for number in range(40)]
        for number in range(20):
            slack.hands.write("john", HELP, f"respuesta {number}", thread_ts=roots[7].ts)
        slack.hands.write("carmen", direct, "directo")
        reading = catch_up(slack, desk, way_out, clock, small=budget == "small")
        task = asyncio.create_task(reading.run())
        await eventually(lambda: desk.done, 30)
        reading.stop()
        await task
        await way_out.close()

        wanted = [f"asunto {number}" for number in range(40)] + [f"respuesta {number}" for number in range(20)]
        assert sorted(map(str, desk.words)) == sorted([*wanted, "directo"])
        assert len(desk.ids) == len(set(desk.ids))
        assert slack.limits.refused == {}
        replies = [word for word in desk.words if str(word).startswith("respuesta")]
        assert replies == wanted[40:]
        pages = [arguments["limit"] for method, arguments, _ in slack.calls if method == "conversations.history"]
        assert set(pages) == ({"15"} if budget == "small" else {"200"})
        assert len(pages) == (4 if budget == "small" else 2)

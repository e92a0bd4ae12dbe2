"""`kill -9` of ticket services, Postgres and NATS while clocks and ladders run: each warning, breach, step, page once.

The database's clock runs ten times as fast, so that minutes of deadlines pass within seconds. Moments are random and
seeded; `VENTANILLA_SEED` makes them others.
"""

import asyncio
import random
from collections import Counter
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.faults.test_kills import LOTS_OF_ACKNOWLEDGEMENTS, kill_and_revive, seed
from tests.faults.traffic import Sender, stream
from tests.support.desk import RunningDesk
from tests.support.fast_clock import hasten, replace_clock
from tests.support.polling import eventually
from tests.support.streams import stored
from tickets.adapters.postgres.migrate import migrate

SPEED = 10
TICKETS = 60
ACKNOWLEDGED = 15
CLOCKS = ("first_response", "resolution", "update")
SHARES = (0.25, 0.5, 0.75)
_PROMISED = {key: {"minutes": 3, "calendar": "always"} for key in ("low", "normal", "high", "urgent")}
POLICY: dict[str, Any] = {
    "targets": dict.fromkeys(CLOCKS, _PROMISED), "warn_at": list(SHARES), "page_at_night": True,
}  # fmt: skip
LADDER: dict[str, Any] = {
    "starts": [{"on": "arrival"}],
    "stops": ["acknowledged"],
    "steps": [
        {"after_minutes": 1, "do": "notify_team"},
        {"after_minutes": 1, "do": "page", "rota": "nights", "answer_within_minutes": 1, "times": 2},
        {"after_minutes": 1, "do": "raise_tier"},
        {"after_minutes": 0, "do": "notify_team"},
    ],
}
ROTA: dict[str, Any] = {
    "zone": "Europe/Madrid",
    "layers": [{"members": ["eva"], "first_day": "2026-01-01", "turn_days": 7}],
}
TEAMS = {"first-line": {"tier": "1"}, "technical": {"tier": "2"}}
STEPS = [("notify_team", 1), ("page", 2), ("page", 2), ("page", 2), ("raise_tier", 3), ("notify_team", 4)]
"""What the ladder does to a ticket that nobody takes; the third page says that nobody acknowledged the two before."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("replicas", [2, pytest.param(4, marks=pytest.mark.long)])
async def test_whatever_is_killed_each_warning_breach_step_and_page_comes_once(
    desk_folder: Path, replicas: int
) -> None:
    desk = RunningDesk(desk_folder, LOTS_OF_ACKNOWLEDGEMENTS)
    try:
        names = await open_desk(desk, replicas)
        sent = await stream(Sender(desk.smtp_port), f"run{seed()}", TICKETS, seed(), pause_seconds=0.01)
        await desk.settled(TICKETS, 60)
        acknowledging = asyncio.create_task(acknowledge_some(desk))
        kills = await kill_while_they_run(desk, names, random.Random(seed()))
        tried = await acknowledging
        await eventually(lambda: nothing_is_due(desk), 60, every_seconds=0.3)
        await check_clocks(desk, sent)
        await check_ladders(desk, len(tried))
        await check_mails(desk)
        await eventually(lambda: check_events(desk), 20, every_seconds=0.2)
        print(f"{replicas} replicas, {sum(kills.values())} kills {dict(kills)}")
    finally:
        await desk.end()


async def open_desk(desk: RunningDesk, replicas: int) -> list[str]:
    """A desk on fast time with people, a policy and a ladder; returns the names of its ticket services."""
    await desk.start(services=())
    await replace_clock(desk.postgres.dsn())
    await migrate(desk.postgres.dsn())
    names = ["tickets", *(f"tickets-{number}" for number in range(2, replicas + 1))]
    await asyncio.gather(desk.add("intake-email"), desk.add("router"), *(desk.add("tickets", name) for name in names))
    await hasten(desk.postgres.dsn(), SPEED)
    for name, team in TEAMS.items():
        await desk.api("PUT", f"/teams/{name}", json={"title": {"es": name, "en": name}, **team})
    eva = {"name": "Eva", "email": "eva@agents.example", "teams": [{"team": name} for name in TEAMS]}
    await desk.api("PUT", "/agents/eva", json=eva)
    await desk.api("PUT", "/desk/policies/standard", json=POLICY)
    await desk.api("PUT", "/desk/rotas/nights", json=ROTA)
    await desk.api("PUT", "/desk/ladders/default", json=LADDER)
    return names


async def acknowledge_some(desk: RunningDesk) -> set[int]:
    """Acknowledge the first pages that go out, of one ticket each, through whatever is killed meanwhile, each twice.

    Returns the tickets for which that was tried: of one whose answer was lost in a kill, the page may be acknowledged.
    """
    done: set[int] = set()
    tried: set[int] = set()
    while len(done) < ACKNOWLEDGED:
        try:
            pages = (await desk.api("GET", "/desk/pages", params={"state": "open", "limit": 10}))["items"]
            for page in pages:
                if page["ticket"] in done or len(done) == ACKNOWLEDGED:
                    continue  # a ticket that nobody took in time has been paged about twice
                tried.add(page["ticket"])
                answers = [await desk.call("POST", f"/desk/pages/{page['id']}/acknowledge") for _ in range(2)]
                if all(answer.is_success for answer in answers):
                    done.add(page["ticket"])
        except (httpx.HTTPError, AssertionError):
            pass  # it is being killed; the page is acknowledged or still open
        await asyncio.sleep(0.05)
    return tried


async def kill_while_they_run(desk: RunningDesk, names: list[str], dice: random.Random) -> Counter[str]:
    """Kill everything in turn until each ticket has used up what it was promised."""
    kills: Counter[str] = Counter()
    order: list[str] = []
    ends = asyncio.get_running_loop().time() + 5.5 * 60 / SPEED
    while asyncio.get_running_loop().time() < ends:
        if not order:
            order = dice.sample([*names, "postgres", "nats", "router"], len(names) + 3)
        role = order.pop()
        await asyncio.sleep(dice.random() * 0.8)
        await kill_and_revive(desk, role, dice.random() * 0.5)
        kills[role] += 1
    return kills  # none gets ready again: the database's clock is minutes ahead of the broker's


async def nothing_is_due(desk: RunningDesk) -> bool:
    """Whether all that is to happen by itself has happened, and has left."""
    [row] = await desk.query(
        "select (select count(*) from due where kind = 'ladder' or due_at < clock_timestamp()) as due,"
        " (select count(*) from outbox where stream <> 'OUTBOUND') as leaving,"
        " (select count(*) from message where delivery_state = 'queued') as queued"
    )
    assert not any(row.values()), dict(row)
    return True


async def check_clocks(desk: RunningDesk, sent: list[str]) -> None:
    """Every ticket was warned and breached once for each clock and share."""
    rows = await desk.query(
        "select ticket_number, detail->>'clock' as clock, detail->>'cycle' as cycle, detail->>'kind' as kind"
        " from history where action in ('service_level.warned', 'service_level.breached')"
    )
    found = Counter(tuple(row) for row in rows)
    numbers = [row["number"] for row in await desk.query("select number from ticket")]
    assert len(numbers) == len(sent)
    kinds = [f"warning:{share}" for share in SHARES]
    expected = {
        (number, clock, "1", kind)
        for number in numbers
        for clock in CLOCKS
        for kind in (*kinds, "update_due" if clock == "update" else "breach")
    }
    # Whoever hands on a ticket whose word to the customer is late already promises the next: another cycle.
    promised = {key for key in found if key[1:3] == ("update", "2")}
    assert set(found) - promised == expected
    assert set(found.values()) == {1}


async def check_ladders(desk: RunningDesk, most_acknowledged: int) -> None:
    """Every run went through its steps in their order, once each, as far as nobody acknowledged."""
    rows = await desk.query(
        "select ticket_number, action, detail->>'do' as do, (detail->>'step')::int as step, why"
        " from history where action like 'ladder.%' or action = 'page.acknowledged' order by ticket_number, id"
    )
    acknowledged = 0
    for number in {row["ticket_number"] for row in rows}:
        lines = [(row["action"], row["do"], row["step"]) for row in rows if row["ticket_number"] == number]
        actions = [action for action, _, _ in lines]
        steps = [(do, step) for action, do, step in lines if action == "ladder.step"]
        assert actions[0] == "ladder.started"
        assert actions[-1] in ("ladder.ended", "ladder.stopped", "page.acknowledged")
        assert actions.count("ladder.started") == 1
        if "page.acknowledged" in actions:
            acknowledged += 1
            assert actions.count("page.acknowledged") == 1
            assert "ladder.step" not in actions[actions.index("page.acknowledged") :], lines
            assert steps == STEPS[: len(steps)]
        else:
            assert steps == STEPS, lines
    assert ACKNOWLEDGED <= acknowledged <= most_acknowledged
    doubled = await desk.query("select run, step, round, attempt from page group by 1, 2, 3, 4 having count(*) > 1")
    assert not doubled


async def check_mails(desk: RunningDesk) -> None:
    """Every page and every notice is one mail."""
    pages = [row["id"] for row in await desk.query("select id from page")]
    to_eva = [mail for mail in desk.sent() if "eva@agents.example" in str(mail["To"])]
    assert len({str(mail["Message-ID"]) for mail in to_eva}) == len(to_eva)
    links = Counter(link for mail in to_eva for link in _links(mail))
    assert len(links) == len(pages)
    assert set(links.values()) == {1}


def _links(mail: EmailMessage) -> set[str]:
    body = mail.get_body(("plain",))
    assert body is not None
    return {word for word in body.get_content().split() if "/p/" in word}


async def check_events(desk: RunningDesk) -> bool:
    """The stream of the desk's events holds one for each warning, breach and page.

    Words that were promised anew fall due while this looks: the stream is read before the histories.
    """
    events: Counter[tuple[str, str]] = Counter()
    for message in await stored(await desk.broker.connect(), "TICKETS"):
        if message.headers["ce-type"] in ("ticket.service_level.v1", "ticket.paged.v1"):
            events[message.headers["ce-type"], orjson.loads(message.body)["id"]] += 1
    assert set(events.values()) == {1}
    counts = Counter(type_ for type_, _ in events)
    fired = "select 1 from history where action in ('service_level.warned', 'service_level.breached')"
    assert counts["ticket.service_level.v1"] == len(await desk.query(fired))
    assert counts["ticket.paged.v1"] == len(await desk.query("select 1 from page"))
    return True

"""Measures an empty and a full desk in turn."""

import argparse
import asyncio
import statistics
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import asyncpg

from router.adapters.rule_file import default_rules_text
from tests.bench.desk.full_desk import furnish, must_be_full
from tests.bench.mail_cost import MakeMails, mail_sets
from tests.bench.measure import measure
from tests.bench.processes import cpu_seconds
from tests.bench.replay.fifty_rules import fifty_rules
from tests.bench.report import Report
from tests.bench.servers import Servers
from tests.bench.sides import Product

TURNS, MAILS = 6, 2_000
QUICK_TURNS, QUICK_MAILS = 1, 300
TARGET_RATIO = 1.1
_MAIL_SET = "plain 3 KB mails"
"""The cheapest ones: on these, what the desk adds is the largest share."""
_REST_SECONDS = 1.5
"""Longer than the rounds of whatever follows a mail."""
_IDLE_SHARE = 0.05
_LONGEST_REST_SECONDS = 20.0


@dataclass(slots=True)
class Desk:
    """One of the two, and the CPU milliseconds a mail of its turns, by process."""

    name: str
    servers: Servers
    product: Product
    turns: list[dict[str, float]] = field(default_factory=list)

    def typical(self) -> dict[str, float]:
        """The median of all turns, by process."""
        return {role: statistics.median(turn[role] for turn in self.turns) for role in self.turns[0]}


def overhead(report: Report, arguments: argparse.Namespace) -> None:
    """CPU a mail of both desks, without and with acknowledgements, and their ratio."""
    turns, count = getattr(arguments, "turns", TURNS), getattr(arguments, "mails", MAILS)
    if arguments.quick:
        turns, count = min(turns, QUICK_TURNS), min(count, QUICK_MAILS)
    report.heading("a full desk", f"{turns} × {count:,} {_MAIL_SET} in turn with an empty desk")
    with Servers() as empty, Servers() as full:
        desks = (
            Desk("empty desk", empty, Product(empty)),
            Desk("full desk", full, Product(full, prepare=furnish, rules=fifty_rules(default_rules_text()))),
        )
        asyncio.run(_compare(report, desks, turns, count))


async def _compare(report: Report, desks: tuple[Desk, Desk], turns: int, count: int) -> None:
    async with AsyncExitStack() as stack:
        with report.doing("starting both desks"):
            for desk in desks:
                stack.callback(desk.product.stop)
                await desk.product.start()
        for variant, of in mail_sets()[_MAIL_SET].items():
            with report.doing(f"{variant} acknowledgement", 2 * turns * count) as step:
                for desk in desks:
                    desk.turns.clear()
                    await _turn(desk, of, count)  # warms it up
                for _ in range(turns):
                    for desk in desks:
                        desk.turns.append(await _turn(desk, of, count))
                        step.done += count
            _judge(report, variant, desks)
        connection = await asyncpg.connect(desks[1].servers.postgres.dsn())
        await must_be_full(connection)
        await connection.close()


def _judge(report: Report, variant: str, desks: tuple[Desk, Desk]) -> None:
    for desk in desks:
        typical = desk.typical()
        parts = " ".join(f"{role} {used:.2f}" for role, used in typical.items())
        label = f"{desk.name}, {variant} acknowledgement"
        report.line(f"  {label:<47} {sum(typical.values()):6.2f} CPU-ms a mail")
        report.line(f"    {parts}")
        report.figures[f"{label}, CPU-ms a mail"] = desk.turns[:]
    ratios = [sum(full.values()) / sum(empty.values()) for empty, full in zip(*(d.turns for d in desks), strict=True)]
    report.figures[f"full / empty desk, {variant} acknowledgement, pairs"] = [round(ratio, 3) for ratio in ratios]
    report.at_most(f"CPU {variant} acknowledgement / empty desk", statistics.median(ratios), TARGET_RATIO, "x")


async def _turn(desk: Desk, of: MakeMails, count: int) -> dict[str, float]:
    """CPU milliseconds a mail, from the first mail to the rest after the last one; then the desk closes its tickets."""
    before = cpu_seconds(desk.product.pids())
    await measure(desk.product, desk.servers, of(count))
    after = await _rested(desk.product.pids())
    connection = await asyncpg.connect(desk.servers.postgres.dsn())
    await connection.execute("update ticket set status = 'closed' where status <> 'closed'")
    await connection.execute("vacuum analyze ticket")
    await connection.close()
    return {role: 1e3 * (after[role] - before[role]) / count for role in after}


async def _rested(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds of processes that have come to rest: what they use is what they always use."""
    deadline = time.monotonic() + _LONGEST_REST_SECONDS
    while True:
        before = cpu_seconds(pids)
        await asyncio.sleep(_REST_SECONDS)
        after = cpu_seconds(pids)
        used = sum(after.values()) - sum(before.values())
        if used < _IDLE_SHARE * _REST_SECONDS or time.monotonic() > deadline:
            return before

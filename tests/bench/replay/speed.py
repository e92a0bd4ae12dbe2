"""Fills a stream, replays two rule sets over it as an operator would, and watches the processes."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.adapters.rule_file import default_rules_text
from tests.bench.processes import descendants, proportional_bytes
from tests.bench.replay.fifty_rules import COUNT, fifty_rules
from tests.bench.replay.intake import fill
from tests.bench.report import Report
from tests.bench.servers import server_folder
from tests.support.broker import Desk
from ventanilla_devstack.nats_server import NatsServer, generate_passwords
from ventanilla_runtime import topology

MESSAGES = 100_000
QUICK_MESSAGES = 4_000
CORES = 2
TARGET_PER_SECOND = 5_000
TARGET_PEAK_MB = 400
_STORAGE_BYTES = 32 * 1024**3
"""A limit: the stream's share of it must hold all messages."""
_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one run of the command took, and what it reported. `peak_bytes` is of all its processes together."""

    seconds: float
    peak_bytes: int
    report: Mapping[str, Any]


def speed(report: Report, arguments: argparse.Namespace) -> None:
    """Messages a second, memory, and that the set in force changes nothing."""
    count = getattr(arguments, "messages", MESSAGES)
    if arguments.quick:
        count = min(count, QUICK_MESSAGES)
    report.heading("router replay", f"{count:,} messages, {COUNT} rules, {CORES} cores")
    with two_cores(), server_folder() as folder:
        server = NatsServer(folder / "nats", generate_passwords(), storage_bytes=_STORAGE_BYTES)
        server.start()
        try:
            desk = Desk(server)
            asyncio.run(make_streams(desk))
            with report.doing("filling the stream", count) as step:
                fill(desk.settings(), count, step)
            shipped = default_rules_text()
            with report.doing(f"replaying {COUNT} rules"):
                new = replay(desk, folder, fifty_rules(shipped))
            with report.doing("replaying the set in force"):
                same = replay(desk, folder, shipped)
        finally:
            server.stop()
    judge(report, count, new, same)


def judge(report: Report, count: int, new: Replayed, same: Replayed) -> None:
    """Hold what was found against the targets."""
    report.line(f"  {COUNT} rules: {new.report['changed']:,} of {new.report['messages']:,} messages would change")
    report.at_least("messages a second", new.report["messages"] / new.seconds, TARGET_PER_SECOND, "/s")
    report.at_most("peak memory of all its processes", new.peak_bytes / 1e6, TARGET_PEAK_MB, "MB")
    report.at_least(
        "messages a second, the set in force", same.report["messages"] / same.seconds, TARGET_PER_SECOND, "/s"
    )
    report.at_most("changes by the set in force", same.report["changed"], 0)
    unseen = [2 * count - new.report["messages"] - same.report["messages"], new.report["unreadable"]]
    report.at_most("messages that were left out", sum(unseen), 0)
    if not new.report["changed"]:
        raise RuntimeError("fifty rules changed nothing: the bench does not measure what it should")


def replay(desk: Desk, folder: Path, rules: str) -> Replayed:
    """Run the command in a process of its own.

    Raises:
        RuntimeError: it failed; the text is its own.
    """
    file = folder / "rules.yaml"
    file.write_text(rules)
    environment = {
        **os.environ,
        "ROUTER_NATS_URL": desk.address,
        "ROUTER_NATS_USER": "rules",
        "ROUTER_NATS_PASSWORD": desk.password("rules"),
    }
    command = [str(Path(sys.prefix) / "bin" / "router"), "replay", "--rules", str(file), "--since", "30d"]
    began = time.monotonic()
    with subprocess.Popen(
        [*command, "--limit-moves", "3", "--json"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        peaks = [0]
        watcher = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
        watcher.start()
        out, err = process.communicate(timeout=_PATIENCE_SECONDS)
        seconds = time.monotonic() - began
        watcher.join()
    if process.returncode:
        raise RuntimeError(f"router replay failed: {err.strip()}")
    return Replayed(seconds, max(peaks), json.loads(out))


def _watch(process: "subprocess.Popen[str]", peaks: list[int]) -> None:
    while process.poll() is None:
        peaks.append(sum(map(proportional_bytes, descendants(process.pid))))
        time.sleep(_LOOK_SECONDS)


async def make_streams(desk: Desk) -> None:
    """The desk's streams, large enough for everything."""
    await topology.apply(await desk.connect("topology"), storage_bytes=_STORAGE_BYTES // 2)
    await desk.close()


@contextmanager
def two_cores() -> Iterator[None]:
    """What is started within the block, the broker included, shares `CORES` cores, whatever the machine has."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

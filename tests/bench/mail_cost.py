"""What a mail costs from the SMTP door to the settled ledger row, beside the bare minimum for the same work.

Targets (docs/delivery.md): CPU a mail at most 4 times the bare minimum without acknowledgement and 6 times with it; 99
of 100 mails a visible ticket within 250 ms at half of the saturated rate and within 60 ms at 20 mails a second;
services at rest below 400 MB.
"""

import argparse
import asyncio
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict

from tests.bench import mails
from tests.bench.generator import Mail
from tests.bench.measure import Result, measure, run_side
from tests.bench.report import Report
from tests.bench.servers import Servers
from tests.bench.sides import RECIPIENT, BareMinimum, Product, Side

ROUNDS = 3
WARM_UP = 1_000
_REST_SECONDS = 8.0

MakeMails = Callable[[int], Sequence[Mail]]


def mail_sets() -> dict[str, dict[str, MakeMails]]:
    """The mail sets: name → {without, with acknowledgement}."""
    seeds = iter(range(1, 1_000))
    return {
        "plain 3 KB mails": {
            "without": lambda count: mails.plain(count, RECIPIENT, automatic=True),
            "with": lambda count: mails.plain(count, RECIPIENT, automatic=False),
        },
        "the peers' mail set": {
            "without": lambda count: mails.peers(count, RECIPIENT, next(seeds), automatic=True),
            "with": lambda count: mails.peers(count, RECIPIENT, next(seeds), automatic=False),
        },
    }


def mail_cost(report: Report, arguments: argparse.Namespace) -> None:
    """CPU, latency and memory of both mail sets, and where the CPU goes."""
    rounds, count, seconds = (1, 1_500, 3.0) if arguments.quick else (ROUNDS, 8_000, 15.0)
    for title, sets in mail_sets().items():
        report.heading(title)
        rates = compare(report, title, sets, rounds, count if "plain" in title else count // 2)
        rate = f"{rates['with'] / 2:.0f}/s"
        with report.doing(f"sending mails at {rate} and at 20/s"):
            half, slow, resident = latencies(sets["with"], rates["with"], seconds)
        report.line(f"  to a visible ticket at {rate}: p50 {half.latency_p50_ms:.1f}, p99 {half.latency_p99_ms:.1f} ms")
        report.line(f"  to a visible ticket at 20/s: p50 {slow.latency_p50_ms:.1f}, p99 {slow.latency_p99_ms:.1f} ms")
        report.figures[f"{title}, latency"] = {"half": asdict(half), "slow": asdict(slow)}
        report.at_most(f"p99 at half of the saturated rate ({rate})", half.latency_p99_ms, 250, "ms")
        report.at_most("p99 at 20 mails a second", slow.latency_p99_ms, 60, "ms")
        report.at_most("memory of the services at rest", resident, 400, "MB")
    report.heading("Where the CPU of the services goes (plain mails, with acknowledgement)")
    with report.doing("sampling"):
        report.figures["steps"] = found = steps(mail_sets()["plain 3 KB mails"]["with"], count // 2)
    for name, shares in found.items():
        listed = ", ".join(f"{step} {share:.0%}" for step, share in shares.items() if share >= 0.03)
        report.line(f"  {name}: {listed}")


def compare(report: Report, title: str, sets: dict[str, MakeMails], rounds: int, count: int) -> dict[str, float]:
    """CPU a mail of both sides in turn; returns the product's saturated rate per variant."""
    rates = {}
    for variant, limit in (("without", 4.0), ("with", 6.0)):
        pairs = []
        for _ in range(rounds):
            with report.doing(f"bare minimum, {variant} acknowledgement: {count:,} mails"):
                least = saturated(BareMinimum, sets[variant], count)
            show(report, f"bare minimum, {variant} acknowledgement", least)
            with report.doing(f"ventanilla, {variant} acknowledgement: {count:,} mails"):
                ours = saturated(Product, sets[variant], count)
            show(report, f"ventanilla, {variant} acknowledgement", ours)
            pairs.append((least, ours))
        ratio = statistics.median(ours.cpu_total_ms / least.cpu_total_ms for least, ours in pairs)
        report.figures[f"{title}, {variant}"] = [{"bare": asdict(a), "ventanilla": asdict(b)} for a, b in pairs]
        report.at_most(f"CPU {variant} acknowledgement / bare minimum", ratio, limit, "x")
        rates[variant] = statistics.median(ours.per_second for _, ours in pairs)
    return rates


def saturated(make: Callable[[Servers], Side], of: MakeMails, count: int) -> Result:
    """Throughput and CPU a mail, every connection always busy; warmed up before."""

    async def work(side: Side, servers: Servers) -> Result:
        await measure(side, servers, of(WARM_UP))
        return await measure(side, servers, of(count))

    result: Result = run_side(make, work)
    return result


def latencies(of: MakeMails, top: float, seconds: float) -> tuple[Result, Result, float]:
    """Latency at half of the saturated rate and at 20 mails a second, and the services' memory at rest (MB)."""

    async def work(side: Side, servers: Servers) -> tuple[Result, Result, float]:
        await measure(side, servers, of(WARM_UP))
        half = await measure(side, servers, of(int(top / 2 * seconds)), rate=top / 2)
        slow = await measure(side, servers, of(int(20 * seconds)), rate=20)
        await asyncio.sleep(_REST_SECONDS)
        services = [name for name in slow.resident_mb if name not in ("nats", "postgres")]
        return half, slow, sum(slow.resident_mb[name] for name in services)

    found: tuple[Result, Result, float] = run_side(Product, work)
    return found


def steps(of: MakeMails, count: int) -> dict[str, dict[str, float]]:
    """Per service, the share of its CPU that each step takes, by sampling."""
    found: dict[str, dict[str, float]] = {}

    def sampled(servers: Servers) -> Product:
        return Product(servers, sampled=True)

    async def work(side: Side, servers: Servers) -> None:
        assert isinstance(side, Product)
        await measure(side, servers, of(WARM_UP + count))
        for name, process in side.services.items():
            await process.stop()
            counts = json.loads(side.samples(name).read_text())
            total = sum(counts.values()) or 1
            ordered = sorted(counts.items(), key=lambda item: -item[1])
            found[name] = {step: samples / total for step, samples in ordered}

    run_side(sampled, work)
    return found


def show(report: Report, label: str, result: Result) -> None:
    """One run in two lines of 80 columns."""
    parts = " ".join(f"{role} {used:.2f}" for role, used in result.cpu_ms.items())
    report.line(f"  {label:<40} {result.per_second:6.0f}/s {result.cpu_total_ms:6.2f} CPU-ms a mail")
    report.line(f"    {parts}")

"""`router replay`: what other rules would have made of the real intake. Nothing is published, nothing is changed."""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from router.commands.printing import AsJson, fail, print_json
from router.commands.rule_refs import RULES_HELP

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST_DAYS = 3_650
_BAR_CHARS = 40
_DRAW_EVERY_SECONDS = 0.1


def replay(
    rules: Annotated[str, typer.Option(help=f"What to try: {RULES_HELP}.", metavar="FILE|in-force|HASH")],
    since: Annotated[str, typer.Option(help="From when on: 30d, 12h, 2w, or a time like 2026-11-23T08:00.")] = "30d",
    until: Annotated[str | None, typer.Option(help="Until when; without it until now.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    limit_moves: Annotated[int, typer.Option(help="So many messages that change are listed.", min=0, max=10_000)] = 20,
    processes: Annotated[int, typer.Option(help="Processes that share the work.", min=1, max=16)] = min(
        2, os.cpu_count() or 1
    ),
    as_json: AsJson = False,
) -> None:
    """Decide what was routed by other rules, with what was known at the time, and say what would be different.

    Compared is with the recorded decision where the set in force made it, else with what the set in force makes of the
    message now.
    """
    from router.commands.session import read_settings, user_of, with_broker
    from router.errors import ReplayFailed, RulesRefused
    from router.replay import Asked, prepare, tickets_of
    from router.replay import replay as run
    from router.replay_report import NOT_ASKED, lines, named_in, report
    from ventanilla_contracts.words import CHANNELS

    now = datetime.now(UTC)
    started = parse_time(since, "--since", now)
    ended = parse_time(until, "--until", now) if until else None
    if ended is not None and ended <= started:
        fail("--until lies before --since: there is nothing between them")
    if channel is not None and channel not in CHANNELS:
        fail(f"{channel} is no channel; known are {', '.join(CHANNELS)}")
    settings = read_settings()
    asked = Asked(rules, started, ended, channel, limit_moves)
    try:
        question = with_broker(lambda broker: prepare(broker, settings, asked))
        tally = run(question, user_of(settings), processes, _Bar(sys.stderr.isatty()).draw)
    except (RulesRefused, ReplayFailed) as error:
        fail(str(error))
    named = named_in(tally)
    tickets = with_broker(lambda broker: tickets_of(broker, settings.prefix, named)) if named else NOT_ASKED
    if as_json:
        print_json({**report(question, tally, tickets), "channel": channel})
        return
    for line in lines(question, tally, tickets):
        sys.stdout.write(line + "\n")


def parse_time(text: str, option: str, now: datetime) -> datetime:
    """The time that `30m`, `12h`, `7d`, `2w` ago or an ISO time means, aware UTC; leaves with a clear line if none."""
    if text[-1:] in UNITS and text[:-1].isascii() and text[:-1].isdigit():
        ago = timedelta(**{UNITS[text[-1]]: min(int(text[:-1]), LONGEST_DAYS * 1_440)})
        return now - min(ago, timedelta(days=LONGEST_DAYS))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text}: give 30m, 12h, 7d, 2w or a time like 2026-11-23T08:00")
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


class _Bar:
    """A bar on standard error that grows; nothing where nobody looks."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._drawn = 0.0
        self._started = time.monotonic()

    def draw(self, done: int, of: int) -> None:
        """Show how far the work has come."""
        now = time.monotonic()
        if not self._shown or (done < of and now - self._drawn < _DRAW_EVERY_SECONDS):
            return
        self._drawn = now
        full = _BAR_CHARS * done // of if of else _BAR_CHARS
        speed = done / max(now - self._started, 0.001)
        bar = "#" * full + "." * (_BAR_CHARS - full)
        sys.stderr.write(f"\r[{bar}] {done:,} of {of:,}, {speed:,.0f} a second" + ("\n" if done >= of else ""))
        sys.stderr.flush()

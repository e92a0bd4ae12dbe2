"""What a bench says: figures beside their targets in 80 columns, how far it is, and all of it as JSON."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

_TICK_SECONDS = 0.5
_LINE_SECONDS = 10.0
_CLEAR = "\r\033[K"


class Step:
    """A piece of work that takes a while; whoever does it says how much of it is done."""

    def __init__(self, words: str, of: int) -> None:
        """`of` 0: nobody knows how much it is."""
        self.words = words
        self.of = of
        self.done = 0
        self._began = time.monotonic()

    def __str__(self) -> str:
        told = f"  {self.words}: {self.done:,} of {self.of:,}" if self.of else f"  {self.words}"
        return f"{told[:69]}, {time.monotonic() - self._began:.0f} s"


class Report:
    """Prints as it goes, keeps the figures, and remembers what missed its target."""

    def __init__(self, out: TextIO) -> None:
        self.figures: dict[str, Any] = {}
        self.missed: list[str] = []
        self._out = out
        self._title = ""

    def heading(self, title: str, detail: str = "") -> None:
        """What the following lines are about; the title also names their figures."""
        self._title = title
        self.line(f"\n{title}" + (f": {detail}" if detail else ""))

    def line(self, text: str) -> None:
        """A line of the table."""
        self._out.write(text + "\n")
        self._out.flush()

    def at_most(self, name: str, value: float, limit: float, unit: str = "") -> None:
        """Compare a figure with the target that it must not exceed."""
        self._target(name, value, limit, unit, "≤", value <= limit)

    def at_least(self, name: str, value: float, limit: float, unit: str = "") -> None:
        """Compare a figure with the target that it must reach."""
        self._target(name, value, limit, unit, "≥", value >= limit)

    def _target(self, name: str, value: float, limit: float, unit: str, sign: str, met: bool) -> None:
        self.figures[f"{self._title}: {name}"] = {"value": round(value, 3), "target": limit, "sign": sign, "unit": unit}
        if not met:
            self.missed.append(f"{self._title}: {name}")
        shown = f"{value:,.2f}" if abs(value) < 1_000 and value != int(value) else f"{value:,.0f}"
        self.line(f"  {name:<44} {shown:>9} {unit:<5} {sign} {limit:<8,g} {'ok' if met else 'MISSED'}")

    @contextmanager
    def doing(self, words: str, of: int = 0) -> Iterator[Step]:
        """Show on standard error what is being done and how far it is, for as long as the block takes."""
        step = Step(words, of)
        over = threading.Event()
        shower = threading.Thread(target=_show, args=(step, over), daemon=True)
        shower.start()
        try:
            yield step
        finally:
            over.set()
            shower.join()


def _show(step: Step, over: threading.Event) -> None:
    """A line that is drawn again and again; where nobody looks, one every few seconds."""
    if not sys.stderr.isatty():
        while not over.wait(_LINE_SECONDS):
            sys.stderr.write(f"{step}\n")
            sys.stderr.flush()
        return
    while not over.wait(_TICK_SECONDS):
        sys.stderr.write(f"{_CLEAR}{step}")
        sys.stderr.flush()
    sys.stderr.write(_CLEAR)
    sys.stderr.flush()


Part = Callable[[Report, argparse.Namespace], None]
"""Measures something: writes into the report. The arguments have `quick`, and what the part itself asked for."""


def run(
    parts: Mapping[str, Part], description: str | None, ask: Callable[[argparse.ArgumentParser], None] | None = None
) -> int:
    """Read the command line, run the parts and judge; 0 if every target was met.

    Args:
        parts: by name. More than one: the command line may choose among them.
        ask: adds the arguments that the parts understand beyond `--quick` and `--json`.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if len(parts) > 1:
        parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(parts)}")
    parser.add_argument(
        "--quick", action="store_true", help="small, to see that it works: figures mean nothing, exit 0"
    )
    parser.add_argument(
        "--json",
        nargs="?",
        const="-",
        metavar="FILE",
        help="write the figures as JSON, without FILE to standard output",
    )
    if ask is not None:
        ask(parser)
    arguments = parser.parse_args()
    chosen = getattr(arguments, "parts", None) or list(parts)
    if unknown := [name for name in chosen if name not in parts]:
        parser.error(f"there is no part {unknown[0]}; known are {', '.join(parts)}")
    report = Report(sys.stderr if arguments.json == "-" else sys.stdout)
    began = time.monotonic()
    for name in chosen:
        parts[name](report, arguments)
    report.line(f"\n{time.monotonic() - began:.0f} s; " + ("missed:" if report.missed else "all targets met"))
    for name in report.missed:
        report.line(f"  {name}")
    _write({**report.figures, "missed": report.missed}, arguments.json)
    return 1 if report.missed and not arguments.quick else 0


def _write(figures: Mapping[str, Any], where: str | None) -> None:
    if where is None:
        return
    text = json.dumps(figures, indent=1, default=str) + "\n"
    if where == "-":
        sys.stdout.write(text)
        return
    with open(where, "w", encoding="utf-8") as file:
        file.write(text)

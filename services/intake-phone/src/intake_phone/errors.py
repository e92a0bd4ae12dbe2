"""Errors of the phone service.

Permanent
├── FlowRefused   a flow file has mistakes; the flow in force stays
└── Senseless     a request of Twilio's does not say what it is about
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ventanilla_contracts.errors import Permanent


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a flow file: where, the way to it inside the file, what, and what to do. Lines count from 1.

    Attributes:
        way: keys and positions from the top of the file, for example `nodes/menu/choices/1/then`; empty for the file.
    """

    file: str
    line: int
    column: int
    way: str
    reason: str
    advice: str = ""

    def __str__(self) -> str:
        way = f"{self.way}: " if self.way else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.file}:{self.line}:{self.column}: {way}{self.reason}{advice}"


class FlowRefused(Permanent):
    """A flow file has mistakes. `problems` lists all that were found, in the order of the file."""

    slug = "flow_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.file, one.line, one.column)))
        super().__init__("\n".join(map(str, self.problems)))


class Senseless(Permanent):
    """A request that Twilio signed does not say what it is about; it would say no more the next time."""

    slug = "senseless"

"""Errors of the router.

Permanent
├── RulesRefused          a rule file has mistakes; the set in force stays
├── ExpressionRefused     one CEL expression or pattern of it cannot be used
├── PublicationRefused    a rule set cannot come into force as it was asked for
├── ReplayFailed          a range of routed messages could not be replayed to its end
├── DeskRefused           what should say what the desk has does not
└── MessageRefused        a received message cannot be routed: it becomes a dead letter
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ventanilla_contracts.errors import Permanent


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a rule file: where, in which rule, what, and what to do about it. Lines and columns from 1.

    A `warning` is told, and refuses nothing.
    """

    file: str
    line: int
    column: int
    rule: str
    reason: str
    advice: str = ""
    warning: bool = False

    def __str__(self) -> str:
        warning = "warning: " if self.warning else ""
        rule = f"rule {self.rule}: " if self.rule else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.file}:{self.line}:{self.column}: {warning}{rule}{self.reason}{advice}"


class RulesRefused(Permanent):
    """A rule file has mistakes. `problems` lists all that were found, warnings too, in the order of the file."""

    slug = "rules_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))
        super().__init__("\n".join(map(str, self.problems)))


class ExpressionRefused(Permanent):
    """A CEL expression or a pattern cannot be used; `line` and `column` (from 1) count inside its text."""

    slug = "expression_refused"

    def __init__(self, reason: str, advice: str = "", *, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice
        self.line = line
        self.column = column


class PublicationRefused(Permanent):
    """A rule set cannot come into force, or be found, as it was asked for; the text says what to do."""

    slug = "publication_refused"


class ReplayFailed(Permanent):
    """A range of routed messages could not be replayed to its end; nothing was changed by it."""

    slug = "replay_failed"


class DeskRefused(Permanent):
    """What should hold the desk's facts holds something else."""

    slug = "desk_refused"


class MessageRefused(Permanent):
    """A received message does not have the shape that its type promises, or cannot be carried on."""

    slug = "malformed_event"

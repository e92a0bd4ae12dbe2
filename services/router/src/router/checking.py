"""All that can be said about a rule file before it decides anything: `check` tells it, `publish` insists on it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from router.adapters.rule_file import read_rules, read_text
from router.domain.review import review, unknown_names
from router.domain.rules import RuleSet
from router.errors import DeskRefused, Problem, RulesRefused
from ventanilla_contracts.routing import DeskFacts


class Checked(NamedTuple):
    """A rule set that may be published, and what to think of before."""

    rules: RuleSet
    warnings: Sequence[Problem]


def checked(source: str, file: str, desk: DeskFacts | None) -> Checked:
    """The rule set in a file's text; `desk` is what the desk has, None: nobody knows.

    Raises:
        RulesRefused: it has mistakes, rules that never match, values that never survive, or names that the desk lacks.
    """
    rules = read_rules(source, file)
    problems = review(rules, file)
    if desk is not None:
        problems += unknown_names(rules, desk, file)
    if not all(problem.warning for problem in problems):
        raise RulesRefused(problems)
    return Checked(rules, problems)


def checked_file(path: Path, desk: DeskFacts | None) -> Checked:
    """The rule set in a file.

    Raises:
        RulesRefused: as `checked`, or it cannot be read.
    """
    return checked(read_text(path), str(path), desk)


def read_desk(path: Path) -> DeskFacts:
    """The desk's facts in a file, as the ticket service writes them for the router.

    Raises:
        DeskRefused: there are none in it.
    """
    try:
        return DeskFacts.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DeskRefused(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the file"
        raise DeskRefused(f"{path} does not hold the desk's facts: {place}: {problem['msg']}") from error

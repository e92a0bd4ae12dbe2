"""`router test`: rules held against cases, so that a repository of rules can be gated like one of code."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.commands.printing import AsJson, fail, in_words, print_json, printable
from router.commands.rule_refs import RulesOption, named_rules

if TYPE_CHECKING:
    from router.domain.cases import Miss, Verdict


def try_cases(
    cases: Annotated[Path, typer.Argument(metavar="CASES", help="File of cases.")],
    rules: RulesOption = None,
    as_json: AsJson = False,
) -> None:
    """Decide the messages of a file of cases and compare with what is expected; exit code 1 if anything differs.

    A rule that fails while it runs is told, and counts as a difference.
    """
    from router.adapters.case_file import load_cases
    from router.domain.cases import judge
    from router.errors import RulesRefused

    try:
        rule_set = named_rules(rules)
        verdicts = [judge(case, rule_set) for case in load_cases(cases)]
    except RulesRefused as error:
        fail(str(error))
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if as_json:
        print_json(
            {
                "rules": {"name": rule_set.name, "hash": rule_set.hash},
                "cases": len(verdicts),
                "failed": len(failed),
                "verdicts": [_as_json(verdict) for verdict in verdicts],
            }
        )
    else:
        for verdict in failed:
            sys.stdout.write(f"{cases}:{verdict.case.line}: {verdict.case.name}\n")
            sys.stdout.writelines(_miss(miss) for miss in verdict.misses)
            sys.stdout.writelines(_failure(rule, error) for rule, error in verdict.failures)
        count = f"{len(verdicts)} case{'s' if len(verdicts) != 1 else ''}"
        result = f"{len(failed)} failed" if failed else "all as expected"
        sys.stdout.write(f"{count}, {result}; rule set {rule_set.name} {rule_set.hash[:12]}\n")
    if failed:
        raise typer.Exit(1)


def _miss(miss: "Miss") -> str:
    by = f"   by {miss.by}" if miss.by else ""
    return f"    {miss.field}\n      - {in_words(miss.expected)}\n      + {in_words(miss.actual)}{by}\n"


def _failure(rule: str, error: str) -> str:
    return f"    rule {rule} failed while running and was skipped\n      {printable(error)}\n"


def _as_json(verdict: "Verdict") -> dict[str, object]:
    misses = [
        {"field": miss.field, "expected": miss.expected, "actual": miss.actual, "by": miss.by}
        for miss in verdict.misses
    ]
    failures = [{"rule": rule, "error": error} for rule, error in verdict.failures]
    about = {"name": verdict.case.name, "line": verdict.case.line, "passed": verdict.passed}
    return {**about, "misses": misses, "failures": failures}

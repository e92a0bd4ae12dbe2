"""What the log and the metrics tell of rule sets: which one is in force, and why another one was refused."""

import time
from typing import Final

import structlog

from router.domain.rules import RuleSet
from router.errors import Problem
from router.metrics import RULE_FAILURES, RULE_MATCHES, RULES_IN_FORCE, RULES_REFUSED, RULES_SINCE

_LOGGED_LIMIT: Final = 20

log = structlog.get_logger()


def announce(event: str, rules: RuleSet, former: RuleSet | None = None) -> None:
    """Tell that a set decides from now on, in place of the former one."""
    if former is not None:
        RULES_IN_FORCE.remove(former.name, former.hash)
    RULES_IN_FORCE.labels(rules.name, rules.hash).set(1)
    RULES_SINCE.set(time.time())
    for rule in rules.rules:  # so that a rate has a beginning
        RULE_MATCHES.labels(rule.name)
        RULE_FAILURES.labels(rule.name)
    log.info(event, rule_set=rules.name, hash=rules.hash, rules=len(rules.rules))


def announce_refusal(problems: tuple[Problem, ...], in_force: RuleSet) -> None:
    """Tell why a set was refused; the one in force stays."""
    RULES_REFUSED.inc()
    for problem in problems[:_LOGGED_LIMIT]:
        log.error(
            "rules.refused",
            file=problem.file,
            line=problem.line,
            column=problem.column,
            rule=problem.rule,
            reason=problem.reason,
            advice=problem.advice,
            problems=len(problems),
            in_force=in_force.hash,
        )

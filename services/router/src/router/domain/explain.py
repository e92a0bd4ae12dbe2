"""A decision in words: one sentence in each of the desk's languages, made of the catalogue's templates."""

from collections.abc import Mapping
from typing import Final

from router.domain.decide import Outcome
from router.domain.rules import MATRIX

REASON_LIMIT: Final = 4

Catalogue = Mapping[str, str]
"""Key → text of one language; the keys are listed in `words/en.yaml`."""


def explain(outcome: Outcome, catalogue: Catalogue, language: str) -> str:
    """What was decided and why, in one sentence; a second one names rules that failed."""
    values = outcome.values
    priority = catalogue[f"priority.{values['priority']}"]
    if outcome.set_by.get("priority") == MATRIX:
        priority += catalogue["by_matrix"].format(
            impact=catalogue[f"impact.{values['impact']}"], urgency=catalogue[f"urgency.{values['urgency']}"]
        )
    sentence = catalogue["decided"].format(
        team=values["team"],
        tier=values["tier"],
        policy=values["service_level_policy"],
        priority=priority,
        reasons=_reasons(outcome, catalogue, language),
    )
    if values["quarantine"]:
        sentence = catalogue["quarantined"].format(sentence=sentence)
    for rule in dict.fromkeys(rule for rule, _ in outcome.failures):
        sentence += catalogue["failed"].format(rule=rule)
    return sentence


def _reasons(outcome: Outcome, catalogue: Catalogue, language: str) -> str:
    reasons = []
    for entry in outcome.winners()[:REASON_LIMIT]:
        found = next((one.found for one in entry.seen if one.found), None)
        template = catalogue["reason_found"] if found else catalogue["reason"]
        reasons.append(template.format(title=entry.rule.title[language], found=found[0] if found else ""))
    return catalogue["between"].join(reasons) or catalogue["no_reason"]

"""A decision in words: one sentence in each of the desk's languages, made of the catalogue's templates."""

from collections.abc import Mapping, Sequence
from typing import Final

from router.domain.decide import Outcome, RuleOutcome
from router.domain.rules import MATRIX

REASON_LIMIT: Final = 4

Catalogue = Mapping[str, str]
"""Key → text of one language; the keys are listed in `words/en.yaml`."""


def explain(outcome: Outcome, catalogues: Mapping[str, Catalogue]) -> dict[str, str]:
    """Language → what was decided and why in one sentence; a second one names rules that failed."""
    winners = outcome.winners()[:REASON_LIMIT]
    return {language: _sentence(outcome, winners, texts, language) for language, texts in catalogues.items()}


def _sentence(outcome: Outcome, winners: Sequence[RuleOutcome], texts: Catalogue, language: str) -> str:
    values = outcome.values
    priority = texts[f"priority.{values['priority']}"]
    if outcome.set_by.get("priority") == MATRIX:
        priority += texts["by_matrix"].format(
            impact=texts[f"impact.{values['impact']}"], urgency=texts[f"urgency.{values['urgency']}"]
        )
    sentence = texts["decided"].format(
        team=values["team"],
        tier=values["tier"],
        policy=values["service_level_policy"],
        priority=priority,
        reasons=_reasons(winners, texts, language),
    )
    if values["quarantine"]:
        sentence = texts["quarantined"].format(sentence=sentence)
    for rule in dict.fromkeys(rule for rule, _ in outcome.failures):
        sentence += texts["failed"].format(rule=rule)
    return sentence


def _reasons(winners: Sequence[RuleOutcome], texts: Catalogue, language: str) -> str:
    reasons = []
    for entry in winners:
        found = next((one.found for one in entry.seen if one.found), None)
        template = texts["reason_found"] if found else texts["reason"]
        reasons.append(template.format(title=entry.rule.title[language], found=found[0] if found else ""))
    return texts["between"].join(reasons) or texts["no_reason"]

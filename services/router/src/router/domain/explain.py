"""A decision in words: one sentence in each of the desk's languages, made of the catalogue's templates."""

from collections.abc import Hashable, Mapping
from typing import Final

from router.domain.decide import Outcome, RuleOutcome
from router.domain.rules import MATRIX, Rule

REASON_LIMIT: Final = 4

Catalogue = Mapping[str, str]
"""Key → text of one language; the keys are listed in `words/en.yaml`."""
Reasons = tuple[tuple[Rule, str], ...]
"""Rules that decided, each with a phrase that it found, or nothing."""

_KNOWN_LIMIT: Final = 4_096


class Explainer:
    """Says decisions in words. Most messages are decided for one of a few reasons, so sentences are kept."""

    def __init__(self, catalogues: Mapping[str, Catalogue]) -> None:
        """`catalogues` are the texts by language."""
        self._catalogues = catalogues
        self._known: dict[Hashable, dict[str, str]] = {}

    def explain(self, outcome: Outcome) -> dict[str, str]:
        """Language → what was decided and why in one sentence; a second one names rules that failed."""
        reasons = tuple([(entry.rule, _found(entry)) for entry in outcome.winners()[:REASON_LIMIT]])
        key = (*[outcome.values[name] for name in _SAID], outcome.set_by["priority"], reasons, tuple(outcome.failures))
        sentences = self._known.get(key)
        if sentences is None:
            if len(self._known) >= _KNOWN_LIMIT:
                self._known.clear()
            sentences = self._known[key] = {
                language: _sentence(outcome, reasons, texts, language) for language, texts in self._catalogues.items()
            }
        return sentences


_SAID: Final = ("team", "tier", "service_level_policy", "priority", "impact", "urgency", "quarantine")
"""Fields of the decision that a sentence speaks of."""


def _found(entry: RuleOutcome) -> str:
    """The first of the phrases that made a rule match, or nothing."""
    return next((one.found[0] for one in entry.seen if one.found), "")


def _sentence(outcome: Outcome, reasons: Reasons, texts: Catalogue, language: str) -> str:
    values = outcome.values
    priority = texts[f"priority.{values['priority']}"]
    if outcome.set_by["priority"] == MATRIX:
        priority += texts["by_matrix"].format(
            impact=texts[f"impact.{values['impact']}"], urgency=texts[f"urgency.{values['urgency']}"]
        )
    sentence = texts["decided"].format(
        team=values["team"],
        tier=values["tier"],
        policy=values["service_level_policy"],
        priority=priority,
        reasons=_reasons(reasons, texts, language),
    )
    if values["quarantine"]:
        sentence = texts["quarantined"].format(sentence=sentence)
    for rule in dict.fromkeys(rule for rule, _ in outcome.failures):
        sentence += texts["failed"].format(rule=rule)
    return sentence


def _reasons(reasons: Reasons, texts: Catalogue, language: str) -> str:
    said = [
        texts["reason_found" if found else "reason"].format(title=rule.title[language], found=found)
        for rule, found in reasons
    ]
    return texts["between"].join(said) or texts["no_reason"]

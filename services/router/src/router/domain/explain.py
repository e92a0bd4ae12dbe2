"""A decision in words: what was decided and why, in each of the desk's languages, made of the catalogue's templates.

One sentence; further ones say what a later rule replaced, what changes in a ticket that the message joins, and which
rules could not be evaluated.
"""

from collections.abc import Hashable, Mapping
from typing import Final

from router.domain.decide import Outcome, RuleOutcome
from router.domain.rules import CALLER, MATRIX, Rule

REASON_LIMIT: Final = 4
REPLACED_LIMIT: Final = 3
"""So many values that were replaced are told; the trace names them all."""
FAILED_LIMIT: Final = 5
"""So many rules that failed are named, likewise."""

Catalogue = Mapping[str, str]
"""Key → text of one language; the keys are listed in `words/en.yaml`."""
Reasons = tuple[tuple[Rule, str], ...]
"""Rules that decided, each with a phrase that it found, or nothing."""

Replaced = tuple[str, Rule | None, Rule]
"""Field, the rule whose value was replaced (None: the caller chose it), and the one whose value stands."""

_KNOWN_LIMIT: Final = 4_096
_FIELD_KEYS: Final = frozenset(
    f"field.{name}"
    for name in (
        "ticket_type", "category", "impact", "urgency", "priority", "tier", "team", "service_level_policy",
        "quarantine", "acknowledge", "acknowledgement",
    )
)  # fmt: skip
"""Fields that the catalogues have a name for."""


class Explainer:
    """Says decisions in words. Most messages are decided for one of a few reasons, so sentences are kept."""

    def __init__(self, catalogues: Mapping[str, Catalogue]) -> None:
        """`catalogues` are the texts by language."""
        self._catalogues = catalogues
        self._known: dict[Hashable, dict[str, str]] = {}

    def explain(self, outcome: Outcome) -> dict[str, str]:
        """Language → what was decided and why."""
        reasons = tuple([(entry.rule, _found(entry)) for entry in outcome.winners()[:REASON_LIMIT]])
        replaced = _replaced(outcome) if outcome.overridden else ()
        joining = _changing(outcome) if outcome.on_reply else ()
        key = (
            *[outcome.values[name] for name in _SAID],
            outcome.set_by["priority"],
            outcome.set_by.get("team") == CALLER,
            reasons,
            replaced,
            joining,
            tuple(outcome.failures),
        )
        sentences = self._known.get(key)
        if sentences is None:
            if len(self._known) >= _KNOWN_LIMIT:
                self._known.clear()
            sentences = self._known[key] = {
                language: _sentence(outcome, reasons, texts, language)
                + _afterwards(outcome, replaced, joining, texts, language)
                for language, texts in self._catalogues.items()
            }
        return sentences


_SAID: Final = ("team", "tier", "service_level_policy", "priority", "impact", "urgency", "quarantine")
"""Fields of the decision that a sentence speaks of."""


def _found(entry: RuleOutcome) -> str:
    """The first of the phrases that made a rule match, or nothing."""
    return next((found.phrases[0] for _, found in entry.found if found.truth), "")


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
        reasons=_reasons(outcome, reasons, texts, language),
    )
    if values["quarantine"]:
        sentence = texts["quarantined"].format(sentence=sentence)
    return sentence


def _replaced(outcome: Outcome) -> tuple[Replaced, ...]:
    """Values that a later rule replaced, with the last rule that lost and the one that won."""
    rules = {rule.name: rule for rule in outcome.matched}
    found = []
    for name, losers in outcome.overridden.items():
        loser, winner = rules.get(losers[-1]), rules.get(outcome.set_by.get(name, ""))
        known = loser is not None or losers[-1] == CALLER
        if f"field.{name}" in _FIELD_KEYS and known and winner is not None:
            found.append((name, loser, winner))
    return tuple(found[:REPLACED_LIMIT])


def _changing(outcome: Outcome) -> tuple[Rule, ...]:
    """The rules that want something of a ticket that the message joins."""
    names = (outcome.on_reply or {}).get("rules")
    wanted = names if isinstance(names, tuple) else ()
    return tuple([rule for rule in outcome.matched if rule.name in wanted][:REASON_LIMIT])


def _afterwards(
    outcome: Outcome, replaced: tuple[Replaced, ...], joining: tuple[Rule, ...], texts: Catalogue, language: str
) -> str:
    """The further sentences, or nothing."""
    said = [
        texts["replaced" if loser else "replaced_caller"].format(
            field=texts[f"field.{name}"], loser=loser.title[language] if loser else "", winner=winner.title[language]
        )
        for name, loser, winner in replaced
    ]
    if joining:
        titles = texts["between"].join(texts["reason"].format(title=rule.title[language]) for rule in joining)
        said.append(texts["joining"].format(rules=titles))
    failed = list(dict.fromkeys(rule for rule, _ in outcome.failures))[:FAILED_LIMIT]
    said += [texts["failed"].format(rule=rule) for rule in failed]
    return "".join(said)


def _reasons(outcome: Outcome, reasons: Reasons, texts: Catalogue, language: str) -> str:
    said = [texts["caller"]] if outcome.set_by.get("team") == CALLER else []
    said += [
        texts["reason_found" if found else "reason"].format(title=rule.title[language], found=found)
        for rule, found in reasons
    ]
    return texts["between"].join(said) or texts["no_reason"]

"""The trace of a decision, whole: the outcomes that an event carries, and the texts of the rules that it names.

Nothing is decided again. Most of a trace is the same for every message, so it travels once a minute and is kept once;
what is left for each message is a few characters a rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ventanilla_contracts.decisions import ConditionText, ConditionTrace, GroupTrace, RuleTexts, RuleTrace

MATCHED, NOT_MATCHED, UNKNOWN, FAILED, NOT_TRIED = "matched", "not_matched", "unknown", "failed", "not_tried"
LETTERS: Final[Mapping[str, str]] = {MATCHED: "m", NOT_MATCHED: "n", UNKNOWN: "u", FAILED: "f"}
"""Outcome of a rule → how its word in `outcomes` begins."""
DIGITS: Final[Mapping[bool | None, str]] = {True: "1", False: "0", None: "?"}
"""Truth of a condition → its character."""
_OUTCOMES: Final = {letter: outcome for outcome, letter in LETTERS.items()}
_TRUTHS: Final[Mapping[str, bool | None]] = {digit: truth for truth, digit in DIGITS.items()}


FOLDED: Final = ("outcomes", "found", "failed")
"""Fields of a decision that `whole` makes a trace of."""


def whole(decided: Mapping[str, Any], texts: RuleTexts | None) -> dict[str, Any]:
    """A decision with `groups` and `trace` in the place of what is folded; one that has a trace stays as it is.

    Args:
        decided: fields of a `MessageRouted`, as JSON has them.
        texts: those that the decision names; None: nobody has them, and the trace is missing.
    """
    if "outcomes" not in decided:
        return {"groups": [], "trace": [], **decided}
    rest = {name: value for name, value in decided.items() if name not in FOLDED}
    if texts is None:
        return {**rest, "groups": [], "trace": [], "trace_cut": True}
    return {
        **rest,
        "groups": [group.model_dump(mode="json", exclude_defaults=True) for group in texts.groups],
        "trace": [entry.model_dump(mode="json", exclude_defaults=True) for entry in unfolded(decided, texts)],
        "trace_cut": texts.cut or bool(decided.get("trace_cut")),
    }


def unfolded(decided: Mapping[str, Any], texts: RuleTexts) -> tuple[RuleTrace, ...]:
    """The trace of a decision: each rule that was tried in the order of happening, then the others.

    Args:
        decided: `outcomes`, `found`, `failed` and `facts` of a `MessageRouted`, as JSON has them.
        texts: those that the decision names.
    """
    outcomes: Mapping[str, str] = decided.get("outcomes") or {}
    groups = {group.name: group for group in texts.groups}
    conditions = {rule.rule: rule.conditions for rule in texts.rules}
    trace: list[RuleTrace] = []
    for name, words in outcomes.items():
        if name in groups:
            trace += _tried(groups[name], words.split(), conditions, decided)
    for group in texts.groups:
        if group.name not in outcomes:
            trace += [RuleTrace(rule=rule, outcome=NOT_TRIED) for rule in group.rules]
    return tuple(trace)


def _tried(
    group: GroupTrace,
    words: Sequence[str],
    conditions: Mapping[str, Sequence[ConditionText]],
    decided: Mapping[str, Any],
) -> Iterator[RuleTrace]:
    first = ""
    for position, rule in enumerate(group.rules):
        if position >= len(words):
            yield RuleTrace(rule=rule, outcome=NOT_TRIED, detail=first)
            continue
        word = words[position]
        outcome = _OUTCOMES.get(word[:1], word[:1])
        if outcome == MATCHED and not first:
            first = rule
        yield RuleTrace(
            rule=rule,
            outcome=outcome,
            conditions=tuple(
                _condition(f"{rule}/{number}", text, digit, decided)
                for number, (text, digit) in enumerate(zip(conditions.get(rule, ()), word[1:], strict=False))
            ),
            detail=(decided.get("failed") or {}).get(rule, ""),
        )


def _condition(key: str, text: ConditionText, digit: str, decided: Mapping[str, Any]) -> ConditionTrace:
    if text.words:
        found = (decided.get("found") or {}).get(key)
        saw = {name: list(found) for name in text.facts} if found else {}
    else:
        facts = decided.get("facts") or {}
        saw = {name: facts[name] for name in text.facts if name in facts}
    return ConditionTrace(condition=text.condition, truth=_TRUTHS.get(digit), saw=saw, within=text.within)

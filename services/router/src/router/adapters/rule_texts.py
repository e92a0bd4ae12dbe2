"""What the rules of a set ask, as it travels beside decisions: the same for every message, so worked out once."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from router.domain.rules import Group, Rule, RuleSet
from ventanilla_contracts.decisions import ConditionText, GroupTrace, RuleText, RuleTexts

LIMIT_BYTES: Final = 256 * 1024
"""Of the texts in one event. Fifty rules have about ten kilobytes."""
_ID_CHARS: Final = 32


@lru_cache(maxsize=8)
def texts_of(rules: RuleSet) -> RuleTexts:
    """The texts of a set, under an id that is theirs alone: other words, another id, whatever the set's hash."""
    groups = tuple(map(_group, rules.groups))
    kept: list[RuleText] = []
    room = LIMIT_BYTES - sum(len(group.model_dump_json()) for group in groups)
    for rule in rules.rules:
        text = _rule(rule)
        room -= len(text.model_dump_json()) + 1
        kept.append(text if room >= 0 else RuleText(rule=rule.name))
    return RuleTexts(id=_id(groups, kept), groups=groups, rules=tuple(kept), cut=room < 0)


def _id(groups: Sequence[GroupTrace], rules: Sequence[RuleText]) -> str:
    digest = sha256()
    for part in (*groups, *rules):
        digest.update(part.model_dump_json().encode())
    return digest.hexdigest()[:_ID_CHARS]


def _group(group: Group) -> GroupTrace:
    return GroupTrace(
        name=group.name,
        match="first" if group.first else "all",
        on="reply" if group.on_reply else "message",
        called=group.called,
        rules=tuple(rule.name for rule in group.rules),
    )


def _rule(rule: Rule) -> RuleText:
    conditions = tuple(
        ConditionText(condition=one.text, facts=one.facts, words=one.finds_words, within=within)
        for one, within in zip(rule.conditions, rule.within, strict=True)
    )
    return RuleText(rule=rule.name, conditions=conditions)

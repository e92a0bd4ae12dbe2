"""Which rules of a `first` group can never match because of rules before them, whatever those ask.

Certain, and not complete: questions are compared one by one. What only several questions together make certain, what
two different facts have to do with each other, and what an expression means is not found.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, product
from math import prod
from typing import Final, NamedTuple

from router.domain.claims import implies
from router.domain.conditions import Condition, Node
from router.domain.rules import Rule

_WAYS_LIMIT: Final = 64
"""A rule that can match in more ways than these is left alone."""

Way = tuple[Condition, ...]
"""Conditions that together make a rule match."""


class Covered(NamedTuple):
    """A rule, and the ones before it of which one has always matched."""

    rule: Rule
    by: tuple[Rule, ...]


class _Asked(NamedTuple):
    """A rule, and of which facts it must know something in order to match; an expression is a fact of its own."""

    rule: Rule
    facts: frozenset[object]


def covered_rules(rules: Sequence[Rule], given: Sequence[Condition] = ()) -> Iterator[Covered]:
    """The rules of a `first` group that can never match, in their order.

    `given` are conditions that hold besides. Rules without conditions are not looked at.
    """
    before: list[_Asked] = []
    for rule in rules:
        if not rule.conditions:
            continue
        found = [_first(before, (*given, *way)) for way in _ways(rule.when)]
        if found and None not in found:
            yield Covered(rule, tuple(dict.fromkeys(one for one in found if one is not None)))
        before.append(_Asked(rule, _needed(rule.when)))


def _first(before: Sequence[_Asked], way: Way) -> Rule | None:
    """The first rule that matches whatever matches in this way."""
    facts = {_fact(condition) for condition in way}
    return next((rule for rule, needed in before if needed <= facts and _holds(rule.when, way)), None)


def _holds(node: Node, way: Way) -> bool:
    """Whether it is certain that a tree holds where all conditions of `way` do."""
    if isinstance(node, Condition):
        return any(implies(one, node) for one in way)
    return (all if node.every else any)(_holds(part, way) for part in node.parts)


def _needed(node: Node) -> frozenset[object]:
    if isinstance(node, Condition):
        return frozenset() if node.constant is True else frozenset((_fact(node),))
    parts = [_needed(part) for part in node.parts]
    return frozenset.union(*parts) if node.every else frozenset.intersection(*parts)


def _fact(condition: Condition) -> object:
    claim = condition.claim
    return None if claim is None else claim.fact or claim.operand


def _ways(node: Node) -> list[Way]:
    """All the ways in which a tree can hold; none: they are too many."""
    if isinstance(node, Condition):
        return [(node,)]
    parts = [_ways(part) for part in node.parts]
    if [] in parts or (prod if node.every else sum)(map(len, parts)) > _WAYS_LIMIT:
        return []
    if node.every:
        return [tuple(chain.from_iterable(ways)) for ways in product(*parts)]
    return list(chain.from_iterable(parts))

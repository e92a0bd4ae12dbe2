"""Whether two questions about the same fact can both be answered with yes, and whether one yes means the other.

Only what is certain is said: where nothing is known about two claims they are taken to be compatible. A question about
a fact that is not known is never answered with yes.
"""

from collections.abc import Sequence
from typing import Any, Final

from router.domain.conditions import OPERATORS, Claim, Combined, Condition, Node
from router.domain.facts import CATALOGUE, Kind
from router.domain.wording import phrase_of

Pair = tuple[Condition, Condition]

_RANGE_LIMIT: Final = 1_000
_PARTS: Final = ("starts_with", "ends_with", "contains")
_ONE_OF: Final = {"is": True, "in": True, "is_not": False, "not_in": False}


def contradiction(node: Node, given: Sequence[Condition] = ()) -> Pair | None:
    """Two conditions that exclude each other, so that the whole tree can never hold; None: nothing speaks against it.

    `given` are conditions that must hold besides.
    """
    if isinstance(node, Condition):
        return next(((other, node) for other in given if exclude_each_other(other, node)), None)
    if node.every:
        held = list(given)
        for part in sorted(node.parts, key=lambda part: isinstance(part, Combined)):
            if found := contradiction(part, held):
                return found
            if isinstance(part, Condition):
                held.append(part)
        return None
    pair: Pair | None = None
    for part in node.parts:
        found = contradiction(part, given)
        if found is None:
            return None
        pair = pair or found
    return pair


def exclude_each_other(one: Condition, other: Condition) -> bool:
    """Whether no message can make both true."""
    a, b = one.claim, other.claim
    return a is not None and b is not None and a.fact == b.fact and _exclude(a, b)


def _exclude(a: Claim, b: Claim) -> bool:
    """Whether two claims about one fact, or two expressions, can never both hold."""
    if _positive(a) == _positive(b) and a.negated != b.negated:
        return True
    if not a.fact:
        return False
    if a.operator == "known" or b.operator == "known":
        return _wants_known(a) != _wants_known(b)
    if a.operator == "mentions" or b.operator == "mentions":
        return _mentions_exclude(a, b) or _mentions_exclude(b, a)
    kind = CATALOGUE[a.fact].kind
    if kind is Kind.LIST:
        return _lists_exclude(a, b) or _lists_exclude(b, a)
    finite = _finite(a) if _finite(a) is not None else _finite(b)
    if finite is not None:
        return not any(_holds(a, value) and _holds(b, value) for value in finite)
    if kind is Kind.NUMBER:
        return _bounds_exclude(a, b)
    return _texts_exclude(a, b) or _part_excludes(a, b) or _part_excludes(b, a)


def implies(one: Condition, other: Condition) -> bool:
    """Whether every message that makes the one true makes the other true too."""
    a, b = one.claim, other.claim
    if other.constant is True:
        return True
    if a is None or b is None or a.fact != b.fact:
        return False
    if a == b:
        return True
    if a.fact and not _wants_known(a) and b.operator != "known":
        return False  # the other one cannot be told then
    return _exclude(a, b._replace(negated=not b.negated))


def _positive(claim: Claim) -> Claim:
    return claim._replace(negated=False)


def _wants_known(claim: Claim) -> bool:
    """Every comparison needs a fact that is known; `known: false` alone needs the opposite."""
    return claim.operator != "known" or (claim.operand is not claim.negated)


def _finite(claim: Claim) -> tuple[Any, ...] | None:
    """All the values with which a claim can hold, where they are few."""
    if claim.operator in _ONE_OF and _ONE_OF[claim.operator] is not claim.negated:
        operand = claim.operand
        return operand if isinstance(operand, tuple) else (operand,)
    return (True, False) if CATALOGUE[claim.fact].kind is Kind.TRUTH else None


def _holds(claim: Claim, value: Any) -> bool:
    operator = OPERATORS.get(claim.operator)
    if operator is None:
        return True  # what cannot be told from the value alone
    return operator.holds(value, claim.operand) is not claim.negated


def _bounds_exclude(a: Claim, b: Claim) -> bool:
    low = max((bound for claim in (a, b) if (bound := _lowest(claim)) is not None), default=None)
    high = min((bound for claim in (a, b) if (bound := _highest(claim)) is not None), default=None)
    if low is None or high is None or high - low > _RANGE_LIMIT:
        return False
    return not any(_holds(a, value) and _holds(b, value) for value in range(low, high + 1))


def _lowest(claim: Claim) -> int | None:
    bound = claim.operand
    if not isinstance(bound, int):
        return None
    if claim.operator == "at_least" and not claim.negated:
        return bound
    return bound + 1 if claim.operator == "at_most" and claim.negated else None


def _highest(claim: Claim) -> int | None:
    bound = claim.operand
    if not isinstance(bound, int):
        return None
    if claim.operator == "at_most" and not claim.negated:
        return bound
    return bound - 1 if claim.operator == "at_least" and claim.negated else None


def _texts_exclude(a: Claim, b: Claim) -> bool:
    """Two beginnings, or two ends, of which neither is part of the other."""
    if a.negated or b.negated or a.operator != b.operator:
        return False
    one, other = str(a.operand), str(b.operand)
    if a.operator == "starts_with":
        return not (one.startswith(other) or other.startswith(one))
    if a.operator == "ends_with":
        return not (one.endswith(other) or other.endswith(one))
    return False


def _part_excludes(a: Claim, b: Claim) -> bool:
    """`a` wants a part of a text that has in it what `b` does not want: both at the beginning, at the end, anywhere."""
    if a.negated or not b.negated or not (a.operator in _PARTS and b.operator in _PARTS):
        return False
    wanted, unwanted = str(a.operand), str(b.operand)
    if b.operator == "contains":
        return unwanted in wanted
    return a.operator == b.operator and OPERATORS[b.operator].holds(wanted, unwanted)


def _mentions_exclude(a: Claim, b: Claim) -> bool:
    """`a` wants one of some phrases, each of which has one in it that `b` wants none of."""
    if a.negated or not b.negated or a.operator != b.operator:
        return False
    unwanted = frozenset(map(phrase_of, _entries(b)))
    return all(not unwanted.isdisjoint(wanted.found_too()) for wanted in map(phrase_of, _entries(a)))


def _lists_exclude(a: Claim, b: Claim) -> bool:
    """`a` wants one of some entries of which `b` wants none."""
    return not a.negated and b.negated and set(_entries(a)) <= set(_entries(b))


def _entries(claim: Claim) -> tuple[Any, ...]:
    return claim.operand if isinstance(claim.operand, tuple) else (claim.operand,)

"""Conditions of rules: comparisons of a fact, CEL text, and their combination with all, any and not.

Three truths: True, False, and None for what cannot be told, because a fact is not known or an evaluation failed. They
combine as in SQL: `all` is False as soon as one part is, else None if one is, else True. Every condition of a rule that
is tried is evaluated, so that the trace can show each one; that is cheap because facts are computed once.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, Protocol

from router.domain.facts import Facts, Value
from router.domain.wording import Phrases

Truth = bool | None


class Found(NamedTuple):
    """The answer of a condition that looks for words in a text, where it found some."""

    truth: bool
    phrases: tuple[str, ...]


class Failure(NamedTuple):
    """Why a condition could not be evaluated."""

    error: str


Answer = Truth | Found | Failure
"""Of a condition; nearly always its bare truth."""
Test = Callable[[Facts], Answer]
Ask = Callable[[Facts], Truth]
Place = tuple[int, int]
"""Line and column in the file, from 1; zeros: nowhere."""
NOWHERE: Final[Place] = (0, 0)
MENTIONS: Final = "mentions"
CEL: Final = "cel"


class Claim(NamedTuple):
    """What a condition says, as a value: two conditions with the same claim always have the same truth.

    Attributes:
        fact: empty for an expression.
        operator: a key of `OPERATORS`, or `known`, `mentions`, `cel`.
        negated: the opposite of it is asked.
    """

    fact: str
    operator: str
    operand: object
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about a message: its words for people, the facts it needs, and how to answer it.

    Attributes:
        test: the answer with what was found or why there is none, for the trace.
        ask: the same truth alone, for whoever only wants the decision.
        claim: what is asked, where rules can be compared by it.
        place: where it stands in its file.
        constant: its truth where that is the same for every message, or as a text why it never has one.
    """

    text: str
    facts: tuple[str, ...]
    test: Test
    ask: Ask
    claim: Claim | None = None
    place: Place = NOWHERE
    constant: bool | str | None = None

    @property
    def may_fail(self) -> bool:
        """Whether it may have no answer although all that it asks for is known: of an expression nobody can tell."""
        return self.claim is not None and self.claim.operator == CEL

    @property
    def finds_words(self) -> bool:
        """Whether it looks for words in a text: of what it saw, the phrases that it found are worth telling."""
        return self.claim is not None and self.claim.operator == MENTIONS


@dataclass(frozen=True, slots=True)
class Combined:
    """Conditions of which all, or any, must hold."""

    every: bool
    parts: tuple["Node", ...]


Node = Condition | Combined


class Program(Protocol):
    """A compiled expression."""

    text: str
    facts: tuple[str, ...]
    constant: bool | str | None

    def evaluate(self, facts: Facts) -> bool | str:
        """Its truth, or as a text why it has none."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A way to compare a fact with what the rule gives.

    Attributes:
        words: stand between fact and operand in the condition's text.
        holds: gets the fact's value, which is known, and the operand; the reader of the file has checked their types.
    """

    words: str
    holds: Callable[[Any, Any], bool]


def _any_of(value: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return not frozenset(value).isdisjoint(wanted)


OPERATORS: Final[dict[str, Operator]] = {
    "is": Operator("is", lambda value, wanted: value == wanted),
    "is_not": Operator("is not", lambda value, wanted: value != wanted),
    "in": Operator("is one of", lambda value, wanted: value in wanted),
    "not_in": Operator("is none of", lambda value, wanted: value not in wanted),
    "at_least": Operator("is at least", lambda value, wanted: value >= wanted),
    "at_most": Operator("is at most", lambda value, wanted: value <= wanted),
    "starts_with": Operator("starts with", lambda value, wanted: value.startswith(wanted)),
    "ends_with": Operator("ends with", lambda value, wanted: value.endswith(wanted)),
    "contains": Operator("contains", lambda value, wanted: wanted in value),
    "has": Operator("has", lambda value, wanted: wanted in value),
    "has_any": Operator("has one of", _any_of),
}


def compare(fact: str, operator: str, operand: Value, shown_operand: str) -> Condition:
    """A comparison of one fact. `shown_operand` stands for the operand in the condition's text."""
    kind = OPERATORS[operator]
    holds = kind.holds

    def ask(facts: Facts) -> Truth:
        value = facts[fact]
        return None if value is None else holds(value, operand)

    return Condition(f"{fact} {kind.words} {shown_operand}", (fact,), ask, ask, Claim(fact, operator, operand))


def known(fact: str, wanted: bool) -> Condition:
    """Whether a fact is known at all; never itself unknown."""

    def ask(facts: Facts) -> Truth:
        return (facts[fact] is not None) is wanted

    claim = Claim(fact, "known", wanted)
    return Condition(f"{fact} is {'known' if wanted else 'not known'}", (fact,), ask, ask, claim)


def mentions(fact: str, phrases: Phrases, shown_operand: str) -> Condition:
    """Whether a text holds one of many words or phrases."""
    find = phrases.find

    def ask(facts: Facts) -> Truth:
        return bool(find(facts.words(fact)))

    def test(facts: Facts) -> Answer:
        found = find(facts.words(fact))
        return Found(True, tuple(found)) if found else False

    claim = Claim(fact, MENTIONS, phrases.written)
    return Condition(f"{fact} mentions {shown_operand}", (fact,), test, ask, claim)


def expression(program: Program, text: str | None = None) -> Condition:
    """A compiled expression as a condition; `text` replaces its source in the trace."""
    needed = program.facts

    def ask(facts: Facts) -> Truth:
        answer = program.evaluate(facts)
        return answer if isinstance(answer, bool) else None

    def test(facts: Facts) -> Answer:
        answer = program.evaluate(facts)
        if isinstance(answer, bool):
            return answer
        return None if any(facts[name] is None for name in needed) else Failure(answer)

    claim = Claim("", CEL, program.text)
    return Condition(text or program.text, needed, test, ask, claim, constant=program.constant)


def negate(node: Node) -> Node:
    """The opposite. `not` is carried down to the single conditions, so that the trace shows each as it counted."""
    if isinstance(node, Combined):
        return Combined(not node.every, tuple(map(negate, node.parts)))
    test, ask = node.test, node.ask

    def deny(facts: Facts) -> Truth:
        truth = ask(facts)
        return None if truth is None else not truth

    def opposite(facts: Facts) -> Answer:
        answer = test(facts)
        if answer is True or answer is False:
            return not answer
        return Found(not answer.truth, answer.phrases) if isinstance(answer, Found) else answer

    claim = node.claim._replace(negated=not node.claim.negated) if node.claim else None
    constant = not node.constant if isinstance(node.constant, bool) else node.constant
    return Condition(f"not: {node.text}", node.facts, opposite, deny, claim, node.place, constant)


def placed(node: Node, place: Place) -> Node:
    """The same question with its place in the file."""
    return replace(node, place=place) if isinstance(node, Condition) else node


def asker(node: Node) -> Ask:
    """A function that gives the truth of a tree and nothing else, and goes no further than it must."""
    if isinstance(node, Condition):
        return node.ask
    every, decisive = node.every, not node.every
    parts = tuple(map(asker, node.parts))

    def ask(facts: Facts) -> Truth:
        truth_of_all: Truth = every
        for part in parts:
            truth = part(facts)
            if truth is decisive:
                return decisive
            if truth is None:
                truth_of_all = None
        return truth_of_all

    return ask


def conditions_of(node: Node) -> tuple[Condition, ...]:
    """The single conditions of a tree, in the order of the file."""
    if isinstance(node, Condition):
        return (node,)
    return tuple(condition for part in node.parts for condition in conditions_of(part))


def paths_of(node: Node) -> tuple[tuple[str, ...], ...]:
    """For each of `conditions_of`, the `any` and `all` that it stands in, from outside in, numbered in the rule.

    An `all` around everything goes without saying.
    """
    if isinstance(node, Combined) and node.every:
        return _paths_below(node, (), itertools.count(1))
    return _paths_from(node, (), itertools.count(1))


def _paths_from(node: Node, within: tuple[str, ...], numbers: Iterator[int]) -> tuple[tuple[str, ...], ...]:
    if isinstance(node, Condition):
        return (within,)
    return _paths_below(node, (*within, f"{'all' if node.every else 'any'} {next(numbers)}"), numbers)


def _paths_below(node: Combined, within: tuple[str, ...], numbers: Iterator[int]) -> tuple[tuple[str, ...], ...]:
    return tuple(path for part in node.parts for path in _paths_from(part, within, numbers))


def truth_of(node: Node, truths: Sequence[Truth]) -> Truth:
    """The truth of a tree, given those of its single conditions in the order of `conditions_of`."""
    truth, _ = _truth_from(node, truths, 0)
    return truth


def _truth_from(node: Node, truths: Sequence[Truth], position: int) -> tuple[Truth, int]:
    if isinstance(node, Condition):
        return truths[position], position + 1
    found = []
    for part in node.parts:
        truth, position = _truth_from(part, truths, position)
        found.append(truth)
    decisive = not node.every
    if decisive in found:
        return decisive, position
    return (None if None in found else node.every), position

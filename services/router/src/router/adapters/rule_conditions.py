"""Reads the `when` of a rule: comparisons, CEL text, all, any and not, to any sensible depth."""

from collections.abc import Mapping
from typing import Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from router.adapters.cel import CelEngine, CelProgram
from router.adapters.rule_nodes import Reader, place_of
from router.domain.conditions import Combined, Condition, compare, expression, known, mentions, negate, placed
from router.domain.conditions import Node as ConditionNode
from router.domain.facts import CATALOGUE, Fact, Kind
from router.domain.wording import Phrases
from router.errors import ExpressionRefused
from ventanilla_runtime.yaml_places import suggestion

CONDITION_LIMIT: Final = 50
INLINE_LIST_LIMIT: Final = 200
PATTERN_LIMIT_CHARS: Final = 500
_SHOWN_LIMIT_CHARS: Final = 80

COMBINERS: Final = ("all", "any", "not", "cel")
OPERATORS: Final = {
    Kind.TEXT: ("is", "is_not", "in", "not_in", "starts_with", "ends_with", "contains", "matches", "known"),
    Kind.NUMBER: ("is", "is_not", "in", "not_in", "at_least", "at_most", "known"),
    Kind.TRUTH: ("is", "known"),
    Kind.LIST: ("has", "has_any", "known"),
}
WITH_LIST: Final = ("in", "not_in", "has_any", "mentions")


class ConditionReader:
    """Reads conditions of one file, with its named lists."""

    def __init__(self, reader: Reader, engine: CelEngine, lists: Mapping[str, tuple[str, ...]]) -> None:
        self._reader = reader
        self._engine = engine
        self._lists = lists
        self._phrases: dict[tuple[str, ...], Phrases] = {}
        self.steps = 0
        """Of all expressions and patterns that were read, as `cel_cost` counts them."""

    def read(self, node: Node) -> ConditionNode | None:
        """The condition at a node: a mapping (all of its entries must hold) or a list of such (likewise)."""
        if isinstance(node, SequenceNode):
            return self._combine(node, "when", every=True)
        if not isinstance(node, MappingNode) or not node.value:
            self._reader.complain(
                node, "a condition must be a mapping", "write `fact: value`, `all:`, `any:`, `not:` or `cel:`"
            )
            return None
        parts = [self._entry(key, value) for key, value in self._reader.mapping(node, "a condition").values()]
        return _combined([part for part in parts if part is not None], every=True)

    def _combine(self, node: Node, what: str, *, every: bool) -> ConditionNode | None:
        parts = [self.read(item) for item in self._reader.items(node, what)]
        return _combined([part for part in parts if part is not None], every=every)

    def _entry(self, key: Node, value: Node) -> ConditionNode | None:
        name = str(key.value)
        if name in ("all", "any"):
            return self._combine(value, name, every=name == "all")
        if name == "not":
            inner = self.read(value)
            return None if inner is None else negate(inner)
        if name == "cel":
            found = self._cel(value)
            return None if found is None else placed(found, place_of(key))
        if name not in CATALOGUE:
            self._reader.complain(key, f"unknown fact {name}", suggestion(name, [*CATALOGUE, *COMBINERS]))
            return None
        return self._fact(name, CATALOGUE[name], value)

    def _cel(self, node: Node) -> Condition | None:
        text = self._reader.text(node, "cel")
        program = self._compile(node, text) if text is not None else None
        if text is None or program is None:
            return None
        return expression(program, f"cel: {_short(' '.join(text.split()))}")

    def _compile(self, node: Node, text: str) -> CelProgram | None:
        assert isinstance(node, ScalarNode)
        try:
            program = self._engine.compile(text)
        except ExpressionRefused as error:
            self._reader.complain_inside(node, error.line, error.column, error.reason, error.advice)
            return None
        self.steps += program.steps
        return program

    def _fact(self, name: str, fact: Fact, node: Node) -> ConditionNode | None:
        if isinstance(node, ScalarNode):
            return self._comparison(name, fact, "has" if fact.kind is Kind.LIST else "is", node)
        if isinstance(node, SequenceNode):
            return self._comparison(name, fact, "has_any" if fact.kind is Kind.LIST else "in", node)
        operators = (*OPERATORS[fact.kind], *(("mentions",) if fact.wording else ()))
        entries = self._reader.mapping(node, f"the comparison of {name}", operators)
        parts = [self._comparison(name, fact, operator, value) for operator, (_, value) in entries.items()]
        return _combined([part for part in parts if part is not None], every=True)

    def _comparison(self, name: str, fact: Fact, operator: str, node: Node) -> ConditionNode | None:
        found = self._compared(name, fact, operator, node)
        return None if found is None else placed(found, place_of(node))

    def _compared(self, name: str, fact: Fact, operator: str, node: Node) -> Condition | None:
        if operator == "known":
            wanted = self._reader.truth(node, "known")
            return None if wanted is None else known(name, wanted)
        if operator == "matches":
            return self._match(name, node)
        if operator in WITH_LIST:
            return self._list_comparison(name, fact, operator, node)
        if fact.kind is Kind.NUMBER:
            number = self._reader.number(node, f"what {name} is compared with")
            return None if number is None else compare(name, operator, number, str(number))
        if fact.kind is Kind.TRUTH:
            truth = self._reader.truth(node, f"what {name} is compared with")
            return None if truth is None else compare(name, operator, truth, str(truth).lower())
        text = self._word(name, fact, node)
        return None if text is None else compare(name, operator, text, _short(text))

    def _word(self, name: str, fact: Fact, node: Node) -> str | None:
        if fact.words:
            return self._reader.choice(node, f"value of {name}", fact.words)
        text = self._reader.text(node, f"what {name} is compared with")
        return None if text is None else fact.form(text)

    def _match(self, name: str, node: Node) -> Condition | None:
        pattern = self._reader.text(node, "a pattern", PATTERN_LIMIT_CHARS)
        if pattern is None:
            return None
        try:
            program = self._engine.compile_match(name, pattern)
        except ExpressionRefused as error:
            self._reader.complain(node, error.reason, error.advice)
            return None
        self.steps += program.steps
        return expression(program, f"{name} matches {_short(pattern)}")

    def _list_comparison(self, name: str, fact: Fact, operator: str, node: Node) -> Condition | None:
        if isinstance(node, MappingNode):
            if fact.kind is Kind.NUMBER:
                advice = f"write them here: `{operator}: [0, 1, 2]`"
                self._reader.complain(node, f"{name} is a number, and named lists hold texts", advice)
                return None
            found = self._named(node)
            if found is None:
                return None
            written, shown = found
        elif fact.kind is Kind.NUMBER:
            return self._number_list(name, operator, node)
        else:
            written = self._reader.texts(node, operator, INLINE_LIST_LIMIT)
            shown = _short(", ".join(written))
        if operator == "mentions":
            return self._mentions(name, written, shown, node)
        for word in written:
            if fact.words and word not in fact.words:
                self._reader.complain(node, f"{word} is no value of {name}", suggestion(word, list(fact.words)))
        return compare(name, operator, tuple(map(fact.form, written)), shown)

    def _number_list(self, name: str, operator: str, node: Node) -> Condition:
        read = (self._reader.number(item, f"an entry of {operator}") for item in self._reader.items(node, operator))
        numbers = tuple(number for number in read if number is not None)
        return compare(name, operator, numbers, _short(", ".join(map(str, numbers))))

    def _mentions(self, name: str, written: tuple[str, ...], shown: str, node: Node) -> Condition | None:
        phrases = self._phrases.get(written)
        if phrases is None:
            try:
                phrases = self._phrases[written] = Phrases(written)
            except ValueError as error:
                self._reader.complain(node, str(error))
                return None
        return mentions(name, phrases, shown)

    def _named(self, node: Node) -> tuple[tuple[str, ...], str] | None:
        """The entries of one or several named lists, and how the trace names them."""
        entries = self._reader.mapping(node, "a reference to a list", ("list",))
        if "list" not in entries:
            self._reader.complain(node, "a reference to a list needs `list: name`")
            return None
        _, value = entries["list"]
        nodes = self._reader.items(value, "list") if isinstance(value, SequenceNode) else [value]
        names = [self._reader.choice(item, "named list", tuple(self._lists)) for item in nodes]
        if None in names:
            return None
        chosen = [name for name in names if name is not None]
        return tuple(entry for name in chosen for entry in self._lists[name]), ", ".join(chosen)


def _combined(parts: list[ConditionNode], *, every: bool) -> ConditionNode | None:
    """One node for several; parts with the same combination are merged, so that the usual rule is one flat list."""
    if len(parts) < 2:
        return parts[0] if parts else None
    flat: list[ConditionNode] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Combined) and part.every is every else (part,))
    return Combined(every, tuple(flat))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LIMIT_CHARS else text[: _SHOWN_LIMIT_CHARS - 1] + "…"

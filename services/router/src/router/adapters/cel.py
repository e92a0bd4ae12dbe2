"""CEL by Google's C++ runtime: typed when it is compiled, bounded when it runs (RE2, an iteration and a depth budget).

Three traps of the library are handled here and nowhere else: a run-time error is *returned* as a value that is true in
Python; an exhausted budget is raised as `RuntimeError`; a bad pattern only shows when it is used. What bounds memory
and the time of searches is ours: a limited length, few loops, none of which builds a new list, and `cel_cost`.
"""

import json
import re
from typing import Any, Final

from cel_expr_python import cel

from router.adapters.cel_cost import bare, check_loops, steps_of, string_at
from router.domain.facts import CATALOGUE, LIST_LIMIT, Facts, Kind
from router.errors import ExpressionRefused
from ventanilla_runtime.yaml_places import suggestion

LENGTH_LIMIT_CHARS: Final = 2_000

_TYPES: Final = {
    Kind.TEXT: cel.Type.STRING,
    Kind.NUMBER: cel.Type.INT,
    Kind.TRUTH: cel.Type.BOOL,
    Kind.LIST: cel.Type.List(cel.Type.STRING),
}
_LARGE: Final = {Kind.TEXT: "x", Kind.NUMBER: 1, Kind.TRUTH: True, Kind.LIST: ["x"] * LIST_LIMIT}
_LARGE_FACTS: Final = {name: _LARGE[fact.kind] for name, fact in CATALOGUE.items()}
_REFERENCES: Final = {name: b"\n" + bytes((len(name),)) + name.encode() for name in CATALOGUE}
"""How a compiled expression that looks at a fact names it: field 1 of a message of protocol buffers, a text.

However a name is written (`message . text`, `.message.text`, `(message).text`), this is what the checker made of it. A
text that holds these very bytes would count too, which costs nothing but a fact more than is needed.
"""
_MATCHES: Final = re.compile(r"\bmatches\s*\(")
_ERROR: Final = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.+)")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'")


class CelProgram:
    """One compiled expression. Compiled programs of one engine share what is prepared for each message."""

    def __init__(self, engine: "CelEngine", text: str, program: Any, facts: tuple[str, ...], steps: int) -> None:
        """`steps`: of its searches at most, as `cel_cost` counts them.

        `constant` is what it comes to where it looks at no fact, as `evaluate` says it; None: that depends.
        """
        self.text = text
        self.facts = facts
        self.steps = steps
        self.constant = None if facts else _answer(program, engine.nothing)
        self._engine = engine
        self._program = program

    def evaluate(self, facts: Facts) -> bool | str:
        """Its truth; else why it has none, as a text."""
        return _answer(self._program, self._engine.activation(facts))


class CelEngine:
    """Compiles the expressions of one rule set."""

    def __init__(self) -> None:
        variables = {name: _TYPES[fact.kind] for name, fact in CATALOGUE.items()}
        self._environment: Any = cel.NewEnv(variables=variables)
        self.nothing: Any = self._environment.Activation({})
        """No fact at all."""
        self._used: list[str] = []

    def compile(self, text: str) -> CelProgram:
        """Compile an expression that must be true or false.

        Raises:
            ExpressionRefused: it has a mistake, or could cost more than a rule may.
        """
        if len(text) > LENGTH_LIMIT_CHARS:
            raise ExpressionRefused(
                f"the expression has {len(text)} characters, {LENGTH_LIMIT_CHARS} are allowed", "split it into several"
            )
        code = bare(text)
        check_loops(code)
        program = self._compile(text)
        if program.return_type() != cel.Type.BOOL:
            kind = str(program.return_type()).rpartition(".")[2].lower()
            raise ExpressionRefused(f"the expression is a {kind}, not true or false", "compare it with something")
        facts = _facts_of(program, code)
        steps = steps_of(code, self._patterns(text, code), facts)
        self._check_cost(program)
        self._used += [name for name in facts if name not in self._used]
        return CelProgram(self, text, program, facts, steps)

    def compile_match(self, fact: str, pattern: str) -> CelProgram:
        """Compile the search for an RE2 pattern in a fact.

        Raises:
            ExpressionRefused: RE2 does not take the pattern.
        """
        return self.compile(f"{fact}.matches({json.dumps(pattern, ensure_ascii=False)})")

    def activation(self, facts: Facts) -> Any:
        """The facts of a message as CEL wants them: once for all programs, without those that are not known."""
        found = facts.memory.get(self)
        if found is None:
            values = {name: facts[name] for name in self._used}
            found = facts.memory[self] = self._environment.Activation(
                {
                    name: list(value) if isinstance(value, tuple) else value
                    for name, value in values.items()
                    if value is not None
                }
            )
        return found

    def _compile(self, text: str) -> Any:
        try:
            return self._environment.compile(text)
        except RuntimeError as error:
            found = _ERROR.search(str(error))
            if not found or int(found[1]) < 1:
                reason = found[3] if found else str(error)
                if "recursion" in reason:
                    reason = "the expression is nested too deeply"
                raise ExpressionRefused(_short(reason), "write it with less nesting") from error
            line, column, reason = int(found[1]), int(found[2]), found[3]
            if unknown := _UNDECLARED.search(reason):
                column = max(column - max(unknown[1].find("."), 0), 1)  # CEL points at the dot, in has() at the word
                raise ExpressionRefused(
                    f"unknown fact {unknown[1]}", suggestion(unknown[1], list(CATALOGUE)), line=line, column=column
                ) from error
            advice = ""
            if "no matching overload" in reason:
                advice = "both sides must have the type that the fact has: write 3, not 3.0 or '3', for a whole number"
            raise ExpressionRefused(_short(reason), advice, line=line, column=column) from error

    def _patterns(self, text: str, code: str) -> list[tuple[int, str]]:
        """Where each `matches` stands, and what it looks for.

        Raises:
            ExpressionRefused: one of the patterns is not written out, or RE2 does not take it.
        """
        found = []
        for call in _MATCHES.finditer(code):
            literal = string_at(text, call.end())
            if literal is None or not re.match(r"\s*\)", code[literal.start + len(literal.text) :]):
                raise ExpressionRefused(
                    "matches() wants a pattern in quotes", "a pattern cannot be put together while the rule runs"
                )
            value = self._environment.compile(f'"".matches({literal.text})').eval(self.nothing).value()
            if not isinstance(value, bool):
                line = text.count("\n", 0, literal.start) + 1
                column = literal.start - (text.rfind("\n", 0, literal.start) + 1) + 1
                raise ExpressionRefused(
                    _short(str(value)), "patterns are RE2: no look-around, no back-references", line=line, column=column
                )
            found.append((call.start(), str(self._environment.compile(literal.text).eval(self.nothing).value())))
        return found

    def _check_cost(self, program: Any) -> None:
        """Run it once over facts as large as they get: what exhausts the budget here need not wait for a message."""
        try:
            program.eval(self._environment.Activation(_LARGE_FACTS))
        except RuntimeError as error:
            raise ExpressionRefused(
                "the expression costs more than a rule may", "use shorter lists or fewer loops"
            ) from error


def _answer(program: Any, activation: Any) -> bool | str:
    """The truth of a compiled expression; else why it has none, as a text."""
    try:
        value = program.eval(activation).value()
    except RuntimeError as error:  # the iteration budget
        return _short(str(error))
    if value is True or value is False:
        return bool(value)
    return _short(str(value))


def _facts_of(program: Any, code: str) -> tuple[str, ...]:
    """The facts that a compiled expression looks at, in the order in which they are written."""
    compiled: bytes = program.serialize()
    found = [name for name, reference in _REFERENCES.items() if reference in compiled]
    places = {name: re.search(rf"{re.escape(name)}\b", code) for name in found}
    return tuple(sorted(found, key=lambda name: place.start() if (place := places[name]) else len(code)))


def _short(text: str) -> str:
    return text.removeprefix("INVALID_ARGUMENT: ").partition("\n")[0][:300]

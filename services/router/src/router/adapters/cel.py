"""CEL by Google's C++ runtime: typed when it is compiled, bounded when it runs (RE2, an iteration and a depth budget).

Three traps of the library are handled here and nowhere else: a run-time error is *returned* as a value that is true in
Python; an exhausted budget is raised as `RuntimeError`; a bad pattern only shows when it is used. What bounds memory is
ours: a limited length, and at most two loops, none of which builds a new list.
"""

import json
import re
from difflib import get_close_matches
from typing import Any, Final

from cel_expr_python import cel

from router.domain.facts import CATALOGUE, LIST_LIMIT, Facts, Kind
from router.errors import ExpressionRefused

LENGTH_LIMIT_CHARS: Final = 2_000
LOOP_LIMIT: Final = 2

_TYPES: Final = {
    Kind.TEXT: cel.Type.STRING,
    Kind.NUMBER: cel.Type.INT,
    Kind.TRUTH: cel.Type.BOOL,
    Kind.LIST: cel.Type.List(cel.Type.STRING),
}
_LARGE: Final = {Kind.TEXT: "x", Kind.NUMBER: 1, Kind.TRUTH: True, Kind.LIST: ["x"] * LIST_LIMIT}
_LARGE_FACTS: Final = {name: _LARGE[fact.kind] for name, fact in CATALOGUE.items()}
_STRING: Final = re.compile(r"""[rR]?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""")
_NAME: Final = re.compile(r"(?<![\w.])[a-z_]+\.[a-z_]+\b")
_LOOP: Final = re.compile(r"\.\s*(all|exists|exists_one|filter|map)\s*\(")
_MATCHES: Final = re.compile(r"\bmatches\s*\(\s*")
_ERROR: Final = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.+)")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'")


class CelProgram:
    """One compiled expression. Compiled programs of one engine share what is prepared for each message."""

    def __init__(self, engine: "CelEngine", text: str, program: Any, facts: tuple[str, ...]) -> None:
        self.text = text
        self.facts = facts
        self._engine = engine
        self._program = program

    def evaluate(self, facts: Facts) -> bool | str:
        """Its truth; else why it has none, as a text."""
        try:
            value = self._program.eval(self._engine.activation(facts)).value()
        except RuntimeError as error:  # the iteration budget
            return _short(str(error))
        if value is True or value is False:
            return bool(value)
        return _short(str(value))


class CelEngine:
    """Compiles the expressions of one rule set."""

    def __init__(self) -> None:
        variables = {name: _TYPES[fact.kind] for name, fact in CATALOGUE.items()}
        self._environment: Any = cel.NewEnv(variables=variables)
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
        bare = _STRING.sub(lambda match: '"' + "." * (len(match[0]) - 2) + '"', text)
        _check_loops(bare)
        program = self._compile(text)
        if program.return_type() != cel.Type.BOOL:
            kind = str(program.return_type()).rpartition(".")[2].lower()
            raise ExpressionRefused(f"the expression is a {kind}, not true or false", "compare it with something")
        self._check_patterns(text, bare)
        self._check_cost(program)
        facts = tuple(dict.fromkeys(name for name in _NAME.findall(bare) if name in CATALOGUE))
        self._used += [name for name in facts if name not in self._used]
        return CelProgram(self, text, program, facts)

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
                raise ExpressionRefused(
                    _short(found[3] if found else str(error)), "write it with less nesting"
                ) from error
            line, column, reason = int(found[1]), int(found[2]), found[3]
            if unknown := _UNDECLARED.search(reason):
                column -= max(unknown[1].find("."), 0)  # CEL points at the dot
                raise ExpressionRefused(
                    f"unknown fact {unknown[1]}", suggestion(unknown[1], list(CATALOGUE)), line=line, column=column
                ) from error
            advice = ""
            if "no matching overload" in reason:
                advice = "both sides must have the type that the fact has: write 3, not 3.0 or '3', for a whole number"
            raise ExpressionRefused(_short(reason), advice, line=line, column=column) from error

    def _check_patterns(self, text: str, bare: str) -> None:
        for call in _MATCHES.finditer(bare):
            literal = _STRING.match(text, call.end())
            if not literal or not re.match(r"\s*\)", text[literal.end() :]):
                raise ExpressionRefused(
                    "matches() wants a pattern in quotes", "a pattern cannot be put together while the rule runs"
                )
            probe = self._environment.compile(f'"".matches({literal[0]})')
            value = probe.eval(self._environment.Activation({})).value()
            if not isinstance(value, bool):
                line = text.count("\n", 0, literal.start()) + 1
                column = literal.start() - (text.rfind("\n", 0, literal.start()) + 1) + 1
                raise ExpressionRefused(
                    _short(str(value)), "patterns are RE2: no look-around, no back-references", line=line, column=column
                )

    def _check_cost(self, program: Any) -> None:
        """Run it once over facts as large as they get: what exhausts the budget here need not wait for a message."""
        try:
            program.eval(self._environment.Activation(_LARGE_FACTS))
        except RuntimeError as error:
            raise ExpressionRefused(
                "the expression costs more than a rule may", "use shorter lists or fewer loops"
            ) from error


def suggestion(written: str, known: list[str]) -> str:
    """What to write instead of an unknown word."""
    close = get_close_matches(written, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"known are {', '.join(known[:40])}"


def _check_loops(bare: str) -> None:
    loops = [match[1] for match in _LOOP.finditer(bare)]
    if "map" in loops:
        raise ExpressionRefused("map() is not allowed", "ask with exists() or all()")
    if len(loops) > LOOP_LIMIT:
        raise ExpressionRefused(
            f"{len(loops)} loops in one expression, {LOOP_LIMIT} are allowed", "split it into several"
        )


def _short(text: str) -> str:
    return text.removeprefix("INVALID_ARGUMENT: ").partition("\n")[0][:300]

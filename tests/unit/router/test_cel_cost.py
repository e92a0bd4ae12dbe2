"""What an expression may cost: bombs are refused at the check, and what is let through is quick when it runs."""

import time
import tracemalloc

import pytest

from router.adapters.cel import CelEngine
from router.adapters.cel_cost import STEPS_LIMIT, bare, pattern_size
from router.domain.facts import Facts
from router.errors import ExpressionRefused
from tests.unit.router.samples import NOON, file_with, message, rule_text
from tests.unit.router.test_rule_file import problems

NAMES, TYPES, TEXT = "attachments.names", "attachments.types", "message.text"
FILE = {"content_type": "x/y", "size_bytes": 1, "sha256": "0" * 64}
LARGE = message(
    "s" * 900,
    "ab" * 16_000,
    attachments=[{**FILE, "filename": "ab" * 400 + str(number)} for number in range(50)],
    defects=["d" * 80] * 50,
)


@pytest.mark.parametrize(
    "text",
    [
        "message . text.size() > 3",
        ".message.text.size() > 3",
        "(message).text.size() > 3",
        "message.`text`.size() > 3",
        "message //x.y\n . text.size() > 3",
        "attachments.count == 0 && .message.text.size() > 3",
    ],
)
def test_a_fact_is_known_however_its_name_is_written(text: str) -> None:
    program = CelEngine().compile(text)

    assert "message.text" in program.facts
    assert isinstance(program.evaluate(Facts(LARGE, NOON, NOON.tzinfo)), bool)  # type: ignore[arg-type]  # NOON is aware


def test_a_fact_that_only_stands_in_a_string_or_a_comment_is_not_asked_for() -> None:
    assert CelEngine().compile("message.subject == 'message.text' // sender.name").facts == ("message.subject",)


@pytest.mark.parametrize("name", [".message.text", "message . text", "(message).text"])
def test_what_a_long_text_costs_does_not_depend_on_how_its_name_is_written(name: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        CelEngine().compile(f"{name}.matches('(.?){{1000}}z')")

    assert "16,008,000 steps" in refused.value.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{NAMES}.all(a, {TYPES}.exists(b, {NAMES}.exists(c, a == c)))", "3 loops in one expression, 2 are allowed"),
        (f"{NAMES}. //x\nall(a, {TYPES}./**/all(b, true))", "Syntax error"),
        (f"{NAMES}.all(a, {TYPES}.all(b, {NAMES}. //x\nall(c, a + b != c)))", "3 loops in one expression"),
        (f"{NAMES}.map(a, a + a).size() > 1", "map() is not allowed"),
        (f"{NAMES}. //x\nmap(a, a).size() > 1", "map() is not allowed"),
        (f"'''a'b''' == 'z' || {NAMES}.map(a, a + a).size() > 1 || 'q' == 'q'", "map() is not allowed"),
        (f"r'\\' == 'z' || {NAMES}.map(a, a + a).size() > 1 || 'q' == 'q'", "map() is not allowed"),
        (f'"""a"b""" == "z" || {NAMES}.map(a, a).size() > 1 || "q" == "q"', "map() is not allowed"),
        (
            f"[{','.join(['1'] * 440)}].all(a, [{','.join(['1'] * 440)}].all(b, a + b > 0))",
            "costs more than a rule may",
        ),
        (f"({'+'.join([TEXT] * 100)}).size() > 3", "the expression is nested too deeply"),
        ("(" * 900 + "true" + ")" * 900, "the expression is nested too deeply"),
        ("[" * 900 + "]" * 900 + " == []", "the expression is nested too deeply"),
        ("true || " * 280 + "true", "2,000 are allowed".replace(",", "")),
        (f"{TEXT}.matches('(.?){{1000}}z')", "16,008,000 steps, 4,000,000 are allowed"),
        (f"{TEXT}.matches('((a{{0,30}}){{0,30}})c')", "7,208,000 steps"),
        (f"{NAMES}.all(a, {TYPES}.all(b, !{TEXT}.matches('a.*b')))", "steps, 4,000,000 are allowed"),
        (f"{NAMES}.all(a, {TYPES}.all(b, !{TEXT}.contains(a + b)))", "steps, 4,000,000 are allowed"),
        (f"({NAMES} + {NAMES} + {NAMES}).exists(a, a.matches('[0-9]{{60}}'))", "steps, 4,000,000 are allowed"),
        (f"[{','.join(['0'] * 900)}].all(a, !{TEXT}.contains('x'))", "steps, 4,000,000 are allowed"),
        (f"{TEXT}.matches(message.subject)", "matches() wants a pattern in quotes"),
        (f"{TEXT}.matches( //x\n message.subject)", "matches() wants a pattern in quotes"),
        (f"matches({TEXT}, message.subject)", "matches() wants a pattern in quotes"),
        (f"{TEXT}.matches('a' + 'b')", "matches() wants a pattern in quotes"),
        (f"{TEXT}.matches('(?=a)')", "invalid perl operator: (?="),
        (f"{TEXT}.matches(r'(a)\\1')", "invalid escape sequence"),
        (f"{TEXT}.matches('((a{{100}}){{100}}){{100}}')", "invalid repetition size"),
        (f"{TEXT}.replace('a', 'aaaaaaaaaa').size() > 1", "unknown fact replace"),
        (f"{NAMES}.join('x').size() > 1", "unknown fact join"),
        ("lists.range(100000000).size() > 1", "unknown fact lists"),
        ("has(message.x)", "unknown fact message.x"),
    ],
)
def test_a_bomb_is_refused_at_once_with_its_reason(text: str, reason: str) -> None:
    started = time.process_time()

    with pytest.raises(ExpressionRefused) as refused:
        CelEngine().compile(text)

    assert reason in refused.value.reason
    assert refused.value.column >= 1
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "text",
    [
        f"{NAMES}.all(a, {TYPES}.exists(b, a + b == a))",
        f"{NAMES}.filter(a, {TYPES}.filter(b, a == b).size() > 0).size() > 1",
        f"{NAMES}.exists(a, a.matches('(factura|invoice).*[.]pdf$')) && {TYPES}.exists(a, a.matches('x/[a-z]{{3}}'))",
        f"{TEXT}.matches('(?i)({'|'.join(f'palabra{number}' for number in range(40))})')",
        f"{TEXT}.matches('(a|b)*a(a|b){{20}}c')",
        f"{TEXT}.matches('(.?){{200}}z')",
        f"{TEXT}.matches('(a*)*(b*)*(c*)*$') || {TEXT}.matches('(x+x+)+y')",
        "!" * 1_900 + "true",
        f"[{','.join(['0'] * 900)}].all(a, a == 0)",
        f"({'+'.join([TEXT] * 12)}).contains('nothing of this')",
    ],
)
def test_what_is_let_through_is_quick_and_small_with_the_largest_message(text: str) -> None:
    program = CelEngine().compile(text)
    facts = Facts(LARGE, NOON, NOON.tzinfo)  # type: ignore[arg-type]  # NOON is aware
    tracemalloc.start()
    started = time.process_time()

    answer = program.evaluate(facts)

    took, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(answer, bool), answer
    assert took < 0.5
    assert peak < 5_000_000
    assert program.steps <= STEPS_LIMIT


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("", 1),
        ("abc", 3),
        ("a|b", 2),
        ("^a.c$", 4),
        ("a{3}", 3),
        ("a{2,}", 2),
        ("a{0,5}b", 6),
        ("(ab){10}", 20),
        ("((a{3}){3}){3}", 27),
        ("(?i)a(?:bc)+(?P<n>d)", 4),
        (r"\d{4}\pL\p{Greek}", 44),
        ("[a-z]{3}", 6),
        (r"[\pL]{2}", 40),
        ("[]a]b", 3),
        (r"[^\]]{2}x", 5),
        (r"\Qa{9}\Eb", 5),
        ("a{", 2),
        (")(", 1),
        (r"\{3}", 3),
    ],
)
def test_a_pattern_is_as_large_as_it_is_written_out(pattern: str, size: int) -> None:
    assert pattern_size(pattern) == size


def test_strings_and_comments_are_no_code_and_everything_keeps_its_place() -> None:
    text = "a.b == 'x.map(' && \"y\" == r'\\' // .map(\n && c == '''.filter('(''' "

    code = bare(text)

    assert len(code) == len(text)
    assert "map" not in code
    assert "filter" not in code
    assert code.index("&& c") == text.index("&& c")


def test_the_patterns_of_a_rule_count_together() -> None:
    dear = "{message.text: {matches: '(.?){240}z'}}"

    (problem,) = problems(file_with(rule_text("dear", when=f"[{dear}, {dear}, {dear}]")))

    assert problem.startswith("r.yaml:22:15: rule dear: the rule may take 11,544,000 steps to look for its patterns")


def test_a_dear_pattern_is_reported_with_its_place_and_what_to_do() -> None:
    block = "\n          cel: |\n            message.automatic &&\n              message.text.matches('(.?){1000}z')"

    (problem,) = problems(file_with(rule_text("dear", when=block)))

    assert problem.startswith(
        "r.yaml:25:28: rule dear: the expression may take 16,008,000 steps, 4,000,000 are allowed;"
    )

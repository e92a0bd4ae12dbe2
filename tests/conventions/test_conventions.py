"""Review habits as tests: what every file of this repository keeps to.

One test for each habit looks at all files and names every one that does not keep to it: a test for each file and habit
would be ten thousand, half of all, which took minutes to collect and to report.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from ventanilla_contracts.words import LANGUAGES

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("libs", "services") for path in (ROOT / folder).glob("*/src/**/*.py"))
TESTS = sorted((ROOT / "tests").glob("**/*.py"))
TEST_MODULES = [path for path in TESTS if path.name.startswith("test_")]
PACKAGES = sorted(path.parent for folder in ("libs", "services") for path in (ROOT / folder).glob("*/pyproject.toml"))

MODULE_LINES = 400
NOBODY_CAN_GUESS = {"utils", "util", "common", "helpers", "helper", "base", "manager", "managers", "misc"}
CATALOGUES = sorted((ROOT / "services").glob("*/src/*/locale"))
TEMPLATES = sorted((ROOT / "services").glob("*/src/*/templates"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def parsed(path: Path) -> ast.Module:
    return ast.parse(source(path), name(path))


@cache
def remarks() -> list[tuple[str, str]]:
    """Where the comments stand, and what they say, in all files that have a word in them which may not stand alone."""
    found = []
    for path in SOURCES + TESTS:
        if re.search(r"noqa|ignore|TODO|FIXME|XXX|HACK", text := source(path)):  # to read all of them takes ten seconds
            tokens = tokenize.generate_tokens(io.StringIO(text).readline)
            found += [(f"{name(path)}:{one.start[0]}", one.string) for one in tokens if one.type == tokenize.COMMENT]
    return found


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 40
    assert len(TESTS) > 15
    assert len(PACKAGES) >= 6


def test_a_module_fits_the_head() -> None:
    modules = [path for path in SOURCES + TESTS if "data" not in path.parts]
    sizes = {name(path): len(source(path).splitlines()) for path in modules}
    assert not {module: lines for module, lines in sizes.items() if lines > MODULE_LINES}


def test_a_name_says_what_is_inside() -> None:
    for path in SOURCES:
        words = set(path.with_suffix("").relative_to(ROOT).parts) - {"src"}
        assert not {part for word in words for part in word.split("_")} & NOBODY_CAN_GUESS, name(path)


def test_a_module_says_why_it_exists() -> None:
    assert not [name(path) for path in SOURCES if not ast.get_docstring(parsed(path))]


def reasonless(comment: str) -> Iterator[str]:
    """What a comment lacks that silences a tool: which rule, and why."""
    for marker in (r"noqa", r"type:\s*ignore"):
        if re.search(rf"#\s*{marker}", comment):
            if not re.search(rf"{marker}(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|\[[\w, -]+\])", comment):
                yield "ignores everything"
            if not re.search(rf"{marker}[^#]*#\s*\w+", comment):
                yield "gives no reason"


def test_an_ignored_rule_is_named_and_has_a_reason() -> None:
    assert not [f"{place} {lack}" for place, comment in remarks() for lack in reasonless(comment)]


def test_nothing_is_left_for_later() -> None:
    assert not [place for place, comment in remarks() if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", comment)]


def waits(module: ast.AST) -> Iterator[tuple[int, float | None]]:
    """Lines that sleep, and for how many seconds if that is a number in the code."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep":
            value = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            yield node.lineno, float(value) if isinstance(value, (int, float)) else None


def test_a_test_never_sleeps_for_a_guess() -> None:
    """A handler that takes a moment (up to 50 ms) is no waiting; in `faults/` the length of an outage is the test."""
    modules = [path for path in TEST_MODULES if path.parent.name != "faults"]
    slept = [(f"{name(path)}:{line}", seconds) for path in modules for line, seconds in waits(parsed(path))]
    assert not [place for place, seconds in slept if seconds is None], "these sleep for a computed time: poll instead"
    assert not [(place, seconds) for place, seconds in slept if seconds and seconds > 0.05], "poll with a deadline"


def test_the_name_of_a_test_is_a_sentence() -> None:
    for path in TEST_MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                assert node.name.count("_") >= 3, f"{name(path)}:{node.lineno} {node.name}"


def test_a_domain_knows_no_clock_and_does_not_wait() -> None:
    domains = [path for path in SOURCES if "domain" in path.relative_to(ROOT).parts]
    for path, node in ((each, node) for each in domains for node in ast.walk(parsed(each))):
        where = f"{name(path)}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, (ast.AsyncFunctionDef, ast.Await)), f"{where} is async"
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "monotonic", "environ"):
            assert not isinstance(node.value, ast.Name) or node.value.id not in ("datetime", "date", "time", "os"), (
                f"{where} asks the world"
            )


@pytest.mark.parametrize("folder", PACKAGES, ids=name)
def test_a_package_is_typed_and_licensed(folder: Path) -> None:
    text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^license = "(Apache-2.0|GPL-3.0-or-later)"$', text, re.MULTILINE)
    assert list(folder.glob("src/*/py.typed"))


@pytest.mark.parametrize("folder", PACKAGES, ids=name)
def test_a_package_has_a_readme(folder: Path) -> None:
    readme = folder / "README.md"
    assert readme.exists()
    assert len(readme.read_text(encoding="utf-8").splitlines()) >= 5


@pytest.mark.parametrize("folder", CATALOGUES, ids=name)
def test_every_text_has_words_in_both_languages(folder: Path) -> None:
    files = sorted(folder.glob("**/*.po"))
    if not files:
        pytest.skip("no catalogues yet")
    messages: dict[str, dict[Any, Any]] = {language: {} for language in LANGUAGES}
    for path in files:
        [language] = [word for word in LANGUAGES if word in (*path.relative_to(folder).parts, path.stem)]
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        domain = "" if path.stem == language else path.stem
        messages[language] |= {(domain, message.context, message.id): message for message in catalogue if message.id}
        assert not [message.id for message in catalogue if message.id and not all_words(message.string)], name(path)
        assert not [message.id for message in catalogue if message.id and message.fuzzy], name(path)
    assert set(messages["es"]) == set(messages["en"])
    for key, message in messages["es"].items():
        assert blanks(message.string) == blanks(messages["en"][key].string), key


@pytest.mark.parametrize("folder", TEMPLATES, ids=name)
def test_every_template_exists_in_both_languages_with_the_same_blanks(folder: Path) -> None:
    by_language: dict[str, dict[str, Path]] = {language: {} for language in LANGUAGES}
    for path in folder.glob("**/*.*"):
        stem, _, rest = path.name.partition(".")
        language, _, form = rest.partition(".")
        if language in LANGUAGES:
            by_language[language][str(path.relative_to(folder).with_name(f"{stem}.{form}"))] = path
    assert set(by_language["es"]) == set(by_language["en"])
    for key, path in by_language["es"].items():
        spanish, english = path.read_text(encoding="utf-8"), by_language["en"][key].read_text(encoding="utf-8")
        assert fields(spanish) == fields(english), key


def fields(template: str) -> set[str]:
    """The values that a template asks for."""
    return set(re.findall(r"\{\{[-\s]*([\w.]+)", template)) | set(re.findall(r"\$\{?(\w+)", template))


def all_words(text: Any) -> bool:
    return all(text) if isinstance(text, tuple) else bool(text)


def blanks(text: Any) -> set[str]:
    """What a text leaves open: `%(number)s`, `{number}`."""
    return set(re.findall(r"%\(\w+\)[a-z]|\{\w+\}", " ".join(text) if isinstance(text, tuple) else text))


def test_a_file_is_text_with_a_line_end_and_no_tabs() -> None:
    for path in SOURCES + TESTS:
        data = path.read_bytes()
        assert not data or data.endswith(b"\n"), name(path)
        assert b"\t" not in data.replace(b"\\t", b""), name(path)
        assert b"\r" not in data, name(path)

"""Every phrase of ours is in Spanish and in English: found by walking the modules, so that no new table is missed.

A phrase that is the same in both is a name, or has no words in it; whatever else is the same was not translated.
"""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from string import Formatter
from types import ModuleType
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po

import intake_chat
import portal
import router
import ventanilla_contracts

SAME = frozenset(
    {
        "API", "SMS", "Slack", "WhatsApp", "normal", "portal", "Portal", "error: {error}", "no", "Error:", "Normal",
        "Español", "English",
        # Signs and blanks alone.
        "?", ", {time}", "{by}: {text}", "{rule}: {outcome}", "{who}: {action}.", "; ", "{priority} · {subject}",
    }
)  # fmt: skip
"""Phrases that are the same in both languages."""
PAIR = 2
THREE = 3
NO_WORDS = frozenset({"ventanilla_contracts.generation"})
"""Modules whose tables of pairs are something else."""


def modules() -> Iterator[ModuleType]:
    for package in (intake_chat, ventanilla_contracts, router, portal):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__") and found.name not in NO_WORDS:
                yield importlib.import_module(found.name)


def of_tables() -> Iterator[tuple[str, str, str]]:
    """(where, Spanish, English) of each phrase in a table of pairs, or of a pattern and a pair."""
    for module in modules():
        for name, table in vars(module).items():
            yield from _phrases(f"{module.__name__}.{name}", table)


def _phrases(where: str, table: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(table, Mapping) and table and all(map(_is_pair, table.values())):
        yield from ((f"{where}[{key!r}]", *pair) for key, pair in table.items())
    elif isinstance(table, tuple | list) and table and all(map(_is_rule, table)):
        # No English: what the desk gives is English already. Neither: nothing is said of it.
        given = (one for one in table if one[2] is not None and (one[1] or one[2]))
        yield from ((f"{where}[{one[0].pattern!r}]", one[1], one[2]) for one in given)
    elif isinstance(table, Mapping) and set(table) == {"es", "en"}:
        spanish, english = table["es"], table["en"]
        if isinstance(spanish, str) and isinstance(english, str) and " " in spanish:
            yield where, spanish, english


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == PAIR and all(isinstance(one, str) for one in value)


def _is_rule(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == THREE and isinstance(value[0], re.Pattern)


def of_files() -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """(where, Spanish, English) of each pair of files of words."""
    contracts = files("ventanilla_contracts")
    for folder in ("history_words", "trace_words"):
        spanish, english = (json.loads((contracts / folder / f"{one}.json").read_text("utf-8")) for one in ("es", "en"))
        yield folder, spanish, english
    words = files("router") / "words"
    spanish, english = (yaml.safe_load((words / f"{one}.yaml").read_text("utf-8")) for one in ("es", "en"))
    yield "router", spanish, english
    locale = files("portal") / "locale"
    spanish, english = (_catalogue((locale / f"{one}.po").read_bytes(), one) for one in ("es", "en"))
    yield "portal", spanish, english


def _catalogue(data: bytes, language: str) -> dict[str, str]:
    catalogue = read_po(iter(data.decode().splitlines(keepends=True)), locale=language)
    return {str(one.id): str(one.string) for one in catalogue if one.id}


def blanks(text: str) -> set[str]:
    """What is put into a phrase, in any of the ways in which ours are written."""
    named = set(re.findall(r"%\((\w+)\)s", text))
    try:
        return named | {blank for _, blank, *_ in Formatter().parse(text) if blank}
    except ValueError:
        return named


def test_every_phrase_of_a_table_is_in_both_languages_with_the_same_blanks() -> None:
    found = list(of_tables())
    wrong = [where for where, es, en in found if not es.strip() or not en.strip() or blanks(es) != blanks(en)]

    assert len({where.rpartition("[")[0] for where, *_ in found}) > 15, "the walk finds the tables"
    assert wrong == []


def test_no_phrase_of_a_table_was_left_in_one_language() -> None:
    assert [(where, es) for where, es, en in of_tables() if es == en and es not in SAME] == []


@pytest.mark.parametrize(("spanish", "english"), [one[1:] for one in of_files()], ids=[one[0] for one in of_files()])
def test_files_of_words_have_the_same_keys_and_say_each_in_their_language(
    spanish: Mapping[str, str], english: Mapping[str, str]
) -> None:
    assert spanish.keys() == english.keys()
    assert [key for key in spanish if not spanish[key].strip() or blanks(spanish[key]) != blanks(english[key])] == []
    assert [(key, text) for key, text in spanish.items() if text == english[key] and text not in SAME] == []


def test_a_template_of_the_ticket_service_is_in_both_languages() -> None:
    names = {entry.name for entry in (files("tickets") / "templates").iterdir()}

    assert names
    assert {name.replace(".es.", ".en.") for name in names} == {name for name in names if ".en." in name}

"""Canned answers: what makes a template, and how its places are filled."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tickets.builders import ticket
from tickets.domain.correspondence.templates import (
    GAP,
    PLACES,
    Template,
    fill,
    find_templates,
    read_template,
    values_for,
)
from tickets.errors import Invalid

CONTENT = {"title": {"es": "Más datos"}, "texts": {"es": "Hola, {{requester.first_name}}: {{ ticket.number }}"}}


def template(name: str = "datos", **changes: Any) -> Template:
    return read_template(name, 1, {**CONTENT, **changes})


def test_a_template_is_what_its_document_says() -> None:
    found = template(teams=["network"], status="pending", shortcut="md")

    assert (found.teams, found.status, found.shortcut) == (("network",), "pending", "md")
    assert found.is_for("network")
    assert not found.is_for("first-line")
    assert template().is_for("first-line")


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        (
            {"texts": {"es": "Hola\n{{requester.nam}}"}},
            "/texts/es",
            "line 2, character 1: {{requester.nam}} is no place",
        ),
        ({"texts": {"es": "a {{ticket.number} b"}}, "/texts/es", "line 1, character 3: {{ has no other half"),
        ({"texts": {"es": "a }} b"}}, "/texts/es", "line 1, character 3: }} has no other half"),
        ({"texts": {"es": "{{}}"}}, "/texts/es", "{{}} is no place"),
        ({"texts": {"fr": "Bonjour"}}, "/texts/fr", "known are"),
        ({"texts": {"es": " "}}, "/texts/es", "1 to 10000 characters"),
        ({"texts": {"es": "x" * 10_001}}, "/texts/es", "1 to 10000 characters"),
        ({"texts": {"es": "a\x00b"}}, "/texts/es", "control characters"),
        ({"texts": {}}, "/texts", "one language at least"),
        ({"title": {}}, "/title", "one language at least"),
        ({"title": "Hola"}, "/title", "must be a mapping"),
        ({"status": "closed"}, "/status", "is none of"),
        ({"shortcut": "two words"}, "/shortcut", "one word"),
        ({"teams": ["x"] * 51}, "/teams", "from 0 to 50"),
        ({"title_es": "x"}, "/title_es", "is not known here"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(changes: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        template(**changes)

    assert refused.value.pointer == pointer
    assert words in str(refused.value)


def test_every_place_can_be_filled() -> None:
    text = " ".join(f"{{{{{place}}}}}" for place in PLACES)
    values = values_for(ticket(requester_name="Ana Gil", subject="Hola"), "Eva Ruiz", "https://x", "lunes")

    filled = fill(text, values)

    assert filled.text == "7 Hola https://x Ana Gil Ana Eva Ruiz lunes"
    assert filled.empty == ()
    assert set(values) == set(PLACES)


def test_what_is_not_known_leaves_a_gap_that_is_named_once() -> None:
    filled = fill("{{agent.name}} {{agent.name}} {{next_update_by}}", {"agent.name": "", "next_update_by": ""})

    assert (filled.text, filled.empty) == (f"{GAP} {GAP} {GAP}", ("agent.name", "next_update_by"))


def test_what_a_customer_wrote_is_never_a_place() -> None:
    values = values_for(ticket(requester_name="{{agent.name}}", subject="{{ticket.link}}"), "Eva", "https://secret", "")

    assert fill("{{requester.name}} {{ticket.subject}}", values).text == "{{agent.name}} {{ticket.link}}"


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_of_a_customer_brings_in_another_value(name: str, subject: str) -> None:
    values = {"requester.name": name, "ticket.subject": subject, "ticket.link": "SECRET-LINK"}

    filled = fill("{{requester.name}}{{ticket.subject}}", values).text

    assert "SECRET-LINK" not in filled.replace(name, "").replace(subject, "")


@pytest.mark.parametrize(
    ("name", "first"), [("Ana Gil", "Ana"), ("Gil, Ana", "Ana"), ("Ana", "Ana"), ("", ""), ("Gil,", "Gil"), ("\n", "")]
)
def test_somebody_is_called_by_the_first_name(name: str, first: str) -> None:
    assert values_for(ticket(requester_name=name), "", "", "")["requester.first_name"] == first


def test_a_language_that_is_missing_gives_the_other() -> None:
    spanish = template()

    assert (spanish.language("en"), spanish.title_in("en")) == ("es", "Más datos")
    assert template(texts={"es": "a", "en": "b"}).language("en") == "en"


def test_templates_are_found_by_shortcut_title_and_text_without_accents() -> None:
    known = [
        template("b", shortcut="mas"),
        template("a", title={"es": "Avería"}, texts={"es": "más"}),
        template("c", teams=["network"]),
        template("d", title={"es": "Zeta"}, texts={"es": "nada"}),
    ]

    def found(words: str, team: str = "first-line") -> list[str]:
        return [one.name for one in find_templates(known, team, "es", words)]

    assert found("mas") == ["b", "a"]
    assert found("AVERIA") == ["a"]
    assert found("") == ["a", "b", "d"]
    assert found("datos", "network") == ["b", "c"]
    assert found("mas datos") == ["b"]

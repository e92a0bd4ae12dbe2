"""Lexemes of texts and conditions of queries: both sides must meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.settling.search_terms import (
    BLOCK_TICKETS,
    SLICE_TICKETS,
    conditions_of,
    facets,
    fold,
    lexeme_query,
    place_facets,
    words_of,
)


def meets(query: str, text: str, language: str) -> bool:
    """Whether a query finds a text, as the database would say it: one alternative of each condition is there."""
    lexemes = words_of(text, language)
    return all(
        any(alternative.strip("'").replace("''", "'") in lexemes for alternative in condition.split(" | "))
        for condition in conditions_of(query, {})
    )


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("facturacion", "Problemas con la FACTURACIÓN", "es"),
        ("facturación", "problemas con la facturacion", "es"),
        ("factura", "dos facturas", "es"),
        ("nandu", "un Ñandú", "es"),
        ("invoices", "the invoice", "en"),
        ("running", "it runs", "en"),
        ("ana example com", "ana@example.com", "es"),
        ("cafe", "CAFÉ", "en"),
    ],
)
def test_a_word_meets_its_other_forms(query: str, text: str, language: str) -> None:
    assert meets(query, text, language)


@given(st.text(max_size=200), st.sampled_from(["es", "en"]))
def test_every_word_of_a_text_finds_it(text: str, language: str) -> None:
    for word in text.split()[:5]:
        if conditions_of(word, {}) != ["'no=words'"]:
            assert meets(word, text, language)


@given(st.text(max_size=300))
def test_words_never_look_like_facets_or_break_the_query(text: str) -> None:
    for lexeme in words_of(text, "es"):
        assert "=" not in lexeme
        assert "'" not in lexeme
        assert " " not in lexeme


def test_a_query_of_nothing_but_signs_finds_nothing() -> None:
    assert conditions_of("!!! ' --", {}) == ["'no=words'"]
    assert conditions_of("   ", {}) == []


def test_values_of_a_filter_are_alternatives_and_filters_are_conditions() -> None:
    assert conditions_of("toner", {"status": ["open", "new"], "team": ["a'b\\c"], "tier": []}) == [
        "'ton' | 'toner'",
        "'team=a''b\\\\c'",
        "'status=new' | 'status=open'",
    ]


def test_facets_have_no_white_space_and_no_capitals() -> None:
    assert facets({"team": "First  Line", "assignee": None}) == {"team=first_line"}


def test_places_name_the_slice_and_the_block_of_a_number() -> None:
    assert BLOCK_TICKETS % SLICE_TICKETS == 0
    assert place_facets(SLICE_TICKETS) == ("slice=1", "block=0")
    assert lexeme_query(["slice=1", "slice=2"]) == "'slice=1' | 'slice=2'"


def test_folding_keeps_letters_and_drops_accents() -> None:
    assert fold("ÁÉÍÓÚÜÑç") == "aeiouunc"

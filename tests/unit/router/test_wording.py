import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.wording import FOUND_LIMIT, Phrases, fold, words_of


def found(phrases: list[str], text: str) -> list[str]:
    return Phrases(phrases).find(words_of(fold(text)))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("CAÍDO", "caido"),
        ("Cai\u0301do", "caido"),
        ("¿Qué… «año»?", '?que. "ano"?'),
        ("l’été — naïve", "l'ete - naive"),
        ("Łódź 🔥 ΑΘΉΝΑ", "łodz   αθηνα"),
        ("con\u00adtra\u200bseña", "contrasena"),
    ],
)
def test_folding_takes_accents_capitals_and_typography_away(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_every_way_of_folding_gives_the_same_result() -> None:
    beyond_every_table = "\N{GREEK SMALL LETTER OMEGA}"
    for code in (*range(0x20, 0x2FF), *range(0x2010, 0x2140)):
        character = chr(code)
        assert fold(character + beyond_every_table) == fold(character) + beyond_every_table, hex(code)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(max_codepoint=0x24F, categories=("L", "Zs"))))
def test_it_does_not_matter_how_an_accent_is_put_together(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(alphabet="aeiouñáéíóúü ,.!", max_size=200), st.sampled_from(["caído", "no funciona"]))
def test_a_phrase_put_into_any_text_is_found(text: str, phrase: str) -> None:
    assert found([phrase], f"{text} {phrase.upper()}. {text}") == [phrase]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("outage", "There is an OUTAGE!"),
        ("está caído", "El servidor ESTA CAIDO…"),
        ("está caído", "el servidor está\n  caído"),
        ("can't access", "I can’t access it"),
        ("no puedo entrar", "¡No puedo entrar!"),
        ("IVA", "el iva"),
        ("hackead*", "Nos han hackeado"),
        ("servicio caíd*", "servicio caída"),
        ("down", "🔥down🔥"),
    ],
)
def test_a_phrase_is_found_whatever_its_accents_capitals_and_neighbours(phrase: str, text: str) -> None:
    assert found([phrase], text) == [phrase]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("outage", "the routages of outagers"),
        ("pago", "el pagoda"),
        ("iva", "privado y saliva"),
        ("is down", "is downloading"),
        ("is down", "this down"),
        ("no puedo entrar", "no puedo centrar"),
        ("hackead*", "unhackeado"),
        ("bill", "possibilly a_bill"),
        ("está caído", "caído está"),
    ],
)
def test_parts_of_words_are_not_found(phrase: str, text: str) -> None:
    assert found([phrase], text) == []


def test_what_is_found_is_reported_as_written_sorted_and_bounded() -> None:
    letters = [f"palabra{number}" for number in range(20)]
    assert found(["caído", "BILL"], "bill caido bill") == ["BILL", "caído"]
    assert found(letters, " ".join(letters)) == sorted(letters)[:FOUND_LIMIT]


@pytest.mark.parametrize("entry", ["", "  ", "?!", "*", "ab*", "a*b c", "**"])
def test_an_entry_that_cannot_be_meant_is_refused(entry: str) -> None:
    with pytest.raises(ValueError):
        Phrases([entry])

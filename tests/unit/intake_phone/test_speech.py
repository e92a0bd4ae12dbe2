"""What was said, matched with what was offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.flows.speech import best_match, folded

OFFERED = {"1": ["avería", "no funciona"], "2": ["factura", "sí funciona", "funciona"], "3": ["señal"]}


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Avería.", "1"),
        ("tengo una AVERIA", "1"),
        ("es que no funciona", "1"),
        ("funciona", "2"),
        ("averías", None),
        ("avería y factura", None),
        ("", None),
        ("¡¡!!", None),
        ("senal", "3"),
    ],
)
def test_whole_phrases_match_whatever_their_accents(said: str, key: str | None) -> None:
    assert best_match(said, OFFERED) == key


@given(st.text(max_size=600))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    best_match(text, OFFERED)

"""What the country of a number says about a language."""

import pytest

from tickets.domain.settling.spoken_there import spoken_there, words_said


@pytest.mark.parametrize(
    ("address", "language"),
    [
        ("+34600000001", "es"),
        ("+525512345678", "es"),
        ("+12025550147", None),
        ("+447700900123", None),
        ("+999", None),
        ("+", None),
        ("carmen@cliente.example", None),
        ("T0DESK/U0CUST", None),
        ("withheld/CA1", None),
        ("", None),
    ],
)
def test_a_number_of_a_country_that_speaks_spanish_says_so(address: str, language: str | None) -> None:
    assert spoken_there(address) == language


@pytest.mark.parametrize(
    ("subject", "text", "words"),
    [
        ("hola, no va", "hola, no va", "hola, no va"),
        ("La impresora…", "La impresora de abajo", "La impresora de abajo"),
        ("Asunto", "Otra cosa", "Asunto\nOtra cosa"),
        ("Asunto", "", "Asunto\n"),
        ("", "Hola", "Hola"),
    ],
)
def test_what_was_said_once_counts_once(subject: str, text: str, words: str) -> None:
    assert words_said(subject, text) == words

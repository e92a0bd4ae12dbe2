"""Words by which people want no texts any more, texts again, or to know who writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.texts.opt_out import Wish, is_answered_by_twilio, is_spanish, wish_of
from ventanilla_devstack.twilio.messaging import opt_out as twilios

_OURS = {
    Wish.STOP: ["BAJA", "baja", " Baja. ", "¡Baja!", "darme de baja", "PARAR", "no más", "NO MAS", "Alto", "cancelar"],
    Wish.START: ["ALTA", "alta", "Darme de alta"],
    Wish.HELP: ["AYUDA", "ayuda!", "¿Ayuda?"],
}
_CASES = [(wish, word) for wish, words in _OURS.items() for word in words]


@pytest.mark.parametrize(("wish", "word"), _CASES)
def test_a_spanish_word_is_understood_and_answered_by_us(wish: Wish, word: str) -> None:
    assert wish_of(word) is wish
    assert not is_answered_by_twilio(word)
    assert is_spanish(word), "it is answered in its own language, wherever the number is"


@pytest.mark.parametrize("word", ["STOP.", "¡Help!", "hola", ""])
def test_what_is_no_spanish_word_of_ours_says_no_language(word: str) -> None:
    assert not is_spanish(word)


@pytest.mark.parametrize("meaning", ["STOP", "START", "HELP"])
def test_each_word_of_twilios_is_understood_as_twilio_understands_it(meaning: str) -> None:
    words: frozenset[str] = getattr(twilios, meaning)
    for word in words - {"YES"}:
        assert wish_of(word) == meaning.lower()
        assert wish_of(f" {word.lower()} ") == meaning.lower()
        assert is_answered_by_twilio(f" {word.lower()} ")


def test_what_twilio_says_it_understood_counts_whatever_the_words_are() -> None:
    assert wish_of("ARRÊT", "STOP") is Wish.STOP
    assert wish_of("Baja", "HELP") is Wish.HELP
    assert is_answered_by_twilio("ARRÊT", "STOP")


@pytest.mark.parametrize("told", ["", "NONE", "stop the line", "1"])
def test_what_twilio_says_in_no_known_word_says_nothing(told: str) -> None:
    assert wish_of("mi portátil no arranca", told) is Wish.NONE
    assert not is_answered_by_twilio("mi portátil no arranca", told)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "yes",
        "Stop sending me the old invoices, I need the new one",
        "Necesito ayuda con la impresora",
        "quiero dar de baja a un empleado que se va",
        "🙂",
        "STOP STOP",
    ],
)
def test_a_text_that_says_more_is_a_request(text: str) -> None:
    assert wish_of(text) is Wish.NONE


@pytest.mark.parametrize("word", ["STOP.", "¡Stop!", "stop\n🙏"])
def test_a_word_that_twilio_does_not_take_as_one_is_answered_by_us(word: str) -> None:
    assert wish_of(word) is Wish.STOP
    assert not is_answered_by_twilio(word)


def test_on_whatsapp_twilio_answers_only_what_it_says_it_did() -> None:
    assert not is_answered_by_twilio("STOP", whatsapp=True)
    assert is_answered_by_twilio("STOP", "STOP", whatsapp=True)


@given(st.text(max_size=60), st.text(max_size=10))
def test_any_text_is_judged(body: str, told: str) -> None:
    if is_answered_by_twilio(body, told):
        assert wish_of(body, told) is not Wish.NONE

"""How tickets are compared: words, slips of the finger, which are looked at, and in which order they are shown."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.adapters.postgres.solution_store import as_tsvector
from tickets.domain.similar.choosing import MOST_CANDIDATES, conditions_of
from tickets.domain.similar.near import MOST_GUESSED, guessable, meanings, slips_of
from tickets.domain.similar.ranking import Circumstances, Solved, ranked, rarity
from tickets.domain.similar.words import MOST_WORDS, Document, document_of, lexemes_of, question_of

HERE = Circumstances("es", "network", "first-line")


def solved(number: int, text: str, answer: str = "", circumstances: Circumstances = HERE) -> Solved:
    return Solved(number, document_of("", text, answer, "es"), circumstances)


def order(weights: dict[str, float], *candidates: Solved) -> list[int]:
    return [one.number for one in ranked(weights, HERE, candidates, 3.0, 10)]


def test_words_meet_whatever_their_accents_and_endings() -> None:
    assert lexemes_of("Contraseñas", "es") == lexemes_of("contrasena", "es")
    assert lexemes_of("printers printing", "en") == lexemes_of("printer PRINTED", "en")


def test_politeness_grammar_and_long_numbers_are_no_words() -> None:
    assert lexemes_of("Hola, buenos días, ¿me podéis ayudar con la VPN? Gracias, un saludo", "es") == ["ayud", "vpn"]
    assert lexemes_of("Please help, error 429 on order 123456789\nSent from my iPhone", "en") == [
        "error",
        "429",
        "order",
    ]


def test_a_text_without_end_has_an_end() -> None:
    began = time.process_time()

    assert len(lexemes_of(" ".join(f"palabra{number}" for number in range(100_000)), "es")) <= MOST_WORDS
    assert lexemes_of("a" * 1_000_000, "es") == []
    assert time.process_time() - began < 1


def test_a_question_knows_how_others_may_have_written_it() -> None:
    question = question_of("one drive", "no sincroniza la impresora", "es")

    assert question.weights["sincroniz"] == 1.0
    assert question.weights["driv"] == pytest.approx(1.1)
    assert "onedriv" in question.also
    assert "impresora" in question.also  # as English would have it
    assert not set(question.also) & question.weights.keys()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("outlok", "outlook"),
        ("contrasn", "contrasen"),
        ("wierd", "weird"),
        ("mensag", "mensaj"),
        ("printter", "printer"),
    ],
)
def test_a_slip_of_the_finger_is_understood(typed: str, meant: str) -> None:
    assert list(meanings(typed, {meant: 3, "otra": 9})) == [meant]


def test_of_several_meanings_the_most_usual_ones_count() -> None:
    assert list(meanings("cass", {"casa": 1, "caso": 9, "case": 5, "mass": 99})) == ["caso", "case"]


def test_only_words_are_guessed_and_not_too_many() -> None:
    assert guessable(["vpn", "429", "o'hara", "ñandu", "x" * 40, "outlok"]) == ["outlok"]
    assert len(guessable(f"palabra{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")) == MOST_GUESSED
    assert len(slips_of("a" * 16)) < 1000


def test_whoever_shares_a_rare_word_is_looked_at_and_of_usual_words_two_are_asked_for() -> None:
    found = conditions_of({"ornitorrinco": 3, "hotel": 400, "vpn": 9_000, "conect": 20_000, "no": 400_000}, 600_000)

    assert found[:2] == [("ornitorrinco",), ("hotel",)]
    assert all(len(condition) > 1 for condition in found[2:])
    assert not any("no" in condition for condition in found)


def test_a_question_of_usual_words_alone_is_answered_too() -> None:
    assert conditions_of({"no": 400_000}, 600_000) == [("no",)]
    assert conditions_of({}, 600_000) == []
    [*found] = conditions_of({"vpn": 30_000, "conect": 40_000, "intern": 50_000}, 600_000)
    assert found


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(1, 600_000), max_size=40),
    st.integers(1, 1_000_000),
)
def test_what_is_looked_at_is_bounded_whatever_is_asked(tickets: dict[str, int], total: int) -> None:
    found = conditions_of(tickets, max(total, *tickets.values(), 1))

    assert sum(tickets[one[0]] for one in found if len(one) == 1) <= MOST_CANDIDATES or len(found) == 1
    assert len(found) <= 716
    assert all(set(one) <= tickets.keys() for one in found)


def test_rare_words_say_more_than_usual_ones() -> None:
    assert rarity(1, 1_000) > rarity(10, 1_000) > rarity(900, 1_000) >= 0
    assert order({"hotel": rarity(2, 100), "vpn": rarity(50, 100)}, solved(1, "vpn casa"), solved(2, "hotel casa")) == [
        2,
        1,
    ]


def test_of_two_that_say_the_same_the_shorter_and_the_nearer_one_comes_first() -> None:
    weights = {"hotel": 3.0, "vpn": 2.0}
    long = "vpn hotel " + " ".join(f"cosa{letter}" for letter in "abcdefghij")
    elsewhere = Circumstances("en", "billing", "billing")

    assert order(weights, solved(1, long), solved(2, "vpn hotel")) == [2, 1]
    assert order(weights, solved(1, "vpn hotel", circumstances=elsewhere), solved(2, "vpn hotel")) == [2, 1]
    assert order(weights, solved(2, "vpn hotel"), solved(9, "vpn hotel")) == [9, 2]


def test_a_word_that_stands_in_the_answer_alone_counts_less() -> None:
    assert order({"rss": 3.0}, solved(1, "correo", "rss"), solved(2, "correo rss")) == [2, 1]


def test_whoever_shares_next_to_nothing_is_not_shown() -> None:
    assert order({"hotel": 3.0, "vpn": 2.0, "a": 30.0}, solved(1, "vpn")) == []
    assert order({}, solved(1, "vpn")) == []


def test_the_fewer_a_desk_has_solved_the_more_somebody_must_share_to_be_shown() -> None:
    weights = {"hotel": 1.0, "vpn": 1.0}

    def shown(unmet: float, total: int, text: str) -> bool:
        return bool(ranked(weights, HERE, [solved(1, text)], 3.0, 10, unmet=unmet, total=total))

    assert shown(5.0, 100, "vpn")
    assert not shown(5.0, 3, "vpn")
    assert not shown(1.0, 3, "vpn")  # one word of three
    assert shown(0.0, 3, "vpn")  # one of two
    assert shown(4.0, 3, "vpn hotel")
    assert not shown(6.0, 3, "vpn hotel")


def test_whoever_shares_but_a_usual_word_is_not_shown_beside_one_that_shares_the_telling_ones() -> None:
    weights = {"hotel": 5.0, "centralit": 5.0, "vpn": 1.5}

    long = "vpn mesa silla puerta ventana raton teclado"
    assert order(weights, solved(1, "centralita hotel"), solved(2, long)) == [1]
    assert order(weights, solved(2, long)) == [2]


def test_where_a_word_stands_is_kept_whatever_is_in_it() -> None:
    document = Document(frozenset({"it's"}), frozenset({"it's", "a\\b"}), frozenset({"c"}))

    assert sorted(as_tsvector(document).split()) == ["'a\\\\b':2B", "'c':3C", "'it''s':1A,2B"]

"""The words of the dialogs: in both languages, with the same blanks; refusals in the language of whoever asked."""

import re

import pytest

from intake_chat.domain.slack.dialogs.announcing_words import ANNOUNCING_WORDS
from intake_chat.domain.slack.dialogs.frames import who
from intake_chat.domain.slack.dialogs.history_words import HISTORY_WORDS
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.dialogs.words import _WORDS, term

ALL = {**_WORDS, **HISTORY_WORDS, **ANNOUNCING_WORDS}


@pytest.mark.parametrize("key", sorted(ALL))
def test_a_phrase_has_the_same_blanks_in_both_languages(key: str) -> None:
    spanish, english = ALL[key]

    assert spanish.strip()
    assert english.strip()
    assert set(re.findall(r"\{\w+\}", spanish)) == set(re.findall(r"\{\w+\}", english))


def test_titles_have_room_for_a_ticket_of_four_digits() -> None:
    assert not [text for key, texts in ALL.items() for text in texts if key.endswith(".title") and len(text) > 18]


def test_what_the_dialogs_have_no_words_for_is_what_the_card_says() -> None:
    assert term("status.open", "es") == "abierto"
    assert term("clock.of_tomorrow", "es") == "of_tomorrow"


@pytest.mark.parametrize(
    ("detail", "spanish"),
    [
        ("ticket 7 is closed; open a new one that points at it", "La #7 está cerrada. Abre una nueva que la mencione."),
        ("ticket 7 was merged into 9; work on that one", "La #7 se unió a la #9: trabaja en esa."),
        ("ticket 7 was merged into 9; name that one", "La #7 se unió a la #9: elige esa."),
        ("ticket 7 cannot be merged into itself; name another one", "Es la misma petición: elige otra."),
        (
            "/reason: must say it in at least 3 words: somebody else works on from them",
            "Dilo al menos con 3 palabras: otra persona sigue desde ahí.",
        ),
        (
            "eva is not of the team net, which ticket 7 is with; its people are tom, ana",
            "eva no es del equipo net, que lleva la #7. Su gente: tom, ana.",
        ),
    ],
)
def test_a_refusal_is_said_in_the_language_of_whoever_asked(detail: str, spanish: str) -> None:
    assert in_words("refused", detail, "es") == spanish
    assert in_words("refused", detail, "en").rstrip(".").lower() in detail.rstrip(".").lower()


@pytest.mark.parametrize(("language", "words"), [("es", "La #7 se responde en Slack, "), ("en", "answered in Slack, ")])
def test_a_refusal_names_a_channel_as_people_write_it(language: str, words: str) -> None:
    detail = "ticket 7 is answered in slack, where nobody can be kept in copy; bring them into the conversation there"

    assert words in in_words("refused", detail, language)


def test_a_key_that_was_used_says_that_it_was_done() -> None:
    assert "ya se hizo" in in_words("key_reused", "this idempotency key came before", "es")


@pytest.mark.parametrize(
    ("party", "said"),
    [
        ({"name": "Carmen Vidal", "address": "T8A/U1R"}, "Carmen Vidal"),
        ({"name": "Carmen Vidal", "address": "c@x.example"}, "Carmen Vidal <c@x.example>"),
        ({"name": "", "address": "T8A/U1R"}, "T8A/U1R"),
        ({"name": "Ana", "address": "+34600100200"}, "Ana <+34600100200>"),
        ({"name": "", "address": "withheld/CA25bed0bc"}, "número oculto"),
    ],
)
def test_an_id_of_slack_is_no_address_of_somebody_with_a_name(party: dict[str, str], said: str) -> None:
    assert who(party, "es") == said

"""No English in the middle of Spanish: every surface is made of Spanish words written in other letters.

Whatever still stands there in plain letters came past the tables of words: a key, a value, a sentence of the desk's.
"""

import html
import re
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from intake_chat.domain.slack import interaction_words, words
from intake_chat.domain.slack.calls import words as call_words
from intake_chat.domain.slack.cards import words as card_words
from intake_chat.domain.slack.dialogs import announcing_words, history_words
from intake_chat.domain.slack.dialogs import words as dialog_words
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.entry.command_answers import help_for
from intake_chat.domain.slack.home import words as home_words
from intake_chat.domain.slack.presses import words as press_words
from intake_chat.domain.slack.replies import words as reply_words
from tests.unit.intake_chat.surfaces import SURFACES
from ventanilla_contracts import history_reasons, history_text, history_values, local_times, undelivered_text
from ventanilla_contracts.history_reasons import reason_said

TABLES: tuple[Any, ...] = (
    words._WORDS, card_words._WORDS, dialog_words._WORDS, history_words.HISTORY_WORDS, home_words._WORDS,
    interaction_words._WORDS, press_words._WORDS, reply_words._WORDS, undelivered_text._WORDS,
    history_reasons._STOPPED, history_reasons._BOUNCED, call_words._WORDS, announcing_words.ANNOUNCING_WORDS,
)  # fmt: skip
OTHERS = str.maketrans(string.ascii_letters, "".join(chr(ord(letter) + 0xFEE0) for letter in string.ascii_letters))
DATA = frozenset(
    {
        "Desde", "ayer", "No", "no", "puedo", "entrar", "nadie", "entra", "Ana", "Otra", "Oferta", "soporte", "desk",
        "example", "cliente", "first", "line", "billing", "noches", "standard", "default", "por", "esto", "hola",
        "Hola", "todos", "channel", "Eva", "Ruiz", "eva", "tom", "Tom", "UTC", "min", "Slack", "SMS", "WhatsApp",
        "API", "App", "Home", "network", "net", "va", "boom", "es", "urgent", "pager", "gold", "vip", "wifi", "Wifi",
        "technical", "Un", "cable", "Nada", "gone", "setup", "exe", "js",
    }
)  # fmt: skip
"""What people wrote and named in what is shown here; units and names that are the same in both languages."""
SLACKS_OWN = re.compile(r"<[^<>]*>|`[^`]*`|#\d+|[\w.+-]+@[\w.-]+|https?://\S+|:[a-z_]+:")


@pytest.fixture(autouse=True)
def other_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in TABLES:
        for key, (spanish, english) in table.items():
            monkeypatch.setitem(table, key, (written_otherwise(spanish), english))
    for name in ("_KNOWN", "_REFUSED"):
        reasons = getattr(history_reasons, name)
        otherwise = [(pattern, written_otherwise(spanish), english) for pattern, spanish, english in reasons]
        monkeypatch.setattr(history_reasons, name, otherwise)
    for name in ("_DAYS", "_MONTHS"):
        shown_in = getattr(local_times, name)
        monkeypatch.setitem(shown_in, "es", tuple(map(written_otherwise, shown_in["es"])))
    spanish_words = {key: written_otherwise(text) for key, text in history_text.words_of("es").items()}
    monkeypatch.setitem(history_values._SOMEBODY, "es", written_otherwise(history_values._SOMEBODY["es"]))
    monkeypatch.setattr(history_text, "_texts", {"es": spanish_words}.__getitem__)


def written_otherwise(spanish: str) -> str:
    """The same without plain letters, but for blanks, commands and links."""
    parts = re.split(r"(\{\w*\}|`[^`]*`|<[^<>|]*\||:[a-z_]+:)", spanish)
    return "".join(part if place % 2 else part.translate(OTHERS) for place, part in enumerate(parts))


def shown(part: Any) -> Iterator[str]:
    """Every text that somebody reads."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from shown(each)
    elif isinstance(part, Mapping):
        for name, value in part.items():
            if name == "text" or (isinstance(value, Mapping | list) and name != "dispatch_action_config"):
                yield from shown(value)


def english_in(view: Any) -> set[str]:
    said = " ".join(html.unescape(SLACKS_OWN.sub(" ", text)) for text in shown(view))
    return {word for word in re.findall(r"[A-Za-z_]{2,}", said) if word not in DATA}


@pytest.mark.parametrize("make", SURFACES.values(), ids=SURFACES)
def test_nothing_stands_in_plain_letters_but_what_people_wrote(make: Callable[[str], Any]) -> None:
    view = make("es")

    assert list(shown(view))
    assert english_in(view) == set()


def test_english_that_came_past_the_tables_is_seen() -> None:
    view = {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Ｅｓｔａｄｏ:* on_hold <@U1|Tom>"}}]}

    assert english_in(view) == {"on_hold"}


def test_help_in_spanish_is_in_the_words_that_the_command_knows() -> None:
    told = str(help_for("", "es")["text"])

    assert not re.search(r"/desk (find|mine|queue|assign|solve|new|help)\b", told)
    assert "/desk busca" in told


@pytest.mark.parametrize("why", ["it was merged into 9", "it is solved", "by turns", "nobody acknowledged"])
def test_reasons_of_the_desk_are_spanish_for_spanish_readers_and_as_they_are_for_others(why: str) -> None:
    assert reason_said("x", why, "es") != why
    assert reason_said("x", why, "en") == why


def test_a_reason_that_somebody_gave_is_theirs() -> None:
    assert reason_said("ticket.changed", "the printer is on fire", "es") == "the printer is on fire"


def test_a_refusal_that_nobody_has_translated_is_framed_in_spanish() -> None:
    assert in_words("refused", "/x: the moon is full", "es") == "«The moon is full.» (lo dice la mesa en inglés)"
    assert in_words("refused", "the moon is full", "en") == "The moon is full."
    assert in_words("refused", "", "es") == "La mesa no dice por qué."

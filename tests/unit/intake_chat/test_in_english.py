"""No Spanish before an agent whose Slack is English: each Spanish phrase is marked, and no surface shows a mark."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from intake_chat.domain.slack import interaction_words, words
from intake_chat.domain.slack.cards import words as card_words
from intake_chat.domain.slack.dialogs import announcing_words, history_words, refusals
from intake_chat.domain.slack.dialogs import words as dialog_words
from intake_chat.domain.slack.dialogs.refusals import in_words, not_allowed
from intake_chat.domain.slack.home import words as home_words
from intake_chat.domain.slack.presses import words as press_words
from intake_chat.domain.slack.replies import words as reply_words
from tests.unit.intake_chat.surfaces import SURFACES
from ventanilla_contracts import history_reasons, history_text, history_values, local_times, undelivered_text

TABLES: tuple[Any, ...] = (
    words._WORDS, card_words._WORDS, dialog_words._WORDS, history_words.HISTORY_WORDS, home_words._WORDS,
    interaction_words._WORDS, press_words._WORDS, reply_words._WORDS, undelivered_text._WORDS, refusals._CODES,
    history_reasons._STOPPED, history_reasons._BOUNCED, announcing_words.ANNOUNCING_WORDS,
)  # fmt: skip
MARK = "\u25c6"


@pytest.fixture(autouse=True)
def spanish_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in TABLES:
        for key, (_, english) in table.items():
            monkeypatch.setitem(table, key, (MARK, english))
    for name in ("_KNOWN", "_REFUSED"):
        reasons = [(pattern, MARK, english) for pattern, _, english in getattr(history_reasons, name)]
        monkeypatch.setattr(history_reasons, name, reasons)
    monkeypatch.setattr(refusals, "_KNOWN", [(pattern, MARK) for pattern, _ in refusals._KNOWN])
    for name in ("_DAYS", "_MONTHS"):
        monkeypatch.setitem(getattr(local_times, name), "es", (MARK,) * 12)
    monkeypatch.setitem(history_values._SOMEBODY, "es", MARK)
    texts: Mapping[str, Mapping[str, str]] = {
        "es": dict.fromkeys(history_text.words_of("es"), MARK), "en": history_text.words_of("en"),
    }  # fmt: skip
    monkeypatch.setattr(history_text, "_texts", texts.__getitem__)


@pytest.mark.parametrize("make", SURFACES.values(), ids=SURFACES)
def test_no_spanish_phrase_stands_before_somebody_who_reads_english(make: Callable[[str], Any]) -> None:
    assert MARK not in str(make("en"))


@pytest.mark.parametrize("make", SURFACES.values(), ids=SURFACES)
def test_a_mark_is_seen_where_spanish_is_read(make: Callable[[str], Any]) -> None:
    assert MARK in str(make("es"))


@pytest.mark.parametrize("code", ["one_persons_own", "key_reused", "agent_unknown", "refused"])
@pytest.mark.parametrize("detail", ["there is no ticket 4711", "the moon is full", ""])
def test_a_refusal_is_english_for_english_readers(code: str, detail: str) -> None:
    said = in_words(code, detail, "en") + not_allowed(code, detail, "en")

    assert said.isascii()
    assert MARK not in said

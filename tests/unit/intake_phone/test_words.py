"""What is heard and read: the same keys and blanks in each language."""

import re

from intake_phone.domain.outcome import Outcome
from tests.unit.intake_phone.samples import WORDS

BLANK = re.compile(r"\{(\w+)\}")


def test_each_language_has_the_same_words_with_the_same_blanks() -> None:
    assert list(WORDS["es"]) == list(WORDS["en"])
    for key, text in WORDS["es"].items():
        assert set(BLANK.findall(text)) == set(BLANK.findall(WORDS["en"][key])), key


def test_each_outcome_has_a_subject_a_text_and_a_sentence_for_the_caller() -> None:
    for outcome in Outcome:
        assert {f"subject.{outcome}", f"text.{outcome}", f"sentence.{outcome}"} <= set(WORDS["es"])


def test_no_line_of_a_log_names_a_node_of_the_flow() -> None:
    assert not [key for key, text in WORDS["es"].items() if "{node}" in text]

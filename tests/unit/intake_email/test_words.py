"""Text that is safe to put into an event."""

import pytest

from intake_email.domain.words import clean_line, clean_text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("plain", "plain"),
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\0b\ud800c", "a b c"),
        ("  ñandú \t", "ñandú"),
        ("a\u2028b", "a b"),
    ],
)
def test_a_line_has_no_control_characters(given: str, expected: str) -> None:
    assert clean_line(given) == expected


def test_a_line_is_cut() -> None:
    assert len(clean_line("x" * 2000)) == 998


def test_text_keeps_its_lines_and_loses_nul_and_surrogates() -> None:
    assert clean_text("\r\n\r\na\0\r\nb\udc80\rc\n\n") == "a\nb\nc"

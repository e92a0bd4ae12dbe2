"""Text that is safe to put into an event."""

import pytest

from intake_email.domain.words import clean_filename, clean_line, clean_text


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


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("informe.pdf", "informe.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\virus.exe", "virus.exe"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\r\nb.txt", "a b.txt"),
        ('we<ird>:"|?*.txt', "we_ird______.txt"),
        ("...", "attachment"),
        ("", "attachment"),
    ],
)
def test_a_file_name_is_a_name(given: str, expected: str) -> None:
    assert clean_filename(given) == expected


def test_a_long_file_name_keeps_its_ending() -> None:
    name = clean_filename("x" * 500 + ".pdf")
    assert len(name) == 200
    assert name.endswith(".pdf")

"""Names of files, as they are shown and as they are saved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla_contracts.file_names import safe_filename, shown_filename


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("informe.pdf", "informe.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\virus.exe", "virus.exe"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\r\nb.txt", "a b.txt"),
        ("Re: ¿Qué tal?.eml", "Re: ¿Qué tal?.eml"),
        (".signature", ".signature"),
        ("con.txt", "con.txt"),
        ("..", "attachment"),
        ("...", "attachment"),
        (" \t", "attachment"),
        ("", "attachment"),
    ],
)
def test_a_file_is_shown_under_the_name_that_its_sender_gave_it(name: str, shown: str) -> None:
    assert shown_filename(name) == shown


def test_a_long_name_keeps_its_ending() -> None:
    name = shown_filename("x" * 500 + ".pdf")
    assert len(name) == 200
    assert name.endswith(".pdf")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("informe añadido.pdf", "informe añadido.pdf"),
        ("fact\u202efdp.exe", "factfdp.exe"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.txt", "x.txt"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("nul .tar.gz", "_nul .tar.gz"),
        ("console.txt", "console.txt"),
        ("name. . .", "name"),
        ("...", "attachment"),
        ("", "attachment"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("a\r\nContent-Type: x", "a Content-Type_ x"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("日本語.png", "日本語.png"),
    ],
)
def test_a_file_name_can_be_saved_anywhere(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


@given(st.text(max_size=500))
def test_any_name_becomes_one_that_stays_as_it_is(name: str) -> None:
    safe = safe_filename(name)

    assert 0 < len(safe) <= 201
    assert safe_filename(safe) == safe
    shown = shown_filename(name)
    assert shown_filename(shown) == shown
    assert not set(safe) & set('/\\<>:"|?*\n\r\0\u202e')

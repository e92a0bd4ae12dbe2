"""Words of the desk as texts: split where a reader would pause, within bounds, with nothing lost unsaid."""

from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.texts.outgoing import BODY_CHARS, MOST_PARTS, files_line, parts_of

PAGE = "https://desk.example/s/1"


def test_what_fits_is_one_text_without_a_number() -> None:
    assert parts_of("  Hola. ", PAGE, "es") == ["Hola."]


def test_a_split_comes_at_the_end_of_a_paragraph() -> None:
    first, second = "a " * 600, "b " * 600
    assert parts_of(f"{first.strip()}\n\n{second.strip()}", PAGE, "es") == [
        f"(1/2) {first.strip()}",
        f"(2/2) {second.strip()}",
    ]


def test_what_is_too_long_says_where_the_rest_is() -> None:
    parts = parts_of("palabra " * 2_000, PAGE, "es")
    assert len(parts) == MOST_PARTS
    assert parts[-1].endswith(f"[…] Sigue en {PAGE}")
    assert parts_of("word " * 2_000, None, "en")[-1].endswith("[…]")


@given(st.text(st.characters(codec="utf-8"), max_size=9_000), st.sampled_from([PAGE, None]))
def test_no_part_is_too_long_or_empty_and_short_words_are_whole(text: str, page: str | None) -> None:
    parts = parts_of(text, page, "en")
    assert 1 <= len(parts) <= MOST_PARTS
    assert all(len(part) <= BODY_CHARS for part in parts)
    if len(text.strip()) <= BODY_CHARS:
        assert parts == [text.strip()]


def test_files_are_named_with_the_page_on_which_they_are() -> None:
    assert files_line(PAGE, ["a.pdf"], "es") == f"Archivos (a.pdf): {PAGE}"
    assert files_line(None, ["a.pdf"], "en") == "Files that no text carries: a.pdf"
    assert files_line(PAGE, [], "es") == ""
    assert parts_of("Mira.", PAGE, "es", "Archivos: x") == ["Mira.\n\nArchivos: x"]


@given(st.integers(5_000, 9_000), st.integers(1, 1_200))
def test_the_files_are_named_even_where_words_are_left_out(words: int, name: int) -> None:
    line = files_line(PAGE, ["n" * name], "es")
    parts = parts_of("a " * (words // 2), PAGE, "es", line)
    assert "".join(parts).count(line) == 1
    assert parts[-1].endswith(line)
    assert all(len(part) <= BODY_CHARS for part in parts)

"""What an update of a problem says to whom."""

import pytest

from tests.unit.tickets.builders import ticket
from tickets.domain.joining.incidents import Update, must_be_problem, why_skipped
from tickets.errors import Refused


def test_everybody_is_told_in_their_language_or_in_the_one_there_is() -> None:
    both, one = Update({"es": "Funciona.", "en": "It works."}), Update({"en": "It works."})

    assert [both.text_in(language) for language in ("es", "en", "fr")] == ["Funciona.", "It works.", "Funciona."]
    assert one.text_in("es") == "It works."


def test_only_what_is_said_changes_in_an_incident() -> None:
    assert Update({"es": "x"}).fields == {}
    assert Update({"es": "x"}, resolution="a", cause="b").fields == {"resolution": "a", "cause": "b"}


def test_only_a_problem_speaks_to_all() -> None:
    must_be_problem(ticket(type="problem"))
    for other in (ticket(type="incident"), ticket(type="problem", merged_into=3)):
        with pytest.raises(Refused):
            must_be_problem(other)


@pytest.mark.parametrize(
    ("status", "merged_into", "why"),
    [
        ("open", None, None),
        ("on_hold", None, None),
        ("solved", None, "it is solved"),
        ("closed", 3, "it was merged into 3"),
    ],
)
def test_who_waits_no_more_is_left_out(status: str, merged_into: int | None, why: str | None) -> None:
    assert why_skipped(status, merged_into) == why

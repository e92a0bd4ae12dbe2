"""What a retired team leaves behind, in words."""

import pytest

from tickets.adapters.words import Templates
from tickets.domain.staffing.retired_teams import Left, warning_of, worry_of


def test_whoever_retires_a_team_reads_how_much_it_leaves_and_where_that_is_found() -> None:
    assert "leaves 1 open ticket (#7): " in warning_of(Left("billing", 1, (7,)))
    assert "leaves 9 open tickets (#1, #2, …): " in warning_of(Left("billing", 9, (1, 2)))


def test_readiness_names_few_teams_and_counts_the_others() -> None:
    assert worry_of({}) is None
    assert "b (2), c (1); hand" in str(worry_of({"c": 1, "b": 2}))
    assert "e (1) and 2 more; hand" in str(worry_of(dict.fromkeys("abcdefg", 1)))


@pytest.mark.parametrize(
    ("language", "count", "subject"),
    [
        ("en", 1, "The team Billing is retired and leaves 1 open ticket"),
        ("en", 3, "The team Billing is retired and leaves 3 open tickets"),
        ("es", 3, "El equipo Billing ya no existe y deja 3 tickets abiertos"),
    ],
)
def test_leads_read_which_tickets_wait_for_them(language: str, count: int, subject: str) -> None:
    values = {"number": 1, "team": "Billing", "count": count, "numbers": "#1, #2, …"}
    words = Templates().render("team_retired", language, values)

    assert words.subject == subject
    assert "#1, #2, …." in words.text

"""Whom a note names."""

import pytest

from tickets.domain.staffing.mentions import MOST_NAMED, named_in


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@ana ¿puedes mirar esto?", ["ana"]),
        ("Lo sabe @eva, y también @Bob.", ["eva", "bob"]),
        ("(@zoe.paz) @zoe_b @zoe-c: gracias", ["zoe.paz", "zoe_b", "zoe-c"]),
        ("@ana y otra vez @ana", ["ana"]),
        ("@ñandú", ["ñandú"]),
    ],
)
def test_a_note_names_people_as_they_are_written_in_a_sentence(text: str, named: list[str]) -> None:
    assert named_in(text) == named


@pytest.mark.parametrize(
    "text",
    ["", "nadie", "escribe a ana@desk.example", "@ana@desk.example", "@@ana", "a las @ 9", "user/@ana", "x.@ana", "@_"],
)
def test_mail_addresses_and_stray_signs_name_nobody(text: str) -> None:
    assert named_in(text) == []


def test_a_note_that_names_everybody_names_a_bounded_number() -> None:
    assert len(named_in(" ".join(f"@agent{number}" for number in range(1000)))) == MOST_NAMED


def test_a_hostile_text_takes_no_time() -> None:
    assert named_in("@" * 30_000) == []
    assert len(named_in("@a" + ".-_" * 10_000)) <= 1

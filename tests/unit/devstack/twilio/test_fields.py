"""How texts are counted, and where numbers are."""

import pytest

from ventanilla_devstack.twilio.fields import country_of, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
        ("á" * 70, 1), ("á" * 71, 2), ("😀" * 35, 1), ("😀" * 36, 2), ("ñ" * 160, 1),
    ],
)  # fmt: skip
def test_a_text_is_cut_as_the_network_does(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+34600000001", "ES"),
        ("+351210000000", "PT"),
        ("whatsapp:+16175551212", "US"),
        ("anonymous", ""),
        ("34600", ""),
    ],
)
def test_a_number_has_a_country(number: str, country: str) -> None:
    assert country_of(number) == country

"""Times by somebody's clock, in their language; a zone that this machine does not know is UTC."""

from datetime import UTC, datetime

import pytest

from ventanilla_contracts.local_times import local_time, zone_called, zone_of

EVENING = datetime(2026, 12, 31, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "language", "year", "said"),
    [
        ("Europe/Madrid", "es", True, "vie 1 ene 2027 00:05"),
        ("Europe/London", "en", True, "Thu 31 Dec 2026 23:05"),
        ("America/Argentina/Buenos_Aires", "es", False, "jue 31 dic 20:05"),
        ("Asia/Kathmandu", "fr", False, "Fri 1 Jan 04:50"),
    ],
)
def test_a_time_is_told_by_the_clock_of_a_zone(zone: str, language: str, year: bool, said: str) -> None:
    assert local_time(EVENING, zone_of(zone), language, year=year) == said


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "../secrets", "Europe", "x" * 400, "\0"])
def test_what_is_no_zone_is_utc(name: str) -> None:
    assert zone_of(name) is UTC


@pytest.mark.parametrize(
    ("name", "called"),
    [("Europe/Madrid", "Madrid"), ("America/Argentina/Buenos_Aires", "Buenos Aires"), ("Etc/GMT+3", "Etc/GMT+3"),
     ("", "UTC")],
)  # fmt: skip
def test_a_zone_is_called_by_its_city(name: str, called: str) -> None:
    assert zone_called(zone_of(name)) == called

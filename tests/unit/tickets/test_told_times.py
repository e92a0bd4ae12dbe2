"""Times as customers are told them: one form, one zone."""

from datetime import UTC, datetime

import pytest

from tickets.adapters.words import Templates
from tickets.domain.correspondence.told_times import time_told

AT = datetime(2026, 11, 27, 21, 53, tzinfo=UTC)
SAID = {
    "es": "viernes 27 de noviembre a las 22:53 (Europe/Madrid)",
    "en": "Friday 27 November, 22:53 (Europe/Madrid)",
}


def test_the_zone_is_that_of_the_teams_calendar_else_that_of_the_desk() -> None:
    zones = {"network": "America/New_York"}

    there, here = time_told(AT, "network", zones, "Asia/Kathmandu"), time_told(AT, "makers", zones, "Asia/Kathmandu")

    assert (there["zone"], there["day"], there["time"]) == ("America/New York", 27, "16:53")
    assert (here["zone"], here["day"], here["weekday"], here["time"]) == ("Asia/Kathmandu", 28, 5, "03:38")


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("template", ["escalated", "late_update", "moment"])
def test_every_template_that_names_a_time_says_it_in_the_same_words(template: str, language: str) -> None:
    more = {"number": 7, "link": "https://s/1", "team": "Redes", "promises": True}

    words = Templates().render(template, language, {**more, **time_told(AT, "network", {}, "Europe/Madrid")})

    for said in (words.subject if template == "moment" else words.text, words.html):
        assert said is None or SAID[language] in said

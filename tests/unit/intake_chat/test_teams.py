"""Teams are called by their titles, wherever an agent reads of them."""

import pytest

from intake_chat.domain.slack.dialogs import handover, split
from intake_chat.domain.slack.presses import dialogs as presses
from intake_chat.domain.slack.teams import title_of
from tests.unit.intake_chat.dialogs.builders import message, ticket

TEAM = {"name": "billing-n2", "tier": "2", "active": True, "title": {"es": "Facturación N2"}}


@pytest.mark.parametrize(
    ("title", "language", "called"),
    [
        ({"es": "Redes", "en": "Networks"}, "es", "Redes"),
        ({"es": "Redes", "en": "Networks"}, "en", "Networks"),
        ({"es": "Redes"}, "en", "Redes"),
        ({"es": "", "en": "Networks"}, "es", "Networks"),
        ({}, "es", "net"),
        (None, "en", "net"),
    ],
)
def test_a_title_in_the_other_language_says_more_than_a_handle(
    title: dict[str, str] | None, language: str, called: str
) -> None:
    assert title_of({"name": "net", "title": title}, language) == called


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_dialog_shows_a_handle_where_a_team_has_a_title(language: str) -> None:
    first = ticket(team="billing-n2", tier="1")
    shown = [
        handover.view("escalate", handover.Seen(first, [TEAM], [], None, None), language),
        split.view(first, [message(id="a"), message(id="b")], [TEAM], language),
        presses.assign_view(first, [{"name": "Eva", "handle": "eva"}], language, TEAM),
        presses.assign_view(first, [], language, TEAM),
    ]

    for view in shown:
        assert "Facturación N2" in str(view)
        assert "'billing-n2" not in str(view).replace("'value': 'billing-n2", "")

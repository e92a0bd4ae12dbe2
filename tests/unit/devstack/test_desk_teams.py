"""What a local Slack learns from a desk file."""

from importlib import resources

import pytest

from tickets.adapters.desk_file import DeskFile
from ventanilla_devstack.desk_teams import TeamMember, UnreadableDesk, read_members
from ventanilla_devstack.local_twilio import with_telephones
from ventanilla_devstack.twilio.seed import Seed

DESK = """
teams:
  - {name: first-line, tier: 1}
agents:
  - handle: eva
    name: Eva Ruiz
    email: eva@desk.example
    languages: [es, en]
    teams: [{team: first-line, role: lead}, billing]
  - {handle: tom, name: Tom Baker, email: tom@desk.example, languages: [en], teams: [billing]}
  - {handle: idle, name: Idle, email: idle@desk.example}
  - {handle: mute, name: Without mail, teams: [billing]}
"""
SHIPPED = resources.files("tickets").joinpath("desk/default.yaml").read_text(encoding="utf-8")


def test_everybody_is_there_once_for_each_of_their_teams() -> None:
    assert read_members(DESK) == (
        TeamMember("first-line", "eva", "Eva Ruiz", "eva@desk.example", "es"),
        TeamMember("billing", "eva", "Eva Ruiz", "eva@desk.example", "es"),
        TeamMember("billing", "tom", "Tom Baker", "tom@desk.example", "en"),
    )


def test_each_team_of_the_shipped_desk_has_somebody() -> None:
    assert {member.team for member in read_members(SHIPPED)} == {"first-line", "billing", "technical", "security"}


def test_two_people_of_the_shipped_desk_can_be_rung_at_the_local_twilio_and_at_no_real_one() -> None:
    desk = with_telephones(SHIPPED)

    file = DeskFile("desk.yaml", desk)
    assert file.nodes.problems == []
    phones = {one.handle: one.phone for one in (file.roster.agent or {}).values() if one.phone}
    known = {one["number"]: one["name"] for one in Seed().people}
    assert {handle: known[phone] for handle, phone in phones.items()} == {"eva": "Eva Ruiz", "marc": "Marc Soler"}
    assert not any(one.phone for one in (DeskFile("desk.yaml", SHIPPED).roster.agent or {}).values())


@pytest.mark.parametrize("desk", ["teams: []\n", "agents: []\n", "agents:\n", "agents: [{handle: x}]\n"])
def test_a_desk_without_people_has_none(desk: str) -> None:
    assert read_members(desk) == ()


@pytest.mark.parametrize(
    ("desk", "complaint"),
    [
        ("", "line 1, column 1: the file is empty"),
        ("agents: [", "line 1"),
        ("agents: [word]\n", "line 1, column 10: an agent must be a mapping"),
        ("agents: [{handle: {}, name: n, email: e}, 3]\n", "line 1, column 43: an agent must be a mapping"),
    ],
)
def test_what_is_no_desk_file_is_refused_with_the_place(desk: str, complaint: str) -> None:
    with pytest.raises(UnreadableDesk, match=complaint):
        read_members(desk)

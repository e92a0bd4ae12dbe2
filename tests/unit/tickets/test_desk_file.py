"""Desk files: what they say, and what every mistake gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.adapters.desk_file import DeskFile
from tickets.domain.people import Membership

GOOD = """\
skills: [network, sap]
categories:
  - name: outage
    needs_cause: true
teams:
  - name: first-line
    title: {es: Primera línea, en: First line}
  - name: network
    title: {es: Redes, en: Networks}
    tier: 2
    assignment: skills
    calendar: office
    ladder: null
agents:
  - handle: eva
    name: Eva Ruiz
    email: Eva@Desk.example
    languages: [es, en]
    skills: [network]
    weight: 1.5
    hours:
      zone: Europe/Madrid
      mon: ["09:00-14:00", "15:00-18:00"]
    capacity: {email: 20, default: 10}
    tiers: [1, 2]
    teams: [first-line, {team: network, role: lead}]
organisations:
  - name: ACME S.L.
    domains: [acme.example, Acme.test]
    vip: true
    plan: gold
    tags: [pilot]
"""


def mistakes(source: str) -> list[tuple[int, int, str]]:
    file = DeskFile("desk.yaml", source)
    return [(one.line, one.column, one.sentence().split(": ", 1)[1]) for one in file.nodes.problems]


def test_a_good_file_says_what_it_says() -> None:
    file = DeskFile("desk.yaml", GOOD)

    assert file.nodes.problems == []
    roster = file.roster
    assert roster.skill == {"network": "network", "sap": "sap"}
    assert roster.category is not None
    assert roster.category["outage"].needs_cause
    assert roster.team is not None
    assert (roster.team["network"].tier, roster.team["network"].title_en) == ("2", "Networks")
    assert roster.agent is not None
    eva = roster.agent["eva"]
    assert eva.email == "eva@desk.example"
    assert eva.teams == (Membership("first-line"), Membership("network", "lead"))
    assert eva.hours is not None
    assert eva.hours.week[0] == ((540, 840), (900, 1080))
    assert eva.capacity == {"email": 20, "default": 10}
    assert roster.organisation is not None
    assert roster.organisation["ACME S.L."].domains == ("acme.example", "acme.test")


def test_a_section_that_is_not_there_is_not_spoken_of() -> None:
    roster = DeskFile("desk.yaml", "teams: []\n").roster

    assert roster.team == {}
    assert roster.agent is None


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("§teem: []\n", "unknown key teem in the file; did you mean teams?"),
        ("teams:\n  - name: a\n    §teir: 2\n", "unknown key teir in an entry of teams; did you mean tier?"),
        ("teams:\n  - name: a\n  - name: §a\n", "teams has two entries called a; remove one"),
        ("teams:\n  - name: a\n    tier: §4\n", "4 is no tier"),
        ("teams:\n  - name: §a b\n", "'a b' is no name"),
        ("teams:\n  - §tier: 1\n", "an entry of teams has no name"),
        ("teams:\n  - name: a\n    assignment: §roundrobin\n", "did you mean round_robin?"),
        ("agents:\n  - handle: §a\n    name: A\n", "agent a has no email"),
        ("agents:\n  - {handle: a, name: A, email: §nobody}\n", "'nobody' is no mail address"),
        ("agents:\n  - {handle: a, name: A, email: a@b.c, capacity: {email: §-1}}\n", "it must be from 0 to"),
        ("agents:\n  - {handle: a, name: A, email: a@b.c, capacity: {§mail: 1}}\n", "did you mean email?"),
        ("agents:\n  - {handle: a, name: A, email: a@b.c, weight: §0}\n", "it must be from 0.01 to 100"),
        ("agents:\n  - {handle: a, name: A, email: a@b.c, hours: {zone: §Europa/Madrid}}\n", "no time zone"),
        ("agents:\n  - {handle: a, name: A, email: a@b.c, hours: §{mon: ['9:00-10:00']}}\n", "hours have no zone"),
        (
            "agents:\n  - {handle: a, name: A, email: a@b.c, hours: {zone: UTC, mon: §['9:00-14:00','13:00-15:00']}}\n",
            "mon: 13:00-15:00 overlaps",
        ),
        ("agents:\n  - {handle: a, name: A, email: a@b.c, teams: [x, §x]}\n", "agent a is in team x twice"),
        ("skills: [a]\nagents:\n  - {handle: e, name: E, email: a@b.c, skills: [§b]}\n", "not among the skills"),
        ("agents:\n  - {handle: a, name: A, email: a@b.c, languages: [§Spanish]}\n", "no language"),
        ("organisations:\n  - {name: A, domains: [§a@b.example]}\n", "no domain"),
        (
            "organisations:\n  - {name: A, domains: [a.example]}\n  - {name: B, domains: [§A.example]}\n",
            "A.example belongs to A already",
        ),
        ("organisations:\n  - {name: A, vip: §maybe}\n", "vip must be true or false"),
        ("categories:\n  - {name: a, needs_cause: §yes}\n", "needs_cause must be true or false"),
        ("teams: §&a []\nagents: *a\n", "anchors and aliases are not allowed"),
        ("teams: [\n§", "not YAML"),
        ("§", "the file is empty"),
        ("§- a\n", "not a mapping"),
        ("teams: §{a: b}\n", "teams must be a list"),
        ("teams: [§a]\n", "an entry of teams must be a mapping"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(marked: str, words: str) -> None:
    """The mistake stands behind the mark."""
    before = marked.partition("§")[0]
    place = before.count("\n") + 1, len(before) - before.rfind("\n")

    found = mistakes(marked.replace("§", ""))

    assert [place] == [one[:2] for one in found if words in one[2]], found


def test_all_mistakes_of_a_file_are_named_at_once() -> None:
    found = mistakes("teams:\n  - name: a\n    tier: 9\n  - name: a\nagents:\n  - handle: e\n")

    assert [line for line, _, _ in found] == [3, 4, 6, 6]


def test_a_membership_in_a_team_that_is_not_there_is_named_where_it_is_written() -> None:
    file = DeskFile("desk.yaml", "agents:\n  - {handle: e, name: E, email: a@b.c, teams: [netwrok]}\n")

    (problem,) = file.unknown_teams({"network": 1}, [("e", "netwrok")])

    assert problem.sentence() == (
        "desk.yaml:2:48: agent e is in team netwrok, which does not exist; did you mean network?"
    )


@given(st.text(alphabet="teamsgnhdl:- []{}&*!|\n\t \"'#,0129é\0", max_size=80))
def test_whatever_is_in_the_file_there_is_an_answer(source: str) -> None:
    DeskFile("desk.yaml", source)

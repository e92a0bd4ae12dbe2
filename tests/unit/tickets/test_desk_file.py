"""Desk files: what they say, and what every mistake gets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.adapters.desk_file import DeskFile
from tickets.domain.desk.plan import KINDS, Roster, missing_names, plan
from tickets.domain.staffing.people import CalendarHours, Customer, Membership, Team

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
SOMEBODY = "name: A, email: a@b.c"


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
        ("agents:\n  - {handle: a, name: A, email: a@b.c, phone: §600000011}\n", "the phone must begin with +"),
        ("agents:\n  - {handle: a, name: A, email: a@b.c, phone: §[+34600000011]}\n", "phone must be"),
        (
            f"agents: [{{handle: a, {SOMEBODY}, phone: +34600000011}},{{handle: b, {SOMEBODY}, phone: §+34600000011}}]",
            "this is the phone of agent a already; who answers it must be one person",
        ),
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
        ("calendars:\n  - {name: a, zone: §Europa/Madrid}\n", "use a name such as Europe/Madrid"),
        (
            "calendars:\n  - name: a\n    zone: UTC\n    week:\n      mon: ['09:00-14:00', §'13:00-15:00']\n",
            "calendar a: week.mon.1: the slot 13:00-15:00 overlaps or precedes 09:00-14:00; put them in order",
        ),
        ("calendars:\n  - {name: a, zone: UTC, §holidays: {country: XX}}\n", "use ISO 3166 codes"),
        ("calendars:\n  - {name: §a}\n", "calendar a: zone: must be a time zone such as Europe/Madrid"),
        ("calendars:\n  - {name: a, zone: UTC, §days: []}\n", "must be a mapping"),
        ("calendars:\n  - {name: a, zone: UTC, days: {§2026-02-30: []}}\n", "2026-02-30 is no date such as"),
        ('calendars:\n  - {name: a, zone: UTC, names: {"2026-01-01": §"\\0"}}\n', "no character that can be kept"),
        ("calendars:\n  - {name: a, zone: UTC}\n  - {name: §a, zone: UTC}\n", "two entries called a; remove one"),
        ("calendars:\n  - §{zone: UTC}\n", "an entry of calendars has no name"),
        ("calendars: §{a: {zone: UTC}}\n", "calendars must be a list"),
        ("policies:\n  - {name: a, §warnat: [0.5]}\n", "is not known here; known are targets"),
        (
            "policies:\n  - name: a\n    targets:\n      update:\n        §sometimes: {minutes: 5, calendar: b}\n",
            "sometimes is no priority; use one of",
        ),
        (
            "policies:\n  - name: a\n    targets: {resolution: {low: {minutes: §1.5, calendar: b}}}\n",
            "must be a whole number",
        ),
        (
            "policies:\n  - name: a\n    targets: {resolution: {low: §{minutes: 5}}}\n",
            "targets.resolution.low.calendar: must be the name of a calendar, or always",
        ),
        ("lifecycle:\n  pending: [{after_days: §0, do: close}]\n", "after_days is a number above 0"),
        ("lifecycle: §[]\n", "lifecycle must be a mapping"),
        (
            "rotas:\n  - {name: a, zone: UTC, layers: [{members: [e], first_day: §soon}]}\n",
            "layers.0.first_day: 'soon' is no date such as",
        ),
        (
            "ladders:\n  - name: a\n    starts: [{on: §noon}]\n    steps: [{do: raise_tier}]\n",
            "'noon' is none of arrival",
        ),
        (
            "ladders:\n  - name: a\n    starts: [{on: breach}]\n    steps: [{do: raise_tier, §rota: b}]\n",
            "is not known here",
        ),
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


DOCUMENTS = """\
calendars:
  - name: office
    zone: Europe/Madrid
    week: {mon: ["09:00-14:00"]}
    holidays: {country: ES}
policies:
  - name: standard
    targets: {first_response: {normal: {minutes: 60, calendar: office}}}
    tiers: {1: {normal: {minutes: 30, calendar: always}}}
    warn_at: [0.5]
    page_at_night: false
lifecycle:
  solved: [{after_days: 7, do: close}]
agents:
  - {handle: eva, name: Eva, email: eva@desk.example, hours: office}
"""


def test_documents_are_the_plain_data_that_the_api_takes() -> None:
    file = DeskFile("desk.yaml", DOCUMENTS)
    file.documents.work_out(2027)

    assert file.nodes.problems == []
    documents = file.roster.documents
    assert documents["policy"] == {
        "standard": {
            "targets": {"first_response": {"normal": {"minutes": 60, "calendar": "office"}}},
            "tiers": {"1": {"normal": {"minutes": 30, "calendar": "always"}}},
            "warn_at": [0.5],
            "page_at_night": False,
        }
    }
    assert documents["lifecycle"] == {"default": {"solved": [{"after_days": 7, "do": "close"}]}}
    office = documents["calendar"]["office"]
    assert office["week"] == {"mon": ["09:00-14:00"]}
    assert (min(office["days"]), max(office["days"])) == ("2027-01-01", "2032-12-25")
    assert "holidays" not in office
    assert "rota" not in documents  # not spoken of
    assert file.roster.agent is not None
    assert file.roster.agent["eva"].hours == CalendarHours("office")


def test_only_what_looks_like_a_number_is_one_and_a_clock_time_is_a_text() -> None:
    source = "rotas:\n  - {name: a, zone: UTC, layers: [{members: [no], first_day: 2026-01-05, hand_over: 10:00}]}\n"

    file = DeskFile("desk.yaml", source)

    assert file.nodes.problems == []
    [layer] = file.roster.documents["rota"]["a"]["layers"]
    assert layer == {"members": ["no"], "first_day": "2026-01-05", "hand_over": "10:00"}


def test_names_of_what_is_not_there_are_told_where_they_stand() -> None:
    file = DeskFile(
        "desk.yaml", DOCUMENTS.replace("calendar: office", "calendar: ofice").replace("hours: office", "hours: offic")
    )
    lost = Roster(documents={"calendar": {"nights": {"zone": "UTC"}}}, team={"a": Team("a", calendar="nights")})

    problems = file.unknown_names(missing_names(file.roster, lost))

    assert [one.sentence() for one in problems] == [
        (
            "desk.yaml:8:64: policy standard: targets.first_response.normal.calendar: this desk has no calendar ofice;"
            " did you mean office?"
        ),
        "desk.yaml:15:62: agent eva: this desk has no calendar offic; did you mean office?",
        (
            "desk.yaml:2:3: without calendar nights here it is retired, but team a names it;"
            " keep it, or change that in this file too"
        ),
    ]


def test_the_example_of_the_documentation_is_a_file_that_can_be_imported() -> None:
    page = (Path(__file__).parents[3] / "docs" / "desk.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]

    file = DeskFile("desk.yaml", example)
    file.documents.work_out(2026)

    assert file.unknown_names(missing_names(file.roster, Roster())) == []
    assert all(file.roster.of(kind) for kind in KINDS)  # it shows every section


@given(st.text(alphabet="calendrspoiftw:- []{}\n\t \"'#,0129é\\u", max_size=60))
def test_whatever_is_in_a_document_there_is_an_answer(source: str) -> None:
    for section in ("calendars", "policies", "rotas", "ladders"):
        file = DeskFile("desk.yaml", f"{section}:\n  - name: a\n    {source}")
        if not file.nodes.problems:
            file.documents.work_out(2026)
            plan(file.roster, Roster())


@given(st.text(alphabet="teamsgnhdl:- []{}&*!|\n\t \"'#,0129é\0", max_size=80))
def test_whatever_is_in_the_file_there_is_an_answer(source: str) -> None:
    DeskFile("desk.yaml", source)


def test_customers_are_marked_by_address_and_by_the_way_on_which_they_are_known() -> None:
    source = (
        "customers:\n"
        "  - {address: Eva@acme.example, vip: true, tags: [pilot]}\n"
        "  - {kind: slack, address: T0123/U0456, vip: false, ways: ['+34 600 111 222', Eva@home.example]}\n"
    )

    file = DeskFile("desk.yaml", source)

    assert file.nodes.problems == []
    assert file.roster.customer == {
        "email/eva@acme.example": Customer("email/eva@acme.example", True, ("pilot",)),
        "slack/T0123/U0456": Customer("slack/T0123/U0456", False, (), ("+34600111222", "eva@home.example")),
    }


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{vip: true}", "an entry of customers has no address"),
        ("{address: nobody}", "'nobody' is no mail address"),
        ("{kind: fax, address: x}", "fax"),
        ("{address: a@b.example, ways: ['600111222']}", "the way must begin with +"),
        ("{kind: phone, address: '600000905'}", "the address must begin with + and the country's code"),
        ("{kind: phone, address: '+34'}", "the address is no"),
        (
            "{kind: phone, address: '+34600111222'}\n  - {kind: phone, address: '+34 600 111 222'}",
            "for phone/+34600111222",
        ),
        ("{address: a@b.example}\n  - {address: A@b.example}", "two entries for email/a@b.example"),
    ],
)
def test_a_customer_who_cannot_be_is_refused_with_the_place(entry: str, words: str) -> None:
    problems = DeskFile("desk.yaml", f"customers:\n  - {entry}\n").nodes.problems

    assert len(problems) == 1
    assert words in problems[0].sentence()

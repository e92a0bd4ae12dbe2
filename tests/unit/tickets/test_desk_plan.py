"""What must be done so that the desk becomes what a file says."""

from tickets.domain.desk.plan import Roster, missing_teams, plan
from tickets.domain.staffing.people import Agent, Category, Membership, Organisation, Team

EVA = Agent("eva", "Eva", "eva@desk.example", teams=(Membership("network"),))
NETWORK = Team("network", "Redes", "Networks", "2")
HERE = Roster(
    skill={"sap": "sap"},
    category={"outage": Category("outage", True)},
    organisation={"acme": Organisation("acme", ("acme.example",))},
    agent={"eva": EVA},
    team={"network": NETWORK},
)


def test_what_is_so_already_takes_no_step() -> None:
    assert plan(HERE, HERE) == []


def test_an_empty_file_changes_nothing_and_an_empty_section_everything() -> None:
    assert plan(Roster(), HERE) == []
    assert [(step.action, step.kind) for step in plan(Roster(team={}, organisation={}), HERE)] == [
        ("remove", "organisation"),
        ("retire", "team"),
    ]


def test_a_change_names_the_field_with_its_old_and_new_value() -> None:
    wanted = Roster(team={"network": Team("network", "Redes", "Networks", "3", "skills")})

    (step,) = plan(wanted, HERE)

    assert step.sentence() == "change team network: tier 2 → 3, assignment manual → skills"
    assert step.as_data()["changes"][0] == {"field": "tier", "old": "2", "new": "3"}


def test_the_order_of_words_is_no_change() -> None:
    before = Roster(agent={"eva": Agent("eva", "Eva", "e@d.example", ("es", "en"), ("a", "b"))})
    after = Roster(agent={"eva": Agent("eva", "Eva", "e@d.example", ("es", "en"), ("b", "a"))})
    assert plan(after, before) == []

    other = Roster(agent={"eva": Agent("eva", "Eva", "e@d.example", ("en", "es"), ("a", "b"))})
    assert [step.action for step in plan(other, before)] == ["change"], (
        "the first language is the one they are spoken to in"
    )


def test_whoever_is_missing_is_retired_once_and_comes_back_when_named() -> None:
    gone = Roster(agent={"eva": Agent("eva", "Eva", "eva@desk.example", teams=EVA.teams, active=False)})

    assert [step.sentence() for step in plan(Roster(agent={}), HERE)] == ["retire agent eva: active yes → no"]
    assert plan(Roster(agent={}), gone) == []
    assert [step.sentence() for step in plan(Roster(agent={"eva": EVA}), gone)] == ["change agent eva: active no → yes"]


def test_to_be_written_as_not_active_is_to_be_retired() -> None:
    (step,) = plan(Roster(team={"network": Team("network", "Redes", "Networks", "2", active=False)}), HERE)

    assert step.action == "retire"


def test_memberships_are_shown_as_people_say_them() -> None:
    wanted = Agent("eva", "Eva", "eva@desk.example", teams=(Membership("network", "lead"), Membership("sap")))

    (step,) = plan(Roster(agent={"eva": wanted}), HERE)

    assert step.sentence() == "change agent eva: teams [network] → [network (lead), sap]"


def test_agents_are_written_before_teams() -> None:
    wanted = Roster(team={"new": Team("new")}, agent={"ana": Agent("ana", "Ana", "ana@desk.example")})

    assert [step.kind for step in plan(wanted, Roster())] == ["agent", "team"]


def test_a_team_may_come_from_the_file_or_from_the_desk() -> None:
    wanted = Roster(agent={"eva": EVA, "bob": Agent("bob", "Bob", "b@d.example", teams=(Membership("nets"),))})

    assert list(missing_teams(wanted, HERE)) == [("bob", "nets")]
    assert list(missing_teams(Roster(agent={"eva": EVA}, team={}), HERE)) == [("eva", "network")]

"""Who gets a ticket, by each of the ways in which a team can hand them out."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.staffing.assigning import Dispatch, Wanting
from tickets.domain.staffing.people import Agent, Presence, Team, WorkingHours

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NIGHTS = WorkingHours.from_data({"zone": "UTC", "week": {"mon": ["22:00-24:00"]}})


def agent(handle: str, **changes: Any) -> Agent:
    return Agent(handle, handle.title(), f"{handle}@desk.example", **changes)


def dispatch(way: str, *agents: Agent, **changes: Any) -> Dispatch:
    values: dict[str, Any] = {
        "teams": {"net": Team("net", assignment=way)},
        "members": {"net": [one.handle for one in agents]},
        "agents": {one.handle: one for one in agents},
        "presences": {},
        "held": {},
        "turns": {"net": None},
        "at": NOON,
    }
    return Dispatch(**{**values, **changes})


def ticket(number: int = 1, **changes: Any) -> Wanting:
    values: dict[str, Any] = {"team": "net", "channel": "email", "tier": "1", "language": "es", "skills": ()}
    return Wanting(number, **{**values, **changes})


def given_to(handing: Dispatch, count: int) -> list[str | None]:
    choices = [handing.choose(ticket(number)) for number in range(count)]
    return [choice.agent if choice else None for choice in choices]


def test_a_queue_that_people_empty_gives_nobody_anything() -> None:
    assert given_to(dispatch("manual", agent("eva")), 1) == [None]


def test_a_team_that_is_retired_or_unknown_gives_nobody_anything() -> None:
    handing = dispatch("round_robin", agent("eva"), teams={"net": Team("net", assignment="round_robin", active=False)})

    assert given_to(handing, 1) == [None]
    assert handing.choose(ticket(team="elsewhere")) is None


def test_turns_go_round_from_whoever_had_the_last() -> None:
    handing = dispatch("round_robin", agent("ana"), agent("bob"), agent("eva"), turns={"net": "bob"})

    assert given_to(handing, 4) == ["eva", "ana", "bob", "eva"]
    assert handing.moved() == {"net": "eva"}


def test_whoever_comes_behind_the_one_whose_turn_it_is_is_not_looked_at() -> None:
    handing = dispatch("round_robin", agent("ana"), agent("bob"), agents={"ana": agent("ana")})

    assert given_to(handing, 1) == ["ana"]


def test_turns_go_in_the_order_of_code_points_as_the_database_locks() -> None:
    handing = dispatch("round_robin", agent("Zoe"), agent("a-b"), agent("ab"), turns={"net": "Zoe"})

    assert given_to(handing, 3) == ["a-b", "ab", "Zoe"]


def test_a_turn_goes_on_although_whoever_had_the_last_is_gone() -> None:
    handing = dispatch("round_robin", agent("ana"), agent("eva"), turns={"net": "bob"})

    assert given_to(handing, 2) == ["eva", "ana"]


@pytest.mark.parametrize(
    ("changes", "presence"),
    [
        ({}, Presence("away")),
        ({}, Presence("busy")),
        ({}, Presence("available", NOON + timedelta(hours=1))),
        ({"hours": NIGHTS}, Presence()),
        ({"active": False}, Presence()),
        ({"capacity": {"email": 0}}, Presence()),
        ({"tiers": ("2",)}, Presence()),
    ],
    ids=["away", "busy", "absent", "outside hours", "retired", "full", "another tier"],
)
@pytest.mark.parametrize("way", ["round_robin", "least_loaded", "skills"])
def test_who_cannot_take_work_gets_none(way: str, changes: dict[str, Any], presence: Presence) -> None:
    alone = dispatch(way, agent("eva", **changes), presences={"eva": presence})
    with_bob = dispatch(way, agent("bob"), agent("eva", **changes), presences={"eva": presence})

    assert given_to(alone, 1) == [None]
    assert given_to(with_bob, 3) == ["bob"] * 3


def test_the_least_loaded_gets_it_by_weight_and_capacity() -> None:
    fast, slow = agent("fast", weight=2.0), agent("slow")
    handing = dispatch("least_loaded", fast, slow)

    assert Counter(given_to(handing, 30)) == {"fast": 20, "slow": 10}


def test_nobody_gets_more_than_they_can_hold() -> None:
    handing = dispatch("least_loaded", agent("ana", capacity={"email": 2}), agent("eva", capacity={"email": 1}))

    assert Counter(given_to(handing, 5)) == {"ana": 2, "eva": 1, None: 2}


def test_a_ticket_goes_to_whoever_has_every_skill_and_the_language() -> None:
    handing = dispatch(
        "skills",
        agent("ana", skills=("sap",), languages=("es",)),
        agent("bob", skills=("sap", "vpn"), languages=("en",)),
        agent("eva", skills=("sap", "vpn"), languages=("es", "en")),
        held={"eva": {"email": 15}},
    )

    choice = handing.choose(ticket(skills=("sap", "vpn")))

    assert choice is not None
    assert choice.agent == "eva"
    assert "can do sap, vpn, es" in choice.why


def test_a_ticket_waits_for_somebody_of_the_team_who_can_do_it() -> None:
    able, other = agent("able", skills=("sap",)), agent("other")

    assert dispatch("skills", able, other, presences={"able": Presence("away")}).choose(ticket(skills=("sap",))) is None


def test_what_nobody_of_the_team_can_do_goes_to_somebody_who_speaks_the_language() -> None:
    handing = dispatch("skills", agent("ana", languages=("en",)), agent("eva", languages=("es",)), agent("zoe"),
                       held={"eva": {"email": 1}})  # fmt: skip

    choice = handing.choose(ticket(skills=("cobol",)))

    assert choice is not None
    assert choice.agent == "zoe"
    assert "nobody of the team can do cobol, es" in choice.why


def test_whoever_gave_it_back_does_not_get_it_again() -> None:
    handing = dispatch("least_loaded", agent("ana"), agent("eva", weight=50))

    choice = handing.choose(ticket(), besides=("eva",))

    assert choice is not None
    assert choice.agent == "ana"


@given(
    st.integers(1, 7),
    st.integers(1, 60),
    st.sampled_from(["round_robin", "least_loaded", "skills"]),
    st.integers(0, 7),
)
def test_among_equals_nobody_ever_has_two_more_than_another(people: int, count: int, way: str, last: int) -> None:
    everybody = [agent(f"a{index}", capacity={"default": 100}) for index in range(people)]
    handing = dispatch(way, *everybody, turns={"net": f"a{last}"})

    got = Counter(given_to(handing, count))

    assert sum(got.values()) == count
    shares = [got.get(one.handle, 0) for one in everybody]
    assert max(shares) - min(shares) <= 1


@given(st.data())
def test_nobody_who_cannot_take_it_ever_gets_it(data: st.DataObject) -> None:
    words = st.sampled_from(["available", "busy", "away"])
    count = data.draw(st.integers(1, 6))
    everybody = [
        agent(f"a{index}", capacity={"email": data.draw(st.integers(0, 3))}, active=data.draw(st.booleans()))
        for index in range(count)
    ]
    presences = {one.handle: Presence(data.draw(words)) for one in everybody}
    way = data.draw(st.sampled_from(["round_robin", "least_loaded", "skills"]))

    got = Counter(given_to(dispatch(way, *everybody, presences=presences), 12))

    for one in everybody:
        able = one.active and presences[one.handle].availability == "available"
        assert got.get(one.handle, 0) <= (one.capacity["email"] if able else 0)
    free = sum(
        one.capacity["email"] for one in everybody if one.active and presences[one.handle].availability == "available"
    )
    assert sum(count for handle, count in got.items() if handle) == min(12, free)


@pytest.mark.parametrize(
    ("spoken", "written", "gets_it"),
    [("es-MX", "es", "eva"), ("es", "es-419", "eva"), ("EN-us", "en-GB", "eva"), ("fr", "es", "bob")],
)
def test_a_language_is_spoken_whatever_its_region(spoken: str, written: str, gets_it: str) -> None:
    handing = dispatch("skills", agent("bob"), agent("eva", languages=(spoken,)), held={"bob": {"email": 3}})

    choice = handing.choose(ticket(language=written))

    assert choice is not None
    assert choice.agent == gets_it

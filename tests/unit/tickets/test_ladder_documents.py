"""Ladders as data: what is read, and what is refused with its place."""

from datetime import timedelta
from typing import Any

import pytest

from tickets.domain.ladders.documents import Ladder, Step, check_names, read_ladder
from tickets.errors import Invalid

WHOLE: dict[str, Any] = {
    "starts": [
        {"on": "arrival", "priorities": ["urgent", "high"]},
        {"on": "warning", "clocks": ["first_response"]},
        {"on": "breach"},
    ],
    "stops": ["taken", "answered", "acknowledged"],
    "steps": [
        {"after_minutes": 5, "do": "notify_assignee"},
        {"after_minutes": 10, "do": "notify_team", "role": "lead"},
        {"after_minutes": 15, "do": "raise_tier"},
        {"after_minutes": 0, "do": "page", "rota": "nights", "answer_within_minutes": 5, "times": 3},
        {"after_minutes": 0, "do": "webhook", "webhook": "status"},
        {"after_minutes": 30, "do": "repeat", "from_step": 2, "times": 2},
    ],
}


def read(**changes: Any) -> Ladder:
    return read_ladder("outage", 3, {**WHOLE, **changes})


def steps(*given: Any) -> dict[str, Any]:
    return {"steps": list(given)}


def test_a_ladder_is_read_whole() -> None:
    ladder = read()
    assert (ladder.name, ladder.version, len(ladder.starts), ladder.rotas()) == ("outage", 3, 3, {"nights"})
    assert ladder.steps[1] == Step("notify_team", timedelta(minutes=10), role="lead")
    assert ladder.steps[3] == Step("page", rota="nights", answer_within=timedelta(minutes=5), times=3)
    assert ladder.steps[5] == Step("repeat", timedelta(minutes=30), from_step=2, times=2)
    assert ladder.goes_on_in == frozenset()


def test_what_is_left_out_has_its_usual_value() -> None:
    ladder = read_ladder("x", 1, {"starts": [{"on": "arrival"}], "steps": [{"do": "page", "rota": "nights"}]})
    assert ladder.stops == {"taken", "answered", "acknowledged"}
    assert ladder.steps == (Step("page", rota="nights", answer_within=timedelta(minutes=5)),)


@pytest.mark.parametrize(
    ("on", "priority", "clock", "starts"),
    [
        ("arrival", "urgent", "", True),
        ("arrival", "normal", "", False),
        ("warning", "low", "first_response", True),
        ("warning", "low", "resolution", False),
        ("breach", "low", "tier:2", True),
        ("reopened", "urgent", "", False),
    ],
)
def test_a_ladder_starts_on_what_it_names(on: str, priority: str, clock: str, starts: bool) -> None:
    assert read().starts_on(on, priority, clock) is starts


def test_the_clocks_of_all_tiers_have_one_name() -> None:
    ladder = read(starts=[{"on": "breach", "clocks": ["tier"]}])
    assert ladder.starts_on("breach", "low", "tier:2")
    assert not ladder.starts_on("breach", "low", "resolution")


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"steps": []}, "/steps", "1 to 30"),
        ({"steps": [{"do": "notify_team"}] * 31}, "/steps", "31 entries"),
        ({"starts": []}, "/starts", "1 to 20"),
        ({"colour": "red"}, "/colour", "not known"),
        ({"starts": [{"on": "sunrise"}]}, "/starts/0/on", "'sunrise'"),
        ({"starts": [{"on": "arrival", "clocks": ["update"]}]}, "/starts/0/clocks", "only warnings and breaches"),
        ({"starts": [{"on": "breach", "clocks": ["coffee"]}]}, "/starts/0/clocks/0", "'coffee'"),
        ({"starts": [{"on": "arrival", "priorities": ["asap"]}]}, "/starts/0/priorities/0", "'asap'"),
        ({"stops": ["tired"]}, "/stops/0", "'tired'"),
        ({"stops": 0}, "/stops", "list"),
        ({"stops": ["taken"]}, "/stops", "acknowledged"),
        ({"goes_on_in": ["solved"]}, "/goes_on_in/0", "'solved'"),
        (steps("notify_team"), "/steps/0", "mapping"),
        (steps({"do": "dance"}), "/steps/0/do", "'dance'"),
        (steps({"after_minutes": 5}), "/steps/0/do", "None"),
        (steps({"do": "notify_team", "rota": "x"}), "/steps/0/rota", "not known"),
        (steps({"do": "notify_team", "role": "boss"}), "/steps/0/role", "'boss'"),
        (steps({"do": "notify_team", "after_minutes": 43_201}), "/steps/0/after_minutes", "43200"),
        (steps({"do": "notify_team", "after_minutes": -1}), "/steps/0/after_minutes", "0"),
        (steps({"do": "notify_team", "after_minutes": float("nan")}), "/steps/0/after_minutes", "number"),
        (steps({"do": "notify_team", "after_minutes": True}), "/steps/0/after_minutes", "number"),
        (steps({"do": "page", "answer_within_minutes": 5}), "/steps/0/rota", "name"),
        (steps({"do": "page", "rota": "n", "answer_within_minutes": 0}), "/steps/0/answer_within_minutes", "minutes"),
        (steps({"do": "page", "rota": "n", "times": 21}), "/steps/0/times", "20"),
        (steps({"do": "webhook"}), "/steps/0/webhook", "name"),
        (steps({"do": "repeat", "from_step": 1}), "/steps/0/from_step", "nothing before it to repeat"),
        (steps({"do": "notify_team"}, {"do": "repeat", "from_step": 1, "times": 21}), "/steps/1/times", "20"),
        (
            steps(
                {"do": "notify_team"}, {"do": "repeat", "from_step": 1}, {"do": "raise_tier"},
                {"do": "repeat", "from_step": 1},
            ),
            "/steps/3/from_step",
            "overlap",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_place(changes: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(**changes)
    assert refused.value.pointer == place
    assert f"{place}: " in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize("content", [None, [], "ladder", 7])
def test_something_else_is_no_ladder(content: Any) -> None:
    with pytest.raises(Invalid):
        read_ladder("x", 1, content)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read(starts=[{"on": "x"}], stops=["y"], steps=[{"do": "z"}, {"do": "webhook"}])
    places = ["/starts/0/on", "/stops/0", "/steps/0/do", "/steps/1/webhook"]
    assert sorted(places) == sorted("/" + "/".join(map(str, path)) for path, _ in refused.value.faults)
    assert all(place in str(refused.value) for place in places)


def test_rotas_and_teams_that_the_desk_does_not_have_are_refused_with_their_places() -> None:
    ladder = read(
        steps=[
            {"do": "notify_team", "team": "netwrok"},
            {"do": "page", "rota": "nihgts"},
            {"do": "page", "rota": "nights"},
        ]
    )
    with pytest.raises(Invalid) as refused:
        check_names(ladder, rotas=["nights"], teams=["network"])
    assert "/steps/0/team: this desk has no team 'netwrok'; there are network" in str(refused.value)
    assert "/steps/1/rota: this desk has no rota 'nihgts'; there are nights" in str(refused.value)
    assert "/steps/2" not in str(refused.value)
    check_names(ladder, rotas=["nights", "nihgts"], teams=["netwrok"])

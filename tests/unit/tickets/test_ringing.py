"""Whose telephone rings, in which order, how numbers are written, and what is shown of who calls."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.tickets.test_assigning import NIGHTS, NOON, agent, dispatch
from tickets.domain.ladders.documents import Ladder, Step
from tickets.domain.staffing.callers import MOST_LOOKED_AT, OpenTicket, known_caller
from tickets.domain.staffing.people import Agent, Presence, Team
from tickets.domain.staffing.phones import masked_phone, phone_of
from tickets.domain.staffing.ringing import MOST_RUNG, language_of, paged_rotas, who_rings

MOBILE = "+34600000011"


def reachable(handle: str, **changes: Any) -> Agent:
    return agent(handle, **{"phone": MOBILE, **changes})


def rung(way: str, *agents: Agent, on_duty: tuple[str, ...] = (), **changes: Any) -> list[str]:
    return [one.handle for one in who_rings("net", dispatch(way, *agents, **changes), on_duty)]


@pytest.mark.parametrize("way", ["least_loaded", "skills", "manual"])
def test_whoever_has_the_least_to_do_is_rung_first(way: str) -> None:
    held = {"ana": {"email": 4}, "bob": {"email": 1}}

    found = rung(way, reachable("ana"), reachable("bob"), reachable("eva"), held=held)

    assert found == ["eva", "bob", "ana"]


def test_a_team_that_goes_by_turns_is_rung_by_turns() -> None:
    found = rung("round_robin", reachable("ana"), reachable("bob"), reachable("eva"), turns={"net": "ana"})

    assert found == ["bob", "eva", "ana"]


def test_who_is_on_call_comes_first_in_the_order_of_paging() -> None:
    found = rung("manual", reachable("ana"), reachable("bob"), reachable("eva"), on_duty=("eva", "zoe", "bob"))

    assert found == ["eva", "bob", "ana"]


@pytest.mark.parametrize(
    ("someone", "presence"),
    [
        (agent("ana"), Presence()),
        (reachable("ana", active=False), Presence()),
        (reachable("ana", hours=NIGHTS), Presence()),
        (reachable("ana", tiers=("2",)), Presence()),
        (reachable("ana"), Presence("busy")),
        (reachable("ana"), Presence("away")),
        (reachable("ana"), Presence("available", NOON + timedelta(hours=1))),
    ],
)
def test_whoever_has_no_telephone_or_is_not_there_is_left_in_peace_on_call_or_not(
    someone: Agent, presence: Presence
) -> None:
    assert rung("manual", someone, on_duty=("ana",), presences={"ana": presence}) == []


def test_whoever_is_full_is_rung_all_the_same() -> None:
    assert rung("least_loaded", reachable("ana", capacity={"default": 1}), held={"ana": {"voice": 9}}) == ["ana"]


def test_no_more_than_a_caller_would_wait_for_are_rung() -> None:
    assert len(rung("manual", *(reachable(f"a{number:03}") for number in range(MOST_RUNG + 5)))) == MOST_RUNG


def test_a_ladder_names_its_rotas_in_the_order_in_which_it_pages() -> None:
    steps = (Step("page", rota="nights"), Step("notify_team"), Step("page", rota="backup"), Step("page", rota="nights"))

    assert paged_rotas(Ladder("l", 1, (), steps)) == ["nights", "backup"]
    assert paged_rotas(None) == []


@pytest.mark.parametrize(
    ("languages", "spoken"), [((), "es"), (("de", "en-GB"), "en"), (("fr",), "es"), (("es-MX", "en"), "es")]
)
def test_an_agent_is_spoken_to_in_the_first_of_their_languages_that_the_desk_speaks(
    languages: tuple[str, ...], spoken: str
) -> None:
    assert language_of(agent("ana", languages=languages), ("es", "en"), "es") == spoken


@pytest.mark.parametrize("written", ["+34600000011", " +34 600 00 00 11", "+34-600-000-011", "+34(600)000011"])
def test_a_number_is_kept_in_one_way(written: str) -> None:
    assert phone_of(written) == MOBILE


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("600000011", r"must begin with \+"),
        ("", r"must begin with \+"),
        ("+34", "no telephone number"),
        ("+346000000", "no number that can be called"),
        ("+999600000011", "no telephone number"),
        ("+34600000011 ext. 5", "no number that can be called"),
        ("+34803000000", "callers pay extra"),
    ],
)
def test_what_cannot_be_rung_is_refused_without_repeating_it(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        phone_of(written)

    assert written.removeprefix("+34") == "" or written not in str(refused.value)


def test_a_number_is_recognised_and_not_told_and_no_log_has_it() -> None:
    assert masked_phone(MOBILE) == "+34•••••••11"
    assert masked_phone(None) is None
    assert MOBILE not in repr(reachable("ana"))


def known(name: str, grade: str, *names: str) -> tuple[str, str]:
    tickets = [OpenTicket(9 - place, "Router", "net", "open", one) for place, one in enumerate(names)]
    caller = known_caller(name, grade, tickets)
    return caller.name, caller.grade


def test_a_caller_is_named_only_where_one_person_is_known_by_the_number() -> None:
    assert known("Ana  Roldán", "plausible", "", "ana roldán") == ("ana roldán", "plausible")
    assert known("", "claimed", "Ana") == ("Ana", "claimed")
    assert known("Ana", "plausible", "Luis") == ("", "plausible")
    assert known("", "plausible") == ("", "plausible")


def test_a_number_that_is_verified_elsewhere_is_only_plausible_on_the_telephone() -> None:
    assert known("Ana", "verified") == ("Ana", "plausible")


def test_five_tickets_are_shown_of_all_that_are_looked_at() -> None:
    tickets = [OpenTicket(number, "Router", "net", "open") for number in range(MOST_LOOKED_AT, 0, -1)]

    assert [one.number for one in known_caller("", "plausible", tickets).tickets] == [20, 19, 18, 17, 16]


def test_a_team_that_nobody_can_be_rung_for_is_no_error() -> None:
    assert who_rings("net", dispatch("manual"), ("eva",)) == []
    assert who_rings("gone", dispatch("manual", teams={"net": Team("net")}, members={}, turns={}), ()) == []

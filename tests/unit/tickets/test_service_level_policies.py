"""What is promised, and what is wrong with a policy that makes no sense."""

import pytest

from tests.unit.tickets.service_level_samples import CALENDARS, DESK, POLICIES
from tickets.domain.service_levels.calendars import ALWAYS
from tickets.domain.service_levels.documents import read_policy
from tickets.domain.service_levels.policies import Desk, Policy, Ref, Target, policy_faults
from tickets.errors import Refused

NAMES = frozenset({"office"})
FINE = Target(60, "office")


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_the_policies_of_the_table_are_without_fault(policy: Policy) -> None:
    assert policy_faults(policy, frozenset(calendar.name for calendar in CALENDARS)) == []


@pytest.mark.parametrize(
    ("policy", "path", "words"),
    [
        (
            Policy("p", "1", {"reply": {"normal": FINE}}),
            ("targets", "reply"),
            "reply is no clock; use one of first_resp",
        ),
        (Policy("p", "1", {"tier": {"normal": FINE}}), ("targets", "tier"), "tier is no clock"),
        (
            Policy("p", "1", {"update": {"big": FINE}}),
            ("targets", "update", "big"),
            "big is no priority; use one of low",
        ),
        (
            Policy("p", "1", {"update": {"low": Target(60, "shop")}}),
            ("targets", "update", "low", "calendar"),
            "there is no calendar shop; there are always, office",
        ),
        (
            Policy("p", "1", {"update": {"low": Target(0, "office")}}),
            ("targets", "update", "low", "minutes"),
            "0 minutes are no target",
        ),
        (Policy("p", "1", {}, {"1": {"low": Target(10**7, "always")}}), ("tiers", "1", "low", "minutes"), "5 years"),
        (Policy("p", "1", {}, {"4": {"low": FINE}}), ("tiers", "4"), "4 is no tier; use one of 1, 2, 3"),
        (Policy("p", "1", {}, {}, {"tier:1": frozenset()}), ("pauses", "tier:1"), "tier:1 is no clock"),
        (Policy("p", "1", {}, {}, {"tier": frozenset({"away"})}), ("pauses", "tier"), "away is no status"),
        (Policy("p", "1", {}, warn_at=(0.8, 0.5)), ("warn_at",), "ascend"),
        (Policy("p", "1", {}, warn_at=(0.5, 0.5)), ("warn_at",), "ascend"),
        (Policy("p", "1", {}, warn_at=(0.5, 1.0)), ("warn_at",), "between 0.01 and 0.99"),
        (Policy("p", "1", {}, warn_at=(0.001,)), ("warn_at",), "between 0.01 and 0.99"),
        (Policy("p", "1", {}, apology=Target(5, "shop")), ("apology", "calendar"), "there is no calendar shop"),
    ],
)
def test_a_fault_is_told_in_words_with_its_place(policy: Policy, path: tuple[str, ...], words: str) -> None:
    [fault] = policy_faults(policy, NAMES)
    assert fault.path == path
    assert words in fault.words


def test_all_faults_are_found_at_once() -> None:
    policy = Policy("p", "1", {"reply": {"big": Target(0, "shop")}}, warn_at=(2.0,))
    assert len(policy_faults(policy, NAMES)) == 5


def test_a_tier_has_a_target_of_its_own_and_the_pauses_of_all_tiers() -> None:
    policy = Policy("p", "1", {}, {"2": {"low": FINE}}, {"tier": frozenset({"pending"})})
    assert policy.target("tier:2", "low") == FINE
    assert policy.target("tier:1", "low") is None
    assert policy.pauses_in("tier:1", "pending")
    assert not policy.pauses_in("resolution", "pending")


def test_a_desk_always_knows_the_calendar_that_is_always_open() -> None:
    assert Desk({}, {}).calendar(Ref("always", "1")) is ALWAYS
    with pytest.raises(Refused, match="calendar always, version 2, is not at hand"):
        DESK.calendar(Ref("always", "2"))


@pytest.mark.parametrize(
    ("said", "priorities"),
    [
        (True, {"low", "normal", "high", "urgent"}),
        (False, set()),
        (["urgent"], {"urgent"}),
        ([], set()),
    ],
)
def test_a_policy_says_for_which_priorities_people_are_paged_at_night(said: object, priorities: set[str]) -> None:
    policy = read_policy("gold", "1", {"page_at_night": said, "ladder": "outage"}, frozenset())
    assert (policy.page_at_night, policy.ladder) == (priorities, "outage")
    assert read_policy("gold", "1", {}, frozenset()).ladder is None

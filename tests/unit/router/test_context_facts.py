"""What rules see of customer, organisation and opening hours, and when they see nothing."""

import pytest

from router.domain.facts import Facts
from tests.unit.router.samples import NOON, decided, file_with, message, rule_text, rules_of, tried
from ventanilla_contracts.routing import RoutingContext

ACME = {"name": "Acme", "vip": True, "plan": "Gold", "tags": ["North"]}
OTHER = {"name": "Other", "vip": False}
KNOWN = RoutingContext.model_validate(
    {
        "customer": {"organisation": ACME, "vip": False, "tags": ["Press"], "open_tickets": 3, "tickets": 9,
                     "language": "es"},
        "organisation": OTHER,
        "open_now": {"office": True, "night": False},
    }
)  # fmt: skip


def facts_of(
    context: RoutingContext | None, *, grade: str = "plausible", channel: str = "email", calendar: str | None = None
) -> Facts:
    received = message(authentication={"grade": grade}, channel=channel)
    return Facts(received, NOON, NOON.tzinfo, context, calendar)  # type: ignore[arg-type]  # NOON is aware


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("customer.vip", False),
        ("customer.tags", ("press",)),
        ("customer.open_tickets", 3),
        ("customer.tickets", 9),
        ("customer.language", "es"),
        ("organisation.name", "Acme"),
        ("organisation.vip", True),
        ("organisation.plan", "gold"),
        ("organisation.tags", ("north",)),
    ],
)
def test_what_is_known_of_a_proven_sender_is_a_fact(fact: str, value: object) -> None:
    assert facts_of(KNOWN)[fact] == value
    assert facts_of(KNOWN, grade="verified", channel="slack")[fact] == value


@pytest.mark.parametrize("channel", ["email", "webchat", "slack"])
@pytest.mark.parametrize("fact", ["customer.vip", "customer.open_tickets", "customer.tags", "organisation.vip"])
def test_of_a_sender_who_only_claims_an_address_nothing_is_known(fact: str, channel: str) -> None:
    assert facts_of(KNOWN, grade="claimed", channel=channel)[fact] is None


def test_without_an_organisation_of_their_own_that_of_the_domain_counts() -> None:
    by_domain = RoutingContext.model_validate({"customer": {"vip": True}, "organisation": OTHER})

    assert facts_of(by_domain)["organisation.name"] == "Other"
    assert facts_of(RoutingContext.model_validate({"organisation": OTHER}))["organisation.vip"] is False


@pytest.mark.parametrize("context", [None, RoutingContext()])
def test_what_nobody_knows_is_unknown_and_not_false(context: RoutingContext | None) -> None:
    for fact in ("customer.vip", "customer.tags", "organisation.plan", "customer.tickets"):
        assert facts_of(context)[fact] is None

    rules = rules_of(rule_text("a", when="{customer.vip: false}"), rule_text("b", when="{not: {customer.vip: true}}"))
    received = message(authentication={"grade": "verified"})
    assert [entry.outcome for entry in tried(decided(received, rules, NOON, context))] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("calendar", "context", "value"),
    [
        ("office", KNOWN, True),
        ("night", KNOWN, False),
        ("unheard-of", KNOWN, None),
        (None, KNOWN, None),
        ("office", None, None),
        ("always", None, True),
        ("always", KNOWN, True),
    ],
)
def test_whether_the_desk_is_open_is_said_by_the_calendar_that_the_set_names(
    calendar: str | None, context: RoutingContext | None, value: bool | None
) -> None:
    assert facts_of(context, grade="claimed", calendar=calendar)["time.open"] is value


def test_rules_may_ask_for_all_of_it() -> None:
    from router.adapters.rule_file import read_rules

    when = (
        "{organisation.vip: true, organisation.plan: GOLD, customer.tags: press, customer.open_tickets: {at_least: 3}, "
        "organisation.tags: {has_any: [South, North]}, time.open: true, cel: 'customer.tickets > 5 && time.open'}"
    )
    source = file_with(rule_text(when=when)).replace("name: small", "name: small\ncalendar: office")
    received = message(authentication={"grade": "verified"})

    outcome = decided(received, read_rules(source, "a"), NOON, KNOWN)

    assert tried(outcome)[0].outcome == "matched"


def test_a_rule_that_asks_whether_it_is_open_needs_a_calendar() -> None:
    from router.adapters.rule_file import read_rules
    from router.errors import RulesRefused

    with pytest.raises(RulesRefused, match=r"a:22:27: rule sample: time\.open needs a calendar; write `calendar:"):
        read_rules(file_with(rule_text(when="{time.open: false}")), "a")


def test_facts_of_the_context_are_kept_with_the_decision() -> None:
    rules = rules_of(rule_text(when="{customer.vip: false}"))

    facts = Facts(message(authentication={"grade": "verified"}), NOON, rules.zone, KNOWN, rules.calendar)

    assert facts.shown(rules.recorded) == {"customer.vip": False}

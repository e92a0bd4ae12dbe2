"""When the database is asked how many tickets a sender has opened."""

from datetime import timedelta

from tests.unit.tickets.builders import ANA, NOON, incoming
from tickets.domain.settling.rates import SenderRates

HOUR = NOON.replace(minute=0)
KEY = (ANA, HOUR)


def test_nobody_is_asked_about_until_a_quarter_of_the_limit_is_reached() -> None:
    rates = SenderRates(40, 0)
    for _ in range(9):
        opened = rates.count([incoming(1)])
        assert rates.near(opened) == {}
        rates.note(opened, ())

    assert rates.near(rates.count([incoming(1)])) == {KEY: 10}, "what was kept back is told too"


def test_what_was_told_is_not_told_again() -> None:
    rates = SenderRates(4, 0)
    first = rates.count([incoming(1), incoming(2)])
    assert rates.near(first) == {KEY: 2}
    rates.note(first, rates.near(first))

    assert rates.near(rates.count([incoming(3)])) == {KEY: 1}


def test_what_was_not_committed_is_told_again() -> None:
    rates = SenderRates(4, 0)
    opened = rates.count([incoming(1)])

    assert rates.near(opened) == rates.near(opened) == {KEY: 1}


def test_each_hour_of_acceptance_counts_for_itself() -> None:
    rates = SenderRates(4, 0)
    backlog = [incoming(n, accepted_at=NOON + timedelta(hours=n)) for n in range(10)]

    assert set(rates.count(backlog).values()) == {1}


def test_a_domain_counts_where_it_has_a_limit() -> None:
    assert set(SenderRates(4, 0).count([incoming(1)])) == {KEY}
    assert set(SenderRates(0, 4).count([incoming(1)])) == {("@cliente.example", HOUR)}
    assert SenderRates(0, 0).count([incoming(1)]) == {}
    assert not SenderRates(0, 0).limited


def test_memory_is_bounded_however_many_senders_there_are() -> None:
    rates = SenderRates(1_000, 0)
    rates.note({KEY: 5}, ())
    for n in range(120):
        rates.note({(f"{n}.{m}@cliente.example", HOUR): 1 for m in range(1_000)}, ())

    assert len(rates._seen) <= 50_000
    assert rates.near({KEY: 245}), "who came often is still known"

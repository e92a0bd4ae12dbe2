"""Reports about notifications: that something was sent is never the last word about it."""

import itertools

import pytest

from tickets.adapters.postgres.outbound import Report
from tickets.handlers.sending.deliveries import last_words

SENT, FAILED, DELIVERED = (Report("n1", state, state) for state in ("sent", "failed", "delivered"))


@pytest.mark.parametrize("end", [FAILED, DELIVERED], ids=lambda end: end.state)
def test_the_end_counts_in_whatever_order_it_comes(end: Report) -> None:
    for order in itertools.permutations((SENT, end)):
        assert list(last_words(order)) == [end]
    assert list(last_words([SENT])) == [SENT]
    assert list(last_words([FAILED, DELIVERED])) == [DELIVERED]
    assert set(last_words([SENT, Report("n2", "sent", ""), end])) == {end, Report("n2", "sent", "")}

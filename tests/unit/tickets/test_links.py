"""Which tickets can have to do with each other, and what that makes of them."""

from datetime import timedelta

import pytest

from tests.unit.tickets.builders import NOON, ticket
from tickets.domain.joining.links import MOST_INCIDENTS, MOST_LINKS, Link, must_link, with_links
from tickets.errors import Refused

INCIDENT, PROBLEM = ticket(7, type="incident"), ticket(9, type="problem")


@pytest.mark.parametrize("kind", ["related", "duplicate", "follow_up", "caused_by"])
def test_a_ticket_may_have_to_do_with_a_problem_in_every_way(kind: str) -> None:
    must_link(Link(7, 9, kind), INCIDENT, PROBLEM, [1] * (MOST_LINKS - 1), MOST_INCIDENTS - 1)


@pytest.mark.parametrize(
    ("link", "tickets", "links", "incidents", "words"),
    [
        (Link(9, 7, "caused_by"), (PROBLEM, INCIDENT), 0, 0, "only a problem causes others"),
        (Link(7, 9, "caused_by"), (INCIDENT, PROBLEM), 0, MOST_INCIDENTS, "incidents of one problem are the most"),
        (Link(7, 9, "related"), (INCIDENT, PROBLEM), MOST_LINKS, 0, "links of one ticket are the most"),
        (Link(7, 9, "related"), (ticket(7, merged_into=3), PROBLEM), 0, 0, "merged into 3"),
        (Link(7, 9, "related"), (INCIDENT, ticket(9, merged_into=3)), 0, 0, "merged into 3; name that one"),
    ],
)
def test_a_link_that_says_nothing_is_refused(
    link: Link, tickets: tuple[object, object], links: int, incidents: int, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        must_link(link, *tickets, [1] * links, incidents)  # type: ignore[arg-type]  # two rows of the table above


def test_a_linked_ticket_has_a_new_version_and_never_an_earlier_time() -> None:
    before = ticket(7, updated_at=NOON)

    after, changes = with_links(before, [], [9], NOON - timedelta(seconds=1))

    assert (after.version, after.updated_at) == (before.version + 1, NOON)
    assert [one.as_data() for one in changes] == [{"field": "links", "old": [], "new": [9]}]

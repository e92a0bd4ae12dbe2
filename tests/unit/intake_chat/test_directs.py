"""Direct messages: which conversation a line belongs to, however often and in whatever order it is read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_chat.domain.slack.entry import directs
from tests.unit.intake_chat.entry_rig import GAP, HOME, Rig, line, ts


def solved(channel: str = "DU1", created_at: str = "1970-01-01T00:10:00Z", status: str = "solved") -> dict[str, Any]:
    return {"account": f"{HOME}/{channel}", "created_at": created_at, "status": status}


async def test_lines_that_follow_each_other_soon_are_one_conversation() -> None:
    rig = Rig()
    roots = [(await rig.heard(line(ts(at)))).said.where.root for at in (1000, 1300, 1890, 2491)]

    assert roots == [ts(1000), ts(1000), ts(1000), ts(2491)]


async def test_a_line_that_is_read_again_belongs_where_it_belonged() -> None:
    rig = Rig()
    for at in (1000, 1500, 3000):
        await rig.heard(line(ts(at)))
    rig.desk.tickets = [solved()]

    assert [(await rig.heard(line(ts(at)))).said.where.root for at in (1500, 1000, 3000)] == [
        ts(1000), ts(1000), ts(3000),
    ]  # fmt: skip


async def test_what_is_said_after_the_ticket_was_solved_is_a_new_matter() -> None:
    rig = Rig()
    await rig.heard(line(ts(600)))
    rig.desk.tickets = [solved(status="open")]
    going_on = await rig.heard(line(ts(610)))
    rig.desk.tickets = [solved(status="solved")]
    new = await rig.heard(line(ts(620)))

    assert (going_on.said.where.root, new.said.where.root) == (ts(600), ts(620))
    assert (going_on.said.reply, new.said.reply) == (True, False)


@pytest.mark.parametrize(("status", "root"), [("solved", 620), ("open", 600)])
@pytest.mark.parametrize("newer", [6, 250])
async def test_however_much_somebody_asks_elsewhere_the_conversations_own_ticket_says_whether_it_goes_on(
    newer: int, status: str, root: int
) -> None:
    rig = Rig()
    await rig.heard(line(ts(600)))
    rig.desk.tickets = [*[solved("C1", status="open")] * newer, solved(status=status)]

    assert (await rig.heard(line(ts(620)))).said.where.root == ts(root)


async def test_no_more_is_looked_through_than_was_asked_since_the_conversation_began() -> None:
    rig = Rig()
    await rig.heard(line(ts(600)))
    old = [solved("C1", created_at="1970-01-01T00:01:00Z")] * 150
    rig.desk.tickets = [solved("C1", status="open"), *old, *old]
    await rig.heard(line(ts(620)))

    assert rig.desk.pages == 2


def merged(into: str) -> list[dict[str, Any]]:
    """The ticket of the direct message, which goes on in one of a channel that has this status; both are theirs."""
    survivor = {"number": 9, **solved("C1", "1970-01-01T00:11:00Z", into), "merged_into": None}
    return [survivor, {"number": 5, **solved(status="closed"), "merged_into": 9}]


@pytest.mark.parametrize(("status", "root"), [("open", 600), ("pending", 600), ("solved", 620), ("closed", 620)])
async def test_a_line_after_a_merge_goes_on_as_long_as_the_ticket_does_into_which_it_went(
    status: str, root: int
) -> None:
    rig = Rig()
    await rig.heard(line(ts(600)))
    rig.desk.tickets = merged(status)

    assert (await rig.heard(line(ts(620)))).said.where.root == ts(root)


async def test_a_line_after_a_merge_was_taken_back_goes_on_where_it_did() -> None:
    rig = Rig()
    await rig.heard(line(ts(600)))
    rig.desk.tickets = merged("open")
    await rig.heard(line(ts(620)))
    rig.desk.tickets = [{"number": 9, **solved("C1")}, {"number": 5, **solved(status="open"), "merged_into": None}]

    assert (await rig.heard(line(ts(630)))).said.where.root == ts(600)


async def test_a_ticket_that_is_gone_into_which_one_was_merged_parts_nothing() -> None:
    rig = Rig()
    await rig.heard(line(ts(600)))
    rig.desk.gone, rig.desk.tickets = {9}, merged("open")

    assert (await rig.heard(line(ts(610)))).said.where.root == ts(600)


@pytest.mark.parametrize("tickets", [[], [solved("D2")], [solved(created_at="1970-01-01T00:01:00Z")]])
async def test_an_older_or_another_ticket_ends_no_conversation(tickets: list[dict[str, Any]]) -> None:
    rig = Rig()
    rig.desk.tickets = tickets
    await rig.heard(line(ts(600)))

    assert (await rig.heard(line(ts(610)))).said.where.root == ts(600)


async def test_a_desk_that_does_not_answer_parts_nothing() -> None:
    rig = Rig()
    await rig.heard(line(ts(600)))
    rig.desk.away = True

    assert (await rig.heard(line(ts(610)))).said.where.root == ts(600)


async def test_of_two_replicas_that_place_lines_at_once_both_see_one_conversation() -> None:
    rig = Rig()
    rig.state.rivals = [directs.written([directs.Span(ts(590), ts(590), ts(590))])]

    assert (await rig.heard(line(ts(600)))).said.where.root == ts(590)


async def test_replies_and_channels_stay_where_they_are() -> None:
    rig = Rig()
    await rig.heard(line(ts(600)))

    assert (await rig.heard(line(ts(610), root=ts(100)))).said.where.root == ts(100)
    assert (await rig.heard(line(ts(610), "C1", kind="channel"))).said.where.root == ts(610)


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=30), st.permutations(range(30)))
def test_whatever_the_order_a_line_read_twice_has_one_conversation(times: list[int], order: list[int]) -> None:
    spans: list[directs.Span] = []
    first: dict[str, str] = {}
    for at in [times[place] for place in order if place < len(times)]:
        known = directs.span_of(ts(at), spans)
        root = known.root if known else None
        if root is None:
            root, spans = directs.placed(ts(at), spans, directs.follows(ts(at), spans, GAP))
        assert first.setdefault(ts(at), root) == root
    for at, root in first.items():
        found = directs.span_of(at, directs.read(directs.written(spans)))
        assert found is not None
        assert found.root == root


def test_what_is_kept_of_a_direct_message_is_bounded_and_rubbish_is_nothing() -> None:
    spans: list[directs.Span] = []
    for at in range(0, 3_000_000, 30_000):
        _, spans = directs.placed(ts(at), spans, None)

    assert len(spans) == directs.MOST_SPANS
    assert [directs.read(value) for value in (None, b"", b"{", b'{"a": 1}', b'[["x", "y", "z"]]', b"[[1]]")] == [[]] * 6

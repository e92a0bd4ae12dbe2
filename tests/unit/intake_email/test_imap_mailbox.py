"""What of a mailbox is still to do, and how long to wait."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.domain.imap.mailbox import (
    Folder,
    ImapMailbox,
    Position,
    Trouble,
    Wanted,
    advance,
    back_off_seconds,
    searches,
    take_up,
    troubled,
)

TODAY = date(2026, 11, 27)
FOLDER = Folder(7, 101, keeps_keywords=True)


def position(**changes: object) -> Position:
    made = Position(7, 100, 100, date(2026, 11, 13), None, date(2026, 11, 20))
    return replace(made, **changes)  # type: ignore[arg-type]  # the test names real fields


def begun(known: Position | None = None, last_done: int = 0, since: date | None = None) -> Position:
    return take_up(known, FOLDER, since=since, last_done=last_done, today=TODAY)


def test_a_new_mailbox_gives_its_unseen_mail_of_two_weeks_and_all_that_comes() -> None:
    found = searches(begun(), keywords=True)
    assert found == (Wanted(100), Wanted(0, 100, unseen=True, since=date(2026, 11, 13)))


def test_the_setting_since_reaches_further_back() -> None:
    assert searches(begun(since=date(2020, 1, 1)), keywords=True)[1].since == date(2020, 1, 1)


def test_a_known_position_goes_on_where_it_was() -> None:
    known = position(settled=250, baseline=100)
    assert begun(known) is known
    assert searches(known, keywords=False) == (Wanted(250),)
    assert searches(known, keywords=True) == (Wanted(150),)


def test_the_overlap_never_reaches_what_was_there_at_first() -> None:
    assert searches(position(settled=110), keywords=True) == (Wanted(100),)


def test_a_renumbered_folder_starts_over_and_repeats_what_came_since_the_last_poll() -> None:
    again = begun(position(uid_validity=6, settled=9000))
    assert again.settled == 0
    assert searches(again, keywords=False) == (
        Wanted(100),
        Wanted(0, 100, unseen=True, since=date(2026, 11, 13)),
        Wanted(0, 100, unseen=False, since=date(2026, 11, 19)),
    )


def test_above_the_last_mail_with_our_keyword_everything_is_new() -> None:
    assert begun(last_done=40).baseline == 40
    assert begun(last_done=4000).baseline == 100


def test_the_position_stops_before_what_is_left() -> None:
    before = position(settled=100)
    assert advance(before, found=[101, 102, 103], left=[], today=TODAY).settled == 103
    assert advance(before, found=[101, 102, 103], left=[102], today=TODAY).settled == 101
    assert advance(before, found=[], left=[], today=TODAY).settled == 100


def test_the_position_and_its_day_never_go_back() -> None:
    before = position(settled=250)
    after = advance(before, found=[160], left=[160], today=date(2026, 1, 1))
    assert after == before


@given(st.sets(st.integers(1, 300)), st.data())
def test_nothing_that_is_left_is_ever_passed(found: set[int], data: st.DataObject) -> None:
    left = data.draw(st.sets(st.sampled_from(sorted(found)))) if found else set()
    after = advance(begun(), found=found, left=left, today=TODAY)
    assert all(uid > after.settled for uid in left)


def test_a_position_survives_its_encoding() -> None:
    for one in (position(), position(since=None, again_since=TODAY)):
        assert Position.decode(one.encode()) == one


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b"\xff", b'{"uid_validity": "x"}', b"3"])
def test_what_is_no_position_is_none(text: bytes) -> None:
    assert Position.decode(text) is None


def test_pauses_grow_and_end_growing_and_refused_logins_wait_for_minutes() -> None:
    pauses = [back_off_seconds(failures, 1.0) for failures in range(1, 10)]
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == back_off_seconds(10**9, 1.0) == 60
    assert back_off_seconds(1, 0.0, refused=True) == 30
    assert back_off_seconds(99, 1.0, refused=True) == 1800
    assert back_off_seconds(5, 0.0) == back_off_seconds(5, 1.0) / 2


def fail_until_hopeless(*, broke_off: bool) -> tuple[int, float]:
    trouble: Trouble | None = None
    now = 1000.0
    while trouble is None or not trouble.hopeless:
        now = trouble.next_at if trouble else now
        trouble = troubled(trouble, now, broke_off=broke_off)
    return trouble.failures, now - 1000.0


def test_a_mail_that_the_server_will_not_give_is_given_up_after_a_minute_and_one_that_breaks_off_much_later() -> None:
    assert fail_until_hopeless(broke_off=False) == (4, 70.0)
    failures, seconds = fail_until_hopeless(broke_off=True)
    assert failures >= 6
    assert seconds >= 600


def test_the_key_names_the_folder_and_not_the_port_alone() -> None:
    one = ImapMailbox("a@desk.example", "x", "imap.example", 993, "u")
    assert one.key == replace(one, host="IMAP.example", account="b@desk.example").key
    others = [replace(one, user="v"), replace(one, folder="Soporte"), replace(one, port=143)]
    assert len({one.key, *(other.key for other in others)}) == 4
    assert one.key.isalnum()

"""What is still to be read after an outage, and which events its messages would have been."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.catching_up import (
    MOST_HOLES,
    Hole,
    Position,
    changed_thread,
    events_of,
    stamp_of,
    taken_back,
    tombstone_of,
)
from intake_chat.domain.slack.events import Revised, Said, happening_of
from intake_chat.handlers.customers.accept import accepted_id
from tests.unit.intake_chat.history_words import DAYS, FORTNIGHT, HOLE, NOW, WEEKS, Json, said, told, ts


def test_a_gap_begins_where_events_last_told_everything_and_no_earlier_than_the_horizon() -> None:
    recent = Position(ts(60)).opened(["C1"], NOW, DAYS, WEEKS)
    old = Position(ts(60 * 24 * 30)).opened(["C1"], NOW, DAYS, WEEKS)

    assert recent.holes["C1"] == (Hole(ts(60), ts(0), ts(0), ts(60 + FORTNIGHT)),)
    assert old.holes["C1"] == (Hole(ts(60 * 72), ts(0), ts(0), ts(60 * 72 + FORTNIGHT)),)
    assert recent.until == ts(0)


def test_a_channel_that_was_away_is_read_from_when_it_was_last_heard() -> None:
    heard = Position(ts(600)).opened(["C1", "C2"], NOW - timedelta(minutes=300), DAYS, WEEKS, wanted=["C1", "C2", "C3"])
    assert heard.heard == {"C1", "C2"}
    heard = replace(heard, holes={})
    away = heard.opened(["C1"], NOW - timedelta(minutes=200), DAYS, WEEKS, wanted=["C1", "C2", "C3"])
    later = away.opened(["C1"], NOW - timedelta(minutes=100), DAYS, WEEKS, wanted=["C1", "C2", "C3"])
    assert later.away == {"C2": ts(300)}
    kept = Position.from_json(orjson.loads(orjson.dumps(later.to_json())))
    assert kept == later

    back = kept.back(["C2", "C3"], NOW, DAYS, WEEKS)
    assert (back.holes["C2"][0].since, back.away, back.until) == (ts(300), {}, later.until)
    assert back.holes["C3"][0].since == later.until, "nobody listened there before: nothing older was said to us"
    assert back.holes["C1"] == later.holes["C1"]
    gone = later.opened(["C1"], NOW, DAYS, WEEKS, wanted=["C1"])
    assert gone.away == {}, "it was taken out of the settings"


def test_a_hole_that_slack_does_not_let_be_read_waits_for_the_next_look() -> None:
    position = Position(ts(60)).opened(["C1"], NOW - timedelta(minutes=30), DAYS, WEEKS, wanted=["C1"])
    missed = position.missed("C1", position.holes["C1"][0])
    assert (missed.holes, missed.away) == ({}, {"C1": ts(60)})
    assert missed.opened(["C1"], NOW, DAYS, WEEKS, wanted=["C1"]).holes["C1"][0].since == ts(60)


def test_what_an_older_release_kept_is_read() -> None:
    assert Position.from_json({"until": ts(5), "holes": {}}) == Position(ts(5))


def test_messages_of_all_channels_come_before_old_threads_of_any() -> None:
    position = Position(ts(60)).opened(["C1", "D1"], NOW, DAYS, WEEKS)
    channel, hole = position.next() or ("", HOLE)
    position = position.walked(channel, hole, replace(hole, reached=ts(90), pages=1))

    assert channel == "C1"
    assert (position.next() or ("",))[0] == "D1"
    position = position.walked("D1", position.holes["D1"][0], None)
    assert (position.next() or ("",))[0] == "C1"
    assert position.oldest is None  # what is left are threads
    assert position.walked("C1", position.holes["C1"][0], None).next() is None


def test_a_gap_that_nobody_began_to_read_and_the_next_one_are_one() -> None:
    first = Position(ts(60)).opened(["C1"], NOW - timedelta(minutes=30), DAYS, WEEKS)
    second = first.opened(["C1"], NOW, DAYS, WEEKS)

    assert second.holes["C1"] == (Hole(ts(60), ts(0), ts(0), ts(60 + FORTNIGHT)),)


def test_a_gap_that_was_begun_stays_and_the_newer_one_comes_first() -> None:
    position = Position(ts(60)).opened(["C1"], NOW - timedelta(minutes=30), DAYS, WEEKS)
    hole = position.holes["C1"][0]
    position = position.walked("C1", hole, replace(hole, reached=ts(45), pages=1)).opened(["C1"], NOW, DAYS, WEEKS)

    assert position.holes["C1"] == (
        Hole(ts(30), ts(0), ts(0), stamp_of(NOW - timedelta(minutes=45, microseconds=1))),
        Hole(ts(60), ts(30), ts(45), ts(60 + FORTNIGHT), 1),
    )


def test_however_often_it_is_interrupted_a_channel_has_few_gaps_and_none_is_forgotten() -> None:
    position = Position(ts(600)).opened(["C1"], NOW - timedelta(minutes=599), DAYS, WEEKS)
    for minutes in range(598, 500, -1):
        newest = position.holes["C1"][0]
        begun = replace(newest, reached=ts(minutes + 1.5), pages=1)
        position = position.walked("C1", newest, begun).opened(["C1"], NOW - timedelta(minutes=minutes), DAYS, WEEKS)

    assert len(position.holes["C1"]) <= MOST_HOLES
    assert min(hole.since for hole in position.holes["C1"]) == ts(600)


def test_a_position_is_kept_as_it_was() -> None:
    position = Position(ts(60)).opened(["C1", "D1"], NOW, DAYS, WEEKS)

    assert Position.from_json(orjson.loads(orjson.dumps(position.to_json()))) == position


@pytest.mark.parametrize("kept", [{}, {"until": "x", "holes": {}}, {"until": "1.0", "holes": {"C1": [[1]]}}, [], 7])
def test_what_is_no_position_is_refused(kept: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        Position.from_json(kept)


def test_a_message_has_the_identity_of_its_event() -> None:
    event = {"type": "message", "channel": "C1", "channel_type": "channel", **said(30)}
    live = happening_of({"type": "event_callback", "team_id": "T1", "event_id": "Ev9", "event": event})
    [found] = told(said(30))

    assert isinstance(found, Said)
    assert live is not None
    assert accepted_id(found.source_id) == accepted_id(live.source_id)
    assert found == live


def test_an_edit_has_the_identity_of_its_event_too() -> None:
    message = said(120, "mejor", edited={"user": "U1", "ts": ts(20)})
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "message": message}
    live = happening_of({"type": "event_callback", "team_id": "T1", "event_id": "Ev9", "event": event})
    [found] = told(message)

    assert isinstance(found, Revised)
    assert live is not None
    assert (found.source_id, found.text) == (live.source_id, "mejor")


def test_what_was_written_and_edited_meanwhile_is_told_as_both() -> None:
    assert [type(one) for one in told(said(30, edited={"user": "U1", "ts": ts(20)}))] == [Said, Revised]


def test_an_edit_in_the_very_second_in_which_all_was_well_is_told() -> None:
    since = stamp_of(NOW - timedelta(minutes=60, microseconds=-400_000))
    message = said(120, "mejor", edited={"user": "U1", "ts": ts(60)})

    assert len(list(events_of("T1", "C1", "channel", message, replace(HOLE, since=since)))) == 1


@pytest.mark.parametrize(
    "message",
    [
        said(90),
        said(30, bot_id="B1"),
        said(30, bot_id="B1", edited={"user": "B1", "ts": ts(20)}),
        said(30, subtype="channel_join"),
        said(90, edited={"user": "U1", "ts": ts(70)}),
        {"type": "message", "ts": ts(30)},
        {"type": "message", "user": "USLACKBOT", "subtype": "tombstone", "ts": ts(30), "text": "deleted"},
    ],
    ids=["older", "an app", "an app edits", "joins", "edited before", "nobody", "tombstone"],
)
def test_the_rest_is_no_event(message: Json) -> None:
    assert told(message) == []


def test_a_guest_of_a_shared_channel_stays_who_they_are() -> None:
    [found] = told(said(30, user_team="T2", team="T2"))

    assert isinstance(found, Said)
    assert (found.where.team, str(found.author)) == ("T1", "T2/U1")


def test_a_message_that_was_taken_back_is_told_with_its_author() -> None:
    [original] = told(said(30, user_team="T2"))
    gone = happening_of(taken_back("T1", "channel", original))

    assert isinstance(gone, Revised)
    assert (str(gone.author), gone.text, gone.revision) == ("T2/U1", None, "deleted")
    assert tombstone_of({"subtype": "tombstone", "ts": ts(30)}) == ts(30)


@pytest.mark.parametrize(
    ("more", "read"),
    [
        ({"latest_reply": ts(10)}, True),
        ({"latest_reply": ts(10), "reply_users": ["UBOT", "U1"], "reply_users_count": 2}, True),
        ({"latest_reply": ts(10), "reply_users": ["UBOT", "BBOT"], "reply_users_count": 2}, False),
        ({"latest_reply": ts(10), "reply_users": ["UBOT"], "reply_users_count": 7}, True),
        ({"latest_reply": ts(70)}, False),
        ({}, False),
    ],
)
def test_a_thread_is_looked_into_if_somebody_else_replied_since(more: Json, read: bool) -> None:
    root = changed_thread(said(900, **more), HOLE, {"UBOT", "BBOT"})

    assert root == (ts(900) if read else None)

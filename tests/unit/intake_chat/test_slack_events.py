"""What Slack's events tell, and what of them is nothing to the desk."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_chat.domain.slack.events import Reacted, Revised, Said, happening_of, is_heard_in, message_said
from intake_chat.domain.slack.places import Conversation, time_of

RECORDED = Path(os.environ.get("VENTANILLA_SLACK_PAYLOADS") or Path(__file__).parents[4] / "shared/data/slack")

FIELDS = st.sampled_from(
    ["channel", "ts", "user", "text", "thread_ts", "files", "message", "previous_message", "edited", "item", "bot_id"]
)
SUBTYPES = st.sampled_from([None, "message_changed", "message_deleted", "file_share", "bot_message"])


def envelope(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event, **more}


def message(**more: Any) -> dict[str, Any]:
    base = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "text": "hola",
        "ts": "10.000001",
    }
    return {**base, **more}


def test_a_message_is_said_in_the_conversation_that_it_begins() -> None:
    said = happening_of(envelope(message()))

    assert isinstance(said, Said)
    assert said.where == Conversation("T1", "C1", "10.000001")
    assert (str(said.author), said.text, said.reply, said.machine) == ("T1/U1", "hola", False, False)
    assert said.source_id == "T1/C1/10.000001"


def test_a_reply_is_said_in_its_thread() -> None:
    said = happening_of(envelope(message(ts="11.000001", thread_ts="10.000001")))

    assert isinstance(said, Said)
    assert (said.where.root, said.reply, said.source_id) == ("10.000001", True, "T1/C1/11.000001")


def test_whoever_writes_from_another_workspace_is_of_that_workspace() -> None:
    said = happening_of(envelope(message(user_team="T2", source_team="T2", team="T1")))

    assert isinstance(said, Said)
    assert str(said.author) == "T2/U1"


def test_a_message_out_of_the_history_has_the_id_that_its_event_had() -> None:
    event = message(ts="11.000001", thread_ts="10.000001")
    past = {name: value for name, value in event.items() if name not in ("channel", "channel_type")}

    assert message_said("T1", "C1", "channel", past) == happening_of(envelope(event))


def test_what_an_app_writes_is_a_machines() -> None:
    said = happening_of(envelope(message(subtype="bot_message", bot_id="B1", user=None)))

    assert isinstance(said, Said)
    assert said.machine


def test_an_edit_is_a_revision_of_the_message() -> None:
    new = {"type": "message", "user": "U1", "text": "adiós", "ts": "10.000001", "edited": {"user": "U1", "ts": "12.0"}}
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "12.1", "message": new,
             "previous_message": {**new, "text": "hola", "edited": None}}  # fmt: skip
    revised = happening_of(envelope(event))

    assert isinstance(revised, Revised)
    assert (revised.text, revised.ts) == ("adiós", "10.000001")
    assert revised.source_id.startswith("T1/C1/10.000001/edited/12.0/")
    assert revised.at == time_of("12.1")


def edit(text: str, edited: str, told: str | None, *, before: str = "hola", edited_before: str = "") -> Revised:
    """An edit: the second that Slack names with the message, and the moment of the event, which history has not."""
    old = {"type": "message", "user": "U1", "text": before, "ts": "10.000001"}
    old |= {"edited": {"user": "U1", "ts": edited_before}} if edited_before else {}
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "previous_message": old,
             "message": {**old, "text": text, "edited": {"user": "U1", "ts": edited}}}  # fmt: skip
    revised = happening_of(envelope(event if told is None else {**event, "ts": told, "event_ts": told}))
    assert isinstance(revised, Revised)
    return revised


def test_two_edits_within_a_second_are_two_and_have_an_order() -> None:
    first = edit("uno", "12.000000", "12.300000")
    second = edit("dos", "12.000000", "12.700000", before="uno", edited_before="12.000000")

    assert first.source_id != second.source_id
    assert (first.at, second.at) == (time_of("12.300000"), time_of("12.700000"))


def test_an_edit_has_one_id_whether_an_event_told_of_it_or_the_history() -> None:
    told, read = edit("uno", "12.000000", "12.300000"), edit("uno", "12.000000", None)

    assert told.source_id == read.source_id
    assert read.at == time_of("12.000000")


@pytest.mark.parametrize(
    ("edited", "told", "at"),
    [
        ("12.000000", "13.100000", "12.999999"),
        ("12.000000", "11.900000", "12.000000"),
        ("12.000000", "x", "12.000000"),
        ("x", "12.300000", "12.300000"),
        ("9" * 40 + ".0", "12.300000", "12.300000"),
    ],
)
def test_an_edit_was_made_in_the_second_that_its_stamp_says(edited: str, told: str, at: str) -> None:
    assert edit("uno", edited, told).at == time_of(at)


def test_an_edit_without_any_time_is_still_an_edit() -> None:
    assert edit("uno", "x", None).at is None


def test_a_preview_that_slack_adds_is_no_edit() -> None:
    new = {"type": "message", "user": "U1", "text": "https://a.example", "ts": "10.000001", "attachments": [{}]}
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "12.1", "message": new,
             "previous_message": {**new, "attachments": None}}  # fmt: skip

    assert happening_of(envelope(event)) is None


def test_a_message_that_is_taken_back_has_no_words() -> None:
    before = {"type": "message", "user": "U1", "text": "hola", "ts": "10.000001"}
    event = {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "10.000001",
             "ts": "13.1", "previous_message": before}  # fmt: skip
    revised = happening_of(envelope(event))

    assert isinstance(revised, Revised)
    assert (revised.text, revised.source_id, revised.at) == (None, "T1/C1/10.000001/deleted", time_of("13.1"))


def test_a_first_message_that_is_taken_back_under_its_replies_is_its_authors_and_not_slackbots() -> None:
    before = {"type": "message", "user": "U1", "user_team": "T2", "text": "hola", "ts": "10.000001", "reply_count": 1}
    stone = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted.",
             "ts": "10.000001", "thread_ts": "10.000001", "hidden": True}  # fmt: skip
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "13.1", "message": stone,
             "previous_message": before}  # fmt: skip
    gone = {"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "14.1", "deleted_ts": "10.000001",
            "previous_message": stone}  # fmt: skip
    revised = happening_of(envelope(event))

    assert isinstance(revised, Revised)
    assert (revised.text, str(revised.author), revised.source_id) == (None, "T2/U1", "T1/C1/10.000001/deleted")
    assert happening_of(envelope(gone)) is None
    assert happening_of(envelope({**event, "previous_message": {**before, "bot_id": "B1"}})) is None
    assert happening_of(envelope({**event, "previous_message": None})) is None


def test_a_reaction_is_to_a_message() -> None:
    event = {"type": "reaction_added", "user": "U1", "reaction": "ticket", "item_user": "U2", "event_ts": "1.1",
             "item": {"type": "message", "channel": "C1", "ts": "10.000001"}}  # fmt: skip

    assert happening_of(envelope(event)) == Reacted(
        "C1", "10.000001", "U1", "ticket", "Ev1", envelope(event)["team_id"]
    )


def test_files_come_with_where_to_fetch_them_unless_slack_keeps_them() -> None:
    file = {"id": "F1", "name": "a.png", "mimetype": "image/png", "size": 7, "url_private_download": "https://files/x"}
    gone = {"id": "F2", "mode": "tombstone", "url_private": "https://files/y"}
    said = happening_of(envelope(message(subtype="file_share", files=[file, gone])))

    assert isinstance(said, Said)
    assert [(one.name, one.size_bytes, one.url) for one in said.files] == [
        ("a.png", 7, "https://files/x"),
        ("F2", 0, None),
    ]


@pytest.mark.parametrize("broken", [
    {}, {"type": "event_callback"}, envelope({}), envelope({"type": "message"}), envelope(message(ts=None)),
    envelope(message(channel=7)), envelope({"type": "message", "subtype": "message_changed", "channel": "C1"}),
    envelope({"type": "reaction_added", "item": None}), envelope(message(subtype="channel_join")),
])  # fmt: skip
def test_what_is_no_message_or_broken_is_nothing(broken: dict[str, Any]) -> None:
    assert happening_of(broken) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=12,
)


@given(st.dictionaries(FIELDS, JSON, max_size=9), st.sampled_from(["message", "reaction_added"]), SUBTYPES)
def test_whatever_slack_sends_is_read_without_an_error(event: dict[str, Any], kind: str, subtype: str | None) -> None:
    happening_of(envelope({**event, "type": kind, "subtype": subtype}))


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not here")
def test_recorded_payloads_tell_what_they_say() -> None:
    told = {}
    for path in sorted(RECORDED.glob("event_callback-*.json")):
        found = happening_of(json.loads(path.read_text()))
        told[path.name.split("-")[1]] = type(found).__name__

    assert told["message"] == "Said"
    assert told["message.file_share"] == "Said"
    assert told["message.thread_broadcast"] == "Said"
    assert told["message.bot_message"] == "Said"
    assert told["message.message_changed"] == "Revised"
    assert told["reaction_added"] == "Reacted"
    assert {told[name] for name in told if not name.startswith(("message", "reaction"))} == {"NoneType"}


@pytest.mark.parametrize(
    ("envelope", "ours"),
    [
        ({"team_id": "T1"}, True),
        ({"team_id": "T2"}, False),
        ({"team_id": "T2", "authorizations": []}, False),
        ({"team_id": "T2", "authorizations": [{"team_id": "T2"}]}, False),
        ({"team_id": "T2", "authorizations": [{"team_id": "T1"}]}, True),
        ({"team_id": "T2", "context_team_id": "T1"}, True),
        ({"team_id": "T1", "context_team_id": "T2", "authorizations": [{"team_id": "T2"}]}, False),
        ({"team_id": "T2", "authorizations": [{"team_id": None, "is_enterprise_install": True}]}, True),
        ({"authorizations": [7]}, False),
        ({"authorizations": 7, "context_team_id": {}, "team_id": []}, False),
    ],
)
def test_what_is_heard_in_a_shared_channel_is_heard_at_home_and_what_another_workspace_hears_is_not(
    envelope: dict[str, Any], ours: bool
) -> None:
    assert is_heard_in("T1", envelope) is ours


def test_a_conversation_reads_what_it_writes() -> None:
    where = Conversation("T024BE7LD", "C024BE91L", "1355517523.000005")

    assert Conversation.parse(str(where)) == where
    with pytest.raises(ValueError, match="no conversation of Slack"):
        Conversation.parse("somewhere")


def test_a_time_stamp_is_a_time_to_the_microsecond() -> None:
    assert time_of("1355517523.000005").isoformat() == "2012-12-14T20:38:43.000005+00:00"


def test_what_slack_itself_tells_or_reminds_of_is_a_machines() -> None:
    said = happening_of(envelope(message(user="USLACKBOT", text="Reminder: backups.")))

    assert isinstance(said, Said)
    assert said.machine


def test_what_the_app_itself_shares_is_a_machines_although_only_its_user_is_named() -> None:
    ours = {"authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": True}]}
    own = happening_of(envelope(message(user="UBOT", subtype="file_share", files=[{"id": "F1"}]), **ours))
    other = happening_of(envelope(message(), **ours))
    before = {"ts": "10.000001", "user": "UBOT", "text": "x"}
    event = {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "10.000001"}

    assert isinstance(own, Said)
    assert isinstance(other, Said)
    assert (own.machine, other.machine) == (True, False)
    assert happening_of(envelope({**event, "previous_message": before}, **ours)) is None

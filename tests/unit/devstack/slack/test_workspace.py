"""The state: order of messages, threads, composing, keeping, lending, what is filled in, what goes wrong on purpose."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.slack import channel_log, membership, posting, saving
from ventanilla_devstack.slack.composing import compose, compose_command, mentioned_users, uncompose
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.faults import Faults
from ventanilla_devstack.slack.ids import fixed_id, is_ts, make_ts, new_id, ts_micros
from ventanilla_devstack.slack.records import Channel, Json, Message
from ventanilla_devstack.slack.seed import Agent, Seed, new_workspace, read_seed
from ventanilla_devstack.slack.signing import sign
from ventanilla_devstack.slack.view_state import current_values, filled_state, missing_answers
from ventanilla_devstack.slack.workspace import Workspace


def made(seed: Seed | None = None) -> Workspace:
    return new_workspace(seed or Seed(), lambda: 1_700_000_000.0)


def say(workspace: Workspace, channel: Channel, text: str, thread_ts: str = "") -> Message:
    user = workspace.person("carmen").id
    return posting.post(workspace, channel, Message("", channel.id, user, text, thread_ts=thread_ts))


@given(st.lists(st.floats(0, 4e9), min_size=1, max_size=30))
def test_time_stamps_ascend_whatever_the_clock_does(moments: list[float]) -> None:
    last = "0.000000"
    for moment in moments:
        ts = make_ts(moment, last)
        assert is_ts(ts)
        assert ts_micros(ts) > ts_micros(last)
        last = ts


def test_ids_have_the_form_of_slacks_and_seeded_ones_stay_the_same() -> None:
    assert new_id("U") != new_id("U")
    assert len(new_id("C")) == 11
    assert fixed_id("U", "a", "b") == fixed_id("U", "a", "b") != fixed_id("U", "ab")
    assert not is_ts("yesterday")
    assert not is_ts(7)


def test_messages_of_one_moment_have_names_of_their_own() -> None:
    workspace = made()
    channel = workspace.channel_named("ayuda")

    stamps = [say(workspace, channel, str(number)).ts for number in range(100)]

    assert stamps == sorted(set(stamps))
    assert list(channel.messages) == stamps


@given(st.integers(1, 12), st.integers(1, 5), st.booleans())
def test_pages_of_history_join_to_the_whole(count: int, limit: int, forwards: bool) -> None:
    workspace = made()
    channel = workspace.channel_named("ayuda")
    expected = [say(workspace, channel, str(number)).ts for number in range(count)]
    found: list[str] = []
    edge = ""
    for _ in range(count + 1):
        page, edge = channel_log.history(
            channel,
            oldest=edge if forwards else "",
            latest="" if forwards else edge,
            inclusive=True,
            limit=limit,
            forwards=forwards,
        )
        assert [message.ts for message in page] == sorted((message.ts for message in page), reverse=True)
        found += [message.ts for message in page]
        if not edge:
            break

    assert sorted(found) == expected


def test_the_oldest_messages_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_log, "MESSAGES_KEPT", 3)
    workspace = made()
    channel = workspace.channel_named("ayuda")

    for number in range(5):
        say(workspace, channel, str(number))

    assert [message.text for message in channel.messages.values()] == ["2", "3", "4"]


def test_a_thread_counts_its_replies_and_forgets_deleted_ones() -> None:
    workspace = made()
    channel = workspace.channel_named("ayuda")
    parent = say(workspace, channel, "parent")
    replies = [say(workspace, channel, str(number), parent.ts) for number in range(3)]

    posting.delete(workspace, channel, replies[2])

    rollup = channel_log.thread_rollup(channel, parent.ts)
    assert (rollup["reply_count"], rollup["latest_reply"]) == (2, replies[1].ts)
    for reply in replies[:2]:
        posting.delete(workspace, channel, reply)
    assert channel_log.thread_rollup(channel, parent.ts) == {}


def test_nobody_replies_to_a_notice_or_to_nothing() -> None:
    workspace = made()
    channel = workspace.channel_named("soporte")
    membership.join(workspace, channel, workspace.person("john"))
    [notice] = channel.messages

    with pytest.raises(Refused, match="cannot_reply_to_message"):
        posting.check_thread(channel, notice)
    with pytest.raises(Refused, match="thread_not_found"):
        posting.check_thread(channel, "1.000000")


def test_what_a_person_types_becomes_markup_and_the_rest_is_inert() -> None:
    workspace = made()
    eva, channel = workspace.person("soporte-eva"), workspace.channel_named("ayuda")

    text, blocks = compose(
        "@soporte-eva & <!channel> #ayuda https://x.example/a?b=1&c=2, ana@x.example :eyes: @nobody",
        workspace.users,
        workspace.channels,
    )

    assert text == (
        f"<@{eva.id}> &amp; &lt;!channel&gt; <#{channel.id}|ayuda> <https://x.example/a?b=1&amp;c=2>, "
        "<mailto:ana@x.example|ana@x.example> :eyes: @nobody"
    )
    kinds = [element["type"] for element in blocks[0]["elements"][0]["elements"]]
    assert kinds == ["user", "text", "channel", "text", "link", "text", "link", "text", "emoji", "text"]
    parsed = Block.parse(blocks[0])
    assert parsed is not None
    assert parsed.to_dict()["type"] == "rich_text"
    assert mentioned_users(text) == [eva.id]


def test_what_is_typed_behind_a_command_is_escaped_and_mentions_carry_their_names() -> None:
    workspace = made()
    eva, channel = workspace.person("soporte-eva"), workspace.channel_named("ayuda")
    typed = "@soporte-eva & <!channel> #ayuda https://x.example/?a=1&b=2 ana@x.example @nobody"
    escaped = compose_command(typed, workspace.users, workspace.channels, should_escape=True)
    plain = compose_command(typed, workspace.users, workspace.channels, should_escape=False)

    assert escaped == (
        f"<@{eva.id}|soporte-eva> &amp; &lt;!channel&gt; <#{channel.id}|ayuda> <https://x.example/?a=1&amp;b=2> "
        "<mailto:ana@x.example|ana@x.example> @nobody"
    )
    assert plain == "@soporte-eva &amp; &lt;!channel&gt; #ayuda https://x.example/?a=1&amp;b=2 ana@x.example @nobody"


@given(st.text(max_size=60).filter(lambda text: "@" not in text and "#" not in text))
def test_what_was_typed_can_be_typed_again(text: str) -> None:
    written, _ = compose(text, {}, {})

    assert uncompose(written, {}) == text
    assert "<!" not in written


def test_a_workspace_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    workspace = made()
    channel = workspace.channel_named("ayuda")
    parent = say(workspace, channel, "señal")
    say(workspace, channel, "reply", parent.ts)
    posting.add_reaction(workspace, channel, parent, workspace.person("john"), "eyes")

    saving.save(workspace, tmp_path / "slack.json")
    back = saving.load(tmp_path / "slack.json", lambda: 1_700_000_001.0)

    assert back is not None
    assert back.channels == workspace.channels
    assert back.users == workspace.users
    assert back.apps == workspace.apps
    assert say(back, back.channel_named("ayuda"), "later").ts > parent.ts
    assert saving.load(tmp_path / "absent.json", lambda: 0.0) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1}'])
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "slack.json"
    path.write_text(content)

    with pytest.raises(Unsuitable, match="delete it to begin a new one"):
        saving.load(path, lambda: 0.0)


def test_a_seed_names_teams_agents_and_secrets(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    eva = {"handle": "eva", "name": "Eva", "email": "eva@desk.example"}
    ana = {"handle": "ana", "name": "Ana", "email": "ana@x.example", "locale": "es-ES"}
    teams = [{"handle": "first-line", "agents": [eva]}, {"handle": "sap"}]
    path.write_text(json.dumps({"teams": teams, "people": [ana], "app": {"signing_secret": "given"}}))

    workspace = made(read_seed(path))

    [app] = workspace.apps.values()
    assert app.signing_secret == "given"
    assert workspace.person("eva").email == "eva@desk.example"
    assert workspace.person("sap-eva").id in workspace.channel_named("sap").members
    assert workspace.person("ana").id in workspace.channel_named("ayuda").members
    again = made(read_seed(path))
    assert list(again.users) == list(workspace.users), "ids stay from one start to the next"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"team": []}', '{"teams": [{}]}', '{"teams": [{"handle": "x", "agents": [{}]}]}']
)
def test_a_bad_seed_is_refused_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "seed.json"
    path.write_text(content)

    with pytest.raises(Unsuitable, match="is no seed"):
        read_seed(path)


def test_agents_have_a_channel_that_is_theirs() -> None:
    workspace = made(Seed(teams={"net": (Agent("eva", "Eva", "eva@x.example"),)}))

    channel = workspace.channel_named("net")

    assert channel.kind == "private"
    assert workspace.person("eva").id in channel.members
    assert workspace.person("carmen").id not in channel.members


FIELD: Json = {"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "L"}}
SELECT: Json = {
    "type": "static_select",
    "action_id": "a",
    "options": [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}],
}


@pytest.mark.parametrize(
    ("element", "value", "state"),
    [
        ({"type": "plain_text_input"}, "x", {"type": "plain_text_input", "value": "x"}),
        ({"type": "plain_text_input"}, "", {"type": "plain_text_input", "value": None}),
        (SELECT, "1", {"type": "static_select", "selected_option": SELECT["options"][0]}),
        (SELECT, None, {"type": "static_select", "selected_option": None}),
        (
            {**SELECT, "type": "multi_static_select"},
            ["1"],
            {"type": "multi_static_select", "selected_options": SELECT["options"]},
        ),
        ({"type": "users_select"}, "U1", {"type": "users_select", "selected_user": "U1"}),
        ({"type": "multi_users_select"}, "U1", {"type": "multi_users_select", "selected_users": ["U1"]}),
        ({"type": "datepicker"}, "2026-01-05", {"type": "datepicker", "selected_date": "2026-01-05"}),
        ({"type": "datetimepicker"}, 1700000000, {"type": "datetimepicker", "selected_date_time": 1700000000}),
    ],
)
def test_what_is_chosen_has_slacks_shape(element: Json, value: object, state: Json) -> None:
    assert filled_state({"action_id": "a", **element}, value) == state


def test_only_what_is_offered_can_be_chosen() -> None:
    with pytest.raises(Refused, match="no_such_option"):
        filled_state(SELECT, "2")
    external = {"type": "external_select", "action_id": "a"}
    offered = [{"text": {"type": "plain_text", "text": "T"}, "value": "9"}]
    assert filled_state(external, "9", offered)["selected_option"]["value"] == "9"


@pytest.mark.parametrize(
    ("element", "value", "refused"),
    [
        ({"type": "plain_text_input"}, "", True),
        ({"type": "plain_text_input", "min_length": 3}, "ab", True),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", True),
        ({"type": "plain_text_input"}, "ok", False),
        ({"type": "email_text_input"}, "nobody", True),
        ({"type": "email_text_input"}, "ana@x.example", False),
        ({"type": "url_text_input"}, "x.example", True),
        ({"type": "number_input", "is_decimal_allowed": True}, "seven", True),
        ({"type": "number_input", "is_decimal_allowed": True}, "7.5", False),
    ],
)
def test_slack_refuses_what_is_missing_or_wrong_before_it_asks_the_app(
    element: Json, value: str, refused: bool
) -> None:
    block = {**FIELD, "element": {"action_id": "a", **element}}
    values = current_values([block], {"b": {"a": filled_state(block["element"], value)}})

    assert bool(missing_answers([block], values)) is refused


def test_an_optional_field_may_stay_empty_and_starts_as_the_app_says() -> None:
    block = {**FIELD, "optional": True, "element": {"type": "plain_text_input", "action_id": "a", "initial_value": "x"}}

    assert current_values([block], {}) == {"b": {"a": {"type": "plain_text_input", "value": "x"}}}
    empty = current_values([block], {"b": {"a": {"type": "plain_text_input", "value": None}}})
    assert missing_answers([block], empty) == {}


def test_a_signature_is_the_one_of_slacks_documentation() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
        b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
        b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
        b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )

    headers = sign("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, body)

    assert headers["X-Slack-Signature"] == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_a_fault_hits_as_often_as_it_should() -> None:
    faults = Faults(lambda: 0.0)
    faults.add("ratelimited", "a", calls=2)
    faults.add("wait", calls=1)

    hits = [faults.next_for(name) for name in ("a", "b", "a", "a", "b")]

    assert [hit.kind if hit else None for hit in hits] == ["ratelimited", "wait", "ratelimited", None, None]
    faults.doubled_events = 1
    assert [faults.copies_of_event() for _ in range(2)] == [2, 1]
    faults.dropped_events = -1
    assert [faults.copies_of_event() for _ in range(2)] == [0, 0]

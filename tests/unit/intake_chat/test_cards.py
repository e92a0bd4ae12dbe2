"""Wishes for cards, where cards stand, and what is remembered of them."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from intake_chat.domain.slack.cards.kept import Attempt, Kept
from intake_chat.domain.slack.cards.team_channels import TeamChannels
from intake_chat.handlers.cards.wishes import CardWishes, renew_menu
from intake_chat.settings import Settings
from tests.unit.intake_chat.card_world import Bucket
from ventanilla_runtime.delivery import Batch, Delivery


def event(type_: str, number: Any, **more: Any) -> Delivery:
    body = orjson.dumps({"id": "x", "ticket": {"number": number}, **more})
    return Delivery("s", body, {"ce-type": f"{type_}.v1"}, "TICKETS", "x", 1, 1, 10**18, "")


def changed(number: int, *fields: str) -> Delivery:
    return event("ticket.changed", number, changes=[{"field": field, "old": 1, "new": 2} for field in fields])


async def test_a_thousand_changes_of_a_ticket_are_one_wish() -> None:
    bucket = Bucket()
    await CardWishes(bucket).handle(Batch([changed(7, "priority") for _ in range(1_000)]))

    assert bucket.values == {"wanted.7": (b"1", 1)}


async def test_a_used_menu_is_a_wish_for_another_one_and_rubbish_is_none() -> None:
    bucket = Bucket()
    for value in ("", "x", "-1", "7.lines", "9" * 40, "٧"):
        await renew_menu(bucket, value)
    assert bucket.values == {}

    await renew_menu(bucket, "7")
    first = bucket.values["menu.7"]
    await renew_menu(bucket, "7")

    assert set(bucket.values) == {"menu.7", "wanted.7"}
    assert bucket.values["menu.7"][0] != first[0]


async def test_what_a_thread_has_to_say_is_a_wish_of_its_own() -> None:
    bucket = Bucket()
    deliveries = [
        changed(1, "tags"), changed(2, "priority", "team"), event("ticket.created", 3),
        event("ticket.service_level", 4), event("ticket.message_added", 5), event("ticket.something_new", 6),
        changed(7, "verification"),
    ]  # fmt: skip
    await CardWishes(bucket).handle(Batch(deliveries))

    assert {key for key in bucket.values if key.count(".") == 1} == {f"wanted.{number}" for number in range(1, 8)}
    assert {key for key in bucket.values if key.count(".") == 2} == {f"wanted.{number}.lines" for number in range(2, 8)}


@pytest.mark.parametrize("number", [None, "7", 0, -1, 2**63, "7.lines", [7]])
async def test_an_event_that_names_no_ticket_is_poison_and_holds_up_no_other(number: Any) -> None:
    bucket = Bucket()
    batch = Batch([event("ticket.created", number), event("ticket.created", 9)])
    await CardWishes(bucket).handle(batch)

    assert list(batch.rejected) == [batch.deliveries[0]]
    assert set(bucket.values) == {"wanted.9", "wanted.9.lines"}


async def test_what_is_no_json_is_poison_too() -> None:
    batch = Batch([Delivery("s", b"{", {}, "TICKETS", "x", 1, 1, 10**18, "")])
    await CardWishes(Bucket()).handle(batch)

    assert len(batch.rejected) == 1


def test_a_team_has_its_channel_and_behind_it_the_one_for_the_rest() -> None:
    teams = TeamChannels.parse(" first-line=C1AB , billing=G2,*=C9 ")

    assert (teams.of("first-line"), teams.of("billing"), teams.of("new")) == (("C1AB", "C9"), ("G2", "C9"), ("C9",))
    assert TeamChannels.parse("first-line=C1").of("new") == ()
    assert TeamChannels.parse("*=C9,a=C9").of("a") == ("C9",)
    assert not TeamChannels.parse("")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("first-line", "must be a team and a channel"),
        ("First Line=C1", "must be a team and a channel"),
        ("a=#general", "no id of a channel"),
        ("a=D123", "no id of a channel"),
        ("a=", "no id of a channel"),
        ("a=C1,a=C2", "stands there twice"),
    ],
)
def test_a_setting_that_names_no_channels_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TeamChannels.parse(text)


SETTINGS = {
    "INTAKE_CHAT_SLACK_BOT_TOKEN": "xoxb-1",
    "INTAKE_CHAT_SLACK_APP_TOKEN": "xapp-1",
    "INTAKE_CHAT_SLACK_CHANNELS": "C5",
    "INTAKE_CHAT_TICKETS_TOKEN": "t",
}


def settings(monkeypatch: pytest.MonkeyPatch, **more: str) -> Settings:
    for name, value in {**SETTINGS, **{f"INTAKE_CHAT_{name}": value for name, value in more.items()}}.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_cards_are_for_the_desk_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    good = settings(monkeypatch, SLACK_TEAM_CHANNELS="a=C1,*=C2", DESK_URL="https://desk.example/desk/")
    assert good.slack_team_channels.of("b") == ("C2",)
    assert good.desk_url == "https://desk.example/desk"

    with pytest.raises(ValidationError, match="customers would read what is internal"):
        settings(monkeypatch, SLACK_TEAM_CHANNELS="a=C5")
    with pytest.raises(ValidationError, match="stands there twice"):
        settings(monkeypatch, SLACK_TEAM_CHANNELS="a=C1,a=C2")


def test_cards_need_a_token_of_the_ticket_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SETTINGS, "INTAKE_CHAT_TICKETS_TOKEN")
    with pytest.raises(ValidationError, match="cards need INTAKE_CHAT_TICKETS_TOKEN"):
        settings(monkeypatch, SLACK_TEAM_CHANNELS="a=C1")


ATTEMPTS = st.none() | st.builds(Attempt, st.text(max_size=9), st.floats(0, 1e10), st.text(max_size=9), st.just("C1"))


@given(
    st.builds(
        Kept,
        channel=st.sampled_from(["", "C1"]),
        ts=st.sampled_from(["", "1.000001"]),
        shown=st.text(max_size=9),
        posting=ATTEMPTS,
        older=st.lists(st.tuples(st.just("C2"), st.just("2.000001")), max_size=3).map(tuple),
        looked=st.booleans(),
        extract=st.text(max_size=50),
        similar=st.lists(st.fixed_dictionaries({"number": st.integers(1, 9)}), max_size=3).map(tuple),
        told=st.integers(0, 99),
        cursor=st.none() | st.text(max_size=9),
        telling=ATTEMPTS,
    )
)
def test_what_is_kept_is_read_again_as_it_was_written(kept: Kept) -> None:
    assert Kept.parse(kept.written()) == kept


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"7", b'{"posting": {"new": 1}}', b'{"older": 3}'])
def test_a_record_that_nobody_can_read_is_that_of_no_card(value: bytes | None) -> None:
    assert Kept.parse(value) == Kept()


def test_a_field_of_a_later_release_is_left_alone() -> None:
    assert Kept.parse(b'{"ts": "1.000001", "tomorrow": 1}') == Kept(ts="1.000001")


def test_a_ticket_that_moves_about_leaves_a_bounded_number_of_cards_behind() -> None:
    kept = Kept()
    for number in range(20):
        kept = kept.posted(f"C{number}", f"{number}.000001", "x")

    assert kept.older == tuple((f"C{number}", f"{number}.000001") for number in range(14, 19))

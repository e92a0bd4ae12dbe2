"""Ways in: what a request, a handed-in message and a reaction become, however often they are read."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.entry.happenings import HandedIn, Requested, hand_in, request, what_happened
from intake_chat.domain.slack.events import Author, Reacted, Revised, Said
from intake_chat.domain.slack.normalise import Profile, received
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import DeskAway, SlackAway
from tests.unit.intake_chat.entry_rig import CARMEN, EVA, HOME, STRANGER, THEIRS, Agents, Rig, line, payload, shown

# Requests


def test_a_request_is_read_back_as_it_was_accepted() -> None:
    envelope = request("abc", Author(HOME, CARMEN), "La impresora", "100.5")

    assert what_happened(orjson.loads(orjson.dumps(envelope))) == Requested(
        "abc", Author(HOME, CARMEN), "La impresora", "100.5"
    )
    assert what_happened({**envelope, "text": "  "}) is None
    assert what_happened({**envelope, "at": "yesterday"}) is None


async def test_a_request_that_is_read_twice_begins_one_conversation() -> None:
    rig = Rig()
    asked = Requested("abc", Author(HOME, CARMEN), "a <b> & c\n@here", "100.000000")
    first, again = await rig.heard(asked), await rig.heard(asked)

    assert first == again
    assert str(first.said.where) == "T1/DU1/101.000001"
    assert [post[:2] for post in rig.slack.posts] == [
        ("DU1", "Tu petición a la mesa de ayuda:\n>a &lt;b&gt; &amp; c\n>@here")
    ]
    assert received(first.said, Profile(), {}).text == "a <b> & c\n@here"


async def test_a_post_that_was_cut_off_is_found_again() -> None:
    rig = Rig()
    asked = Requested("abc", Author(HOME, CARMEN), "hola", "100.000000")
    rig.slack.cut_off = True
    with pytest.raises(SlackAway):
        await rig.heard(asked)
    rig.slack.cut_off = False

    assert (await rig.heard(asked)).said.ts == "101.000001"
    assert len(rig.slack.posts) == 1


async def test_what_is_written_below_a_request_soon_goes_on_with_it() -> None:
    rig = Rig()
    asked = await rig.heard(Requested("abc", Author(HOME, CARMEN), "hola", "100.000000"))

    assert (await rig.heard(line("200.000000"))).said.where.root == asked.said.ts


async def test_a_strangers_request_stands_in_our_workspace_and_goes_on_with_what_they_write_there() -> None:
    rig = Rig()
    asked = await rig.heard(Requested("abc", Author(THEIRS, STRANGER), "hola", "100.000000"))
    later = replace(line("200.000000", f"D{STRANGER}"), author=Author(THEIRS, STRANGER))

    assert (asked.said.where.team, asked.said.author) == (HOME, Author(THEIRS, STRANGER))
    assert (await rig.heard(later)).said.where == asked.said.where


async def test_whoever_reacts_is_of_their_own_workspace() -> None:
    rig = Rig()
    rig.slack.shown["20.000000"] = shown("20.000000", user=STRANGER)
    heard = await rig.heard(Reacted("C7", "20.000000", STRANGER, "ticket", "Ev1", HOME))

    assert (heard.said.author, heard.said.where.team) == (Author(THEIRS, STRANGER), HOME)


async def test_a_request_of_somebody_whom_slack_lets_nobody_write_to_is_heard_all_the_same() -> None:
    rig = Rig()
    rig.slack.unreachable = {CARMEN}
    heard = await rig.heard(Requested("abc", Author(HOME, CARMEN), "hola", "100.000000"))

    assert (heard.placeless, heard.said.text) == (True, "hola")


# Messages that are handed in


def handed(message: dict[str, Any], by: str = EVA, channel: str = "C9") -> HandedIn:
    envelope = hand_in(Author(HOME, by), payload(message, channel))
    assert envelope is not None
    found = what_happened(orjson.loads(orjson.dumps(envelope)))
    assert isinstance(found, HandedIn)
    return found


async def test_a_handed_in_message_keeps_author_thread_and_id_and_its_thread_is_heard() -> None:
    rig = Rig()
    reply = shown("20.000000", thread_ts="10.000000")
    elsewhere = Said(
        Conversation(HOME, "C9", "10.000000"), "21.000000", Author(HOME, "U5"), "", "channel", True, False, ()
    )
    before = await rig.ways.hears(elsewhere)
    heard = await rig.heard(handed(reply))

    assert heard.said.author == Author(HOME, CARMEN)
    assert (heard.by, heard.id) == (Author(HOME, EVA), None)
    assert str(heard.said.where) == "T1/C9/10.000000"
    assert (before, await rig.ways.hears(elsewhere)) == (False, True)
    assert await rig.ways.hears(Revised(elsewhere.where, "20.000000", Author(HOME, CARMEN), "x", "edited/1"))
    assert not await rig.ways.hears(replace(elsewhere, reply=False, where=Conversation(HOME, "C9", "21.000000")))
    assert (await rig.heard(handed(reply, by="U8"))).said == heard.said


async def test_whoever_hands_in_their_own_message_has_brought_nothing() -> None:
    assert (await Rig().heard(handed(shown("20.000000"), by=CARMEN))).by is None


async def test_where_the_app_is_not_it_becomes_the_matter_of_whoever_hands_it_in() -> None:
    rig = Rig()
    heard = await rig.heard(handed(shown("20.000000", "secreto"), channel="D9"))

    assert heard.said.author == Author(HOME, EVA)
    assert heard.said.where.channel == "DU2"
    assert heard.said.text == "secreto\n\n(Lo escribió u1.)"


@pytest.mark.parametrize("key", [None, "thread.C9.20.000000"])
async def test_what_agents_write_among_themselves_never_becomes_a_customers_conversation(key: str | None) -> None:
    rig = Rig()
    if key:
        rig.state.values[key] = (b"1", 1)
    heard = await rig.heard(handed(shown("20.000000"), channel="C9" if key else "C7"))

    assert heard.said.where.channel == "DU2"
    assert not any(name.startswith("heard.") for name in rig.state.values)


async def test_an_alert_is_the_matter_of_whoever_hands_it_in() -> None:
    rig = Rig()
    full = rig.slack.shown["20.000000"] = shown("20.000000", "disk full", user="UALERTS", bot_id="B2")
    alert = await rig.heard(handed(full))

    assert (alert.said.author, alert.said.machine) == (Author(HOME, EVA), False)
    assert alert.said.where.channel == "C9"


@pytest.mark.parametrize(
    "ours",
    [
        {"bot_id": "B1", "metadata": {"event_type": "ventanilla_card", "event_payload": {}}},
        {"bot_id": "B1", "files": [{"id": "F1"}]},  # what is shared with files has no metadata
        {"files": [{"id": "F1"}]},
    ],
)
async def test_words_of_ours_become_the_own_matter_of_whoever_hands_them_in_and_are_never_a_customers(
    ours: dict[str, Any],
) -> None:
    rig = Rig()
    answer = rig.slack.shown["21.000000"] = shown(
        "21.000000", "*Eva Ruiz &amp; Co*\nHecho", user="UBOT", thread_ts="10.0", **ours
    )
    heard = await rig.heard(handed(answer, by=CARMEN))

    assert (heard.said.author, heard.said.where.channel) == (Author(HOME, CARMEN), "DU1")
    assert heard.said.text == "Hecho\n\n(Lo escribió Eva Ruiz &amp; Co.)"
    assert await rig.heard(handed(answer, by=CARMEN)) == heard
    assert await rig.ways.heard(Reacted("C9", "21.000000", EVA, "ticket", "Ev1", HOME)) is None


async def test_what_is_gone_when_it_is_looked_for_is_the_matter_of_whoever_handed_it_in() -> None:
    heard = await Rig().heard(handed(shown("20.000000", "disk full", user="UALERTS", bot_id="B2")))

    assert (heard.said.where.channel, heard.said.text) == ("DU2", "disk full\n\n(Lo escribió ualerts.)")


async def test_a_reaction_counts_from_the_author_and_from_agents() -> None:
    rig = Rig()
    rig.slack.shown["20.000000"] = shown("20.000000")

    def reacted(user: str, reaction: str = "ticket", at: str = "20.000000") -> Reacted:
        return Reacted("C9", at, user, reaction, "Ev1", HOME)

    assert await rig.ways.heard(reacted("U9")) is None
    assert await rig.ways.heard(reacted(CARMEN, "eyes")) is None
    assert await rig.ways.heard(reacted(CARMEN, at="99.000000")) is None
    own, agents = await rig.heard(reacted(CARMEN)), await rig.heard(reacted(EVA))
    assert (own.by, agents.by) == (None, Author(HOME, EVA))
    assert own.said == agents.said


async def test_who_reacts_is_asked_for_again_while_the_desk_is_away() -> None:
    rig = Rig(Agents(away=True))
    rig.slack.shown["20.000000"] = shown("20.000000")

    with pytest.raises(DeskAway):
        await rig.ways.heard(Reacted("C9", "20.000000", EVA, "ticket", "Ev1", HOME))
    assert await rig.ways.heard(Reacted("C9", "20.000000", CARMEN, "ticket", "Ev1", HOME))


async def test_who_reacts_is_asked_for_again_while_nobody_says_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake_chat.handlers.customers.entry._WHO_SECONDS", 0.01)
    rig = Rig(Agents(slow=True))
    rig.slack.shown["20.000000"] = shown("20.000000")

    with pytest.raises(SlackAway):
        await rig.ways.heard(Reacted("C9", "20.000000", EVA, "ticket", "Ev1", HOME))


# Slack Connect


def test_in_a_shared_channel_the_conversation_is_where_we_hear_it_and_the_author_where_they_are_from() -> None:
    said = {"type": "message", "channel": "C1", "user": "U7", "text": "hi", "ts": "1.000000"}
    envelope = {
        "type": "event_callback",
        "team_id": "T2",
        "context_team_id": HOME,
        "event_id": "Ev1",
        "event": said,
    }
    without_context = {**envelope, "authorizations": [{"team_id": HOME}]}
    del without_context["context_team_id"]

    for one in (envelope, without_context):
        found = what_happened(one)
        assert isinstance(found, Said)
        assert (str(found.where), str(found.author)) == ("T1/C1/1.000000", "T2/U7")


def test_somebody_of_another_company_is_shown_with_it() -> None:
    said = Said(Conversation(HOME, "C1", "1.000000"), "1.000000", Author("T2", "U7"), "hi", "channel", False, False, ())
    event = received(said, Profile(name="Marta", organisation="Socio S.L."), {})

    assert (event.sender.name, event.sender.address) == ("Marta (Socio S.L.)", "T2/U7")
    assert event.authentication.grade == "verified"
    assert event.authentication.detail == "signed by Slack; of Socio S.L. (T2)"

"""What somebody filled in in a dialog becomes what the ticket service is asked with."""

from datetime import UTC, datetime

import pytest

from intake_chat.domain.slack.dialogs import (
    block,
    copies,
    handover,
    link,
    merge,
    problem,
    quarantine,
    requester,
    split,
)
from intake_chat.domain.slack.dialogs.answers import Answers, ticket_number
from intake_chat.domain.slack.dialogs.leafing import Leaf, chunks, leaf_of, leafed
from intake_chat.domain.slack.newcomers import Newcomer
from tests.unit.intake_chat.agent_rig import words
from tests.unit.intake_chat.dialogs.builders import denied, held, linked, message, submitted, team, ticket
from ventanilla_devstack.slack.blocks import check_blocks

NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
TEAMS = [team("first-line", "1"), team("net", "2", "Redes"), team("db", "3"), team("old", "2", active=False)]
SEEN = handover.Seen(ticket(), TEAMS, [message()])


def test_escalating_offers_the_teams_above_that_are_at_work() -> None:
    view = handover.view("escalate", SEEN, "es")

    options = view["blocks"][0]["element"]["options"]
    assert [(one["text"]["text"], one["value"]) for one in options] == [
        ("Redes · nivel 2", "team:net"), ("db · nivel 3", "team:db"),
    ]  # fmt: skip


def test_the_handover_note_begins_with_what_is_known() -> None:
    said = [message(), message("agent", "¿Con qué navegador?"), message("customer", "Con Firefox")]

    draft = handover.draft(ticket(), said, "es").splitlines()

    assert draft == [
        "Pregunta: Ana <ana@cliente.example>",
        "Asunto: No puedo entrar",
        "Lo último del cliente: Con Firefox",
        "Lo último que respondimos: ¿Con qué navegador?",
        "Probado hasta ahora: ",
        "Falta: ",
    ]


def test_escalating_asks_for_the_team_that_was_chosen() -> None:
    view = handover.view("escalate", SEEN, "es")
    filled = {
        "to": "team:net",
        "reason": "needs the network team",
        "note": "tried it all",
        "next_update_by": 1_800_000_000,
    }

    wish = handover.parsed(submitted(view, filled))

    assert (wish.ticket, wish.way) == (4711, "escalate")
    assert wish.body() == {
        "team": "net",
        "reason": "needs the network team",
        "note": "tried it all",
        "next_update_by": "2027-01-15T08:00:00+00:00",
        "tell_customer": True,
    }


def test_returning_goes_back_where_it_came_from_or_down_to_a_team() -> None:
    seen = handover.Seen(ticket(tier="2", team="net"), TEAMS, [], "first-line")
    view = handover.view("return", seen, "en")

    back = handover.parsed(submitted(view, {"to": "back:", "reason": "a b c", "note": "a b c", "tell": []}))
    down = handover.parsed(submitted(view, {"to": "team:first-line", "reason": "a b c", "note": "a b c"}))

    assert (back.way, back.body().get("team"), back.tell_customer) == ("return", None, False)
    assert (down.way, down.body()["team"]) == ("de-escalate", "first-line")


@pytest.mark.parametrize("name", ["escalate", "return"])
def test_where_there_is_nowhere_to_go_a_sentence_says_so(name: str) -> None:
    view = handover.view(name, handover.Seen(ticket(tier="3" if name == "escalate" else "1"), TEAMS), "es")

    assert "submit" not in view
    assert len(view["blocks"]) == 1


def test_merging_asks_for_what_was_ticked() -> None:
    view = merge.view(ticket(), "es")

    plain = merge.parsed(submitted(view, {"into": "9", "reason": "the same printer"}))
    shared = merge.parsed(submitted(view, {"into": "9", "reason": "the same printer", "options": ["share"]}))

    assert plain.body() == {"into": 9, "reason": "the same printer", "tell_customer": True, "share": False}
    assert (shared.tell_customer, shared.share) == (False, True)


def test_linking_asks_for_the_kind_and_parting_for_both_numbers() -> None:
    view = link.view(ticket(), [linked(9)], "es")
    button = view["blocks"][-1]["accessory"]

    wish = link.parsed(submitted(view, {"to": "12", "kind": "caused_by"}))

    assert (wish.ticket, wish.body()) == (4711, {"to": 12, "kind": "caused_by"})
    assert link.unlinked(button["value"]) == (4711, 9)


def test_a_link_from_the_other_end_reads_the_other_way() -> None:
    view = link.view(ticket(), [linked(9, "caused_by", "in"), linked(8, "caused_by", "out")], "en")

    assert [block["text"]["text"].partition(" (")[0] for block in view["blocks"][-2:]] == [
        "causes #9",
        "is caused by #8",
    ]


def test_only_messages_that_can_go_are_offered_for_splitting() -> None:
    said = [
        message(id="a"), message("agent", id="b"), message(id="c", came_by=3), message(id="d", deleted_at="2026-11-27"),
        message(id="e"),
    ]  # fmt: skip

    view = split.view(ticket(), said, TEAMS, "es")
    wish = split.parsed(submitted(view, {"messages": ["e"], "reason": "an invoice, really"}))

    offered = next(one for one in view["blocks"] if one.get("block_id") == "messages")["element"]["options"]
    assert [one["value"] for one in offered] == ["a", "e"]
    assert wish.body() == {"messages": ["e"], "subject": None, "reason": "an invoice, really", "team": None}


def test_the_only_message_of_a_customer_stays() -> None:
    assert "submit" not in split.view(ticket(), [message(), message("agent")], TEAMS, "es")


def test_a_ticket_is_a_problem_or_is_caused_by_one() -> None:
    view = problem.view(ticket(), [], "es")

    assert problem.named(submitted(view, {"which": "is", "to": "9"})) == problem.Named(4711, True, None)
    assert problem.named(submitted(view, {"which": "caused", "to": "9"})) == problem.Named(4711, False, 9)
    assert problem.named(submitted(view, {"which": "caused"})) == problem.Named(4711, False, None)


def test_an_update_to_all_says_only_what_was_written() -> None:
    view = problem.view(ticket(type="problem"), [linked(9, "caused_by", "in")], "es")

    wish = problem.update_of(submitted(view, {"text_en": "It works", "status": "solved", "options": ["internal"]}))

    assert wish.body() == {
        "texts": {"en": "It works"}, "status": "solved", "resolution": None, "cause": None, "internal": True,
    }  # fmt: skip


def test_a_requester_is_a_mail_address_or_somebody_of_slack() -> None:
    by_mail = submitted(requester.view(ticket(), "es"), {"address": " luis@x.example ", "reason": "Ana left us"})
    there = submitted(requester.view(ticket(channel="slack"), "es"), {"person": "U9", "reason": "Ana left us"})

    chosen = requester.parsed(there, Newcomer("T1", "Luis Roldán", machine=False, gone=False, reads=True))
    assert requester.parsed(by_mail, None).address == "luis@x.example"
    assert (chosen.address, chosen.name) == ("T1/U9", "Luis Roldán")
    assert (requester.fields(by_mail)["/address"], requester.fields(there)["/address"]) == ("address", "person")


def test_people_in_copy_can_be_removed_and_the_named_ones_added() -> None:
    people = {
        "items": [{"address": "a@x.example", "name": "", "role": "requester"},
                  {"address": "b@x.example", "name": "B", "role": "cc"}],
        "suggested": [{"address": "c@x.example", "name": "C"}],
    }  # fmt: skip
    view = copies.view(ticket(), people, "es")

    pressed = [copies.pressed(one["accessory"]["value"]) for one in view["blocks"] if "accessory" in one]
    assert pressed == [(4711, "b@x.example"), (4711, "c@x.example")]
    assert copies.parsed(submitted(view, {"address": "d@x.example"})).body() == {"address": "d@x.example", "name": ""}


@pytest.mark.parametrize(
    ("more", "language", "words"),
    [
        ({"channel": "slack", "account": "T1/C1"}, "es", "se responde en Slack, donde no hay copias"),
        ({"channel": "slack", "account": "T1/C1"}, "en", "is answered in Slack, where nobody is in copy"),
        ({"channel": "slack", "account": "T1/D1"}, "es", "en mensajes directos de Slack"),
        ({"channel": "sms"}, "es", "se responde por SMS"),
    ],
)
def test_where_nobody_can_be_in_copy_the_dialog_says_so_at_once_and_has_no_form(
    more: dict[str, str], language: str, words: str
) -> None:
    left = {"items": [{"address": "b@x.example", "name": "B", "role": "cc"}], "suggested": [{"address": "c@x.example"}]}
    view, with_one = (copies.view(ticket(**more), people, language) for people in ({}, left))

    assert words in str(view["blocks"])
    assert "submit" not in view
    assert not [one for one in with_one["blocks"] if one["type"] == "input"]
    pressed = [copies.pressed(one["accessory"]["value"]) for one in with_one["blocks"] if "accessory" in one]
    assert pressed == [(4711, "b@x.example")], "whoever is in copy from before can be taken out"


def test_blocking_names_the_ticket_in_its_note() -> None:
    view = block.view(ticket(), "es", now=NOW)

    wish = block.parsed(submitted(view, {"whom": "cliente.example", "reason": "nothing but offers"}))

    assert wish.body() == {
        "kind": "deny", "sender": "cliente.example", "note": "#4711: nothing but offers", "expires_at": None,
        "ticket": 4711,
    }  # fmt: skip


def test_the_dialog_for_blocking_shows_who_is_blocked_and_lets_them_through_again() -> None:
    named = {"names": {"agents": {"eva": "Eva <b>"}}}
    listed = [denied(1, **named), denied(2, "cliente.example", **named), denied(3, expired=True),
              denied(4, kind="allow")]  # fmt: skip

    view = block.view(ticket(), "en", now=NOW, listed=listed)

    assert [block.unblocked(one["elements"][0]["value"]) for one in view["blocks"] if one["type"] == "actions"] == [
        (4711, 1), (4711, 2),
    ]  # fmt: skip
    shown = words(view)
    [moment] = [part for one in view["blocks"] if one["type"] == "rich_text"
                for part in one["elements"][0]["elements"] if part["type"] == "date"]  # fmt: skip
    assert moment["timestamp"] == int(datetime(2026, 12, 27, 15, tzinfo=UTC).timestamp())
    assert "Blocked by Eva <b> until " in shown
    assert "Blocked for good by Eva <b>: cliente.example" in shown
    assert "agent:" not in shown
    until = next(one for one in view["blocks"] if one.get("block_id") == "until")
    assert until["element"]["initial_date_time"] == int((NOW + block.USUAL).timestamp())


def test_somebody_in_slack_is_blocked_by_name_and_never_by_workspace() -> None:
    person = {"name": "Zoe", "identities": [{"channel": "slack", "address": "T1/U9", "grade": "verified"}]}
    of_zoe = ticket(channel="slack", requester=person)
    listed = [{"id": 4, "kind": "deny", "sender": "T1/U9", "created_by": "agent:eva", "note": "", "expires_at": None}]
    view = block.view(of_zoe, "es", now=NOW, listed=listed)
    [whom] = [one["element"]["options"] for one in view["blocks"] if one.get("block_id") == "whom"]

    assert [(one["text"]["text"], one["value"]) for one in whom] == [("Solo Zoe", "T1/U9")]
    assert "Bloqueado para siempre por eva: Zoe." in str(view["blocks"][0])
    assert not check_blocks(view["blocks"], "modal")


def test_nobody_is_blocked_of_whom_nobody_knows_how_they_write() -> None:
    person = {"name": "Ana", "identities": []}
    assert "submit" not in block.view(ticket(channel="phone", requester=person), "es", now=NOW)


def test_a_decision_about_quarantine_names_its_message() -> None:
    for way in ("release", "reject"):
        view = quarantine.deciding(held(), way, "es")
        wish = quarantine.parsed(submitted(view, {"why": "a real customer"}))
        assert (wish.id, wish.way, wish.body()) == (held()["id"], way, {"why": "a real customer"})


@pytest.mark.parametrize("value", ["", "x", "-1", "0", "١٢", "9" * 30, "4711 "])
def test_what_is_no_number_names_no_ticket(value: str) -> None:
    with pytest.raises(ValueError, match="no ticket's number"):
        ticket_number(value)


@pytest.mark.parametrize("metadata", ["[]", '"x"', "nonsense"])
def test_a_dialog_that_is_not_ours_is_refused(metadata: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Answers({"private_metadata": metadata})


def test_long_texts_are_leafed_through_without_losing_a_line() -> None:
    lines = [f"line {each}" for each in range(5_000)]
    seen: list[str] = []
    leaf = Leaf(4711)
    for _ in range(50):
        shown = leafed("why", leaf, lines, "en")
        seen += [line for one in shown if one["type"] == "rich_text"
                 for line in one["elements"][0]["elements"][0]["text"].split("\n")]  # fmt: skip
        row = shown[-1]["elements"] if shown[-1]["type"] == "actions" else []
        onward = next((one["value"] for one in row if one["action_id"] == "why:onward"), None)
        if onward is None:
            break
        leaf = leaf_of(onward)

    assert seen == lines


def test_a_line_without_end_is_cut() -> None:
    assert [len(text) for text in chunks(["x" * 9_000, "y"])] == [2_600, 1]

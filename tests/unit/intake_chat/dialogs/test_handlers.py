"""What happens between a press and a dialog, and between a submission and the ticket service."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from intake_chat.domain.slack.dialogs import handover, merge, problem, requester
from intake_chat.domain.slack.interactions import Pressed
from intake_chat.errors import DeskAway, DeskRefused, SlackRefused
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.registry import OPENED, Registry
from intake_chat.handlers.dialogs import register
from intake_chat.handlers.dialogs.showing import OWN
from tests.unit.intake_chat.dialogs.builders import entry, held, linked, message, standing, team, ticket, update
from tests.unit.intake_chat.dialogs.fakes import EVA, FakeDesk, FakeViews, Json, look_at, pressed, room, submission
from ventanilla_devstack.slack.blocks import check_view

ROUTING = "/tickets/4711/routing"
EVERYTHING: dict[str, Any] = {
    "/tickets/4711": ticket(),
    "/teams": {"items": [], "next": None},
    "/tickets/4711/messages": {"items": [], "next": None},
    "/tickets/4711/handovers": {"items": []},
    "/tickets/4711/links": {"items": [linked(9)]},
    "/tickets/4711/history": {"items": [entry(1)], "next": None},
    ROUTING: "Por esto.\n",
    "/tickets/4711/service-level/arithmetic": {"until": "2026-11-27T15:00:00+00:00", "clocks": {}, "tier_minutes": {}},
    "/tickets/4711/participants": {"items": [], "suggested": []},
    "/sender-list": {"items": [], "next": None},
    "/quarantine": {"items": [held()], "next": None},
    "/tickets/4711/verification": standing(),
    "/tickets/4711/callbacks": {"items": []},
}
BUTTONS = (
    "escalate", "return", "merge", "link", "split", "problem", "history", "why", "clocks", "requester", "cc", "block",
    "unmerge", "release", "verify", "callback",
)  # fmt: skip


@pytest.mark.parametrize("action", BUTTONS)
async def test_something_stands_there_before_the_desk_is_asked(action: str) -> None:
    registry, desk, views, _ = room(EVERYTHING)

    class Watching(FakeViews):
        async def open(self, trigger_id: str, view: Json) -> str:
            assert not desk.asked
            return await super().open(trigger_id, view)

    watching = Watching()
    register(registry, desk, watching, Background(), look_at)
    await registry.actions[action](pressed(action))

    assert [how for how, _, _ in watching.shown] == ["open", "update"]
    assert not views.shown


async def test_the_trace_is_told_by_the_clock_of_whoever_asks() -> None:
    registry, desk, views, _ = room(EVERYTHING)

    await registry.actions["why"](pressed("why", presser=replace(EVA, zone="Europe/Madrid")))

    assert desk.parameters == [{"language": "es", "zone": "Europe/Madrid"}]
    assert "Por esto." in str(views.shown[-1][2])


async def test_a_desk_that_knows_no_zones_yet_tells_the_trace_all_the_same() -> None:
    class Older(FakeDesk):
        async def text(self, path: str, **parameters: str) -> str:
            if "zone" in parameters:
                raise DeskRefused(422, "invalid", "zone: there is no such parameter")
            return await super().text(path, **parameters)

    registry, views = Registry(), FakeViews()
    register(registry, Older(EVERYTHING), views, Background(), look_at)

    await registry.actions["why"](pressed("why"))

    assert "Por esto." in str(views.shown[-1][2])


@pytest.mark.parametrize("action", BUTTONS)
async def test_a_desk_that_is_away_is_asked_again_by_a_button(action: str) -> None:
    registry, _, views, _ = room({path: DeskAway("slow") for path in EVERYTHING})

    await registry.actions[action](pressed(action))

    [again] = views.shown[-1][2]["blocks"][-1]["elements"]
    assert (again["action_id"], again["value"]) == (action, "4711")


async def test_a_ticket_that_is_not_there_is_named_in_the_agents_language() -> None:
    registry, _, views, _ = room({"/tickets/4711": DeskRefused(404, "not_found", "there is no ticket 4711")})

    await registry.actions["merge"](pressed("merge"))

    assert views.shown[-1][2]["blocks"][0]["text"]["text"] == "⚠ No hay ninguna petición #4711."


@pytest.mark.parametrize(("name", "way"), [("escalate", "escalate"), ("return", "de-escalate")])
async def test_a_handover_note_that_is_as_it_was_opened_is_not_handed_on_and_stays(name: str, way: str) -> None:
    registry, desk, _, _ = room({f"POST /tickets/4711/{way}": {}})
    view = handover.view(name, handover.Seen(ticket(tier="2"), [team("up", "3"), team("down", "1")], [message()]), "es")
    opened = handover.draft(ticket(), [message()], "es")
    filled = {"to": "team:up" if name == "escalate" else "team:down", "reason": "hace falta otro equipo"}

    seen = await registry.submissions[name](submission(view, {**filled, "note": f"{opened.rstrip()}  \n"}))
    assert seen is not None
    assert seen["errors"]["note"].startswith("La nota sigue como se abrió.")
    assert desk.acts == []

    assert await registry.submissions[name](submission(view, {**filled, "note": f"{opened}el cable"})) is None
    assert [path for _, path, *_ in desk.acts] == [f"/tickets/4711/{way}"]


async def test_a_dialog_that_was_closed_meanwhile_is_nobodys_fault() -> None:
    registry, _, views, _ = room(EVERYTHING, FakeViews(gone=frozenset({"V1"})))

    await registry.actions["merge"](pressed("merge"))

    assert [how for how, _, _ in views.shown] == ["open"]


async def test_a_dialog_that_slack_does_not_take_says_so_instead_of_one_moment() -> None:
    class Strict(FakeViews):
        async def update(self, view_id: str, view: Json) -> None:
            if view["callback_id"] == "merge":
                raise SlackRefused("views.update", "invalid_arguments")
            await super().update(view_id, view)

    registry, _, views, _ = room(EVERYTHING, Strict())

    await registry.actions["merge"](pressed("merge"))

    assert views.shown[-1][2]["callback_id"] == "merge.trouble"
    assert "Algo ha fallado" in views.shown[-1][2]["blocks"][0]["text"]["text"]


async def test_an_answer_that_nobody_expected_says_so_instead_of_one_moment() -> None:
    registry, _, views, _ = room({**EVERYTHING, "/tickets/4711": {"number": "no ticket"}})

    await registry.actions["merge"](pressed("merge"))

    assert views.shown[-1][2]["callback_id"] == "merge.trouble"


async def test_the_next_page_shows_in_the_place_of_the_one_before() -> None:
    registry, _, views, _ = room(EVERYTHING)
    view = {"type": "modal", "id": "V5", "callback_id": "history.shown"}

    await registry.actions["history"](pressed("history", "4711 0", view=view))

    assert [(how, id_) for how, id_, _ in views.shown] == [("update", "V5")]


async def test_a_press_in_a_dialog_of_somebody_else_goes_on_top_of_it() -> None:
    registry, _, views, _ = room(EVERYTHING)
    view = {"type": "modal", "id": "V5", "callback_id": "compose"}

    await registry.actions["history"](pressed("history", view=view))

    assert [(how, id_) for how, id_, _ in views.shown] == [("push", "V2"), ("update", "V2")]


async def test_a_dialog_that_is_open_already_is_the_one_that_is_filled() -> None:
    registry, _, views, _ = room(EVERYTHING)
    view = {"type": "modal", "id": "V5", "callback_id": "history.shown"}

    await registry.actions["history"](Pressed(EVA, "history", "4711", f"{OPENED}V9", view=view))

    assert {id_ for _, id_, _ in views.shown} == {"V9"}


async def test_every_dialog_knows_its_own() -> None:
    registry, _, _, _ = room({})

    assert set(registry.submissions) <= OWN
    assert set(BUTTONS) <= set(registry.actions)


async def test_history_is_read_to_its_end_and_shown_from_there() -> None:
    pages = [
        {"items": [entry(each, why=f"({each})") for each in range(200)], "next": "c1"},
        {"items": [entry(200 + each, why=f"({200 + each})") for each in range(21)], "next": None},
    ]
    registry, desk, views, _ = room({"/tickets/4711/history": pages})

    await registry.actions["history"](pressed("history", "4711 1"))

    view = views.shown[-1][2]
    shown = [str(one) for one in view["blocks"] if one["type"] == "rich_text"]
    assert [each.get("cursor") for each in desk.parameters] == [None, "c1"]
    assert len(shown) == 20
    assert "(200)" in shown[0]
    assert "(181)" in shown[-1]
    assert [one["action_id"] for one in view["blocks"][-2]["elements"]] == ["history:back", "history:onward"]


async def test_a_page_beyond_the_end_of_the_history_is_its_last() -> None:
    registry, _, views, _ = room(EVERYTHING)

    await registry.actions["history"](pressed("history", "4711 99"))

    assert [one["type"] for one in views.shown[-1][2]["blocks"]] == ["rich_text", "context"]


async def test_a_ticket_that_no_router_decided_about_says_so() -> None:
    registry, _, views, _ = room({**EVERYTHING, ROUTING: DeskRefused(404, "not_found", "no router decided")})

    await registry.actions["why"](pressed("why"))

    assert "a mano" in views.shown[-1][2]["blocks"][0]["text"]["text"]


async def test_a_ticket_that_nothing_was_promised_for_says_so() -> None:
    path = "/tickets/4711/service-level/arithmetic"
    registry, _, views, _ = room({**EVERYTHING, path: DeskRefused(404, "not_found", "nothing was promised for it")})

    await registry.actions["clocks"](pressed("clocks"))

    assert views.shown[-1][2]["blocks"][0]["text"]["text"] == "No se prometió nada."


async def test_a_submission_is_done_as_the_agent_under_the_dialogs_own_key() -> None:
    registry, desk, _, _ = room({"POST /tickets/4711/merge": ticket()})
    filled = submission(merge.view(ticket(), "es"), {"into": "9", "reason": "the same printer"})

    answer = await registry.submissions["merge"](filled)

    assert answer is None
    [(method, path, handle, body, key)] = desk.acts
    assert (method, path, handle, key) == ("POST", "/tickets/4711/merge", "eva", "V7")
    assert body == {"into": 9, "reason": "the same printer", "tell_customer": True, "share": False}


@pytest.mark.parametrize(
    ("error", "block", "words"),
    [
        (DeskRefused(422, "invalid", "/reason: must say it in at least 3 words", "/reason"), "reason", "3 palabras"),
        (DeskRefused(409, "refused", "ticket 4711 is closed: nothing of it goes on"), "into", "cerrada"),
        (DeskAway("slow"), "into", "sigue aquí"),
    ],
)
async def test_a_refusal_stands_beside_the_field_and_the_dialog_stays(error: Exception, block: str, words: str) -> None:
    registry, _, _, _ = room({"POST /tickets/4711/merge": error})
    filled = submission(merge.view(ticket(), "es"), {"into": "9", "reason": "the same printer"})

    answer = await registry.submissions["merge"](filled)

    assert answer is not None
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == [block]
    assert words in answer["errors"][block]


async def test_somebody_of_another_workspace_asks_under_the_name_of_theirs() -> None:
    registry, desk, _, _ = room({"POST /tickets/4711/requester": ticket()})
    view = requester.view(ticket(channel="slack", account="T1/C1"), "es")

    done = await registry.submissions["requester"](submission(view, {"person": "U9", "reason": "Ana ya no está"}))
    unknown = await registry.submissions["requester"](submission(view, {"person": "U0", "reason": "Ana ya no está"}))

    assert done is None
    assert [(body["address"], body["name"]) for _, _, _, body, _ in desk.acts] == [("T9/U9", "Marta (Socio)")]
    assert unknown is not None
    assert list(unknown["errors"]) == ["person"]


@pytest.mark.parametrize(
    ("user", "words"), [("UBOT", "un bot"), ("UGONE", "no está activa"), ("UELSEWHERE", "No está en el canal")]
)
async def test_who_cannot_read_an_answer_never_asks(user: str, words: str) -> None:
    registry, desk, _, _ = room({})
    view = requester.view(ticket(channel="slack", account="T1/C1"), "es")

    answer = await registry.submissions["requester"](submission(view, {"person": user, "reason": "Ana ya no está"}))

    assert answer is not None
    assert words in answer["errors"]["person"]
    assert not desk.acts


@pytest.mark.parametrize(("language", "words"), [("es", "mensajes directos"), ("en", "direct messages")])
async def test_of_direct_messages_the_dialog_says_what_to_do_instead(language: str, words: str) -> None:
    view = requester.view(ticket(channel="slack", account="T1/D1"), language)

    assert "submit" not in view
    assert words in view["blocks"][0]["text"]["text"]
    assert "/desk new" in view["blocks"][1]["text"]["text"]


async def test_of_a_thread_the_dialog_promises_nothing_that_a_thread_cannot_keep() -> None:
    view = str(requester.view(ticket(channel="slack", account="T1/C1"), "en"))

    assert "Everybody in the channel reads all of the thread" in view
    assert "reads nothing" not in view
    assert "gets nothing" not in view


async def test_an_update_to_all_without_a_word_never_leaves() -> None:
    registry, desk, _, _ = room({})
    view = problem.view(ticket(type="problem"), [linked(9, "caused_by", "in")], "es")

    answer = await registry.submissions["update_all"](submission(view, {}))

    assert answer is not None
    assert list(answer["errors"]) == ["text_es"]
    assert not desk.acts


async def test_an_update_to_all_says_whom_it_reached() -> None:
    registry, _, _, _ = room({"POST /tickets/4711/update-all": update()})
    view = problem.view(ticket(type="problem"), [linked(9, "caused_by", "in")], "es")

    answer = await registry.submissions["update_all"](submission(view, {"text_es": "Ya funciona"}))

    assert answer is not None
    assert answer["response_action"] == "update"
    assert check_view(answer["view"], "modal") == []
    assert "Avisadas 1" in answer["view"]["blocks"][0]["text"]["text"]


async def test_parting_two_tickets_shows_the_links_that_are_left() -> None:
    registry, desk, views, _ = room({**EVERYTHING, "DELETE /tickets/4711/links/9": None})
    view = {"type": "modal", "id": "V5", "callback_id": "link"}

    await registry.actions["unlink"](pressed("unlink", "4711 9", view=view))

    assert desk.acts == [("DELETE", "/tickets/4711/links/9", "eva", None, None)]
    assert [(how, id_) for how, id_, _ in views.shown] == [("update", "V5")]


async def test_whoever_is_let_through_again_is_shown_as_blocked_no_more() -> None:
    delete = "DELETE /sender-list/5?ticket=4711"
    registry, desk, views, _ = room({**EVERYTHING, delete: DeskRefused(404, "not_found", "there is no entry 5")})
    view = {"type": "modal", "id": "V5", "callback_id": "block"}

    await registry.actions["unblock"](pressed("unblock", "4711 5", view=view))
    desk.answers[delete] = None
    await registry.actions["unblock"](pressed("unblock", "4711 5", view=view))

    assert [act[:3] for act in desk.acts] == [("DELETE", "/sender-list/5?ticket=4711", "eva")] * 2
    assert {"kind": "deny", "sender": "ana@cliente.example"} in desk.parameters
    assert [(how, id_, shown["callback_id"]) for how, id_, shown in views.shown] == [("update", "V5", "block")] * 2


async def test_a_merging_is_taken_back_with_a_reason() -> None:
    merged = {**EVERYTHING, "/tickets/4711": ticket(merged_into=9), "POST /tickets/4711/unmerge": ticket()}
    registry, desk, views, _ = room(merged)

    await registry.actions["unmerge"](pressed("unmerge"))
    answer = await registry.submissions["unmerge"](submission(views.shown[-1][2], {"reason": "two printers after all"}))

    assert answer is None
    assert desk.acts[0][:4] == ("POST", "/tickets/4711/unmerge", "eva", {"reason": "two printers after all"})


async def test_a_released_message_leaves_the_list_below() -> None:
    id_ = held()["id"]
    answered = {"id": id_, "state": "released", "ticket_number": 12}
    registry, desk, views, background = room(
        {**EVERYTHING, f"/quarantine/{id_}": held(), f"POST /quarantine/{id_}/release": answered}
    )
    below = {"type": "modal", "id": "V1", "callback_id": "quarantine.shown"}
    await registry.actions["quarantine_release"](pressed("quarantine_release", id_, view=below))
    desk.answers["/quarantine"] = {"items": [], "next": None}
    filled = submission(views.shown[-1][2], {"why": "a real customer"}, previous_view_id="V1")

    answer = await registry.submissions["quarantine_release"](filled)
    await background.close()

    assert [how for how, _, _ in views.shown[:2]] == ["push", "update"]
    assert answer is not None
    assert "#12" in answer["view"]["blocks"][0]["text"]["text"]
    assert views.shown[-1][1] == "V1"
    assert "No espera nada" in views.shown[-1][2]["blocks"][0]["text"]["text"]


async def test_two_presses_at_once_do_not_share_a_dialog() -> None:
    registry, _, views, _ = room(EVERYTHING)

    await asyncio.gather(*(registry.actions[name](pressed(name)) for name in ("merge", "history")))

    assert sorted(view["callback_id"] for how, _, view in views.shown if how == "update") == ["history.shown", "merge"]

"""The buttons of a card: done as the agent who pressed, and said in a sentence where they cannot be."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.views import View

from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.domain.slack.presses import dialogs
from intake_chat.errors import DeskAway, DeskRefused, SlackRefused
from intake_chat.handlers.agents.press import Buttons
from intake_chat.handlers.agents.registry import Registry
from tests.unit.intake_chat.agent_rig import PRESSER, FakeDesk, FakeViews, with_state, words
from tests.unit.tickets.builders import ticket as a_ticket
from tickets.domain.staffing.escalating import must_be_open
from tickets.errors import Refused
from ventanilla_devstack.slack.blocks import check_blocks

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
TICKET: dict[str, Any] = {
    "number": 7, "team": "first-line", "priority": "high", "assignee": "tom", "resolution": None, "cause": None,
    "tags": ["vip"], "status": "open", "version": 3,
}  # fmt: skip
SINCE = "<!date^1795780740^{date_short_pretty} {time}|2026-11-27 11:59 UTC>"
AGENTS = [
    {"handle": "tom", "name": "Tom Baker", "active": True},
    {"handle": "eva", "name": "Eva Ruiz", "active": True},
    {"handle": "old", "name": "Old Hand", "active": False},
    {"handle": "nora", "name": "Nora Gil", "active": True},
]
MEMBERS = {"members": [{"agent": handle, "role": "member"} for handle in ("tom", "eva", "old")]}


class Rig:
    """The buttons over stand-ins."""

    def __init__(self, **answers: Any) -> None:
        self.desk = FakeDesk(
            {
                ("GET", "/tickets/7"): TICKET,
                ("GET", "/teams/first-line"): MEMBERS,
                ("GET", "/agents"): {"items": AGENTS, "next": None},
                ("GET", "/agents/tom"): AGENTS[0],
                **answers.get("answers", {}),
            }
        )
        self.views, self.registry = FakeViews(), Registry()
        self.buttons = Buttons(desk=self.desk, views=self.views, now=lambda: NOW)
        self.buttons.register(self.registry)

    async def press(self, action: str) -> dict[str, Any]:
        """What is shown in the end after a press."""
        await self.registry.actions[action](Pressed(PRESSER, action, "7", "1.2.3", "C1", "1.1"))
        return self.views.shown[-1][2] if self.views.shown else {}

    async def submit(self, action: str, **fields: Any) -> Any:
        view = await self.press(action)
        return await self.registry.submissions[action](Submitted(PRESSER, with_state(view, fields), "V1"))


async def test_a_claim_is_the_agents_own_and_only_they_are_told() -> None:
    rig = Rig(answers={("POST", "/tickets/7/claim"): {}})

    await rig.press("claim")

    assert rig.desk.actors == [PRESSER.actor]
    assert rig.views.told == [("C1", PRESSER.user_id, "La #7 es tuya.")]
    assert rig.views.shown == []


async def test_of_two_who_claim_the_second_is_told_who_has_it() -> None:
    taken = DeskRefused(
        409, "taken", "tom has ticket 7 since 2026-11-27 11:59 UTC; talk to them, or let them release it"
    )
    rig = Rig(answers={("POST", "/tickets/7/claim"): taken})

    await rig.press("claim")

    assert rig.views.told[0][2] == f"La #7 la lleva ya Tom Baker, desde {SINCE}."


@pytest.mark.parametrize("action", ["assign", "priority", "snooze", "solve", "spam"])
async def test_a_dialog_stands_open_before_the_desk_is_asked(action: str) -> None:
    rig = Rig()

    view = await rig.press(action)

    assert [one[0] for one in rig.views.shown] == ["open", "update"]
    assert "Un momento" in words(rig.views.shown[0][2])
    assert view["callback_id"] == action
    assert not check_blocks(view["blocks"], "modal")
    View(**view).validate_json()


@pytest.mark.parametrize("error", [DeskAway("x"), DeskRefused(404, "not_found", "there is no ticket 7")])
async def test_what_the_desk_does_not_say_the_dialog_says(error: Exception) -> None:
    rig = Rig(answers={("GET", "/tickets/7"): error})

    view = await rig.press("solve")

    assert view["callback_id"] == "solve.trouble"


async def test_a_ticket_goes_to_people_of_its_team_who_are_at_work() -> None:
    rig = Rig(answers={("POST", "/tickets/7/assign"): {}})

    view = await rig.press("assign")
    answer = await rig.submit("assign", agent={"selected_option": {"value": "eva"}}, why={"value": "sabe de esto"})

    field = next(one for one in view["blocks"] if one.get("block_id") == "agent")
    assert [one["value"] for one in field["element"]["options"]] == ["eva", "tom"]
    assert field["element"]["initial_option"]["value"] == "tom"
    assert answer is None
    assert rig.desk.asked[-1] == ("POST", "/tickets/7/assign", {"agent": "eva", "why": "sabe de esto"})
    assert rig.desk.keys == ["V1"]


async def test_a_reason_for_the_priority_that_it_has_already_is_not_lost() -> None:
    rig = Rig(answers={("PATCH", "/tickets/7"): {}})
    await rig.press("priority")

    answer = await rig.submit("priority", which={"selected_option": {"value": "high"}}, why={"value": "llama el jefe"})

    assert answer is not None
    assert answer["errors"]["which"].startswith("Ya tiene esta prioridad")
    assert not [one for one in rig.desk.asked if one[0] == "PATCH"]


async def test_priority_solve_and_spam_change_the_ticket() -> None:
    rig = Rig(answers={("PATCH", "/tickets/7"): {}})

    await rig.submit("priority", which={"selected_option": {"value": "urgent"}})
    await rig.submit("solve", resolution={"value": " tóner nuevo "}, cause={"value": None})
    await rig.submit("spam")

    bodies = [body for method, _, body in rig.desk.asked if method == "PATCH"]
    assert bodies == [
        {"priority": "urgent", "version": 3},
        {"status": "solved", "resolution": "tóner nuevo", "version": 3},
        {"status": "closed", "resolution": "Correo basura", "cause": "Correo basura", "tags": ["vip", "spam"],
         "version": 3},
    ]  # fmt: skip


async def test_what_somebody_else_solved_meanwhile_is_shown_before_it_is_replaced() -> None:
    rig = Rig(answers={("PATCH", "/tickets/7"): {}})
    opened = await rig.press("solve")
    solved = {**TICKET, "status": "solved", "assignee": "eva", "resolution": "tóner nuevo", "version": 5}
    rig.desk.answers["GET", "/tickets/7"] = solved
    view = with_state(opened, {"resolution": {"value": "cable roto"}})

    warned = await rig.registry.submissions["solve"](Submitted(PRESSER, view, "V1"))
    again = with_state(warned["view"], {"resolution": {"value": "cable roto"}})
    done = await rig.registry.submissions["solve"](Submitted(PRESSER, again, "V1"))

    assert warned["response_action"] == "update"
    assert "Estado: resuelto. La lleva: eva. Qué lo resolvió: «tóner nuevo»." in words(warned["view"])
    fields = [one["block_id"] for one in warned["view"]["blocks"] if one["type"] == "input"]
    assert fields == ["resolution", "cause"], "what was written stays in fields that keep their names"
    assert not check_blocks(warned["view"]["blocks"], "modal")
    assert done is None
    assert [body for method, _, body in rig.desk.asked if method == "PATCH"] == [
        {"status": "solved", "resolution": "cable roto", "version": 5}
    ]


async def test_a_ticket_that_somebody_took_meanwhile_is_given_to_another_only_after_a_second_look() -> None:
    rig = Rig(answers={("POST", "/tickets/7/assign"): {}})
    opened = await rig.press("assign")
    names = {"agents": {"nora": "Nora Sanz"}}
    rig.desk.answers["GET", "/tickets/7"] = {**TICKET, "assignee": "nora", "version": 4, "names": names}
    fields = {"agent": {"selected_option": {"value": "eva"}}}

    warned = await rig.registry.submissions["assign"](Submitted(PRESSER, with_state(opened, fields), "V1"))
    asked = list(rig.desk.asked)
    again = with_state(warned["view"], fields)
    done = await rig.registry.submissions["assign"](Submitted(PRESSER, again, "V1"))

    assert "La lleva: Nora Sanz." in words(warned["view"])
    assert all(method == "GET" for method, _, _ in asked)
    assert (done, rig.desk.asked[-1][0]) == (None, "POST")


async def test_a_dialog_that_was_done_although_nobody_heard_of_it_closes_when_it_is_sent_again() -> None:
    rig = Rig()
    opened = await rig.press("solve")
    rig.desk.answers["GET", "/tickets/7"] = {**TICKET, "status": "solved", "resolution": "tóner nuevo", "version": 4}

    view = with_state(opened, {"resolution": {"value": "tóner nuevo"}})
    done = await rig.registry.submissions["solve"](Submitted(PRESSER, view, "V1"))

    assert done is None


async def test_what_others_change_at_the_very_moment_is_looked_at_again() -> None:
    stale = [DeskRefused(409, "stale_version", "ticket 7 is at version 4 by now; read it again"), {}]
    rig = Rig(answers={("PATCH", "/tickets/7"): lambda _: stale.pop(0)})

    assert await rig.submit("priority", which={"selected_option": {"value": "urgent"}}) is None
    assert not stale


async def test_spam_keeps_the_tags_that_others_gave_meanwhile_however_many_they_are() -> None:
    rig = Rig(answers={("PATCH", "/tickets/7"): {}})
    tags = [f"{number:02}{'x' * 57}" for number in range(49)]
    rig.desk.answers["GET", "/tickets/7"] = {**TICKET, "tags": tags}
    opened = await rig.press("spam")
    rig.desk.answers["GET", "/tickets/7"] = {**TICKET, "tags": [*tags[:-1], "urgent"]}

    done = await rig.registry.submissions["spam"](Submitted(PRESSER, opened, "V1"))

    assert len(opened["private_metadata"]) < 500
    assert done is None
    assert rig.desk.asked[-1][2]["tags"] == [*tags[:-1], "urgent", "spam"]


async def test_what_was_closed_as_spam_by_mistake_is_opened_again_without_a_trace_but_its_history() -> None:
    rig = Rig(answers={("PATCH", "/tickets/7"): {}})
    spam = {"status": "closed", "tags": ["vip", "spam"], "resolution": "Spam", "cause": "Spam"}
    rig.desk.answers["GET", "/tickets/7"] = {**TICKET, **spam}

    done = await rig.submit("not_spam", why={"value": "es un cliente"})

    assert done is None
    assert rig.desk.asked[-1][2] == {
        "status": "open", "tags": ["vip"], "resolution": None, "cause": None, "why": "es un cliente", "version": 3,
    }  # fmt: skip


async def test_a_solved_ticket_is_reopened() -> None:
    rig = Rig(answers={("PATCH", "/tickets/7"): {}})
    rig.desk.answers["GET", "/tickets/7"] = {**TICKET, "status": "solved", "resolution": "tóner"}

    done = await rig.submit("reopen")

    assert done is None
    assert rig.desk.asked[-1][2] == {"status": "open", "version": 3}


class PickyViews(FakeViews):
    """Takes no dialog with a callback id of its own, as Slack with one that is too long."""

    async def update(self, view_id: str, view: dict[str, Any]) -> None:
        await super().update(view_id, view)
        if view.get("callback_id") == "solve":
            raise SlackRefused("views.update", "invalid_arguments")


async def test_a_dialog_that_slack_does_not_take_leaves_a_sentence_and_a_way_to_try_again() -> None:
    rig = Rig()
    rig.views = PickyViews()
    rig.buttons = Buttons(desk=rig.desk, views=rig.views, now=lambda: NOW)

    pressed = Pressed(PRESSER, "solve", "7", "1.2.3", "C1", "1.1")
    await rig.buttons.solve(pressed)
    sorry = rig.views.shown[-1][2]
    await rig.buttons.solve(replace(pressed, channel="", view={**sorry, "id": "V1"}))

    assert "Algo ha fallado" in words(sorry)
    assert [one["action_id"] for one in sorry["blocks"][-1]["elements"]] == ["solve"]
    assert [(how, where) for how, where, _ in rig.views.shown if how != "update"] == [("open", "1.2.3")]


async def test_on_home_a_dialog_says_that_somebody_else_has_it() -> None:
    taken = DeskRefused(409, "taken", "tom has ticket 7 since 2026-11-27 11:59 UTC; talk to them")
    rig = Rig(answers={("POST", "/tickets/7/claim"): taken})

    await rig.buttons.claim(Pressed(PRESSER, "claim", "7", "1.2.3", view={"type": "home"}))

    [(how, trigger, view)] = rig.views.shown
    assert (how, trigger) == ("open", "1.2.3")
    assert view["blocks"][0]["text"]["text"] == f"La #7 la lleva ya Tom Baker, desde {SINCE}."
    assert not check_blocks(view["blocks"], "modal")


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({"when": {"selected_option": {"value": "hours4"}}}, "2026-11-27T16:00:00+00:00"),
        (
            {"when": {"selected_option": {"value": "week"}}, "exact": {"selected_date_time": 1_795_870_800}},
            "2026-11-28T13:00:00+00:00",
        ),
    ],
)
async def test_a_ticket_is_put_aside_for_a_while_or_until_an_exact_time(fields: dict[str, Any], until: str) -> None:
    rig = Rig(answers={("POST", "/tickets/7/snooze"): {}})

    await rig.submit("snooze", **fields)

    assert rig.desk.asked[-1][2] == {"until": until}


async def test_whoever_puts_a_solved_ticket_aside_reads_that_it_is_to_be_reopened_first() -> None:
    with pytest.raises(Refused) as solved:
        must_be_open(a_ticket(7, status="solved"))
    rig = Rig(answers={("POST", "/tickets/7/snooze"): DeskRefused(409, solved.value.slug, str(solved.value))})

    answer = await rig.submit("snooze", when={"selected_option": {"value": "hours4"}})

    assert "Reábrela primero" in answer["errors"]["exact"]


async def test_without_a_time_nothing_is_put_aside() -> None:
    answer = await Rig().submit("snooze", when={"selected_option": None})

    assert "Elige" in answer["errors"]["when"]


@pytest.mark.parametrize(
    ("error", "block"),
    [
        (DeskAway("x"), "resolution"),
        (DeskRefused(422, "invalid", "say what caused it", "/cause"), "cause"),
        (DeskRefused(409, "refused", "ticket 7 is closed"), "resolution"),
    ],
)
async def test_what_the_desk_does_not_do_is_said_beside_what_was_written(error: Exception, block: str) -> None:
    rig = Rig(answers={("PATCH", "/tickets/7"): error})

    answer = await rig.submit("solve", resolution={"value": "tóner nuevo"})

    assert list(answer["errors"]) == [block]


async def test_the_page_behind_open_needs_nothing_done() -> None:
    assert "open" in Rig().registry.ignored


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["es", "en", "fr"]))
def test_no_names_break_the_dialogs(name: str, team: str, language: str) -> None:
    ticket = {**TICKET, "team": team, "resolution": name, "cause": name, "priority": "from-the-future"}
    agents = [{"handle": "tom", "name": name}]

    for view in (
        dialogs.assign_view(ticket, agents, language),
        dialogs.assign_view(ticket, [], language),
        dialogs.priority_view(ticket, language),
        dialogs.snooze_view(ticket, language),
        dialogs.solve_view(ticket, language),
        dialogs.spam_view(ticket, language),
    ):
        assert not check_blocks(view["blocks"], "modal")

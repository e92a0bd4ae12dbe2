"""The wrap-up note of a call: its agent is asked once, and what they write becomes a note of the ticket, once."""

from typing import Any

import pytest

from intake_chat.domain.slack.calls.heard import tag_of
from intake_chat.domain.slack.calls.wrap_up import WRAP_UP
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.errors import DeskAway, DeskRefused, InDoubt, SlackAway
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.calls.asking import LATE_SECONDS
from intake_chat.handlers.calls.notes import WrapUpNotes
from tests.unit.intake_chat.agent_rig import PRESSER, FakeDesk, FakeViews, with_state, words
from tests.unit.intake_chat.call_rig import BEGUN, TAG, CallWorld, event
from tests.unit.intake_chat.card_world import TICKET
from ventanilla_contracts.errors import Temporary
from ventanilla_devstack.slack.blocks import check_blocks

OVER = event("over", at=BEGUN + 200, agent="eva", seconds=200, message_id="m1")
DIRECT = "DUEVA"
READ, REPLIES = ("GET", "/tickets/7"), ("POST", "/tickets/7/replies")
PRESS = Pressed(PRESSER, WRAP_UP, f"7:{TAG}", "1.2.3", DIRECT, "1.1", "", None)
Json = dict[str, Any]


async def at_once(_seconds: float) -> None:
    """No pause."""


class Notes:
    """A call whose agent was asked, and what they do then."""

    def __init__(self, world: CallWorld, answers: Json | None = None, **ticket: Any) -> None:
        self.views, self.background = FakeViews(), Background()
        self.desk = FakeDesk({READ: {**TICKET, **ticket}, REPLIES: {"id": "n1"}, **(answers or {})})
        self.notes = WrapUpNotes(
            desk=self.desk, views=self.views, state=world.bucket, background=self.background, pause=at_once
        )

    @property
    def view(self) -> Json:
        return self.views.shown[-1][2]

    async def submit(self, text: str = "Reinició el router y va", **fields: str) -> Any:
        if not self.views.shown:
            await self.notes.pressed(PRESS)
        chosen = {name: {"selected_option": {"value": value}} for name, value in fields.items() if name == "status"}
        written = {name: {"value": value} for name, value in {"text": text, **fields}.items() if name not in chosen}
        view = with_state(self.view, {**chosen, **written})
        answer = await self.notes.submitted(Submitted(PRESSER, view, "V1"))
        await self.background.close()
        return answer

    @property
    def written(self) -> list[Json]:
        return [body for method, _, body in self.desk.asked if method == "POST"]


async def asked_world(**more: Any) -> CallWorld:
    world = CallWorld(**more)
    world.desk.tickets["m1"] = 7
    await world.asks(OVER)
    return world


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("es", "📞 Has hablado 3:20 con Ana Roldán sobre la <https://desk.example/desk/7|#7>."),
        ("en", "📞 You talked 3:20 with Ana Roldán about <https://desk.example/desk/7|#7>."),
    ],
)
async def test_whoever_took_a_call_is_asked_once_in_their_language_when_its_ticket_is_there(
    locale: str, said: str
) -> None:
    world = CallWorld()
    world.speaks = locale
    assert await world.asks(OVER) is not None, "there is no ticket yet"
    assert world.read(DIRECT) == []
    world.desk.tickets["m1"] = 7
    for _ in range(3):
        assert await world.asks(OVER) is None

    [message] = world.read(DIRECT)
    assert message.startswith(said)
    assert world.read("C1") == []


@pytest.mark.parametrize(
    "over",
    [
        event("over", seconds=45, message_id="m1"),
        event("over", agent="eva", seconds=45),
        event("answered", agent="eva", message_id="m1"),
    ],
)
async def test_nobody_is_asked_about_a_call_that_nobody_took_or_that_leaves_nothing_or_goes_on(over: Any) -> None:
    world = CallWorld()
    world.desk.tickets["m1"] = 7
    await world.asks(over)

    assert world.slack.channels == {}


async def test_whoever_called_a_customer_back_is_asked_too_and_the_ticket_is_known() -> None:
    world = CallWorld()
    back = event("over", at=BEGUN + 200, agent="eva", seconds=200, callback="0f1c5e7a", ticket=7, call="callback.0f.1")
    await world.hears(back)
    tag = tag_of(back.call)
    assert await world.asked.tend(tag) is None
    assert await world.pops.tend(tag) is None

    assert world.read(DIRECT)[0].startswith(
        "📞 Has hablado 3:20 con Ana Roldán sobre la <https://desk.example/desk/7|#7>."
    )
    assert (world.desk.looks, world.read("C1")) == (0, [])


async def test_the_team_is_asked_for_an_agent_who_has_no_account_here() -> None:
    world = CallWorld("en")
    world.desk.users.clear()
    world.desk.tickets["m1"] = 7
    await world.asks(OVER)

    assert "Eva Ruiz talked with Ana Roldán" in world.read("C1")[0]


async def test_the_team_is_asked_for_an_agent_to_whom_nobody_can_write() -> None:
    world = CallWorld()
    world.unwritable.add("UEVA")
    world.desk.tickets["m1"] = 7
    await world.asks(OVER)

    assert (len(world.read("C1")), world.read(DIRECT)) == (1, [])


async def test_an_ask_whose_end_nobody_saw_is_not_made_twice() -> None:
    world = CallWorld()
    world.desk.tickets["m1"] = 7
    world.slack.lost = ["post"]
    with pytest.raises(SlackAway):
        await world.asks(OVER)
    world.new_keeper("two")
    with pytest.raises(InDoubt):
        await world.asked.tend(TAG)
    world.at += 21
    await world.asked.tend(TAG)

    assert len(world.read(DIRECT)) == 1


async def test_a_call_of_another_day_is_asked_about_no_more() -> None:
    world = CallWorld()
    world.at = BEGUN + 200 + LATE_SECONDS + 1
    world.desk.tickets["m1"] = 7
    assert await world.asks(OVER) is None

    assert world.slack.channels == {}


async def test_without_a_ticket_nobody_is_asked_and_the_looking_ends() -> None:
    world = CallWorld()
    again = await world.asks(OVER)
    while again is not None:
        world.at += again
        again = await world.asked.tend(TAG)

    assert (world.slack.channels, world.at < BEGUN + 1_000) == ({}, True)


async def test_the_dialog_says_where_the_note_goes_and_takes_no_status_of_a_ticket_that_is_done() -> None:
    world = await asked_world()
    open_, done = Notes(world), Notes(world, status="solved")
    for notes in (open_, done):
        await notes.notes.pressed(PRESS)
        assert not check_blocks(notes.view["blocks"], "modal")

    assert "El cliente no la lee" in words(open_.view)
    names = [[one.get("block_id") for one in notes.view["blocks"] if one["type"] == "input"] for notes in (open_, done)]
    assert names == [["text", "status", "resolution", "cause"], ["text"]]


@pytest.mark.parametrize("error", [DeskAway("GET"), DeskRefused(404, "not_found", "no ticket has this number")])
async def test_a_dialog_that_cannot_be_filled_says_why_and_can_be_asked_for_again(error: Exception) -> None:
    notes = Notes(await asked_world(), {READ: error})
    await notes.notes.pressed(PRESS)

    assert notes.view["blocks"][-1]["elements"][0]["value"] == f"7:{TAG}"
    assert len(words(notes.view)) > 60


async def test_what_is_written_is_a_note_of_the_ticket_by_whoever_wrote_it_and_the_message_says_so() -> None:
    world = await asked_world()
    notes = Notes(world)
    answer = await notes.submit()
    await world.asked.tend(TAG)

    assert answer == {"response_action": "clear"}
    assert notes.written == [{"text": "Reinició el router y va", "internal": True}]
    assert notes.desk.actors[-1] == PRESSER.actor
    assert world.read(DIRECT) == ["✓ Eva Ruiz ha escrito la nota de la llamada en la <https://desk.example/desk/7|#7>."]


async def test_the_note_can_solve_the_ticket_if_it_says_what_solved_it() -> None:
    notes = Notes(await asked_world())
    refused = await notes.submit(status="solved")
    assert list(refused["errors"]) == ["resolution"]
    await notes.submit(status="solved", resolution="Router reiniciado", cause="")

    [body] = notes.written
    assert (body["status"], body["resolution"], "cause" in body) == ("solved", "Router reiniciado", False)


@pytest.mark.parametrize("error", [DeskAway("POST"), DeskRefused(409, "refused", "ticket 7 is closed")])
async def test_a_note_that_is_not_kept_stays_in_its_dialog(error: Exception) -> None:
    world = await asked_world()
    notes = Notes(world, {REPLIES: error})
    answer = await notes.submit()
    await world.asked.tend(TAG)

    assert (answer["response_action"], list(answer["errors"])) == ("errors", ["text"])
    assert "Has hablado" in world.read(DIRECT)[0], "it is still to be written"


def merged(number: int, into: int | None) -> tuple[tuple[str, str], Json]:
    return ("GET", f"/tickets/{number}"), {**TICKET, "number": number, "merged_into": into}


async def test_the_note_of_a_ticket_that_was_merged_goes_to_the_one_in_which_it_goes_on_and_says_so() -> None:
    world = await asked_world()
    notes = Notes(world, dict([merged(7, 6), merged(6, 5), merged(5, None)]) | {("POST", "/tickets/5/replies"): {}})
    await notes.notes.pressed(PRESS)
    assert "La #7 se unió a la #5" in words(notes.view)
    assert not check_blocks(notes.view["blocks"], "modal")

    assert await notes.submit() == {"response_action": "clear"}
    await world.asked.tend(TAG)

    assert [path for method, path, _ in notes.desk.asked if method == "POST"] == ["/tickets/5/replies"]
    assert world.read(DIRECT) == ["✓ Eva Ruiz ha escrito la nota de la llamada en la <https://desk.example/desk/5|#5>."]


async def test_a_merging_while_the_note_is_written_is_shown_before_it_goes_to_the_other_ticket() -> None:
    world = await asked_world()
    notes = Notes(world)
    await notes.notes.pressed(PRESS)
    refused = DeskRefused(409, "refused", "ticket 7 was merged into 6; work on that one")
    notes.desk.answers |= dict([merged(7, 6), merged(6, None)]) | {REPLIES: refused, ("POST", "/tickets/6/replies"): {}}

    shown = await notes.submit()
    assert shown["response_action"] == "update"
    assert "la #7 se unió a la #6" in words(shown["view"])
    assert "Queda en la #6" in words(shown["view"])
    assert not check_blocks(shown["view"]["blocks"], "modal")
    notes.views.shown.append(("", "", shown["view"]))

    assert await notes.submit() == {"response_action": "clear"}
    await world.asked.tend(TAG)
    assert notes.desk.asked[-1][:2] == ("POST", "/tickets/6/replies")
    assert "|#6>" in world.read(DIRECT)[0]


@pytest.mark.parametrize("error", [DeskAway("GET"), TimeoutError()])
async def test_a_merging_of_which_nobody_can_be_asked_in_time_leaves_the_note_in_its_dialog(error: Exception) -> None:
    notes = Notes(await asked_world())
    await notes.notes.pressed(PRESS)
    refused = DeskRefused(409, "refused", "ticket 7 was merged into 6; work on that one")
    notes.desk.answers |= {READ: error, REPLIES: refused}

    assert list((await notes.submit())["errors"]) == ["text"]


async def test_a_note_that_is_sent_again_is_one_and_one_with_other_words_corrects_it() -> None:
    kept: dict[str, Json] = {}
    notes = Notes(await asked_world())

    def store(body: Json) -> Json:
        key = str(notes.desk.keys[-1])
        if kept.setdefault(key, body) != body:
            raise DeskRefused(409, "key_reused", "this key was used for something else")
        if len(notes.desk.keys) == 1:
            raise DeskAway("POST")  # it was kept, and nobody heard it
        return {"id": key}

    notes.desk.answers[REPLIES] = store
    await notes.submit("Va")
    await notes.submit("Va")
    assert [body["text"] for body in kept.values()] == ["Va"]
    await notes.submit("Va mejor")

    assert [body["text"] for body in kept.values()] == ["Va", "Va mejor\n\n(Corrige una nota anterior)"]


async def test_nothing_is_no_note() -> None:
    notes = Notes(await asked_world())
    answer = await notes.submit("   ")

    assert (list(answer["errors"]), notes.written) == (["text"], [])


async def test_a_broker_that_is_away_costs_no_note_and_the_message_learns_of_it_later() -> None:
    world = await asked_world()
    notes = Notes(world)
    read, failures = world.bucket.read, [Temporary("away"), Temporary("away")]

    async def shaky(key: str) -> Any:
        if failures:
            raise failures.pop()
        return await read(key)

    world.bucket.read = shaky  # type: ignore[method-assign]  # it is away twice
    assert await notes.submit() == {"response_action": "clear"}

    assert world.call.noted_by == "eva"

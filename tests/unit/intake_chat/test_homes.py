"""App Home: when it is shown anew, and what pressing in it does."""

import asyncio
from typing import Any

from intake_chat.domain.slack.home import view as home
from intake_chat.domain.slack.home.view import Choice
from intake_chat.domain.slack.interactions import HomeOpened, Pressed, Submitted
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.errors import DeskAway, DeskRefused
from intake_chat.handlers.agents.home import FOLLOWED_SECONDS, MINUTE, Homes
from intake_chat.handlers.agents.registry import Registry
from tests.unit.intake_chat.test_home import EVA, GLANCE, SOMEBODY, item, seen, texts
from ventanilla_runtime.errors import BrokerAway


class Desk:
    """One agent whose queue is `items`."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.acts: list[tuple[str, str, Any]] = []
        self.asked: list[str] = []
        self.requesters: list[str] = []
        self.away = False
        self.refused = 0

    async def get(self, path: str, **parameters: str) -> Any:
        self.asked.append(path)
        self.requesters += [parameters["requester"]] if path == "/tickets" else []
        if self.away:
            raise DeskAway(path)
        if path.endswith("/queue") and self.refused:
            self.refused -= 1
            raise DeskRefused(422, "invalid", "cursor")
        shape = seen()
        answers = {"/load": shape.load, "/counts": {**shape.counts, "mine": len(self.items)}, "/day": shape.day}
        for end, answer in answers.items():
            if path.endswith(end):
                return answer
        if path.endswith("/queue"):
            return {"items": self.items if parameters["view"] == "mine" else [], "next": None}
        return {"items": []} if path in ("/tickets", "/quarantine") else shape.agent

    async def act(self, method: str, path: str, actor: Any, body: Any = None, **more: Any) -> Any:
        self.acts.append((method, path, body))


class Views:
    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.opened: list[dict[str, Any]] = []

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        self.published.append((user, view))

    async def open(self, trigger_id: str, view: dict[str, Any]) -> str:
        self.opened.append(view)
        return "V1"


class Agents:
    def __init__(self) -> None:
        self.known: Presser | None = EVA
        self.of = ""

    async def presser(self, somebody: Somebody) -> Presser | None:
        return self.known

    def language(self, somebody: Somebody) -> str:
        return somebody.language

    def team(self, somebody: Somebody) -> str:
        return self.of or somebody.team_id


class State:
    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.away = False

    async def get(self, key: str) -> bytes | None:
        if self.away:
            raise BrokerAway("no broker")
        return self.values.get(key)

    async def put_all(self, keys: list[str], value: bytes) -> None:
        if self.away:
            raise BrokerAway("no broker")
        self.values |= dict.fromkeys(keys, value)


class Later:
    def __init__(self) -> None:
        self.works: list[Any] = []

    def start(self, work: Any) -> bool:
        self.works.append(work)
        return True

    async def settle(self) -> None:
        works, self.works = self.works, []
        for work in works:
            await work


class Rig:
    def __init__(self) -> None:
        self.desk, self.views, self.agents, self.state, self.later = Desk(), Views(), Agents(), State(), Later()
        self.now = 0.0
        parts: Any = {
            "desk": self.desk, "views": self.views, "agents": self.agents, "state": self.state,
            "background": self.later,
        }  # fmt: skip
        self.homes = Homes(**parts, clock=lambda: self.now)

    async def open(self, view: Any = None) -> None:
        await self.homes.opened(HomeOpened(SOMEBODY, EVA, view))

    @property
    def shown(self) -> int:
        return len(self.views.published)

    @property
    def last(self) -> str:
        return texts(self.views.published[-1][1])


def pressed(action: str, value: str = "", choice: Choice = GLANCE) -> Pressed:
    return Pressed(EVA, action, value, "1.2", view={"type": "home", "private_metadata": home.written(choice)})


async def test_a_sentence_about_a_press_stands_above_the_home_until_the_next_look() -> None:
    rig = Rig()
    await rig.open()
    seen = {**rig.views.published[-1][1], "id": "V1"}

    await rig.homes.said(SOMEBODY, seen, "La mesa tarda.")
    await rig.homes.said(SOMEBODY, rig.views.published[-1][1], "La mesa tarda aún.")
    told = rig.views.published[-1][1]
    rig.now = MINUTE + 1
    await rig.homes.look()

    assert texts({"blocks": told["blocks"][:1]}) == "⚠ La mesa tarda aún."
    assert told["blocks"][1:] == seen["blocks"]
    assert told["private_metadata"] == seen["private_metadata"]
    assert "La mesa tarda" not in rig.last


async def test_home_is_shown_again_only_when_something_has_changed_and_once_a_minute() -> None:
    rig = Rig()
    await rig.open()
    for at in (10.0, MINUTE + 1, 2 * MINUTE + 2):
        rig.now = at
        await rig.homes.look()
    quiet = rig.shown
    rig.desk.items = [item()]
    rig.now += MINUTE / 2
    await rig.homes.look()
    early = rig.shown
    rig.now += MINUTE
    await rig.homes.look()

    assert (quiet, early, rig.shown) == (1, 1, 2)
    assert "#7" in rig.last


async def test_nobody_is_followed_for_ever_and_whoever_is_no_agent_any_more_sees_a_customers_home() -> None:
    rig = Rig()
    await rig.open()
    rig.agents.known = None
    rig.now = MINUTE + 1
    await rig.homes.look()
    customers = rig.last
    await rig.open()
    rig.now += FOLLOWED_SECONDS + MINUTE
    asked = len(rig.desk.asked)
    await rig.homes.look()

    assert "¿En qué podemos ayudarte?" in customers
    assert len(rig.desk.asked) == asked


async def test_a_stranger_sees_what_they_asked_for_as_one_of_their_own_workspace() -> None:
    rig = Rig()
    rig.agents.of = "T9"
    await rig.homes.opened(HomeOpened(SOMEBODY, None, None))

    assert rig.desk.requesters == [f"T9/{EVA.user_id}"]


async def test_what_was_chosen_is_kept_for_every_replica() -> None:
    rig, other = Rig(), Rig()
    other.state = rig.state
    other.homes._state = rig.state
    await rig.homes.chosen(pressed(home.CHOOSE_VIEW, "mine"))
    await other.open()

    assert home.read(other.views.published[-1][1]["private_metadata"]) == Choice("mine")


async def test_without_the_broker_a_choice_is_shown_all_the_same() -> None:
    rig = Rig()
    rig.state.away = True
    await rig.homes.chosen(pressed(home.CHOOSE_VIEW, "mine"))

    assert home.read(rig.views.published[-1][1]["private_metadata"]) == Choice("mine")


async def test_a_desk_that_does_not_answer_is_said_and_a_stale_filter_begins_anew() -> None:
    rig = Rig()
    rig.desk.away = True
    await rig.open()
    away = rig.last
    rig.desk.away, rig.desk.refused = False, 1
    await rig.homes.chosen(pressed(home.NEXT, "stale", Choice("mine")))

    assert "tarda en contestar" in away
    assert home.read(rig.views.published[-1][1]["private_metadata"]) == Choice()


async def test_presses_in_home_are_done_as_the_agent_and_shown() -> None:
    rig = Rig()
    await rig.homes.available(pressed(home.AVAILABILITY, "busy"))
    await rig.homes.read(pressed(home.READ, "5"))
    await rig.homes.acknowledged(pressed(home.ACKNOWLEDGE, "p1/../x"))
    await rig.homes.capacity(pressed(home.CAPACITY))

    assert rig.desk.acts == [
        ("PUT", "/agents/eva/availability", {"availability": "busy"}),
        ("POST", "/agents/eva/mentions/5/read", None),
        ("POST", "/desk/pages/p1%2F..%2Fx/acknowledge", None),
    ]
    assert rig.shown == 3
    assert rig.views.opened[0]["callback_id"] == "home_capacity"


async def test_capacity_that_is_no_number_keeps_the_dialog_open() -> None:
    rig = Rig()
    values = {"default": {"default": {"value": "x"}}}
    answer = await rig.homes.capacity_wanted(Submitted(EVA, {"state": {"values": values}}, "V1"))

    assert answer == {"response_action": "errors", "errors": {"default": "Escribe un número entre 0 y 1000."}}
    assert rig.desk.acts == []


async def test_what_an_agent_does_elsewhere_is_shown_in_their_home_if_they_have_opened_it() -> None:
    rig, registry = Rig(), Registry()

    async def claim(done: Pressed) -> None:
        rig.desk.items = [item()]

    registry.actions["claim"] = claim
    rig.homes.register(registry)
    await registry.actions["claim"](pressed("claim", "7"))
    await rig.later.settle()
    unopened = rig.shown
    rig.desk.items = []
    await rig.open()
    await registry.actions["claim"](pressed("claim", "7"))
    await rig.later.settle()

    assert (unopened, rig.shown) == (0, 2)
    assert "#7" in rig.last


async def test_of_several_wishes_to_see_it_the_last_is_made() -> None:
    rig = Rig()
    await rig.open()
    rig.desk.items = [item()]
    for _ in range(5):
        rig.homes.soon(EVA)
    asked = len(rig.desk.asked)
    works, rig.later.works = rig.later.works, []
    await asyncio.gather(*works)

    assert rig.shown == 2
    assert len(rig.desk.asked) - asked <= 2 * 10


async def test_while_nobody_knows_who_opens_it_home_says_that_the_desk_does_not_answer() -> None:
    rig, registry = Rig(), Registry()
    rig.homes.register(registry)
    assert registry.home_away is not None
    await registry.home_away(SOMEBODY)

    assert "tarda en contestar" in rig.last

"""Presses, submissions, options and commands: answered in time, by whoever may, and never at the cost of words."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_chat.domain.slack.interactions import Asked, Pressed, Submitted, press_of
from intake_chat.domain.slack.people import Somebody
from intake_chat.errors import DeskAway, DeskRefused, SlackRefused, TokenRefused
from intake_chat.handlers.agents import interactions
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.interactions import Interactions
from intake_chat.handlers.agents.registry import OPENED, Registry
from tests.support.polling import eventually
from tests.unit.intake_chat.agent_rig import CARMEN, PRESSER, TEAM, FakeAgents, FakeViews, press, submission, words

FIELD = {"type": "input", "block_id": "words", "element": {"type": "plain_text_input", "action_id": "words"}}


class Rig:
    """Interactions with a registry of what a test puts into it."""

    def __init__(self, agents: FakeAgents | None = None) -> None:
        self.registry = Registry()
        self.views = FakeViews()
        self.background = Background()
        self.agents = agents or FakeAgents()
        self.interactions = Interactions(
            registry=self.registry, agents=self.agents, views=self.views, background=self.background
        )


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody waits for a tenth of the time."""
    for name in ("_OPEN_SECONDS", "_SUBMIT_SECONDS", "_SUGGEST_SECONDS"):
        monkeypatch.setattr(interactions, name, 0.05)


async def test_an_agent_who_presses_is_known_to_whoever_does_it() -> None:
    rig, heard = Rig(), []

    async def do(pressed: Pressed) -> None:
        heard.append(pressed)

    rig.registry.actions["claim"] = do
    await rig.interactions.pressed(press("claim"))
    await rig.background.close()

    [pressed] = heard
    assert (pressed.presser, pressed.value, pressed.channel, pressed.message_ts) == (PRESSER, "7", "C1", "1.1")


async def test_the_choice_of_a_menu_is_its_action_and_value() -> None:
    chosen = {"type": "static_select", "action_id": "more", "selected_option": {"value": "snooze:7"}}

    found = press_of(press("", actions=[chosen]))

    assert found is not None
    assert (found.action, found.value) == ("snooze", "7")


async def test_a_menu_that_was_used_is_renewed_and_a_button_is_not() -> None:
    rig, used = Rig(), []

    async def renew(value: str) -> None:
        used.append(value)

    async def do(_pressed: Pressed) -> None:
        pass

    rig.registry.actions |= {"claim": do, "snooze": do}
    rig.registry.menu_used = renew
    chosen = {"type": "static_select", "action_id": "more", "selected_option": {"value": "snooze:7"}}
    await rig.interactions.pressed(press("", actions=[chosen]))
    await rig.interactions.pressed(press("claim"))
    await rig.background.close()

    assert used == ["7"]


async def test_a_suffix_tells_buttons_of_one_action_apart() -> None:
    found = press_of(press("queue_claim:7", "7"))

    assert found is not None
    assert found.action == "queue_claim"


async def test_nobody_else_does_anything_and_is_told_what_to_do() -> None:
    rig, heard = Rig(), []

    async def do(pressed: Pressed) -> None:
        heard.append(pressed)

    rig.registry.actions["claim"] = do
    await rig.interactions.pressed(press("claim", user=CARMEN))
    await rig.background.close()

    assert heard == []
    [(channel, user, text)] = rig.views.told
    assert (channel, user) == ("C1", CARMEN)
    assert "agentes" in text


async def test_a_button_that_this_release_does_not_know_says_so() -> None:
    rig = Rig()

    await rig.interactions.pressed(press("from-the-future"))
    await rig.background.close()

    assert "no conoce" in rig.views.told[0][2]


async def test_while_it_is_unknown_who_presses_a_dialog_opens_that_the_answer_then_fills(hurry: None) -> None:
    rig, heard = Rig(FakeAgents(seconds=0.2)), []

    async def do(pressed: Pressed) -> None:
        heard.append(pressed.trigger_id)

    rig.registry.actions["reply"] = do
    await rig.interactions.pressed(press("reply"))
    await eventually(lambda: heard)

    [(how, trigger, view)] = rig.views.shown
    assert (how, trigger) == ("open", "1.2.3")
    assert "Un momento" in words(view)
    assert heard == [f"{OPENED}V1"]


async def test_what_opens_no_dialog_opens_none_however_slow_the_desk_is(hurry: None) -> None:
    rig, heard = Rig(FakeAgents(seconds=0.2)), []

    async def do(pressed: Pressed) -> None:
        heard.append(pressed.trigger_id)

    rig.registry.actions["claim"] = do
    rig.registry.quiet.add("claim")
    await rig.interactions.pressed(press("claim"))
    await eventually(lambda: heard)

    assert rig.views.shown == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DeskAway("x"), "tarda"),
        (DeskRefused(409, "refused", "ticket 7 is closed; open a new one"), "La #7 está cerrada"),
        (DeskRefused(409, "refused", "<x> is closed"), "«&lt;x&gt; is closed.» (lo dice la mesa en inglés)"),
        (KeyError("bug"), "fallado"),
    ],
)
async def test_whatever_goes_wrong_whoever_pressed_is_told(error: Exception, said: str) -> None:
    rig = Rig()

    async def do(_pressed: Pressed) -> None:
        raise error

    rig.registry.actions["claim"] = do
    await rig.interactions.pressed(press("claim"))
    await rig.background.close()

    assert said in rig.views.told[0][2]


async def test_a_submission_that_the_desk_cannot_take_keeps_the_dialog_and_says_so_at_the_field(hurry: None) -> None:
    rig = Rig()

    async def never(_submitted: Submitted) -> None:
        await asyncio.Event().wait()

    rig.registry.submissions["compose"] = never
    answer = await rig.interactions.submitted(submission("compose", {"blocks": [FIELD]}))

    assert answer is not None
    assert answer["response_action"] == "errors"
    assert "sigue aquí" in answer["errors"]["words"]


@pytest.mark.parametrize("error", [DeskAway("x"), KeyError("bug"), DeskRefused(422, "invalid", "say more")])
async def test_a_submission_that_fails_never_closes_the_dialog(error: Exception) -> None:
    rig = Rig()

    async def fail(_submitted: Submitted) -> None:
        raise error

    rig.registry.submissions["compose"] = fail
    answer = await rig.interactions.submitted(submission("compose", {"blocks": [FIELD]}))

    assert answer is not None
    assert answer["response_action"] == "errors"


async def test_a_dialog_without_fields_says_what_is_wrong_above_everything_once() -> None:
    rig = Rig()

    async def fail(_submitted: Submitted) -> None:
        raise DeskRefused(409, "refused", "no")

    rig.registry.submissions["spam"] = fail
    view: dict[str, Any] = {"type": "modal", "blocks": [{"type": "section", "block_id": "a"}], "callback_id": "spam"}
    for _ in range(2):
        answer = await rig.interactions.submitted(submission("spam", view))
        assert answer is not None
        view = answer["view"]

    assert [block["block_id"] for block in view["blocks"]] == ["problem", "a"]


async def test_what_anybody_may_ask_for_never_fails_in_silence() -> None:
    rig = Rig()

    async def fail(_somebody: Somebody, _body: Any) -> None:
        raise KeyError("bug")

    for name in (("submission", "ask"), ("command", "/ticket"), ("action", "ask"), ("shortcut", "hand_in")):
        rig.registry.by_anybody[name] = fail
    kept = await rig.interactions.submitted(submission("ask", {"blocks": [FIELD]}, user=CARMEN))
    form = {"team_id": TEAM, "user_id": CARMEN, "command": "/ticket", "text": "la <impresora>"}
    answer = await rig.interactions.commanded(form)
    await rig.interactions.pressed(press("ask", user=CARMEN))
    shortcut = {"type": "message_action", "callback_id": "hand_in", "channel": {"id": "C2"}, "user": {"id": CARMEN}}
    await rig.interactions.shortcut({**shortcut, "team": {"id": TEAM}})
    await rig.background.close()

    assert kept is not None
    assert "fallado" in kept["errors"]["words"]
    assert answer is not None
    assert answer["response_type"] == "ephemeral"
    assert "fallado" in answer["text"]
    assert answer["text"].endswith("la &lt;impresora&gt;")
    assert [(channel, "fallado" in text) for channel, _, text in rig.views.told] == [("C1", True), ("C2", True)]


class Tokenless(FakeViews):
    """Slack does not take the token; what it takes without one goes."""

    async def tell(self, channel: str, user: str, text: str, thread: str = "") -> None:
        raise TokenRefused("chat.postEphemeral: token_revoked")


async def test_whoever_presses_hears_of_a_dead_token_where_slack_takes_an_answer_without_one() -> None:
    rig = Rig(FakeAgents(error=TokenRefused("users.info: token_revoked")))
    rig.views = Tokenless()
    rig.interactions = Interactions(
        registry=rig.registry, agents=rig.agents, views=rig.views, background=rig.background
    )

    async def do(_pressed: Pressed) -> None:
        pass

    rig.registry.actions["claim"] = do
    await rig.interactions.pressed(press("claim", response_url="https://hooks.slack.com/actions/1"))
    await rig.background.close()

    [message] = rig.views.responses
    assert (message["response_type"], message["replace_original"]) == ("ephemeral", False)
    assert "clave" in message["text"]


async def test_a_submission_of_nobody_is_refused() -> None:
    rig, heard = Rig(), []

    async def do(submitted: Submitted) -> None:
        heard.append(submitted)

    rig.registry.submissions["compose"] = do
    answer = await rig.interactions.submitted(submission("compose", {"blocks": [FIELD]}, user=CARMEN))

    assert heard == []
    assert answer is not None
    assert "agentes" in answer["errors"]["words"]


async def test_options_are_asked_for_agents_alone_and_in_time(hurry: None) -> None:
    rig = Rig()

    async def find(asked: Asked) -> list[dict[str, Any]]:
        if asked.text == "slow":
            await asyncio.Event().wait()
        return [{"value": asked.text}]

    rig.registry.options["find"] = find
    body = {**press(""), "action_id": "find", "value": "vpn"}

    assert await rig.interactions.asked(body) == [{"value": "vpn"}]
    assert await rig.interactions.asked({**body, "value": "slow"}) == []
    assert await rig.interactions.asked({**body, "user": {"id": CARMEN, "team_id": TEAM}}) == []


async def test_what_came_of_a_press_in_home_is_said_there_when_its_trigger_is_over() -> None:
    rig, said = Rig(), []

    async def too_late(_trigger: str, _view: Any) -> str:
        raise SlackRefused("views.open", "expired_trigger_id")

    async def home_said(somebody: Somebody, view: Any, text: str) -> None:
        said.append((somebody.user_id, view["type"], text))

    async def away(_pressed: Pressed) -> None:
        raise DeskAway("paused")

    async def dialog(pressed: Pressed) -> None:
        await rig.views.open(pressed.trigger_id, {})

    rig.views.open = too_late  # type: ignore[method-assign]  # the trigger is over
    rig.registry.home_said = home_said
    rig.registry.actions |= {"availability": away, "reply": dialog}
    rig.registry.quiet.add("availability")
    at_home = {"container": {"type": "view"}, "channel": None, "view": {"type": "home", "blocks": []}}

    for action in ("availability", "reply"):
        await rig.interactions.pressed(press(action, **at_home))
    await eventually(lambda: len(said) == 2)

    assert {(user, where) for user, where, _ in said} == {("UEVA", "home")}
    assert all("no se ha hecho nada" in text for *_, text in said)


def test_a_card_that_has_replies_is_not_its_own_thread() -> None:
    card = press("claim", container={"message_ts": "1.1", "thread_ts": "1.1", "channel_id": "C1"})
    line = press("claim", container={"message_ts": "2.2", "thread_ts": "1.1", "channel_id": "C1"})

    assert [found.thread_ts for body in (card, line) if (found := press_of(body))] == ["", "1.1"]


async def test_more_than_can_be_done_at_once_is_not_begun() -> None:
    background = Background(most=1)

    async def wait() -> None:
        await asyncio.sleep(0.05)

    assert [background.start(wait()), background.start(wait())] == [True, False]
    await background.close()
    assert background.start(wait())
    await background.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["actions", "user", "team", "channel", "container", "message", "view", "trigger_id"])


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_no_payload_breaks_the_reading(body: dict[str, Any]) -> None:
    found = press_of(body)

    assert found is None or isinstance(found.action, str)

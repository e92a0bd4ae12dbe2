"""A ticket service and a Slack for the dialogs, which answer what a test says and remember what was asked."""

from collections.abc import Mapping
from typing import Any

from intake_chat.domain.actors import Actor
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.domain.slack.newcomers import Newcomer
from intake_chat.domain.slack.people import Presser
from intake_chat.errors import SlackRefused
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.registry import OPENED, Registry
from intake_chat.handlers.dialogs import register
from tests.unit.intake_chat.dialogs.builders import submitted
from ventanilla_devstack.slack.blocks import check_view

Json = dict[str, Any]
EVA = Presser(Actor("eva", "Eva Ruiz", "T1/U1"), "T1", "U1", "es")


class FakeDesk:
    """Answers what it was given for a path; an exception is raised."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, str]] = []
        self.parameters: list[dict[str, str]] = []
        self.acts: list[tuple[str, str, str | None, Any, str | None]] = []

    async def get(self, path: str, **parameters: str) -> Any:
        self.asked.append(("GET", path))
        self.parameters.append(parameters)
        return self._answer(path)

    async def text(self, path: str, **parameters: str) -> str:
        self.parameters.append(parameters)
        return str(self._answer(path))

    async def act(
        self,
        method: str,
        path: str,
        actor: Actor | None,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        assert seconds is None or seconds < 3
        self.acts.append((method, path, actor.handle if actor else None, body, key))
        return self._answer(f"{method} {path}")

    def _answer(self, path: str) -> Any:
        answer = self.answers[path]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "items" in answer[0]:
            return answer.pop(0)
        return answer


class FakeViews:
    """Remembers what was shown, and refuses what Slack would."""

    def __init__(self, gone: frozenset[str] = frozenset()) -> None:
        self.shown: list[tuple[str, str, Json]] = []
        self._gone = gone

    async def open(self, trigger_id: str, view: Json) -> str:
        return self._show("open", "V1" if not trigger_id.startswith(OPENED) else trigger_id[len(OPENED) :], view)

    async def push(self, trigger_id: str, view: Json) -> str:
        return self._show("push", "V2" if not trigger_id.startswith(OPENED) else trigger_id[len(OPENED) :], view)

    async def update(self, view_id: str, view: Json) -> None:
        if view_id in self._gone:
            raise SlackRefused("views.update", "not_found")
        self._show("update", view_id, view)

    async def publish(self, user: str, view: Json) -> None:
        raise AssertionError("no dialog is a Home")

    async def tell(self, channel: str, user: str, text: str, thread: str = "") -> None:
        raise AssertionError("dialogs say everything in dialogs")

    async def respond(self, response_url: str, message: Json) -> None:
        raise AssertionError("dialogs say everything in dialogs")

    def _show(self, how: str, view_id: str, view: Json) -> str:
        assert check_view(view, "modal") == []
        self.shown.append((how, view_id, view))
        return view_id


PEOPLE = {
    "U9": Newcomer("T9", "Marta (Socio)", machine=False, gone=False, reads=True),
    "UBOT": Newcomer("T1", "Alertas", machine=True, gone=False, reads=True),
    "UGONE": Newcomer("T1", "Ana", machine=False, gone=True, reads=True),
    "UELSEWHERE": Newcomer("T1", "John", machine=False, gone=False, reads=False),
}


async def look_at(user: str, account: str) -> Newcomer | None:
    assert account == "T1/C1", "where the ticket's thread is"
    return PEOPLE.get(user)


def room(
    answers: Mapping[str, Any], views: FakeViews | None = None
) -> tuple[Registry, FakeDesk, FakeViews, Background]:
    registry, desk, background = Registry(), FakeDesk(answers), Background()
    views = views or FakeViews()
    register(registry, desk, views, background, look_at, lambda number: f"https://desk.example/desk/{number}")
    return registry, desk, views, background


def pressed(action: str, value: str = "4711", presser: Presser = EVA, **more: Any) -> Pressed:
    return Pressed(presser, action, value, "trigger", **more)


def submission(view: Json, values: Json, **more: Any) -> Submitted:
    return Submitted(EVA, submitted(view, values, **more), "V7")

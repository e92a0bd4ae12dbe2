"""Who does what that is pressed, submitted, typed or commanded in Slack: each handler registers itself by its names."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from intake_chat.domain.slack.interactions import Asked, Commanded, HomeOpened, Json, Pressed, Shortcut, Submitted
from intake_chat.domain.slack.people import Presser, Somebody

OPENED: Final = "opened:"
"""A trigger that begins so names a dialog that is open already: `Views.open` and `push` then update it."""

OnPress = Callable[[Pressed], Awaitable[None]]
OnSubmit = Callable[[Submitted], Awaitable[Json | None]]
"""None closes the dialog; else Slack's `response_action`."""
OnAsk = Callable[[Asked], Awaitable[list[Json]]]
"""The options to choose from (or groups of them, that have `label` and `options`)."""
OnCommand = Callable[[Commanded], Awaitable[Json | None]]
"""The message to answer with; it need not hurry."""
OnShortcut = Callable[[Shortcut], Awaitable[None]]
OnHome = Callable[[HomeOpened], Awaitable[None]]
ByAnybody = Callable[[Somebody, Mapping[str, Any]], Awaitable[Json | None]]
"""Does what anybody may ask for, agent or not, by the payload as Slack gave it; says what is to be answered."""


class Views(Protocol):
    """Slack's dialogs, and sentences for one person; `adapters.slack.views.SlackViews` does."""

    async def open(self, trigger_id: str, view: Json) -> str:
        """Open a dialog; returns its id."""

    async def push(self, trigger_id: str, view: Json) -> str:
        """Put a dialog on top of the open one; returns its id."""

    async def update(self, view_id: str, view: Json) -> None:
        """Show something else in a dialog."""

    async def publish(self, user: str, view: Json) -> None:
        """Show something in somebody's App Home."""

    async def tell(self, channel: str, user: str, text: str, thread: str = "") -> None:
        """Say something that one person sees."""

    async def respond(self, response_url: str, message: Json) -> None:
        """Answer a command, where there is more time."""


class KnowsAgents(Protocol):
    """Who is an agent; `handlers.agents.directory.Agents` does."""

    async def presser(self, somebody: Somebody) -> Presser | None:
        """The agent; None: it is none. Raises DeskAway, SlackAway and its kin."""

    def language(self, somebody: Somebody) -> str:
        """Their language, as far as it is known without asking."""

    def team(self, somebody: Somebody) -> str:
        """The workspace that they are of, as far as it is known without asking."""


@dataclass(slots=True)
class Registry:
    """Who does what, by the names that Slack knows.

    Attributes:
        actions: by action id, without what stands behind a colon.
        quiet: actions that open no dialog.
        ignored: actions that need nothing done (a button that leads to a page).
        submissions: by `callback_id`.
        options: by action id.
        commands, shortcuts: by name with its slash, by callback id.
        opening: command → whether what stands behind it opens a dialog.
        by_anybody: kind (`action`, `submission`, `command`, `shortcut`) and name of what anybody may ask for: it is
            done before Slack hears that it was received, without asking the desk who they are.
        menu_used: is told the value of what was chosen in a card's menu.
        home: whoever shows App Home; `home_away` says there that the desk does not answer, and
            `home_said` (who, what they see there, plain text) what came of a press where there is no other place.
    """

    actions: dict[str, OnPress] = field(default_factory=dict)
    quiet: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)
    submissions: dict[str, OnSubmit] = field(default_factory=dict)
    options: dict[str, OnAsk] = field(default_factory=dict)
    commands: dict[str, OnCommand] = field(default_factory=dict)
    opening: dict[str, Callable[[str], bool]] = field(default_factory=dict)
    shortcuts: dict[str, OnShortcut] = field(default_factory=dict)
    by_anybody: dict[tuple[str, str], ByAnybody] = field(default_factory=dict)
    menu_used: Callable[[str], Coroutine[Any, Any, None]] | None = None
    home: OnHome | None = None
    home_away: Callable[[Somebody], Awaitable[None]] | None = None
    home_said: Callable[[Somebody, Json, str], Awaitable[None]] | None = None

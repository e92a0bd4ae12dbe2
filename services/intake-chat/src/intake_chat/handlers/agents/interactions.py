"""What happens when somebody presses, submits, types or commands: who it is, then whoever is registered for it.

Slack wants an answer within three seconds whatever the desk does. A press is answered at once and done afterwards; a
dialog that is submitted is answered with what came of it, or stays open with all that was written. Where it takes too
long to find out who presses, a dialog that says "one moment" is opened meanwhile, for Slack lets nothing be opened
later; whoever then opens a dialog fills that one, without knowing (`OPENED`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.dialog_answers import loading, notice, refusal
from intake_chat.domain.slack.dialogs.refusals import not_allowed
from intake_chat.domain.slack.entry.typed import typed
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import (
    Asked,
    Commanded,
    HomeOpened,
    Json,
    Press,
    Pressed,
    Shortcut,
    Submitted,
    is_button,
    press_of,
    somebody_of,
)
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackBusy, SlackRefused, TokenRefused, TooMuchWaits
from intake_chat.handlers.agents.background import Background

log = structlog.get_logger()

OPENED: Final = "opened:"
"""A trigger that begins so names a dialog that is open already: `Views.open` and `push` then update it."""
_OPEN_SECONDS: Final = 1.0
_SUBMIT_SECONDS: Final = 2.6
_SUGGEST_SECONDS: Final = 2.6
_COMMAND_SECONDS: Final = 2.0
_AWAY: Final = (DeskAway, SlackAway, SlackBusy, TooMuchWaits)

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
        by_anybody: kind (`action`, `submission`, `command`, `shortcut`) and name of what anybody may ask for: it is
            done before Slack hears that it was received, without asking the desk who they are.
        menu_used: is told the value of what was chosen in a card's menu.
        home: whoever shows App Home; `home_away` says there that the desk does not answer.
    """

    actions: dict[str, OnPress] = field(default_factory=dict)
    quiet: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)
    submissions: dict[str, OnSubmit] = field(default_factory=dict)
    options: dict[str, OnAsk] = field(default_factory=dict)
    commands: dict[str, OnCommand] = field(default_factory=dict)
    shortcuts: dict[str, OnShortcut] = field(default_factory=dict)
    by_anybody: dict[tuple[str, str], ByAnybody] = field(default_factory=dict)
    menu_used: Callable[[str], Coroutine[Any, Any, None]] | None = None
    home: OnHome | None = None
    home_away: Callable[[Somebody], Awaitable[None]] | None = None


class Interactions:
    """Finds out who does it, and hands it to whoever is registered."""

    def __init__(self, *, registry: Registry, agents: KnowsAgents, views: Views, background: Background) -> None:
        self._registry = registry
        self._agents = agents
        self._views = views
        self._background = background

    async def pressed(self, body: Mapping[str, Any]) -> None:
        """Begin what a press asks for; Slack need not wait for it."""
        press = press_of(body)
        if press is None or press.action in self._registry.ignored:
            return
        if (open_to_all := self._open_to_all("action", press.action)) is not None:
            _, failed = await self._done_for_all(open_to_all, press.somebody, body)
            if failed:
                self._background.start(self._say(press, failed))
            return
        handler = self._registry.actions.get(press.action)
        metrics.INTERACTIONS.labels("press" if handler else "unknown_press").inc()
        if handler is None:
            if is_button(body):
                self._background.start(self._say(press, said("unknown", self._agents.language(press.somebody))))
            return
        if press.in_menu and self._registry.menu_used is not None:
            self._background.start(self._registry.menu_used(press.value))
        opens = bool(press.trigger_id) and press.action not in self._registry.quiet
        self._background.start(
            self._as_agent(press, opens=opens, work=lambda presser, trigger: handler(press.by(presser, trigger)))
        )

    async def submitted(self, body: Mapping[str, Any]) -> Json | None:
        """What Slack is to do with a dialog that was submitted; what was written in it is kept unless it is stored."""
        somebody, view = somebody_of(body), dict(body.get("view") or {})
        open_to_all = self._open_to_all("submission", str(view.get("callback_id") or ""))
        if somebody is not None and open_to_all is not None:
            answer, failed = await self._done_for_all(open_to_all, somebody, body)
            return refusal(view, failed) if failed else answer
        handler = self._registry.submissions.get(str(view.get("callback_id") or ""))
        metrics.INTERACTIONS.labels("submission" if handler else "unknown_submission").inc()
        if somebody is None or handler is None:
            return None
        language = self._agents.language(somebody)
        try:
            async with asyncio.timeout(_SUBMIT_SECONDS):
                presser = await self._agents.presser(somebody)
                if presser is None:
                    return refusal(view, said("not_an_agent", language))
                language = presser.language
                submitted = Submitted(presser, view, str(view.get("id") or ""), str(body.get("trigger_id") or ""))
                return await handler(submitted)
        except (TimeoutError, *_AWAY) as error:
            log.warning("dialog.kept", callback=view.get("callback_id"), reason=type(error).__name__)
            return refusal(view, said("text_kept", language))
        except DeskRefused as error:
            return refusal(view, not_allowed(error.code, error.detail, language))
        except NotOurs as error:
            log.warning("dialog.unknown", callback=view.get("callback_id"), reason=str(error))
            return refusal(view, said("unknown", language))
        except Exception:  # a bug must not cost somebody what they wrote
            log.exception("dialog.failed", callback=view.get("callback_id"))
            return refusal(view, said("failed", language))

    async def asked(self, body: Mapping[str, Any]) -> list[Json]:
        """The options for what somebody types in a select; none where the desk does not answer in time."""
        somebody = somebody_of(body)
        action = str(body.get("action_id") or "").partition(":")[0]
        handler = self._registry.options.get(action)
        if somebody is None or handler is None:
            return []
        try:
            async with asyncio.timeout(_SUGGEST_SECONDS):
                presser = await self._agents.presser(somebody)
                if presser is None:
                    return []
                return await handler(Asked(presser, action, str(body.get("value") or "")[:200], body.get("view")))
        except (TimeoutError, DeskRefused, NotOurs, *_AWAY) as error:
            log.warning("options.missing", action=action, reason=type(error).__name__)
            return []
        except Exception:  # as above
            log.exception("options.missing", action=action)
            return []

    async def commanded(self, body: Mapping[str, Any]) -> Json | None:
        """The answer to a slash command; what takes longer is answered later, where Slack says."""
        somebody, command = somebody_of(body), str(body.get("command") or "")
        if somebody is not None and (open_to_all := self._open_to_all("command", command)) is not None:
            answer, failed = await self._done_for_all(open_to_all, somebody, body)
            words = escaped(typed(str(body.get("text") or "")))  # Slack does not give it back
            return _ephemeral(f"{failed}\n\n{words}".rstrip()) if failed else answer
        handler = self._registry.commands.get(command)
        metrics.INTERACTIONS.labels("command" if handler else "unknown_command").inc()
        if somebody is None or handler is None:
            return None
        task = asyncio.create_task(self._answered(somebody, command, handler, body))
        done, _ = await asyncio.wait({task}, timeout=_COMMAND_SECONDS)
        if done:
            return task.result()
        self._background.start(self._respond(str(body.get("response_url") or ""), task))
        return None

    async def shortcut(self, body: Mapping[str, Any]) -> None:
        """Begin what a shortcut asks for; Slack need not wait for it."""
        somebody, callback = somebody_of(body), str(body.get("callback_id") or "")
        if somebody is None:
            return
        response_url = str(body.get("response_url") or "")
        press = Press(
            somebody, callback, "", str(body.get("trigger_id") or ""), str((body.get("channel") or {}).get("id") or ""),
            str(body.get("message_ts") or ""), "", None, response_url=response_url,
        )  # fmt: skip
        if (open_to_all := self._open_to_all("shortcut", callback)) is not None:
            _, failed = await self._done_for_all(open_to_all, somebody, body)
            if failed:
                self._background.start(self._say(press, failed))
            return
        handler = self._registry.shortcuts.get(callback)
        metrics.INTERACTIONS.labels("shortcut" if handler else "unknown_shortcut").inc()
        if handler is None:
            return

        async def work(presser: Presser | None, trigger: str) -> None:
            chosen = Shortcut(somebody, presser, callback, trigger, press.channel, body.get("message"), response_url)
            await handler(chosen)

        opens = bool(press.trigger_id) and callback not in self._registry.quiet
        self._background.start(self._as_agent(press, opens=opens, work=work))

    def home_opened(self, envelope: Mapping[str, Any]) -> None:
        """Begin to show App Home to whoever opened it; nothing is done about any other event."""
        event = envelope.get("event")
        if self._registry.home is None or not isinstance(event, Mapping) or event.get("type") != "app_home_opened":
            return
        team, user = envelope.get("team_id"), event.get("user")
        if team and user and event.get("tab", "home") == "home":
            self._background.start(self._home(Somebody(str(team), str(user)), event.get("view")))

    def _open_to_all(self, kind: str, name: str) -> ByAnybody | None:
        found = self._registry.by_anybody.get((kind, name))
        if found is not None:
            metrics.INTERACTIONS.labels(kind).inc()
        return found

    async def _done_for_all(
        self, do: ByAnybody, somebody: Somebody, body: Mapping[str, Any]
    ) -> tuple[Json | None, str]:
        """What is to be answered, and what is to be said of a failure: Slack would take silence for success."""
        try:
            return await do(somebody, body), ""
        except Exception:  # a bug must not cost somebody what they wrote
            log.exception("request.failed", kind=body.get("type") or body.get("command"))
            return None, said("failed", self._agents.language(somebody))

    async def _home(self, somebody: Somebody, view: Json | None) -> None:
        assert self._registry.home is not None
        try:
            presser = await self._agents.presser(somebody)
            await self._registry.home(HomeOpened(somebody, presser, view))
        except (DeskRefused, SlackRefused, *_AWAY) as error:
            log.warning("home.missing", reason=str(error))
            await self._home_away(somebody)

    async def _home_away(self, somebody: Somebody) -> None:
        if self._registry.home_away is None:
            return
        try:
            await self._registry.home_away(somebody)
        except (SlackRefused, *_AWAY) as error:
            log.warning("home.missing", reason=str(error))

    async def _as_agent(
        self, press: Press, *, opens: bool, work: Callable[[Presser, str], Coroutine[Any, Any, None] | Awaitable[None]]
    ) -> None:
        """Do something as the agent who asked for it, or tell them why not."""

        async def only_agents(presser: Presser | None, trigger: str) -> None:
            if presser is None:
                log.info("press.refused", action=press.action, reason="no_agent")
                await self._say(press, said("not_an_agent", self._agents.language(press.somebody)), trigger)
            else:
                await work(presser, trigger)

        await self._for_anybody(press, opens=opens, work=only_agents)

    async def _for_anybody(
        self, press: Press, *, opens: bool, work: Callable[[Presser | None, str], Coroutine[Any, Any, None]]
    ) -> None:
        trigger = press.trigger_id
        language = self._agents.language(press.somebody)
        looking = asyncio.ensure_future(self._agents.presser(press.somebody))
        try:
            done, _ = await asyncio.wait({looking}, timeout=_OPEN_SECONDS)
            if not done and opens:
                opened = self._views.push if press.in_dialog else self._views.open
                trigger = OPENED + await opened(press.trigger_id, loading(language))
            presser = await looking
            language = presser.language if presser else self._agents.language(press.somebody)
            await work(presser, trigger)
        except _AWAY as error:
            log.warning("press.failed", action=press.action, reason=str(error))
            await self._say(press, said(_away(error), language), trigger)
        except DeskRefused as error:
            await self._say(press, not_allowed(error.code, error.detail, language), trigger)
        except SlackRefused as error:
            # A dialog that was closed meanwhile, a trigger that is too old: there is nobody left to tell.
            log.warning("press.failed", action=press.action, reason=error.code)
        except NotOurs as error:
            log.warning("press.unknown", action=press.action, reason=str(error))
            await self._say(press, said("unknown", language), trigger)
        except Exception:  # whoever pressed must not be left without a word
            log.exception("press.failed", action=press.action)
            await self._say(press, said("failed", language), trigger)
        finally:
            looking.cancel()

    async def _say(self, press: Press, text: str, trigger: str = "") -> None:
        """Say plain text to whoever pressed: in the dialog that is open, else where they pressed, else in a new one."""
        somebody, language = press.somebody, self._agents.language(press.somebody)
        try:
            if trigger.startswith(OPENED):
                await self._views.update(trigger.removeprefix(OPENED), notice(text, language))
            elif press.channel:
                await self._views.tell(press.channel, somebody.user_id, escaped(text), press.thread_ts)
            elif press.trigger_id:
                opened = self._views.push if press.in_dialog else self._views.open
                await opened(press.trigger_id, notice(text, language))
        except (SlackRefused, *_AWAY) as error:
            # Where it was pressed Slack takes an answer without a token too.
            if press.response_url:
                await self._answer_at(press.response_url, {**_ephemeral(escaped(text)), "replace_original": False})
            else:
                log.warning("word.unsaid", reason=str(error))

    async def _answered(
        self, somebody: Somebody, command: str, handler: OnCommand, body: Mapping[str, Any]
    ) -> Json | None:
        language = self._agents.language(somebody)
        try:
            presser = await self._agents.presser(somebody)
            if presser is None:
                return _ephemeral(said("not_an_agent", self._agents.language(somebody)))
            text = str(body.get("text") or "").strip()
            places = (str(body.get(name) or "") for name in ("trigger_id", "channel_id", "response_url"))
            return await handler(Commanded(somebody, presser, command, text, *places))
        except _AWAY as error:
            log.warning("command.failed", command=command, reason=str(error))
            return _ephemeral(said(_away(error), language))
        except DeskRefused as error:
            return _ephemeral(escaped(not_allowed(error.code, error.detail, language)))
        except SlackRefused as error:
            log.warning("command.failed", command=command, reason=error.code)
            return _ephemeral(said("failed", language))
        except Exception:  # as above
            log.exception("command.failed", command=command)
            return _ephemeral(said("failed", language))

    async def _respond(self, response_url: str, task: asyncio.Task[Json | None]) -> None:
        message = await task
        if message is not None and response_url:
            await self._answer_at(response_url, message)

    async def _answer_at(self, response_url: str, message: Json) -> None:
        try:
            await self._views.respond(response_url, message)
        except (SlackRefused, *_AWAY) as error:
            log.warning("word.unsaid", reason=str(error))


def _away(error: Exception) -> str:
    return "no_token" if isinstance(error, TokenRefused) else "desk_slow"


def _ephemeral(text: str) -> Json:
    return {"response_type": "ephemeral", "text": text}

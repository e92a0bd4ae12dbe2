"""What happens when somebody presses, submits, types or commands: who it is, then whoever is registered for it.

Slack wants an answer within three seconds whatever the desk does. A press is answered at once and done afterwards; a
dialog that is submitted is answered with what came of it, or stays open with all that was written. Where it takes too
long to find out who presses, a dialog that says "one moment" is opened meanwhile, for Slack lets nothing be opened
later; whoever then opens a dialog fills that one, without knowing (`OPENED`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.dialog_answers import asked_in, loading, notice, notice_to_ask_again, refusal
from intake_chat.domain.slack.dialogs.refusals import not_allowed
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import (
    Asked,
    HomeOpened,
    Json,
    Press,
    Shortcut,
    Submitted,
    is_button,
    press_of,
    somebody_of,
)
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.commanding import Commanding, away, ephemeral, with_words
from intake_chat.handlers.agents.registry import OPENED, ByAnybody, KnowsAgents, Registry, Views

log = structlog.get_logger()

_OPEN_SECONDS: Final = 1.0
_SUBMIT_SECONDS: Final = 2.6
_SUGGEST_SECONDS: Final = 2.6
_TOO_LATE: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "trigger_expired"})
_AWAY: Final = (DeskAway, SlackAway, SlackBusy, TooMuchWaits)


class Interactions:
    """Finds out who does it, and hands it to whoever is registered."""

    def __init__(self, *, registry: Registry, agents: KnowsAgents, views: Views, background: Background) -> None:
        self._registry = registry
        self._agents = agents
        self._views = views
        self._background = background
        self._commands = Commanding(agents=agents, views=views, background=background)

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
            return ephemeral(with_words(failed, str(body.get("text") or ""))) if failed else answer
        handler = self._registry.commands.get(command)
        metrics.INTERACTIONS.labels("command" if handler else "unknown_command").inc()
        if somebody is None or handler is None:
            return None
        opens = self._registry.opening.get(command, _opens_nothing)(str(body.get("text") or ""))
        return await self._commands.answered(somebody, handler, body, opens=opens)

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
            if opens and (view_id := asked_in(press.view)):
                trigger = OPENED + view_id
                await self._views.update(view_id, loading(language))
            done, _ = await asyncio.wait({looking}, timeout=_OPEN_SECONDS)
            if not done and opens and trigger == press.trigger_id:
                opened = self._views.push if press.in_dialog else self._views.open
                trigger = OPENED + await opened(press.trigger_id, loading(language))
            presser = await looking
            language = presser.language if presser else self._agents.language(press.somebody)
            await work(presser, trigger)
        except _AWAY as error:
            log.warning("press.failed", action=press.action, reason=str(error))
            await self._say(press, said(away(error), language), trigger)
        except DeskRefused as error:
            await self._say(press, not_allowed(error.code, error.detail, language), trigger)
        except SlackRefused as error:
            log.warning("press.failed", action=press.action, reason=error.code)
            if error.code in _TOO_LATE and not press.in_dialog:
                await self._say(press, said("too_late", language))
            # Else it was a dialog that was closed meanwhile: there is nobody left to tell.
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
                view = notice(text, language)
                if press.action in self._registry.actions:
                    view = notice_to_ask_again(text, language, press.action, press.value)
                await self._views.update(trigger.removeprefix(OPENED), view)
            elif press.channel:
                await self._views.tell(press.channel, somebody.user_id, escaped(text), press.thread_ts)
            elif press.trigger_id:
                opened = self._views.push if press.in_dialog else self._views.open
                await opened(press.trigger_id, notice(text, language))
        except (SlackRefused, *_AWAY) as error:
            if press.in_home:  # its trigger is over soon, and there is no other way to it
                await self._say_at_home(press, text)
            # Where it was pressed Slack takes an answer without a token too.
            elif press.response_url:
                await self._answer_at(press.response_url, {**ephemeral(escaped(text)), "replace_original": False})
            else:
                log.warning("word.unsaid", reason=str(error))

    async def _say_at_home(self, press: Press, text: str) -> None:
        if self._registry.home_said is None or press.view is None:
            return
        try:
            await self._registry.home_said(press.somebody, press.view, text)
        except (SlackRefused, *_AWAY) as error:
            log.warning("word.unsaid", reason=str(error))

    async def _answer_at(self, response_url: str, message: Json) -> None:
        try:
            await self._views.respond(response_url, message)
        except (SlackRefused, *_AWAY) as error:
            log.warning("word.unsaid", reason=str(error))


def _opens_nothing(_text: str) -> bool:
    return False

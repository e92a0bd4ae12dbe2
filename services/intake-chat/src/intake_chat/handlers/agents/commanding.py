"""What an agent's slash command is answered with: within Slack's three seconds, or later where Slack says.

A command that opens a dialog cannot wait: its trigger is over after three seconds. So where it takes longer to find out
who commands, a dialog that says "one moment" is opened first, as for a press. Slack does not give back what was written
behind a command: whatever goes wrong, its words stand below what is said.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog

from intake_chat.domain.slack.dialog_answers import loading, notice
from intake_chat.domain.slack.dialogs.refusals import not_allowed
from intake_chat.domain.slack.entry.typed import typed
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import Commanded, Json
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.people import Somebody
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackBusy, SlackRefused, TokenRefused, TooMuchWaits
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.registry import OPENED, KnowsAgents, OnCommand, Views

log = structlog.get_logger()

_COMMAND_SECONDS: Final = 2.0
_OPEN_SECONDS: Final = 1.0
_AWAY: Final = (DeskAway, SlackAway, SlackBusy, TooMuchWaits)


class Commanding:
    """Does what agents command."""

    def __init__(self, *, agents: KnowsAgents, views: Views, background: Background) -> None:
        self._agents = agents
        self._views = views
        self._background = background

    async def answered(
        self, somebody: Somebody, handler: OnCommand, body: Mapping[str, Any], *, opens: bool
    ) -> Json | None:
        """The answer, if it does not take long.

        Args:
            opens: it opens a dialog.
        """
        task = asyncio.create_task(self._done(somebody, handler, body, opens=opens))
        done, _ = await asyncio.wait({task}, timeout=_COMMAND_SECONDS)
        if done:
            return task.result()
        self._background.start(self._respond(str(body.get("response_url") or ""), task))
        return None

    async def _done(
        self, somebody: Somebody, handler: OnCommand, body: Mapping[str, Any], *, opens: bool
    ) -> Json | None:
        command, text = str(body.get("command") or ""), str(body.get("text") or "").strip()
        trigger = str(body.get("trigger_id") or "")
        language = self._agents.language(somebody)
        looking = asyncio.ensure_future(self._agents.presser(somebody))
        try:
            found, _ = await asyncio.wait({looking}, timeout=_OPEN_SECONDS)
            if not found and trigger and opens:
                trigger = OPENED + await self._views.open(trigger, loading(language))
            presser = await looking
            language = presser.language if presser else self._agents.language(somebody)
            if presser is None:
                return await self._said(said("not_an_agent", language), text, trigger, language)
            places = (str(body.get(name) or "") for name in ("channel_id", "response_url"))
            return await handler(Commanded(somebody, presser, command, text, trigger, *places))
        except _AWAY as error:
            log.warning("command.failed", command=command, reason=str(error))
            return await self._said(said(away(error), language), text, trigger, language)
        except DeskRefused as error:
            return await self._said(not_allowed(error.code, error.detail, language), text, trigger, language)
        except SlackRefused as error:
            log.warning("command.failed", command=command, reason=error.code)
            return await self._said(said("failed", language), text, trigger, language)
        except Exception:  # whoever commands must not be left without a word
            log.exception("command.failed", command=command)
            return await self._said(said("failed", language), text, trigger, language)
        finally:
            looking.cancel()

    async def _said(self, failed: str, text: str, trigger: str, language: str) -> Json:
        """The sentence with the words of the command; in the dialog too, if one is open that says "one moment"."""
        if trigger.startswith(OPENED):
            try:
                await self._views.update(trigger.removeprefix(OPENED), notice(failed, language))
            except (SlackRefused, *_AWAY) as error:
                log.info("word.unsaid", reason=str(error))
        return ephemeral(with_words(escaped(failed), text))

    async def _respond(self, response_url: str, task: asyncio.Task[Json | None]) -> None:
        message = await task
        if message is None or not response_url:
            return
        try:
            await self._views.respond(response_url, message)
        except (SlackRefused, *_AWAY) as error:
            log.warning("word.unsaid", reason=str(error))


def away(error: Exception) -> str:
    """The key of what is said where the desk, or Slack, does not answer."""
    return "no_token" if isinstance(error, TokenRefused) else "desk_slow"


def ephemeral(text: str) -> Json:
    """An answer that only one person sees."""
    return {"response_type": "ephemeral", "text": text}


def with_words(said_first: str, text: str) -> str:
    """A sentence, and below it what somebody wrote behind a command: Slack does not give it back."""
    return f"{said_first}\n\n{escaped(typed(text))}".rstrip()

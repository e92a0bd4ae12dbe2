"""What the buttons of a card do: claim, assign, priority, snooze, solve, spam, and taking the last two back.

A claim is done at once and said to whoever pressed alone. For the others a dialog is opened: first one that says that
the desk is asked, for Slack does not wait, then the one that it is about.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from intake_chat.domain.slack import actions, blocks
from intake_chat.domain.slack.dialog_answers import loading, plain, refusal, said_above
from intake_chat.domain.slack.dialogs.answers import Answers, ticket_number
from intake_chat.domain.slack.dialogs.frames import trouble
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import Json, Pressed, Submitted
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.presses import dialogs
from intake_chat.domain.slack.presses.words import press_word
from intake_chat.errors import DeskAway, DeskRefused, SlackRefused
from intake_chat.handlers.agents.registry import OPENED, Registry, Views
from intake_chat.ports.desk import Desk

log = structlog.get_logger()

_SECONDS: Final = 2.3
"""Slack gives up on a submission after three, and part of that is gone by then."""
_MOST_AGENTS: Final = 100
_TRIES: Final = 3
"""So often a change is asked for while others change what does not matter to it."""
_MOST_TAGS: Final = 50
_SPAM: Final = "spam"


class Buttons:
    """Does what is pressed on a card, on App Home or beside a ticket in a list."""

    def __init__(self, *, desk: Desk, views: Views, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._desk = desk
        self._views = views
        self._now = now

    def register(self, registry: Registry) -> None:
        """Be the one who does these."""
        registry.actions |= {
            actions.CLAIM: self.claim,
            actions.ASSIGN: self.assign,
            actions.PRIORITY: self.priority,
            actions.SNOOZE: self.snooze,
            actions.SOLVE: self.solve,
            actions.SPAM: self.spam,
            actions.REOPEN: self.reopen,
            actions.NOT_SPAM: self.not_spam,
        }
        registry.quiet.add(actions.CLAIM)
        registry.ignored.add(actions.OPEN)
        registry.submissions |= {
            dialogs.ASSIGN: self.assigned,
            dialogs.PRIORITY: self.prioritised,
            dialogs.SNOOZE: self.snoozed,
            dialogs.SOLVE: self.solved,
            dialogs.SPAM: self.closed_as_spam,
            dialogs.REOPEN: self.reopened,
            dialogs.NOT_SPAM: self.taken_back,
        }

    async def claim(self, pressed: Pressed) -> None:
        """Give the ticket to whoever pressed; of two one gets it, and the other is told who has it.

        Raises:
            DeskAway: whoever pressed is told to press again.
        """
        presser, number = pressed.presser, ticket_number(pressed.value)
        try:
            await self._desk.act("POST", f"/tickets/{number}/claim", presser.actor)
        except DeskRefused as error:
            await self._deny(pressed, await self._why_not(number, error, presser.language))
            return
        await self._tell(pressed, press_word("claimed", presser.language, number=str(number)))

    async def assign(self, pressed: Pressed) -> None:
        """Ask to whom of its team a ticket goes."""

        async def show(ticket: Json, language: str) -> Json:
            team = await self._desk.get(f"/teams/{ticket['team']}")
            return dialogs.assign_view(ticket, await self._colleagues(team), language, team)

        await self._ask(pressed, dialogs.ASSIGN, show)

    async def priority(self, pressed: Pressed) -> None:
        """Ask how urgent a ticket is."""
        await self._ask(pressed, dialogs.PRIORITY, _at_once(dialogs.priority_view))

    async def snooze(self, pressed: Pressed) -> None:
        """Ask until when a ticket is put aside."""
        await self._ask(pressed, dialogs.SNOOZE, _at_once(dialogs.snooze_view))

    async def solve(self, pressed: Pressed) -> None:
        """Ask what solved a ticket."""
        await self._ask(pressed, dialogs.SOLVE, _at_once(dialogs.solve_view))

    async def spam(self, pressed: Pressed) -> None:
        """Ask whether a ticket is really spam."""
        await self._ask(pressed, dialogs.SPAM, _at_once(dialogs.spam_view))

    async def reopen(self, pressed: Pressed) -> None:
        """Ask whether a solved ticket is opened again."""
        await self._ask(pressed, dialogs.REOPEN, _at_once(dialogs.reopen_view))

    async def not_spam(self, pressed: Pressed) -> None:
        """Ask whether a ticket was closed as spam by mistake."""
        await self._ask(pressed, dialogs.NOT_SPAM, _at_once(dialogs.not_spam_view))

    async def assigned(self, submitted: Submitted) -> Json | None:
        """Give a ticket to somebody of its team."""
        answers = Answers(submitted.view)
        body = {"agent": answers.chosen(dialogs.AGENT), **_why(answers)}
        if (changed := await self._changed(submitted, answers)) is not None:
            return changed
        return await self._do(submitted, "POST", f"/tickets/{answers.ticket}/assign", body, dialogs.AGENT)

    async def prioritised(self, submitted: Submitted) -> Json | None:
        """Change how urgent a ticket is."""
        answers = Answers(submitted.view)
        body = {"priority": answers.chosen(dialogs.WHICH), **_why(answers)}
        if dialogs.WHY in body and body["priority"] == dialogs.priority_before(submitted.view):
            # Nothing would change, and what was written would stand nowhere.
            return refusal(submitted.view, press_word("priority.same", submitted.presser.language), dialogs.WHICH)
        return await self._change(submitted, body, dialogs.WHICH)

    async def snoozed(self, submitted: Submitted) -> Json | None:
        """Put a ticket aside."""
        answers = Answers(submitted.view)
        until = dialogs.until(answers, self._now())
        if until is None:
            return refusal(submitted.view, press_word("snooze.choose", submitted.presser.language), dialogs.WHEN)
        body = {"until": until.isoformat(), **_why(answers)}
        return await self._do(submitted, "POST", f"/tickets/{answers.ticket}/snooze", body, dialogs.EXACT)

    async def solved(self, submitted: Submitted) -> Json | None:
        """Solve a ticket without a word to its customer."""
        answers = Answers(submitted.view)
        body = {"status": "solved", "resolution": answers.text(dialogs.RESOLUTION)}
        if cause := answers.text(dialogs.CAUSE):
            body["cause"] = cause
        return await self._change(submitted, body, dialogs.RESOLUTION)

    async def closed_as_spam(self, submitted: Submitted) -> Json | None:
        """Close a ticket as spam, so that nobody is shown it as similar to theirs."""
        words = press_word("spam.resolution", submitted.presser.language)
        body = {"status": "closed", "resolution": words, "cause": words}
        return await self._change(submitted, body, "", tags=_with_spam)

    async def reopened(self, submitted: Submitted) -> Json | None:
        """Open a solved ticket again; whoever asked in a chat reads there that it is."""
        return await self._change(submitted, {"status": "open", **_why(Answers(submitted.view))}, "")

    async def taken_back(self, submitted: Submitted) -> Json | None:
        """Open a ticket again that was closed as spam by mistake; nothing is left of that but its history."""
        body = {"status": "open", "resolution": None, "cause": None, **_why(Answers(submitted.view))}
        return await self._change(submitted, body, "", tags=_without_spam)

    async def _ask(self, pressed: Pressed, name: str, show: Callable[[Json, str], Awaitable[Json]]) -> None:
        number, language = ticket_number(pressed.value), pressed.presser.language
        title = f"{press_word(f'{name}.title', language)} #{number}"

        def sorry(text: str) -> Json:
            return trouble(name, pressed.action, pressed.value, text, language) | {"title": plain(title[:24])}

        view_id = await self._stage(pressed, f"{name}.trouble", title)
        try:
            view = await show(await self._desk.get(f"/tickets/{number}"), language)
        except DeskAway:
            view = sorry(said("desk_slow", language))
        except DeskRefused as error:
            view = sorry(in_words(error.code, error.detail, language))
        try:
            await self._views.update(view_id, view)
        except SlackRefused as error:
            if error.code == "not_found":  # whoever asked did not wait for it
                raise
            log.warning("dialog.not_taken", dialog=name, reason=str(error))
            await self._views.update(view_id, sorry(said("failed", language)))

    async def _stage(self, pressed: Pressed, again: str, title: str) -> str:
        """The dialog in which it will be shown: a new one, or that whose button asks again."""
        shown = pressed.view or {}
        if shown.get("callback_id") == again and not pressed.trigger_id.startswith(OPENED):
            return str(shown["id"])
        opened = self._views.push if shown.get("type") == "modal" else self._views.open
        return await opened(pressed.trigger_id, loading(pressed.presser.language, title))

    async def _do(
        self, submitted: Submitted, method: str, path: str, body: Mapping[str, Any], block: str
    ) -> Json | None:
        async def do() -> None:
            await self._desk.act(
                method, path, submitted.presser.actor, body, key=submitted.view_id or None, seconds=_SECONDS
            )

        return await self._refused(submitted, do, block)

    async def _changed(self, submitted: Submitted, answers: Answers) -> Json | None:
        """The dialog with what others changed since it was opened, for another look; None: nothing."""
        ticket = await self._desk.get(f"/tickets/{answers.ticket}")
        if not (told := dialogs.changed_meanwhile(answers.private, ticket, submitted.presser.language)):
            return None
        return said_above(submitted.view, told, {**answers.private, dialogs.SEEN: dialogs.marks(ticket)})

    async def _change(
        self,
        submitted: Submitted,
        body: Mapping[str, Any],
        block: str,
        tags: Callable[[Sequence[str]], list[str]] | None = None,
    ) -> Json | None:
        """Change a ticket unless others have changed it since the dialog was opened; then the dialog says what.

        Args:
            tags: makes those that the ticket gets of those that it has; None: they stay.
        """
        view, language = submitted.view, submitted.presser.language
        answers = Answers(view)
        path = f"/tickets/{answers.ticket}"

        async def do() -> Json | None:
            for tries in range(_TRIES):
                ticket = await self._desk.get(path)
                wanted = dict(body) if tags is None else {**body, "tags": tags(ticket.get("tags") or ())}
                if all(ticket.get(name) == value for name, value in wanted.items() if name != dialogs.WHY):
                    return None  # the answer to this very wish was lost
                if told := dialogs.changed_meanwhile(answers.private, ticket, language):
                    return said_above(view, told, {**answers.private, dialogs.SEEN: dialogs.marks(ticket)})
                try:
                    given = {**wanted, "version": ticket["version"]}
                    await self._desk.act("PATCH", path, submitted.presser.actor, given, seconds=_SECONDS)
                    return None
                except DeskRefused as error:
                    if error.code != "stale_version" or tries == _TRIES - 1:
                        raise
            return None

        return await self._refused(submitted, do, block)

    async def _refused(self, submitted: Submitted, do: Callable[[], Awaitable[Json | None]], block: str) -> Json | None:
        """What came of doing it: None where it is done, else the dialog as it was with the reason."""
        language = submitted.presser.language
        try:
            return await do()
        except DeskAway as error:
            log.warning("dialog.kept", dialog=submitted.view.get("callback_id"), reason=str(error))
            return refusal(submitted.view, said("text_kept", language), block)
        except DeskRefused as error:
            log.info("dialog.refused", dialog=submitted.view.get("callback_id"), reason=error.code)
            at = error.pointer.strip("/") if error.pointer.strip("/") in (dialogs.CAUSE, dialogs.WHY) else block
            return refusal(submitted.view, in_words(error.code, error.detail, language), at)

    async def _colleagues(self, team: Json) -> Sequence[Json]:
        """Who can be given a ticket of a team: its people; of one that is retired, whoever is an agent at all."""
        left = not team.get("active", True)
        handles = {str(one["agent"]) for one in team["members"]}
        found: list[Json] = []
        cursor: dict[str, str] = {}
        for _ in range(10):
            page = await self._desk.get("/agents", limit="200", **cursor)
            found += [one for one in page["items"] if (left or one["handle"] in handles) and one["active"]]
            if not page.get("next") or (not left and len(found) >= len(handles)):
                break
            cursor = {"cursor": str(page["next"])}
        return sorted(found, key=lambda one: str(one["name"]).casefold())[:_MOST_AGENTS]

    async def _why_not(self, number: int, error: DeskRefused, language: str) -> str:
        if error.code != "taken":
            return escaped(in_words(error.code, error.detail, language))
        ticket = await self._desk.get(f"/tickets/{number}")
        holder = str(ticket.get("assignee") or "?")
        name = holder
        if ticket.get("assignee"):
            name = str((await self._desk.get(f"/agents/{holder}"))["name"])
        since = _moment(str(error.detail).partition(" since ")[2].partition(";")[0])
        return press_word("taken", language, name=escaped(name), number=str(number), since=since)

    async def _tell(self, pressed: Pressed, text: str) -> None:
        """Say it to whoever pressed, where they pressed; on their Home there is no such place: the list shows it."""
        if pressed.channel:
            await self._views.tell(pressed.channel, pressed.presser.user_id, text, pressed.thread_ts)

    async def _deny(self, pressed: Pressed, text: str) -> None:
        """Say why it was not done: where there is no place for it, in a dialog."""
        if pressed.channel:
            await self._tell(pressed, text)
            return
        language = pressed.presser.language
        shown = blocks.modal(said("title", language), [blocks.marked(text)], close=said("close", language))
        opened = self._views.push if (pressed.view or {}).get("type") == "modal" else self._views.open
        await opened(pressed.trigger_id, shown)


def _moment(text: str) -> str:
    """A time of the desk's, as each reader's Slack shows it; as it is where it is none."""
    try:
        at = datetime.strptime(text, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    except ValueError:
        return escaped(text) or "?"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{escaped(text)}>"


def _at_once(view: Callable[[Mapping[str, Any], str], Json]) -> Callable[[Json, str], Awaitable[Json]]:
    """A dialog for which the ticket is all that must be known."""

    async def show(ticket: Json, language: str) -> Json:
        return view(ticket, language)

    return show


def _why(answers: Answers) -> dict[str, str]:
    why = answers.text(dialogs.WHY)
    return {"why": why} if why else {}


def _with_spam(tags: Sequence[str]) -> list[str]:
    return [*_without_spam(tags)[: _MOST_TAGS - 1], _SPAM]


def _without_spam(tags: Sequence[str]) -> list[str]:
    return [one for one in tags if one != _SPAM]

"""A person's hands in the local Slack: writing, and pressing, choosing, submitting what apps have put there.

Each interaction waits for the app as Slack does, three seconds, and says what the person would see.
"""

from dataclasses import dataclass, field
from typing import Any

from ventanilla_devstack.slack import interactions, responses, view_state, views
from ventanilla_devstack.slack.block_elements import check_suggestions, option_list
from ventanilla_devstack.slack.blocks import find_element
from ventanilla_devstack.slack.composing import compose_command
from ventanilla_devstack.slack.courier import Kind, Outcome
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.interactions import Spot
from ventanilla_devstack.slack.records import App, Json, View
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.triggers import ResponsePlace
from ventanilla_devstack.slack.workspace import Happening
from ventanilla_devstack.slack.writing_hands import WritingHands

_VALUES_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees after an interaction.

    Attributes:
        answered: whether the app acknowledged in three seconds.
        problem: "" or why not: `operation_timeout`, `dispatch_failed`, or what was wrong with the answer.
        errors: sentences beside the inputs of the modal, by block id.
        modal: the topmost modal now.
        options: what the app offered in an external select.
    """

    answered: bool
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    modal: View | None = None
    options: list[Json] = field(default_factory=list)


class Hands(WritingHands):
    """Acts for any person of the workspace.

    What is pressed is named by `channel` and `ts` of a message (one that only they see, too), or by the `view` id of
    their Home or of a modal; without any of them it is the topmost modal.
    """

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._message_values: dict[tuple[str, str, str], view_state.Values] = {}
        self._suggested: dict[tuple[str, str], list[Json]] = {}

    async def press(
        self, user: str, action_id: str, *, channel: str = "", ts: str = "", view: str = "", block_id: str = "",
        value: str | None = None,
    ) -> Seen:  # fmt: skip
        """Press a button, or choose in an overflow menu.

        Args:
            value: for several buttons with one action id, or the value of a menu's entry.

        Raises:
            Refused: `no_such_element`: there is no such thing to press; `no_such_option`.
        """
        spot = self._spot(user, channel, ts, view)
        block, element = self._element(spot, action_id, block_id, value)
        if element["type"] == "overflow":
            chosen = next((option for option in element["options"] if option.get("value") == value), None)
            if chosen is None:
                raise Refused("no_such_option")
            return await self._act(user, spot, block, element, {"selected_option": chosen})
        if element["type"] != "button":
            return await self.choose(user, action_id, value, channel=channel, ts=ts, view=view, block_id=block_id)
        return await self._act(user, spot, block, element, {})

    async def choose(
        self, user: str, action_id: str, value: Any, *, channel: str = "", ts: str = "", view: str = "",
        block_id: str = "",
    ) -> Seen:  # fmt: skip
        """Choose in a select, a date picker, radio buttons, checkboxes; tells the app where Slack would.

        Args:
            value: as for `fill`.

        Raises:
            Refused: `no_such_element`, `no_such_option`.
        """
        spot = self._spot(user, channel, ts, view)
        block, element = self._element(spot, action_id, block_id, None)
        state = self._keep(user, spot, block, element, value)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return self._seen(user, Outcome(answered=True))
        return await self._act(user, spot, block, element, state)

    async def suggest(
        self, user: str, action_id: str, typed: str, *, channel: str = "", ts: str = "", view: str = "",
        block_id: str = "",
    ) -> Seen:  # fmt: skip
        """Type in an external select and see what the app offers.

        Raises:
            Refused: `no_such_element`.
        """
        person, spot = self.person(user), self._spot(user, channel, ts, view)
        block, element = self._element(spot, action_id, block_id, None)
        payload = interactions.suggestion(self.site, person, spot, block, element, typed)
        outcome = await self.site.courier.ask(spot.app, "options", payload)
        answer = outcome.payload if isinstance(outcome.payload, dict) else {}
        problems = check_suggestions(answer) if outcome.answered else []
        if problems:
            return self._seen(user, outcome, problem=problems[0])
        self._suggested[person.id, action_id] = option_list(answer)
        return self._seen(user, outcome, options=option_list(answer))

    def fill(self, user: str, values: dict[str, Any], view: str = "") -> None:
        """Fill in a modal: action ids (or `block_id/action_id`) to texts, dates, ids, option values, or lists of them.

        Raises:
            Refused: `no_such_element`, `no_such_option`.
        """
        spot = self._spot(user, "", "", view)
        for name, value in values.items():
            block_name, _, action_id = name.rpartition("/")
            block, element = self._element(spot, action_id, block_name, None)
            self._keep(user, spot, block, element, value)

    async def submit(self, user: str, values: dict[str, Any] | None = None) -> Seen:
        """Submit the topmost modal, after filling it in if values are given.

        Raises:
            Refused: `no_modal`.
        """
        self.fill(user, values or {})
        person, view = self.person(user), self._top(user)
        app = self.workspace.apps[view.app_id]
        blocks = view.body["blocks"]
        missing = view_state.missing_answers(blocks, view_state.current_values(blocks, view.values))
        if missing:
            views.show_errors(self.workspace, view, missing)
            return self._seen(user, Outcome(answered=True))
        view.errors = {}
        payload = interactions.view_submission(self.site, person, app, view)
        outcome = await self.site.courier.ask(app, "interactive", payload)
        if not outcome.answered:
            return self._seen(user, outcome)
        if view not in self.workspace.modals.get(person.id, []):
            return self._seen(user, outcome)  # closed or replaced meanwhile
        return self._seen(user, outcome, problem=responses.answer_submission(self.site, app, view, outcome.payload))

    async def close(self, user: str, *, all_of_them: bool = False) -> Seen:
        """Close the topmost modal, or all of them; apps that want to know are told.

        Raises:
            Refused: `no_modal`.
        """
        person, top = self.person(user), self._top(user)
        everything = all_of_them or bool(top.body.get("clear_on_close"))
        if everything:
            closed = views.close_all(self.workspace, person.id)
        else:
            views.close_top(self.workspace, person.id)
            closed = [top]
        outcome = Outcome(answered=True)
        for view in closed:
            if view.body.get("notify_on_close"):
                app = self.workspace.apps[view.app_id]
                payload = interactions.view_closed(self.site, person, app, view, all_of_them=everything)
                outcome = await self.site.courier.ask(app, "interactive", payload)
        return self._seen(user, outcome)

    def open_home(self, user: str, app: str = "", tab: str = "home") -> View | None:
        """Open an app's Home; the app learns of it. What is there now, None before the first publication."""
        person, owner = self.person(user), self._app(app)
        event: Json = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": self.dm(user, owner.bot_user),
            "tab": tab,
            "event_ts": self.workspace.next_ts(),
        }
        home = self.workspace.homes.get((owner.id, person.id))
        if home is not None and tab == "home":
            event["view"] = views.view_shape(self.workspace, home)
        self.workspace.tell(Happening(event, apps=frozenset({owner.id}), actor_team=person.team_id))
        return home

    async def command(self, user: str, channel: str, line: str) -> Seen:
        """Write a slash command with its text.

        Raises:
            Refused: `unknown_command`: no app has it, or the person is of another workspace, to whom Slack offers no
                commands and shortcuts of apps that are installed here; as for `write`.
        """
        person, place = self.person(user), self._place(user, channel)
        command, _, text = line.strip().partition(" ")
        app = next((app for app in self.workspace.apps.values() if command in app.commands), None)
        if app is None or person.team_id != self.workspace.home:
            raise Refused("unknown_command")
        typed = compose_command(
            text.strip(), self.workspace.users, self.workspace.channels, should_escape=app.should_escape
        )
        payload = interactions.slash_command(self.site, person, app, command, typed, place)
        outcome = await self.site.courier.ask(app, "slash_commands", payload)
        problem = ""
        if outcome.answered and outcome.payload:
            answer_place = ResponsePlace(app.id, person.id, place.id, self.workspace.clock())
            try:
                responses.answer_at(self.site, answer_place, outcome.payload)
            except Refused as refused:
                problem = refused.code
        return self._seen(user, outcome, problem=problem)

    async def shortcut(self, user: str, callback_id: str, *, channel: str = "", ts: str = "") -> Seen:
        """Choose a shortcut: of a message if one is named, else a global one.

        Raises:
            Refused: `unknown_shortcut` as for commands; `message_not_found`, as for `write`.
        """
        person, at = self.person(user), self.workspace.next_ts()
        if person.team_id != self.workspace.home:
            raise Refused("unknown_shortcut")
        for app in self.workspace.apps.values():
            if ts and callback_id in app.message_shortcuts:
                place = self._place(user, channel)
                message = self.workspace.message(place, ts)
                payload = interactions.message_shortcut(self.site, person, app, callback_id, place, message, at)
                return self._seen(user, await self.site.courier.ask(app, "interactive", payload))
            if not ts and callback_id in app.global_shortcuts:
                payload = interactions.global_shortcut(self.site, person, app, callback_id, at)
                return self._seen(user, await self.site.courier.ask(app, "interactive", payload))
        raise Refused("unknown_shortcut")

    def modals(self, user: str) -> list[View]:
        """Somebody's open modals, the topmost last."""
        return list(self.workspace.modals.get(self.person(user).id, []))

    def home(self, user: str, app: str = "") -> View | None:
        """Somebody's Home of an app as it is now, without opening it."""
        return self.workspace.homes.get((self._app(app).id, self.person(user).id))

    def dismiss(self, user: str, ts: str) -> None:
        """Take away a message that only this person sees."""
        person = self.person(user)
        kept = [each for each in self.workspace.ephemerals.get(person.id, []) if each.ts != ts]
        self.workspace.ephemerals[person.id] = kept

    async def _act(self, user: str, spot: Spot, block: Json, element: Json, state: Json) -> Seen:
        person = self.person(user)
        if element.get("url") and element["type"] == "button":
            state = {}
        done = interactions.action(block, element, state, self.workspace.next_ts())
        filled = self._message_values.get(self._key(person.id, spot), {})
        payload = interactions.block_actions(self.site, person, spot, [done], filled)
        kind: Kind = "interactive"
        return self._seen(user, await self.site.courier.ask(spot.app, kind, payload))

    def _keep(self, user: str, spot: Spot, block: Json, element: Json, value: Any) -> Json:
        person = self.person(user)
        suggested = self._suggested.get((person.id, element.get("action_id", "")), [])
        if element["type"] not in view_state.STATEFUL:
            raise Refused("no_such_element")
        if element["type"] == "file_input":
            value = [self._file_chosen(each, spot.app) for each in ([value] if isinstance(value, str) else value or [])]
        state = view_state.filled_state(element, value, suggested)
        if spot.view is not None:
            values = spot.view.values
        else:
            values = self._message_values.setdefault(self._key(person.id, spot), {})
            while len(self._message_values) > _VALUES_KEPT:
                self._message_values.pop(next(iter(self._message_values)))
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
        return state

    def _file_chosen(self, file_id: str, app: App) -> Json:
        """A file of `upload` (not shared), as the state of a modal holds it."""
        file = self.workspace.files.get(file_id)
        if file is None:
            raise Refused("file_not_found")
        file.given_to.append(app.id)
        return self.workspace.show_file(file)

    def _key(self, user: str, spot: Spot) -> tuple[str, str, str]:
        ts = spot.message.ts if spot.message else spot.ephemeral.ts if spot.ephemeral else ""
        return user, spot.channel.id if spot.channel else "", ts

    def _spot(self, user: str, channel: str, ts: str, view: str) -> Spot:
        person = self.person(user)
        if not ts:
            shown = self._view(person.id, view) if view else self._top(user)
            return Spot(self.workspace.apps[shown.app_id], shown.body["blocks"], view=shown)
        place = self._place(user, channel)
        for each in self.workspace.ephemerals.get(person.id, []):
            if each.ts == ts and each.channel == place.id:
                return Spot(
                    self.workspace.apps[each.app_id], _all_blocks(each.blocks, each.attachments), place, ephemeral=each
                )
        message = self.workspace.message(place, ts)
        if not message.app_id:
            raise Refused("no_such_element")
        blocks = _all_blocks(message.blocks, message.attachments)
        return Spot(self.workspace.apps[message.app_id], blocks, place, message=message)

    def _view(self, user: str, view_id: str) -> View:
        mine = [
            *self.workspace.modals.get(user, []),
            *(view for (_, who), view in self.workspace.homes.items() if who == user),
        ]
        for view in mine:
            if view.id == view_id:
                return view
        raise Refused("view_not_found")

    def _top(self, user: str) -> View:
        stack = self.workspace.modals.get(self.person(user).id)
        if not stack:
            raise Refused("no_modal")
        return stack[-1]

    def _element(self, spot: Spot, action_id: str, block_id: str, value: str | None) -> tuple[Json, Json]:
        if value is not None and not block_id:
            for block in spot.blocks:
                found = find_element([block], action_id)
                if found is not None and found[1]["type"] == "button" and found[1].get("value") == value:
                    return found
        found = find_element(spot.blocks, action_id, block_id or None)
        if found is None:
            raise Refused("no_such_element")
        return found

    def _app(self, app: str) -> App:
        return self.workspace.apps[app] if app else next(iter(self.workspace.apps.values()))

    def _seen(self, user: str, outcome: Outcome, *, problem: str = "", options: list[Json] | None = None) -> Seen:
        stack = self.workspace.modals.get(self.person(user).id, [])
        if not outcome.answered:
            problem = "operation_timeout" if "timeout" in outcome.reason else "dispatch_failed"
        return Seen(
            answered=outcome.answered,
            problem=problem,
            errors=dict(stack[-1].errors) if stack else {},
            modal=stack[-1] if stack else None,
            options=options or [],
        )


def _all_blocks(blocks: list[Json], attachments: list[Json]) -> list[Json]:
    return [*blocks, *(block for attachment in attachments for block in attachment.get("blocks", []))]

"""Modals and App Homes: opened, pushed, updated, published, closed, with the rules that Slack has for them."""

from collections.abc import Iterator
from typing import Any

from ventanilla_devstack.slack.blocks import VIEW_BYTES, Surface, check_view, view_bytes, with_ids
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import new_id, new_secret
from ventanilla_devstack.slack.records import App, Json, View
from ventanilla_devstack.slack.view_state import current_values
from ventanilla_devstack.slack.workspace import VIEWS, Happening, Workspace

STACK = 3


def open_modal(workspace: Workspace, app: App, user: str, body: Any) -> View:
    """A modal before somebody's eyes. What they had open is gone: a person has one stack at a time.

    Raises:
        Refused: `invalid_arguments` with what is wrong, `view_too_large`, `duplicate_external_id`.
    """
    view = _new_view(workspace, app, user, body, "modal")
    workspace.modals[user] = [view]
    show_change(workspace, user)
    return view


def push_modal(workspace: Workspace, app: App, user: str, body: Any) -> View:
    """A modal on top of the others.

    Raises:
        Refused: as for `open_modal`; `not_found` without a modal below, `push_limit_reached` above three.
    """
    stack = workspace.modals.get(user)
    if not stack:
        raise Refused("not_found")
    if len(stack) >= STACK:
        raise Refused("push_limit_reached")
    view = _new_view(workspace, app, user, body, "modal")
    view.root_id, view.previous_id = stack[0].id, stack[-1].id
    stack.append(view)
    show_change(workspace, user)
    return view


def update_modal(workspace: Workspace, app: App, view: View, body: Any, expected_hash: str = "") -> View:
    """The same modal with another content. What was filled in stays where block and action ids are the same.

    Raises:
        Refused: as for `open_modal`; `hash_conflict` if somebody was faster.
    """
    if expected_hash and expected_hash != view.hash:
        raise Refused("hash_conflict")
    checked = _checked(workspace, app, body, view.kind, replaced=view)
    view.body = checked
    view.external_id = checked.get("external_id") or ""
    view.errors = {}
    view.hash = _new_hash(workspace)
    show_change(workspace, view.user)
    return view


def publish_home(workspace: Workspace, app: App, user: str, body: Any, expected_hash: str = "") -> View:
    """Somebody's App Home.

    Raises:
        Refused: as for `update_modal`.
    """
    workspace.user(user)
    present = workspace.homes.get((app.id, user))
    if present is not None:
        return update_modal(workspace, app, present, body, expected_hash)
    view = _new_view(workspace, app, user, body, "home")
    if len(workspace.homes) >= VIEWS:
        workspace.homes.pop(next(iter(workspace.homes)))
    workspace.homes[app.id, user] = view
    show_change(workspace, user)
    return view


def find_view(workspace: Workspace, app: App, view_id: str, external_id: str = "") -> View:
    """A view of an app by its id or by the app's own name for it.

    Raises:
        Refused: `not_found`.
    """
    for view in _all_views(workspace):
        if view.app_id == app.id and (
            (view_id and view.id == view_id) or (external_id and view.external_id == external_id)
        ):
            return view
    raise Refused("not_found")


def close_top(workspace: Workspace, user: str) -> View | None:
    """Take the topmost modal away and return it."""
    stack = workspace.modals.get(user)
    view = stack.pop() if stack else None
    if not stack:
        workspace.modals.pop(user, None)
    show_change(workspace, user)
    return view


def close_all(workspace: Workspace, user: str) -> list[View]:
    """Take all modals away; the topmost first."""
    stack = workspace.modals.pop(user, [])
    show_change(workspace, user)
    return stack[::-1]


def show_errors(workspace: Workspace, view: View, errors: dict[str, str]) -> None:
    """Put sentences beside the inputs of a modal."""
    view.errors = errors
    show_change(workspace, view.user)


def show_change(workspace: Workspace, user: str) -> None:
    """Let somebody's page know that what only they see has changed."""
    workspace.tell(Happening({"type": "view"}, local=True, audience=user))


def view_shape(workspace: Workspace, view: View) -> Json:
    """A view as answers and payloads hold it."""
    app, body = workspace.apps[view.app_id], view.body
    shape: Json = {
        "id": view.id,
        "team_id": view.team_id,
        "type": view.kind,
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata") or "",
        "callback_id": body.get("callback_id") or "",
        "state": {"values": current_values(body["blocks"], view.values)},
        "hash": view.hash,
        "title": body.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous_id or None,
        "root_view_id": view.root_id,
        "app_id": app.id,
        "external_id": view.external_id,
        "app_installed_team_id": workspace.home,
        "bot_id": app.bot_id,
    }
    return shape


def _all_views(workspace: Workspace) -> Iterator[View]:
    for stack in workspace.modals.values():
        yield from stack
    yield from workspace.homes.values()


def _new_view(workspace: Workspace, app: App, user: str, body: Any, kind: Surface) -> View:
    checked = _checked(workspace, app, body, kind)
    name = new_id("V")
    return View(
        id=name,
        app_id=app.id,
        team_id=workspace.users[user].team_id if user in workspace.users else workspace.home,
        user=user,
        kind="home" if kind == "home" else "modal",
        body=checked,
        hash=_new_hash(workspace),
        root_id=name,
        external_id=checked.get("external_id") or "",
    )


def _checked(workspace: Workspace, app: App, body: Any, kind: Surface, replaced: View | None = None) -> Json:
    found = check_view(body, kind)
    if found:
        raise Refused.with_messages("invalid_arguments", [f"[ERROR] {sentence}" for sentence in found])
    if view_bytes(body) > VIEW_BYTES:
        raise Refused("view_too_large")
    external = body.get("external_id")
    if external:
        for view in _all_views(workspace):
            if view.external_id == external and view.app_id == app.id and view is not replaced:
                raise Refused("duplicate_external_id")
    return {**body, "blocks": with_ids(body["blocks"]), **_written_out(body)}


def _written_out(body: Json) -> Json:
    return {key: {"emoji": True, **body[key]} for key in ("title", "close", "submit") if body.get(key)}


def _new_hash(workspace: Workspace) -> str:
    return f"{workspace.now()}.{new_secret(size_bytes=4)}"

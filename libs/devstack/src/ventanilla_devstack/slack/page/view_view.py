"""Modals and App Homes as the page shows them."""

from ventanilla_devstack.slack.page.block_view import draw_blocks
from ventanilla_devstack.slack.page.element_view import plain
from ventanilla_devstack.slack.page.mrkdwn import Drawing
from ventanilla_devstack.slack.page.tags import Html, tag
from ventanilla_devstack.slack.records import View
from ventanilla_devstack.slack.view_state import current_values


def modal_key(view: View | None) -> str:
    """What changes whenever a modal has to be drawn anew."""
    return "" if view is None else f"{view.id} {view.hash} {sorted(view.errors.items())}"


def draw_modal(drawing: Drawing, view: View) -> Html:
    """The topmost modal, as the content of a dialog."""
    body = view.body
    words = drawing.words
    submit = tag("button", plain(body["submit"]), class_="primary", type="submit") if body.get("submit") else None
    back = plain(body.get("close")) or words("cancel" if body.get("submit") else "close")
    blocks = draw_blocks(
        drawing, body["blocks"], place=view.id, values=current_values(body["blocks"], view.values), errors=view.errors
    )
    return tag(
        "form",
        tag("h2", plain(body["title"]), id="modal-title"),
        tag("p", role="status", class_="problem", id="modal-problem"),
        blocks,
        tag("footer", tag("button", back, type="button", data_do="close", id="modal-close"), submit),
        method="dialog",
        data_view=view.id,
    )


def draw_home(drawing: Drawing, view: View | None) -> Html:
    """An App Home, or that there is none yet."""
    if view is None:
        return tag("p", drawing.words("no_home"), class_="empty")
    values = current_values(view.body["blocks"], view.values)
    return tag("div", draw_blocks(drawing, view.body["blocks"], place=view.id, values=values), data_view=view.id)

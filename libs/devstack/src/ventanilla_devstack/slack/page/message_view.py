"""Messages as the page shows them: who, when, what, files, reactions, the way into the thread."""

from ventanilla_devstack.slack.composing import uncompose
from ventanilla_devstack.slack.page.block_view import draw_blocks
from ventanilla_devstack.slack.page.mrkdwn import Drawing, draw_emoji, draw_text, draw_time
from ventanilla_devstack.slack.page.tags import Child, Html, tag
from ventanilla_devstack.slack.records import App, Json

_SAID = 300
_QUICK = ("+1", "eyes", "white_check_mark", "ticket")


def draw_message(drawing: Drawing, message: Json, channel: str, *, in_thread: bool) -> Html:
    """One message, as `Hands.messages` gives it."""
    ts = str(message["ts"])
    place = f"{'t' if in_thread else 'm'}{ts}"
    ephemeral = bool(message.get("is_ephemeral"))
    author, is_app = author_of(drawing, message)
    note = tag("p", drawing.words("only_you"), class_="only-you") if ephemeral else None
    return tag(
        "article",
        note,
        tag(
            "img", src=f"/avatars/{message.get('user') or _bot_user(drawing, message)}_48.svg", alt="", class_="avatar"
        ),
        tag(
            "div",
            _head(drawing, message, author, is_app=is_app),
            _body(drawing, message, place),
            _attachments(drawing, message, place),
            _files(drawing, message),
            _reactions(drawing, message),
            None if in_thread else _thread_link(drawing, message),
            class_="message-body",
        ),
        _tools(drawing, message, in_thread=in_thread),
        id=place,
        class_="message ephemeral" if ephemeral else "message",
        data_channel=channel,
        data_ts=ts,
        data_said=f"{author}: {uncompose(str(message.get('text', '')), drawing.workspace.users)}"[:_SAID],
        aria_label=author,
    )


def author_of(drawing: Drawing, message: Json) -> tuple[str, bool]:
    """Who wrote a message, and whether that is an app."""
    app = drawing.workspace.apps.get(str(message.get("app_id", "")))
    if app is not None:
        return str(message.get("username") or app.name), True
    user = drawing.workspace.users.get(str(message.get("user", "")))
    return (user.real_name if user else "?"), False


def _bot_user(drawing: Drawing, message: Json) -> str:
    app: App | None = drawing.workspace.apps.get(str(message.get("app_id", "")))
    return app.bot_user if app else ""


def _head(drawing: Drawing, message: Json, author: str, *, is_app: bool) -> Html:
    mark = tag("span", drawing.words("app_mark"), class_="app-mark") if is_app else None
    return tag("header", tag("strong", author), mark, " ", draw_time(drawing, str(message["ts"])))


def _body(drawing: Drawing, message: Json, place: str) -> Html:
    edited = (
        tag("small", f" {drawing.words('edited')}") if message.get("edited") and not message.get("bot_id") else None
    )
    blocks = message.get("blocks") or []
    if blocks:
        return tag("div", draw_blocks(drawing, blocks, place=place), edited)
    return tag("div", draw_text(drawing, str(message.get("text", ""))), edited)


def _attachments(drawing: Drawing, message: Json, place: str) -> list[Html]:
    drawn = []
    for attachment in message.get("attachments") or []:
        inside = (
            draw_blocks(drawing, attachment["blocks"], place=f"{place}a{attachment.get('id', '')}")
            if attachment.get("blocks")
            else draw_text(drawing, str(attachment.get("text") or attachment.get("fallback") or ""))
        )
        drawn.append(tag("div", inside, class_="attachment"))
    return drawn


def _files(drawing: Drawing, message: Json) -> Html | None:
    drawn = [tag("li", _file(drawing, file)) for file in message.get("files") or []]
    return tag("ul", drawn, class_="files") if drawn else None


def _file(drawing: Drawing, file: Json) -> Child:
    if file.get("mode") == "tombstone":
        return drawing.words("link_missing")
    return tag(
        "a",
        draw_emoji("paperclip"),
        f" {file['title'] or file['name']}",
        href=f"/_page/files/{file['id']}?as={drawing.viewer.id}",
        aria_label=drawing.words("download", name=file["name"]),
    )


def _reactions(drawing: Drawing, message: Json) -> Html | None:
    drawn = [
        tag(
            "button",
            draw_emoji(reaction["name"]),
            f" {reaction['count']}",
            type="button",
            id=f"r{message['ts']}-{reaction['name']}",
            data_do="unreact" if drawing.viewer.id in reaction["users"] else "react",
            data_name=reaction["name"],
            aria_pressed="true" if drawing.viewer.id in reaction["users"] else "false",
        )
        for reaction in message.get("reactions") or []
    ]
    return tag("div", drawn, class_="reactions", role="group") if drawn else None


def _thread_link(drawing: Drawing, message: Json) -> Html | None:
    count = int(message.get("reply_count") or 0)
    if not count:
        return None
    words = drawing.words("replies_one") if count == 1 else drawing.words("replies_many", count=count)
    return tag("button", words, type="button", class_="thread-link", data_do="thread", id=f"l{message['ts']}")


def _tools(drawing: Drawing, message: Json, *, in_thread: bool) -> Html:
    words, ts = drawing.words, message["ts"]
    if message.get("is_ephemeral"):
        dismiss = tag("button", words("dismiss"), type="button", data_do="dismiss", id=f"k{in_thread:d}{ts}dismiss")
        return tag("div", dismiss, class_="tools")
    entries: list[tuple[Child, str, Json]] = [
        ([words("react"), " ", draw_emoji(name)], "react", {"data_name": name}) for name in _QUICK
    ]
    if not in_thread:
        entries.append((words("open_thread"), "thread", {}))
    for app in drawing.workspace.apps.values():
        entries += [(text, "shortcut", {"data_name": name}) for name, text in app.message_shortcuts.items()]
    if message.get("user") == drawing.viewer.id and not message.get("app_id"):
        written = uncompose(str(message.get("text", "")), drawing.workspace.users)
        entries += [(words("edit"), "edit", {"data_text": written}), (words("delete"), "delete", {})]
    drawn = [
        tag("button", text, type="button", role="menuitem", data_do=do, id=f"k{in_thread:d}{ts}{number}", **more)
        for number, (text, do, more) in enumerate(entries)
    ]
    summary = tag("summary", "⋯", aria_label=words("more"), id=f"s{in_thread:d}{ts}")
    return tag("details", summary, tag("div", drawn, role="menu"), class_="tools overflow")

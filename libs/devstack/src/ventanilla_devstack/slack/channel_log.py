"""The messages of one conversation in order: adding, taking out, pages of history, threads."""

from bisect import bisect_left, insort

from ventanilla_devstack.slack.records import SLACKBOT, Channel, Json, Message

MESSAGES_KEPT = 20_000
_REPLY_USERS_SHOWN = 5


def add(channel: Channel, message: Message) -> None:
    """Put a message at the end of its conversation, and into its thread. The oldest goes when there are too many."""
    channel.messages[message.ts] = message
    channel.last_ts = max(channel.last_ts, message.ts)
    if message.thread_ts:
        insort(channel.threads.setdefault(message.thread_ts, []), message.ts)
    if len(channel.messages) > MESSAGES_KEPT:
        oldest = next(iter(channel.messages))
        channel.messages.pop(oldest)
        channel.threads.pop(oldest, None)


def take_out(channel: Channel, message: Message) -> Message | None:
    """Remove a message; a parent with replies leaves a tombstone, which is returned."""
    if message.ts in channel.threads and not message.thread_ts:
        tombstone = Message(
            ts=message.ts, channel=channel.id, user=SLACKBOT, text="This message was deleted.", subtype="tombstone"
        )
        channel.messages[message.ts] = tombstone
        return tombstone
    channel.messages.pop(message.ts, None)
    replies = channel.threads.get(message.thread_ts)
    if replies is not None and message.ts in replies:
        replies.remove(message.ts)
        if not replies:
            del channel.threads[message.thread_ts]
    return None


def thread_rollup(channel: Channel, parent_ts: str) -> Json:
    """What a parent says of its thread; empty if it has none."""
    replies = [channel.messages[ts] for ts in channel.threads.get(parent_ts, ()) if ts in channel.messages]
    if not replies:
        return {}
    writers = list(dict.fromkeys(reply.user or reply.bot_id for reply in replies))
    return {
        "thread_ts": parent_ts,
        "reply_count": len(replies),
        "reply_users_count": len(writers),
        "latest_reply": replies[-1].ts,
        "reply_users": writers[:_REPLY_USERS_SHOWN],
        "is_locked": False,
        "subscribed": False,
    }


def shown_in_channel(message: Message) -> bool:
    """Whether a message stands in the conversation itself, not only in a thread."""
    return not message.thread_ts or message.subtype == "thread_broadcast"


def history(
    channel: Channel, *, oldest: str, latest: str, inclusive: bool, limit: int, forwards: bool
) -> tuple[list[Message], str]:
    """A page of a conversation, newest first, and the `ts` where the next page starts ("" at the end).

    Args:
        oldest, latest: the bounds; outside unless `inclusive`.
        forwards: take the messages nearest to `oldest` instead of those nearest to `latest`.
    """
    within = [message for message in _between(channel, oldest, latest, inclusive) if shown_in_channel(message)]
    if forwards:
        page = within[:limit]
        following = within[limit].ts if len(within) > limit else ""
        return page[::-1], following
    page = within[-limit:]
    following = within[-limit - 1].ts if len(within) > limit else ""
    return page[::-1], following


def replies(
    channel: Channel, parent_ts: str, *, oldest: str, latest: str, inclusive: bool, limit: int
) -> tuple[list[Message], str]:
    """A page of a thread, oldest first, its parent always in front; and the `ts` where the next page starts."""
    within = [
        channel.messages[ts]
        for ts in channel.threads.get(parent_ts, ())
        if ts in channel.messages and _inside(ts, oldest, latest, inclusive)
    ]
    parent = channel.messages.get(parent_ts)
    room = limit - 1 if parent else limit
    page = within[: max(room, 0)]
    following = within[len(page)].ts if len(within) > len(page) else ""
    return ([parent, *page] if parent else page), following


def _between(channel: Channel, oldest: str, latest: str, inclusive: bool) -> list[Message]:
    stamps = list(channel.messages)  # ascending: each new one is later than all before
    start = bisect_left(stamps, oldest) if oldest else 0
    return [channel.messages[ts] for ts in stamps[start:] if _inside(ts, oldest, latest, inclusive)]


def _inside(ts: str, oldest: str, latest: str, inclusive: bool) -> bool:
    if oldest and (ts < oldest or (ts == oldest and not inclusive)):
        return False
    return not (latest and (ts > latest or (ts == latest and not inclusive)))

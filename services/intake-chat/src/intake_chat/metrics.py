"""Prometheus metrics of the chat service."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from ventanilla_runtime.metrics import LATENCY_BUCKETS, REGISTRY, UNKNOWN, bounded, offer_media

ACCEPTED = Counter("intake_chat_accepted_events", "Events that are durable, by door.", ("door",), registry=REGISTRY)
REFUSED = Counter("intake_chat_refused_requests", "Refused requests, by reason.", ("reason",), registry=REGISTRY)
READ = Counter("intake_chat_read_events", "Events read, by what they turned out to be.", ("kind",), registry=REGISTRY)
CALLS = Counter("intake_chat_slack_calls", "Calls of Slack's Web API.", ("method", "outcome"), registry=REGISTRY)
CALL_SECONDS = Histogram(
    "intake_chat_slack_wait_seconds",
    "How long calls waited for their turn.",
    ("lane",),
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
WAITING = Gauge("intake_chat_slack_waiting", "Calls that wait for their turn.", registry=REGISTRY)
OLDEST_WAITING_SECONDS = Gauge(
    "intake_chat_slack_oldest_waiting_seconds", "How long the call has waited that waits longest.", registry=REGISTRY
)
PAUSE_SECONDS = Gauge(
    "intake_chat_slack_pause_seconds",
    "The debt: for how long Slack still wants no call of some method or channel, after a 429.",
    registry=REGISTRY,
)
TOKEN_TAKEN = Gauge("intake_chat_slack_token_taken", "1 while Slack takes the bot token.", registry=REGISTRY)
SOCKET_CONNECTED = Gauge(
    "intake_chat_slack_socket_connected",
    "1 while this replica has a connection to Slack; NaN without Socket Mode.",
    registry=REGISTRY,
)
SOCKET_CONNECTED.set(UNKNOWN)
DOOR_SECONDS = Histogram(
    "intake_chat_door_seconds",
    "From a request of Slack's to its answer, by door and by what it was: Slack waits 3 s.",
    ("door", "kind", "outcome"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10),
    registry=REGISTRY,
)
SENT = Counter("intake_chat_sent_notifications", "Notifications, by outcome.", ("outcome",), registry=REGISTRY)
REVISED = Counter(
    "intake_chat_revised_notifications", "Edits and deletions of what was said, by outcome.", ("outcome",),
    registry=REGISTRY,
)  # fmt: skip
MOVED = Counter(
    "intake_chat_moved_conversations", "Direct conversations that go on below an answer, for their first line is gone.",
    registry=REGISTRY,
)  # fmt: skip
FILES = Counter(
    "intake_chat_sent_files", "Files of agents for customers' threads, by outcome.", ("outcome",), registry=REGISTRY
)
INTERACTIONS = Counter("intake_chat_interactions", "What people pressed and submitted.", ("kind",), registry=REGISTRY)
CAUGHT = Counter(
    "intake_chat_caught_up_events", "Events that only the history told, by what they are.", ("kind",), registry=REGISTRY
)
BEHIND = Gauge(
    "intake_chat_history_behind_seconds", "Since when messages may still be missing; 0: none are.", registry=REGISTRY
)
HOLES = Gauge("intake_chat_history_holes", "Stretches of history that are still to be read.", registry=REGISTRY)
CARD_WISHES = Counter("intake_chat_card_wishes", "Keys written for tickets whose card may change.", registry=REGISTRY)
CARDS = Counter("intake_chat_cards", "What was done about cards.", ("outcome",), registry=REGISTRY)
LINES = Counter("intake_chat_card_lines", "Lines posted in threads of cards.", registry=REGISTRY)
CARDS_WAITING = Gauge("intake_chat_cards_waiting", "Tickets whose card may not show the last state.", registry=REGISTRY)
CARDS_KEPT = Gauge("intake_chat_cards_kept_here", "1: this replica keeps the cards.", registry=REGISTRY)
SCREEN_POPS = Counter(
    "intake_chat_screen_pops", "Messages about calls, by what was done about them.", ("outcome",), registry=REGISTRY
)
WRAP_UPS = Counter("intake_chat_wrap_ups", "Wrap-up notes of calls, by what was done.", ("outcome",), registry=REGISTRY)
UNUSABLE_CHANNELS = Gauge(
    "intake_chat_unusable_card_channels", "1: Slack lets no card stand in it.", ("channel",), registry=REGISTRY
)
NOTES = Counter("intake_chat_notes", "Notes from threads of cards, by outcome.", ("outcome",), registry=REGISTRY)
REPLIES = Counter(
    "intake_chat_replies", "Replies from the composer, by what became of them.", ("end",), registry=REGISTRY
)

SLACK_CODES: Final = frozenset(
    {
        "ok", "away", "ratelimited", "account_inactive", "already_reacted", "cant_update_message", "channel_not_found",
        "expired_trigger_id", "file_deleted", "file_not_found", "invalid_auth", "invalid_blocks", "is_archived",
        "message_not_found", "missing_scope", "msg_too_long", "no_text", "not_authed", "not_found", "not_in_channel",
        "restricted_action", "team_access_not_granted", "thread_not_found", "token_expired", "token_revoked",
        "user_not_found", "users_not_found", "view_not_found", "hash_conflict",
    }
)  # fmt: skip
"""Words of Slack that are counted apart; others are `other`: which word it was the log says."""


def count_call(method: str, outcome: str) -> None:
    """One more call of a method of ours, by what Slack said of it."""
    CALLS.labels(method, bounded(outcome, SLACK_CODES)).inc()


# Series that alerts and rates ask for exist from the start.
offer_media("slack")
for _door in ("http", "socket"):
    ACCEPTED.labels(_door)
    for _kind in ("event", "interaction"):
        for _outcome in ("answered", "refused"):
            DOOR_SECONDS.labels(_door, _kind, _outcome)
for _reason in ("malformed", "signature", "too_large"):
    REFUSED.labels(_reason)
for _outcome in ("ok", "away", "ratelimited"):
    for _method in ("chat.postMessage", "chat.update", "conversations.history"):
        CALLS.labels(_method, _outcome)
for _outcome in ("sent", "failed"):
    SENT.labels(_outcome)
for _kind in ("message", "revision"):
    CAUGHT.labels(_kind)
for _end in ("held", "undone", "warned"):
    REPLIES.labels(_end)
for _outcome in ("posted", "updated", "unchanged", "unposted", "failed"):
    CARDS.labels(_outcome)
for _kind in ("press", "submission", "command", "shortcut"):
    INTERACTIONS.labels(_kind)

"""Prometheus metrics of the chat service."""

from prometheus_client import Counter, Gauge, Histogram

from ventanilla_runtime.metrics import LATENCY_BUCKETS, REGISTRY

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

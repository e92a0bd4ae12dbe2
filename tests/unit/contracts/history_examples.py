"""Entries of a ticket's history as the ticket service writes them: each action, with each form of its detail."""

from typing import Any, Final

ID: Final = "1eddd2ff-9c36-8f52-8f52-2f8a7e1d5b40"
AT: Final = "2026-11-30T17:00:00+00:00"
NAMES: Final = {
    "agents": {"tom": "Tom Pérez", "eva": "Eva Ruiz"},
    "teams": {
        "technical": {"es": "Equipo técnico", "en": "Technical team"},
        "first-line": {"es": "Primera línea", "en": "First line"},
    },
    "people": {"TBIDBIDBID/U1VAKVAK": "Carmen Vidal"},
}
_LEVEL: Final = {"level": {"tier": "1", "policy": ["standard", 3], "priority": "normal", "status": "new"}}
_RUN: Final = {"ladder": "urgent", "version": 2, "run": ID, "step": 1, "round": 1}
_PLACES: Final = {
    "from": {"team": "first-line", "tier": "1", "assignee": "tom"},
    "to": {"team": "technical", "tier": "2"},
    "message": ID,
}
_CLOCK: Final = {"cycle": 1, "kind": "breach", "due_at": AT}
_MESSAGE: Final = {"message": ID}
_CALLBACK: Final = {"callback": ID, "number": "+34•••••••22", "team": "first-line"}
_BOUNCE: Final = {
    "recipient": "ana@c.example",
    "reason": "user_unknown",
    "status": "5.1.1",
    "diagnostic": "550 no",
    **_MESSAGE,
}

EXAMPLES: Final[dict[str, list[dict[str, Any]]]] = {
    "acknowledgement.sent": [_MESSAGE],
    "acknowledgement.withheld": [{}],
    "address.reached": [{"address": "ana@c.example", "reason": None}],
    "address.stopped": [{"address": "ana@c.example", "reason": "mailbox_full"}],
    "agents.told": [{"agents": ["tom", "eva"]}],
    "announcement.changed": [{"announcement": "outage"}, {"announcement": "outage", "until": AT}],
    "announcement.ended": [{"announcement": "outage"}],
    "announcement.not_told": [{"announcement": "outage"}],
    "announcement.started": [{"announcement": "outage"}, {"announcement": "outage", "until": AT}],
    "announcement.told": [{**_MESSAGE, "announcement": "outage"}],
    "announcement.wished": [{"announcement": "outage"}],
    "call.taken": [{**_MESSAGE, "channel": "voice"}, {**_MESSAGE, "channel": "voice", "aside": True}],
    "customer.told": [
        {**_MESSAGE, "promised": False},
        {**_MESSAGE, "next_update_by": AT, "promised": False},
        {**_MESSAGE, "next_update_by": AT, **_LEVEL, "automatic": True},
    ],
    "incidents.updated": [
        {"update": 5, "incidents": 12, "internal": False},
        {"update": 5, "incidents": 12, "internal": True},
    ],
    "ladder.ended": [_RUN],
    "ladder.started": [{**_RUN, "on": "breach", "next_at": AT}],
    "ladder.step": [
        {**_RUN, "do": "page", "to": ["tom"], "rota": "nights", "attempt": 2, "page": ID, "answer_by": AT},
        {**_RUN, "do": "notify_team", "to": ["tom", "eva"], "team": "technical"},
        {**_RUN, "do": "notify_assignee", "to": []},
        {**_RUN, "do": "webhook", "webhook": "pager"},
        {**_RUN, "do": "repeat", "from_step": 1},
        {**_RUN, "do": "raise_priority", "to": None},
    ],
    "ladder.stopped": [_RUN],
    "ladder.waits": [{**_RUN, "do": "page", "until": AT, "agent": "tom", "rota": "nights"}],
    "mail.arrived": [_BOUNCE],
    "mail.bounced": [_BOUNCE],
    "mail.delayed": [_BOUNCE],
    "merging.told": [{**_MESSAGE, "template": "merged_customer"}],
    "message.added": [
        {**_MESSAGE, "channel": "email", "status": ["pending", "open"], "came_by": 9},
        {**_MESSAGE, "channel": "portal"},
        {**_MESSAGE, "channel": "slack", "came_back_from": 9},
    ],
    "message.dangerous_files": [
        {**_MESSAGE, "files": [{"filename": "setup.exe", "dangerous": "executable"}]},
        {**_MESSAGE, "files": [{"filename": f"{n}.js", "dangerous": "script"} for n in range(12)]},
    ],
    "message.deleted": [{**_MESSAGE, "revision": "1355517523.000005", "at": AT}],
    "message.edited": [{**_MESSAGE, "revision": "1355517523.000005", "at": AT}],
    "message.incomplete": [{**_MESSAGE, "notes": ["attachments_cut", "attachments_large", "text_cut"]}],
    "note.added": [_MESSAGE],
    "notice.withheld": [{}],
    "notification.failed": [{**_MESSAGE, "kind": "agent"}],
    "notification.fallback": [
        {**_MESSAGE, "kind": "agent", "failed": "sms", "medium": "email", "masked": "a***@c.example"}
    ],
    "notification.template": [{**_MESSAGE, "kind": "agent", "held": ID}],
    "notification.unread": [{**_MESSAGE, "kind": "agent", "held": ID}],
    "page.acknowledged": [{"page": ID, "run": ID, "ladder": "urgent", "agent": "tom", "how": "link"}],
    "page.dropped": [{"call": ID}],
    "participants.added": [
        {"addresses": ["ana@c.example", "TBIDBIDBID/U1VAKVAK", "TXXXXXX/U2YYYYY"], **_MESSAGE, "role": "in_copy"}
    ],
    "participants.removed": [{"addresses": ["ana@c.example"]}],
    "policy.unknown": [{"policy": "gold"}],
    "reminder.sent": [_MESSAGE],
    "reply.recalled": [{"reply": ID}],
    "reply.sent": [
        {**_MESSAGE, "held": ID},
        {**_MESSAGE, "aside": True, "left_out": ["ana@c.example"]},
        {**_MESSAGE, "channel": "slack", "came_by": 9},
    ],
    "reply.unsent": [{"reply": ID, "why": "eva neither has nor follows ticket 19"}],
    "requester.changed": [{"from": "TBIDBIDBID/U1VAKVAK", "to": "ana@c.example", "dropped": False}],
    "revision.failed": [{**_MESSAGE, "kind": "edited", "revision": ID}],
    "rule.passed_over": [{"team": "technical", "tier": "2", "rules": "rules: vip", **_MESSAGE}],
    "sender.listed": [
        {"sender": "ana@c.example"},
        {"sender": "ana@c.example", "listed_until": AT},
        {"sender": "c.example", "allowed": True},
    ],
    "sender.unlisted": [{"sender": "ana@c.example"}],
    "service_level.begun": [_LEVEL],
    "service_level.breached": [
        {**_CLOCK, "clock": "first_response"},
        {**_CLOCK, "clock": "tier:2"},
        {**_CLOCK, "clock": "update", "new_time": AT, "apology": {"minutes": 60, "calendar": ["default", 3]}},
    ],
    "service_level.recalculated": [{"policy": ["standard", 4]}, {"calendars": {"technical": 2}}],
    "service_level.warned": [{**_CLOCK, "clock": "resolution", "kind": "warning:75"}],
    "status.told": [{**_MESSAGE, "status": "taken"}, {**_MESSAGE, "status": "solved"}],
    "team.retired": [{"team": "gone"}],
    "team.unknown": [{"team": "gone"}],
    "ticket.assigned": [{"assignee": "eva", "team": "technical"}],
    "ticket.changed": [
        {"field": "status", "old": "new", "new": "pending"},
        {"field": "priority", "old": "normal", "new": "urgent", "via": "slack:T1/U1"},
        {"field": "assignee", "old": None, "new": "eva"},
        {"field": "assignee", "old": None, "new": "tom"},
        {"field": "assignee", "old": "eva", "new": "tom"},
        {"field": "assignee", "old": "eva", "new": "gone"},
        {"field": "assignee", "old": "eva", "new": None},
        {"field": "assignee", "old": "tom", "new": None},
        {"field": "team", "old": "first-line", "new": "technical"},
        {"field": "tier", "old": "1", "new": "2"},
        {"field": "type", "old": "incident", "new": "problem"},
        {"field": "category", "old": None, "new": "network"},
        {"field": "impact", "old": "medium", "new": "high"},
        {"field": "urgency", "old": "low", "new": "high"},
        {"field": "subject", "old": "Hola", "new": "Wifi"},
        {"field": "tags", "old": ["a", "b"], "new": ["b", "c"]},
        {"field": "skills", "old": [], "new": ["wifi"]},
        {"field": "cause", "old": None, "new": "Un cable"},
        {"field": "resolution", "old": "Nada", "new": None},
        {"field": "policy", "old": "standard", "new": "gold", **_LEVEL},
    ],
    "callback.begun": [{**_CALLBACK, "attempt": 1}, {**_CALLBACK, "agent": "tom", "attempt": 1}],
    "callback.dropped": [{"call": ID}],
    "callback.failed": [{**_CALLBACK, "attempt": 3, "outcome": "nobody_took_it"}],
    "callback.handed": [{**_CALLBACK, "agents": ["tom"]}],
    "callback.refused": [{}],
    "callback.scheduled": [{**_CALLBACK, "due_at": AT}, {**_CALLBACK, "agent": "tom", "due_at": AT}],
    "callback.served": [{**_CALLBACK, "ticket": 4711, "outcome": "talked"}],
    "callback.taken": [{**_CALLBACK, "attempt": 1, "outcome": "calling"}],
    "callback.taken_back": [{"callback": ID, **_MESSAGE}],
    "callback.talked": [{**_CALLBACK, "attempt": 2, "outcome": "talked", "seconds": 200, "talked": "3:20"}],
    "callback.told": [{"callback": ID, **_MESSAGE}],
    "callback.unreached": [
        {**_CALLBACK, "attempt": 1, "outcome": outcome, "again_at": AT}
        for outcome in ("customer_no_answer", "customer_busy", "nobody_took_it", "failed", "no_report")
    ],
    "callback.untold": [{"callback": ID}],
    "callback.withdrawn": [{**_CALLBACK, "attempt": 1}, _CALLBACK],
    "ticket.created": [
        {**_MESSAGE, "channel": "email", **_LEVEL},
        {**_MESSAGE, "channel": "slack", "related_to": "9", "brought_by": "TBIDBIDBID/U1VAKVAK"},
        {**_MESSAGE, "channel": "email", "related_to": "9", "split_from": "9"},
    ],
    "ticket.de_escalated": [_PLACES],
    "ticket.erased": [{}],
    "ticket.escalated": [_PLACES],
    "ticket.linked": [
        {"ticket": 9, "kind": kind, "direction": "out"} for kind in ("related", "duplicate", "caused_by")
    ],
    "ticket.merged": [
        {"into": 9, "shared": True, "left_out": ["ana@c.example"]},
        {"into": 9, "shared": False, "left_out": []},
    ],
    "ticket.merged_in": [{"ticket": 9, "unanswered": True, "shared": False}],
    "ticket.merged_out": [{"ticket": 9, "messages": [ID], "count": 1}],
    "ticket.restored": [{"replies": 2, "changes": 1, "notes": 0}],
    "ticket.returned": [_PLACES],
    "ticket.snoozed": [{"until": AT}],
    "ticket.split": [{"to": 9, "messages": [ID, ID]}],
    "ticket.split_off": [{"from": 9, "messages": [ID, ID]}],
    "ticket.unlinked": [{"ticket": 9, "kind": kind, "direction": "in"} for kind in ("follow_up", "caused_by")],
    "ticket.unmerged": [{"from": 9, "messages": [ID], "count": 1}],
    "update.promised": [{"until": AT, **_LEVEL}, {"until": AT, "automatic": True, **_MESSAGE}],
    "webhook.delivered": [{"webhook": "pager", "id": ID, "tries": 2}],
    "webhook.given_up": [{"webhook": "pager", "id": ID, "tries": 9}],
    "webhook.unknown": [{"webhook": "pager", "id": ID}],
}
WHYS: Final = (
    "took the call", "what was said to the customer did not arrive", "a mail could not be handed over",
    "by turns", "least loaded (3% of what they can hold)", "escalated; had it before", "claimed", "given",
    "can do wifi, es; has the least to do (3% of what they can hold)", "reply_token", "status_page",
    "nobody of the team can do wifi, en; has the least to do (0% of what they can hold)", "tom is not there",
    "rules: vip, urgent_words", "its snooze is over", "there is no way to write to the customer",
    "the customer wants no texts from this number of the desk",
    "so many callers asked to be told that no more are", "somebody else asks in this ticket",
)  # fmt: skip


def entry(
    action: str, detail: dict[str, Any], actor: str = "agent:tom", why: str = "", via: str | None = None
) -> dict[str, Any]:
    """An entry as the API lists it."""
    return {
        "id": 1,
        "at": AT,
        "actor": actor,
        "via": via,
        "action": action,
        "detail": detail,
        "why": why,
        "names": NAMES,
    }

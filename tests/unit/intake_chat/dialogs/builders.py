"""Tickets, messages and what else the ticket service answers, as the dialogs get to see them."""

from typing import Any

Json = dict[str, Any]
HOSTILE = "<!channel> *bold* `code` <https://evil.example|bank> &amp; :tada: \u202eredrum\u202c שלום \x07 "
NOTHING = {"state": "none", "due_at": None}


def ticket(**more: Any) -> Json:
    values: Json = {
        "number": 4711,
        "version": 3,
        "subject": "No puedo entrar",
        "type": "incident",
        "status": "open",
        "priority": "high",
        "tier": "1",
        "team": "first-line",
        "assignee": None,
        "channel": "email",
        "language": "es",
        "merged_into": None,
        "resolution": None,
        "cause": None,
        "requester": {
            "name": "Ana",
            "identities": [{"kind": "email", "address": "ana@cliente.example"}],
            "grade": "verified",
        },
        "service_level": {"policy": "standard", "first_response": NOTHING},
    }
    return {**values, **more}


def standing(*ways: Json, **more: Any) -> Json:
    """How it stands with who asks, as the API tells it; by default with one number on file."""
    values: Json = {
        "ticket": 4711, "grade": "claimed", "factors": list(ways or (way(),)), "code": None, "verified": None,
    }  # fmt: skip
    return {**values, **more}


def way(**more: Any) -> Json:
    values: Json = {
        "id": "abcdefghijklmnopqrstuvwxyz", "medium": "sms", "shown": "+34 *** *** 22", "own": False, "usable": True,
        "on_file_since": "2026-11-02T09:00:00Z", "why_not": None,
    }  # fmt: skip
    return {**values, **more}


def code(**more: Any) -> Json:
    values: Json = {
        "medium": "sms", "shown": "+34 *** *** 22", "sent_at": "2026-11-28T10:00:00Z", "state": "open",
        "expires_at": "2026-11-28T10:10:00Z", "tries_left": 5, "delivery": "queued", "delivery_detail": "",
    }  # fmt: skip
    return {**values, **more}


def message(kind: str = "customer", text: str = "Desde ayer no entra nadie", **more: Any) -> Json:
    values: Json = {
        "id": "8d3c0f0e-6b3a-8f52-9c36-2f8a7e1d5b40",
        "kind": kind,
        "author": {"name": "Ana", "address": "ana@cliente.example"},
        "subject": "No puedo entrar",
        "text": text,
        "reply_text": text,
        "came_by": None,
        "deleted_at": None,
        "accepted_at": "2026-11-27T15:00:00+00:00",
    }
    return {**values, **more}


def team(name: str, tier: str, title: str = "", **more: Any) -> Json:
    return {"name": name, "tier": tier, "title": {"es": title, "en": title} if title else {}, "active": True, **more}


def linked(number: int, kind: str = "related", direction: str = "out", **more: Any) -> Json:
    values = {"number": number, "kind": kind, "direction": direction, "subject": "Otra", "status": "open"}
    return {**values, **more}


def entry(id_: int, **more: Any) -> Json:
    values: Json = {
        "id": id_,
        "at": "2026-11-27T15:00:00+00:00",
        "actor": "agent:eva",
        "via": "slack:T0123/U0456",
        "action": "ticket.changed",
        "detail": {"field": "status", "old": "new", "new": "open"},
        "why": "",
        "names": {"agents": {"eva": "Eva Ruiz"}, "teams": {}, "people": {}},
    }
    return {**values, **more}


def denied(id_: int, sender: str = "ana@cliente.example", **more: Any) -> Json:
    values: Json = {
        "id": id_, "kind": "deny", "sender": sender, "note": "#4711: Oferta", "created_by": "agent:eva",
        "expires_at": "2026-12-27T15:00:00+00:00" if id_ % 2 else None, "expired": False,
    }  # fmt: skip
    return {**values, **more}


def sums(stretches: int = 3, **more: Any) -> Json:
    stretch = {
        "from": "2026-11-27T09:00:00+00:00",
        "to": "2026-11-27T10:00:00+00:00",
        "cycle": 1,
        "counted": True,
        "seconds": 3_600.0,
        "why": "counted",
        "calendar": "default 3",
    }
    night = {**stretch, "counted": False, "seconds": 0.0, "why": "closed:saturday"}
    clock: Json = {
        "state": "running",
        "cycle": 1,
        "target_seconds": 14_400.0,
        "used_seconds": 3_600.0,
        "due_at": "2026-11-27T15:00:00+00:00",
        "met_at": None,
        "breached_at": None,
        "excused": False,
        "promised_by": None,
        "intervals": [stretch, night] * stretches,
    }
    return {
        "until": "2026-11-27T15:00:00+00:00",
        "clocks": {"resolution": clock, "first_response": clock, "tier:2": {**clock, "target_seconds": None}},
        "tier_minutes": {"1": 60.0},
        **more,
    }


def held(id_: str = "8d3c0f0e-6b3a-8f52-9c36-2f8a7e1d5b40", **more: Any) -> Json:
    values: Json = {
        "id": id_,
        "reason": "spam",
        "detail": "found by the filter",
        "channel": "email",
        "account": "soporte@desk.example",
        "sender": {"address": "ana@cliente.example"},
        "subject": "Oferta",
        "text": "Desde ayer no entra nadie",
        "text_cut": False,
        "state": "waiting",
        "quarantined_at": "2026-11-27T15:00:00+00:00",
        "ticket_number": None,
    }
    return {**values, **more}


def update(count: int = 3, **more: Any) -> Json:
    states = ("told", "waiting", "failed", "skipped")
    incidents = [
        {"number": 100 + each, "state": states[each % 4], "why": "mail comes back" if each % 4 == 2 else ""}
        for each in range(count)
    ]
    return {"id": 5, "counts": {"told": 1, "waiting": 1, "failed": 1, "skipped": 0}, "incidents": incidents, **more}


def announced(text: str = "No hay internet.", **more: Any) -> Json:
    """An announcement as the API has it."""
    return {
        "key": "problem-4711", "texts": {"es": text, "en": text}, "importance": 3, "problem": 4711, "waiting": 12,
        "state": "planned", "starts_at": "2026-11-27T09:00:00Z", "until": "2026-12-01T09:00:00Z", **more,
    }  # fmt: skip


def submitted(view: Json, values: Json, **more: Any) -> Json:
    """A dialog as Slack gives it back, with what was filled in by the name of the field."""
    elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert set(values) <= set(elements), set(values) - set(elements)
    state = {
        name: {element["action_id"]: {"type": element["type"], **_state(element, values.get(name))}}
        for name, element in elements.items()
    }
    return {**view, "id": "V1", "state": {"values": state}, **more}


def _state(element: Json, value: Any) -> Json:
    kind = element["type"]
    if kind == "plain_text_input":
        return {"value": value if value is not None else element.get("initial_value")}
    if kind in ("static_select", "external_select"):
        chosen = {"value": value} if value is not None else element.get("initial_option")
        return {"selected_option": chosen}
    if kind in ("checkboxes", "multi_static_select"):
        ticked = [{"value": one} for one in value] if value is not None else element.get("initial_options", [])
        return {"selected_options": ticked}
    return {{"users_select": "selected_user", "datetimepicker": "selected_date_time"}[kind]: value}

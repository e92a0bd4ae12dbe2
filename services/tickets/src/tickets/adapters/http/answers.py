"""What clients get: rows as plain data in the API's form."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final

import orjson
from fastapi import Response

from tickets.domain.correspondence.notices import Desk
from tickets.domain.correspondence.participants import Participant, Person
from tickets.domain.correspondence.sent_messages import Asking, changeable_until
from tickets.domain.service_levels.shown import shown_level
from tickets.domain.service_levels.stored_state import read_state
from ventanilla_contracts.words import AS_TEMPLATE, identity_kind

API = "/api/v1"
_PLAIN = (
    "number", "subject", "type", "category", "status", "impact", "urgency", "priority", "tier", "team", "assignee",
    "channel", "account", "language", "tags", "skills", "cause", "resolution", "related_to", "merged_into", "version",
    "created_at", "updated_at", "solved_at", "closed_at",
)  # fmt: skip
_BEGINNING_CHARS: Final = 400
_PICTURE = re.compile(r'(<img[^<>]{0,2000}?src=")cid:([^"<>]{1,998})"')


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    body = orjson.dumps(value, option=orjson.OPT_UTC_Z)
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, "application/json")


def page(items: Sequence[Any], following: str | None) -> dict[str, Any]:
    """A page of a list; `next` is None on the last."""
    return {"items": items, "next": following}


def ticket_answer(row: Mapping[str, Any], desk: Desk, *, may_write: bool) -> dict[str, Any]:
    """A ticket from a row of its table.

    Args:
        may_write: the caller may act on tickets; the address of the customer's page lets anybody act as the customer.
    """
    number = row["number"]
    own = f"{API}/tickets/{number}"
    kind = identity_kind(row["channel"])
    return {
        **{name: row[name] for name in _PLAIN},
        "merged": list(row["merged"]),
        "team_retired": row["team_retired"],
        "callback": _callback(row.get("callback")),
        "requester": {
            "name": row["requester_name"],
            "identities": [{"kind": kind, "address": row["requester_address"]}],
            "grade": row["requester_grade"],
        },
        "service_level": {
            "policy": row["policy"],
            **_clocks(row),
        },
        "links": {
            "self": own,
            "messages": f"{own}/messages",
            "history": f"{own}/history",
            "routing": f"{own}/routing",
            "participants": f"{own}/participants",
            "status_page": desk.status_link(number, row["page_epoch"]) if may_write else None,
        },
    }


def _callback(found: str | None) -> dict[str, Any] | None:
    """Who is to be called back next, where that was asked for."""
    if found is None:
        return None
    callback: dict[str, Any] = orjson.loads(found)
    return {**callback, "next_at": datetime.fromisoformat(callback["next_at"])}


def _clocks(row: Mapping[str, Any]) -> dict[str, Any]:
    state = read_state(orjson.loads(row["level"])) if row["level"] else None
    return shown_level(state, datetime.now(UTC), row["first_response_at"], row["solved_at"])


def message_answer(
    row: Mapping[str, Any], writer: str | None = None, revision: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A message from a row of its table.

    Args:
        writer: handle of the agent who wrote it.
        revision: the last one that its channel was asked for.
    """
    asking = Asking(revision["number"], revision["kind"], revision["state"]) if revision else Asking()
    id_ = str(row["id"])
    addressed = orjson.loads(row["addressed"])
    files = [] if row["deleted_at"] else orjson.loads(row["attachments"])  # they are taken back as well
    findings = orjson.loads(row["findings"]) if row["findings"] else {}
    return {
        "id": id_,
        "ticket_number": row["ticket_number"],
        "came_by": row["came_by"],
        "kind": row["kind"],
        "channel": row["channel"],
        "author": {"address": row["author_address"], "name": row["author_name"], "handle": writer},
        "to": addressed.get("to", []),
        "cc": addressed.get("cc", []),
        "bcc": addressed.get("bcc", []),
        "suggested_cc": findings.get("suggested_cc", []),
        "subject": row["subject"],
        "text": row["body"],
        "reply_text": row["body"] if row["reply_text"] is None else row["reply_text"],
        "html": with_pictures(row["body_html"], id_, files),
        "text_cut": row["body_cut"],
        "language": row["language"],
        "automation": row["automation"],
        "authentication": findings.get("authentication"),
        "protection": findings.get("protection"),
        "filtered": findings.get("filtered"),
        "notes": findings.get("notes", []),
        "undelivered": findings.get("undelivered", []),
        "message_id": row["rfc_message_id"],
        "attachments": [
            {
                "id": f"{id_}.{position}",
                "filename": file["filename"],
                "content_type": file["content_type"],
                "size_bytes": file["size_bytes"],
                "inline": file.get("inline", False),
                "detected_type": file.get("detected_type"),
                "dangerous": file.get("dangerous"),
                "url": f"{API}/attachments/{id_}.{position}",
            }
            for position, file in enumerate(files)
        ],
        "sent_at": row["sent_at"],
        "accepted_at": row["accepted_at"],
        "edited_at": row["edited_at"],
        "deleted_at": row["deleted_at"],
        "delivery": (
            {
                "state": row["delivery_state"],
                "detail": row["delivery_detail"],
                "template": (row["delivery_detail"] or "").startswith(AS_TEMPLATE),
                "recipients": orjson.loads(row["delivery_recipients"]) if row["delivery_recipients"] else {},
            }
            if row["notification_id"]
            else None
        ),
        "revision": {name: revision[name] for name in ("number", "kind", "state", "detail")} if revision else None,
        "changeable_until": changeable_until(row, asking),
        "raw": f"{API}/messages/{id_}/raw" if row["raw"] and row["deleted_at"] is None else None,
    }


def revision_answer(row: Mapping[str, Any], *, may_read: bool) -> dict[str, Any]:
    """What a message said before it was edited or deleted.

    Args:
        may_read: else only that it said something.
    """
    names = ("revision", "kind", "revised_at", "noted_at")
    return {**{name: row[name] for name in names}, "text": row["body"] if may_read else None}


def with_pictures(html: str | None, message_id: str, files: Sequence[Mapping[str, Any]]) -> str | None:
    """HTML of a message whose pictures are the attachments that it names by content id; others lose their picture."""
    if html is None or "cid:" not in html:
        return html
    places = {
        file["content_id"]: f"{API}/attachments/{message_id}.{position}"
        for position, file in enumerate(files)
        if file.get("content_id")
    }
    return _PICTURE.sub(lambda match: f'{match[1]}{places.get(unescape(match[2]), "")}"', html)


def participants_answer(people: Iterable[Participant], suggested: Iterable[Person]) -> dict[str, Any]:
    """Who takes part in a ticket; those who were removed are not shown, nor suggested again."""
    known = list(people)
    there = {one.person.address for one in known}
    return {
        "items": [
            {**one.person.as_party(), "role": one.role, "added_at": one.added_at, "added_by": one.added_by}
            for one in known
            if one.left_at is None
        ],
        "suggested": [person.as_party() for person in suggested if person.address not in there],
    }


def signatures_answer(team: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How a team signs, from the rows of its languages."""
    fields = ("text", "html", "updated_at", "updated_by")
    return {"team": team, "signatures": {row["language"]: {name: row[name] for name in fields} for row in rows}}


def history_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of a ticket's history."""
    return _line(row)


def quarantine_answer(row: Mapping[str, Any], *, whole: bool = False) -> dict[str, Any]:
    """A message in quarantine; `whole`: with all of its text, else with the beginning."""
    id_ = str(row["id"])
    received: Mapping[str, Any] = orjson.loads(row["routed"]).get("received") or {}
    text = str(received.get("reply_text") or received.get("text") or "")
    shown = text if whole else text[:_BEGINNING_CHARS]
    return {
        "id": id_,
        "reason": row["reason"],
        "detail": row["detail"],
        "channel": row["channel"],
        "account": row["account"],
        "sender": {
            "address": row["sender_address"],
            "name": str((received.get("sender") or {}).get("name") or ""),
        },
        "subject": row["subject"],
        "text": shown,
        "text_cut": len(shown) < len(text) or bool(received.get("text_cut")),
        "state": row["state"],
        "accepted_at": row["accepted_at"],
        "quarantined_at": row["created_at"],
        "decided_at": row["decided_at"],
        "decided_by": row["decided_by"],
        "why": row["why"],
        "ticket_number": row["ticket_number"],
        "raw": f"{API}/messages/{id_}/raw" if row["has_raw"] else None,
    }


def decision_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody of the desk decided."""
    return _line(row)


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = orjson.loads(row["detail"])
    return {
        "id": row["id"],
        "at": row["at"],
        "actor": row["actor"],
        "via": detail.pop("via", None),
        "action": row["action"],
        "detail": detail,
        "why": row["why"],
    }


def sender_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the sender list."""
    names = ("id", "kind", "sender", "note", "created_at", "created_by", "expires_at", "expired")
    return {name: row[name] for name in names}


def undeliverable_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Whether mail gets to an address."""
    message_id = row["undeliverable_message"]
    return {
        "address": row["address"],
        "since": row["undeliverable_since"],
        "reason": row["undeliverable_reason"],
        "message_id": str(message_id) if message_id else None,
        "soft_bounces": row["soft_bounces"],
    }

"""From the router's event to an `Incoming`: the envelope is checked, what became of the rules is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from tickets.domain.settling.incoming import REPORTS, Incoming, Place, effect_id
from tickets.domain.settling.threads import Claim
from tickets.errors import MalformedRouting
from ventanilla_contracts.acceptance import HEADER, AcceptanceKey
from ventanilla_contracts.decisions import Decision, RuleTexts
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.words import GRADES, known

INTAKE_HEADER = "vnt-intake"
NOTED = frozenset(
    {
        "attachments_cut",
        "attachments_large",
        "parts_cut",
        "nesting_cut",
        "text_cut",
        "text_left_out",
        "headers_cut",
        "html_not_shown",
        "tnef_not_readable",
    }
)
"""Defects that mean something was left out; an agent is told, and finds it in the original."""
_MOST_REFERENCES = 20
_UNPROVEN = "claimed"


class RoutedEnvelope(BaseModel):
    """The part of `MessageRouted` that settles a message."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    received: MessageReceived
    decision: Decision
    rule_texts: RuleTexts | None = None


def read_keys(headers: Mapping[str, str]) -> tuple[AcceptanceKey, AcceptanceKey]:
    """The acceptance key and the place in INTAKE that a routed message carries in its headers.

    Raises:
        MalformedRouting: they are missing or malformed.
    """
    try:
        return AcceptanceKey.parse(headers[HEADER]), AcceptanceKey.parse(headers[INTAKE_HEADER])
    except (KeyError, ValueError) as error:
        raise MalformedRouting(f"header {HEADER} or {INTAKE_HEADER} is missing or malformed") from error


def read_routed(body: bytes, accepted: Place, intake: Place, stored_at: datetime, traceparent: str | None) -> Incoming:
    """A routed event as a value.

    Args:
        stored_at: when the router's event was stored; the time of acceptance where the event itself knows no other.

    Raises:
        MalformedRouting: the body is not a routed event.
    """
    try:
        routing: dict[str, Any] = orjson.loads(body)
        envelope = RoutedEnvelope.model_validate(routing)
    except (ValidationError, orjson.JSONDecodeError) as error:
        raise MalformedRouting(_first_problem(error)) from error
    received = envelope.received
    del routing["received"]
    routing.pop("rule_texts", None)  # kept once, beside the decisions that name them
    threading = received.threading
    named = (threading.conversation, threading.in_reply_to, *reversed(threading.references))
    replies_to = list(dict.fromkeys(id_ for id_ in named if id_ and id_ != threading.message_id))[:_MOST_REFERENCES]
    is_report = received.automation in REPORTS
    addressed = {
        "to": [party.model_dump() for party in received.to],
        "cc": [party.model_dump() for party in received.cc],
    }
    if received.reply_to:
        addressed["reply_to"] = [received.reply_to.model_dump()]
    return Incoming(
        id=effect_id(received.id),
        event_id=received.id,
        accepted=accepted,
        intake=intake,
        accepted_at=received.acceptance.accepted_at if received.acceptance else stored_at,
        channel=received.channel,
        account=received.account,
        disposition=received.disposition,
        disposition_reason=received.disposition_reason,
        sender_address=received.sender.address,
        sender_name=received.sender.name,
        brought_by=received.brought_by,
        grade=known(received.authentication.grade, GRADES, _UNPROVEN),
        subject=received.subject,
        text=received.text,
        text_cut=received.text_cut,
        reply_text=received.reply_text,
        html=received.html_body,
        language=received.language,
        findings=_findings(received),
        notes=_notes(received),
        dangerous=tuple((file.filename, file.dangerous) for file in received.attachments if file.dangerous),
        automation=received.automation,
        claim=Claim(
            sender=received.sender.address,
            account=received.account,
            message_id=threading.message_id,
            replies_to=replies_to,
            reply_token=threading.reply_token,
            bounce_token=threading.bounce_token,
            subject=received.subject,
            dmarc_failed=received.authentication.dmarc == "fail",
            bounced_message_id=threading.bounced_message_id if is_report else None,
            is_report=is_report,
            conversation=threading.conversation,
            opens=threading.opens,
        ),
        named=frozenset(
            {received.sender.address, *(p.address for p in received.to), *(p.address for p in received.cc)}
        ),
        addressed=orjson.dumps(addressed).decode(),
        attachments=orjson.dumps([a.model_dump() for a in received.attachments]).decode(),
        raw=received.raw.model_dump_json() if received.raw else None,
        sent_at=received.sent_at,
        decision=envelope.decision,
        routing=orjson.dumps(routing).decode(),
        rule_texts=envelope.rule_texts,
        traceparent=traceparent,
        event=body,
        suspicion=received.authentication.suspicion,
        verdict=_verdict(received),
        undelivered=received.undelivered if is_report else (),
        member_mail=received.authentication.member_mail,
        announcements=received.call.announcements if received.call else (),
        callback=received.call.callback if received.call else None,
        taken_by=received.call.taken_by if received.call else None,
    )


def _verdict(received: MessageReceived) -> str:
    """What speaks against a message, in the words of those who looked at it."""
    if received.authentication.suspicion:
        return received.authentication.detail
    filtered = received.filtered
    if filtered is None or not filtered.spam:
        return ""
    return filtered.source if filtered.score is None else f"{filtered.source} {filtered.score:g}"


def _findings(received: MessageReceived) -> str | None:
    """What is known of a message beyond its words, as JSON text; None for an ordinary one."""
    found: dict[str, Any] = {}
    authentication = received.authentication
    # What a provider has signed has none of a mail's signs; how sure its author is belongs to the message all the same.
    signed = known(authentication.grade, GRADES, _UNPROVEN) != _UNPROVEN
    if signed or authentication.spf or authentication.dkim or authentication.dmarc or authentication.suspicion:
        found["authentication"] = authentication.model_dump(exclude_none=True, exclude={"member_mail"})
    if received.protection:
        found["protection"] = received.protection
    if received.filtered:
        found["filtered"] = received.filtered.model_dump()
    if notes := _notes(received):
        found["notes"] = notes
    if received.call and received.call.sentence:
        found["sentence"] = received.call.sentence
    if received.undelivered:
        found["undelivered"] = [report.model_dump() for report in received.undelivered]
    return orjson.dumps(found).decode() if found else None


def _notes(received: MessageReceived) -> tuple[str, ...]:
    return tuple(defect for defect in received.defects if defect in NOTED) if received.defects else ()


def _first_problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
    return f"not JSON: {error}"

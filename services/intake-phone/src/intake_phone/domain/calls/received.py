"""From the end of a call to the desk's event: what happened, what was chosen, and the message that was left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from intake_phone.domain.calls.record import CallRecord
from intake_phone.domain.calls.ringing import Ring
from intake_phone.domain.calls.state import read_state
from intake_phone.domain.flows.flow import Flow, VoicemailNode
from intake_phone.domain.numbers import Caller, read_caller
from intake_phone.domain.outcome import CallEnd, CallReport, Outcome, report
from intake_phone.domain.texts.received import address_of, conversation_of
from intake_phone.errors import Senseless
from ventanilla_contracts.events import Attachment, MessageReceived, Party, Threading
from ventanilla_contracts.ids import event_id, twilio_source_id
from ventanilla_contracts.parts import TEXT_LIMIT_CHARS, Authentication, CallFacts, WantedCallback

CHANNEL: Final = "voice"
MOST_ANNOUNCEMENTS: Final = 10
"""Of whose end one caller can ask to be told, as the event carries them."""
RECONCILED: Final = "Reconciled"
"""In a form: nobody told us of this call's end, so what was kept of it may be less than there was."""
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is over.

    Attributes:
        number: of the desk, in E.164 or as it was told.
        status: how Twilio says that it ended. seconds: how long it lasted; None: it does not say.
        incoming: it came from outside.
        reconciled: only Twilio's list tells of it.
    """

    account: str
    sid: str
    caller: Caller = field(repr=False)
    number: str
    status: str
    seconds: int | None
    incoming: bool
    reconciled: bool = False


def read_call(form: Mapping[str, str], region: str | None = None) -> Call:
    """The call that a status callback, or Twilio's list, tells of.

    Raises:
        Senseless: it does not say which.
    """
    account, sid = form.get("AccountSid", ""), form.get("CallSid", "")
    if not sid.startswith("CA") or len(sid) != 34:
        raise Senseless("the end of a call without a CallSid of Twilio's form (CA and 32 hexadecimal digits)")
    seconds = form.get("CallDuration", "")
    desk = read_caller(form.get("To", ""))
    return Call(
        account,
        sid,
        read_caller(form.get("From", ""), region),
        desk.number or form.get("To", "")[:40],
        form.get("CallStatus", ""),
        int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 7 else None,
        form.get("Direction", "inbound") == "inbound",
        RECONCILED in form,
    )


def waited_seconds(call: Call, record: CallRecord, wait: tuple[int, Ring] | None, ended_at: float) -> int | None:
    """How long the caller waited in a queue; None: nobody can say.

    Args:
        wait: the last one, with its step; None: nothing is kept of any. ended_at: of the call, Unix time.
    """
    step, ring = wait or (None, Ring())
    if ring.wish is not None and ring.taken is not None:
        return max(round(ring.taken.at - ring.wish.at), 0)
    said = record.waited_seconds(step)
    if said is not None or ring.wish is None:
        return said
    # Of whoever hung up on the way into the queue, or whose last word was lost; the end may have been told late.
    waited = max(round(ended_at - ring.wish.at), 0)
    return waited if call.seconds is None else min(waited, call.seconds)


def report_of(
    call: Call,
    record: CallRecord,
    flow: Flow,
    words: Mapping[str, Mapping[str, str]],
    talk: Ring | None = None,
    waited: int | None = None,
    waited_for: str = "",
) -> CallReport:
    """How it ended, in words.

    Args:
        talk: the wait that an agent ended. waited: seconds in a queue; None: not known. waited_for: team of the last
            wait, which is known apart from what the call noted.
    """
    taken = talk.taken if talk else None
    state = read_state(record.state, flow)
    end = CallEnd(
        call.status,
        call.seconds,
        answered_by=taken.name if taken else "",
        waited_seconds=waited,
        greeted=bool(record.documents),
        callback_number=record.callback_number,
        asked_for_message=isinstance(flow.nodes.get(state.node), VoicemailNode),
    )
    told = report(record.entries, state, end, call.caller, words, flow.language)
    return told if told.team else replace(told, team=waited_for)


def facts_of(told: CallReport, talk: Ring | None, record: CallRecord) -> CallFacts | None:
    """What a call says beside its words; None: no more."""
    taken, asked = talk.taken if talk else None, record.callback
    facts = CallFacts(
        team=told.team or None,
        taken_by=taken.handle if taken else None,
        callback=WantedCallback(team=asked.team, number=asked.number or None, ticket=asked.ticket) if asked else None,
        announcements=record.announcements[:MOST_ANNOUNCEMENTS],
        sentence=told.sentence,
    )
    return facts if facts != CallFacts() else None


def received_id(sid: str) -> str:
    """Id of the event that a call becomes."""
    return event_id(MessageReceived.type, f"{CHANNEL}/{twilio_source_id(sid)}")


def received(
    call: Call,
    told: CallReport,
    attachments: Sequence[Attachment] = (),
    missing: Sequence[str] = (),
    transcript: str = "",
    facts: CallFacts | None = None,
    *,
    desk_texts: bool = True,
) -> MessageReceived:
    """The event for a call. The same call always makes the same id.

    Args:
        transcript: what the caller said in the message, or a word about why it is not known.
        desk_texts: texts can leave from the number that was called.
    """
    caller = call.caller
    text = "\n\n".join(filter(None, (transcript, told.text)))
    # A mobile number is answered by text, and what comes back from there belongs here. The call itself is about the
    # ticket that the caller chose, if any: what was texted before may be about something else, and months old.
    answerable = desk_texts and caller.textable and caller.number
    here = conversation_of("sms", call.number, caller.number) if answerable else None
    return MessageReceived(
        id=received_id(call.sid),
        channel=CHANNEL,
        account=call.number,
        sender=Party(address=address_of(caller, call.sid)),
        subject=f"{told.subject} [#{told.ticket}]" if told.ticket else told.subject,
        text=text[:TEXT_LIMIT_CHARS],
        text_cut=len(text) > TEXT_LIMIT_CHARS,
        reply_text=transcript[:TEXT_LIMIT_CHARS] or None,
        language=told.language,
        threading=Threading(message_id=f"{call.account}/{call.sid}", conversation=here, opens=True),
        authentication=Authentication(grade="plausible" if caller.number else "claimed", detail="caller id"),
        attachments=tuple(attachments),
        call=facts,
        defects=tuple(missing),
    )


def is_worth_a_message(told: CallReport) -> bool:
    """Whether somebody at the desk has to know of a call: not of one that the flow refused to take."""
    return told.outcome is not Outcome.REJECTED

"""Calls: made, looked up, listed, changed while they go on, recorded."""

from ventanilla_devstack.twilio.errors import ApiError
from ventanilla_devstack.twilio.fields import country_of
from ventanilla_devstack.twilio.records import FINAL, Call, Json, Wish
from ventanilla_devstack.twilio.rest import shapes
from ventanilla_devstack.twilio.rest.asked import Answered, Asked, not_found
from ventanilla_devstack.twilio.rest.paging import page, within
from ventanilla_devstack.twilio.twiml.schema import E164
from ventanilla_devstack.twilio.voice.calls import Order, call_out
from ventanilla_devstack.twilio.voice.leg import Ended, Sent
from ventanilla_devstack.twilio.voice.recordings import Tape, begin
from ventanilla_devstack.twilio.webhooks import Request

EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
RECORDING_EVENTS = frozenset({"in-progress", "completed", "absent"})
_TWIML_SIGNS = 4_000


def create(asked: Asked) -> Answered:
    """A call to somebody outside."""
    asked.need_active()
    form, exchange = asked.form, asked.site.exchange
    to, from_ = form.get("To"), form.get("From")
    if not to:
        raise ApiError(21201, "No 'To' number is specified")
    if not from_:
        raise ApiError(21213, "No 'From' number is specified")
    if not E164.fullmatch(to) and not to.startswith(("client:", "sip:")):
        raise ApiError(21211, f"The phone number you are attempting to call, {to}, is not valid.")
    if not E164.fullmatch(from_):
        raise ApiError(21212, f"The source phone number provided, {from_}, is not a valid phone number.")
    number = exchange.numbers.get(from_)
    if number is None or not number.voice:
        raise ApiError(
            21210, f"The source phone number provided, {from_}, is not yet verified for your account. "
            "You may only make calls from phone numbers that you've verified or purchased from Twilio."
        )  # fmt: skip
    if country_of(to) in exchange.account.forbidden:
        raise ApiError(
            21215, f"Account not authorized to call {to}. Perhaps you need to enable some international permissions"
        )  # fmt: skip
    if to in exchange.account.blocked:
        raise ApiError(21216, f"Account not allowed to call {to}")
    url, twiml = form.url("Url"), form.get("Twiml")
    if not url and not twiml:
        raise ApiError(21205, "Url parameter is required.")
    if len(twiml) > _TWIML_SIGNS:
        raise ApiError(21235, f"Twiml parameter is longer than {_TWIML_SIGNS} characters")
    detection = form.get("MachineDetection")
    if detection not in ("", "Enable", "DetectMessageEnd"):
        raise ApiError(21233, f"Invalid MachineDetection: {detection}")
    order = Order(
        from_,
        to,
        url=url if not twiml else "",
        method=form.method("Method"),
        twiml=twiml,
        timeout=form.whole("Timeout", 60, low=1, high=600, code=21208),
        wish=form.wish("StatusCallback", EVENTS),
        fallback=Wish(form.url("FallbackUrl"), form.method("FallbackMethod")),
        detection=detection,
        asynchronous=form.flag("AsyncAmd"),
        detected=Wish(form.url("AsyncAmdStatusCallback"), form.method("AsyncAmdStatusCallbackMethod")),
        record=form.flag("Record"),
        recording=form.wish("RecordingStatusCallback", RECORDING_EVENTS),
    )
    return Answered(201, shapes.call(exchange, call_out(asked.site, order)))


def find(asked: Asked) -> Call:
    """The call that the path names.

    Raises:
        ApiError: 20404.
    """
    call = asked.site.exchange.calls.get(asked.sids[0])
    if call is None:
        raise not_found(asked.path)
    return call


def fetch(asked: Asked) -> Answered:
    """A call."""
    return Answered(200, shapes.call(asked.site.exchange, find(asked)))


def listing(asked: Asked) -> Answered:
    """Calls, newest first."""
    exchange, query = asked.site.exchange, asked.query
    wanted = {"To": "to", "From": "from_", "Status": "status", "ParentCallSid": "parent"}
    found = [
        call
        for call in reversed(exchange.calls.values())
        if all(not query.get(name) or getattr(call, known) == query[name] for name, known in wanted.items())
        and within(call.answered or call.started or call.created, query, "StartTime")
        and within(call.ended, query, "EndTime")
    ]
    return Answered(200, page(found, query, path=asked.path, key="calls", name=lambda each: each.sid,
                              shape=lambda each: shapes.call(exchange, each)))  # fmt: skip


def remove(asked: Asked) -> Answered:
    """Forget a call that is over. Its recordings are their own: they stay."""
    call = find(asked)
    if call.status not in FINAL:
        raise ApiError(20009, "Cannot delete this resource before it is complete", 409)
    del asked.site.exchange.calls[call.sid]
    return Answered(204)


def update(asked: Asked) -> Answered:
    """End a call, or send it to another document."""
    site, form, call = asked.site, asked.form, find(asked)
    status, url, twiml = form.get("Status"), form.url("Url"), form.get("Twiml")
    if status not in ("", "canceled", "completed"):
        raise ApiError(21218, f"Invalid Status: {status}")
    leg = site.legs.get(call.sid)
    if leg is None or call.status in FINAL:
        if status == "completed" and not url and not twiml and call.status in FINAL:
            return Answered(200, shapes.call(site.exchange, call))
        raise ApiError(21220, "Call is not in-progress. Cannot redirect.")
    if status == "canceled" and call.status not in ("queued", "ringing"):
        raise ApiError(21220, "Call is in-progress. Cannot cancel.")
    if form.has("StatusCallback"):
        call.wish = form.wish("StatusCallback", EVENTS)
    if status:
        leg.break_off(Ended())
    elif url or twiml:
        if call.status != "in-progress" and call.direction != "inbound":
            raise ApiError(21220, "Call is not in-progress. Cannot redirect.")
        if len(twiml) > _TWIML_SIGNS:
            raise ApiError(21235, f"Twiml parameter is longer than {_TWIML_SIGNS} characters")
        request = Request(url, form.method("Method"), asked.voice_fields(call)) if not twiml else None
        leg.break_off(Sent(request, twiml.encode()))
    return Answered(200, shapes.call(site.exchange, call))


def record(asked: Asked) -> Answered:
    """Record a call from now on."""
    site, form, call = asked.site, asked.form, find(asked)
    if call.status != "in-progress":
        raise ApiError(21220, "Requested resource is not eligible for recording")
    channels = 2 if form.get("RecordingChannels") == "dual" else 1
    wish = form.wish("RecordingStatusCallback", RECORDING_EVENTS)
    recording = begin(site, call, "StartCallRecordingAPI", wish, channels=channels)
    Tape(site, call, site.lines[call.sid], recording)
    return Answered(201, _recording(asked, recording.sid))


def recordings(asked: Asked) -> Answered:
    """The recordings of a call."""
    exchange = asked.site.exchange
    found = [each for each in reversed(exchange.recordings.values()) if each.call_sid == asked.sids[0]]
    return Answered(200, page(found, asked.query, path=asked.path, key="recordings", name=lambda each: each.sid,
                              shape=lambda each: shapes.recording(exchange, each, asked.site.url)))  # fmt: skip


def change_recording(asked: Asked) -> Answered:
    """Pause, go on with, or stop a recording; `Twilio.CURRENT` is the one that runs."""
    site, sid, status = asked.site, asked.sids[1], asked.form.get("Status")
    running = [tape for tape in site.tapes.values() if tape.recording.call_sid == asked.sids[0]]
    tape = next((each for each in running if sid in (each.recording.sid, "Twilio.CURRENT")), None)
    if tape is None:
        if sid != "Twilio.CURRENT" and sid in site.exchange.recordings:
            raise ApiError(21220, "Recording is not in-progress. Cannot update.")
        raise not_found(asked.path)
    change = {"paused": tape.pause, "in-progress": tape.resume, "stopped": tape.stop}.get(status)
    if change is None:
        raise ApiError(21220, f"Invalid Status: {status}")
    change()
    answer = _recording(asked, tape.recording.sid)
    return Answered(200, answer | {"status": status})


def _recording(asked: Asked, sid: str) -> Json:
    exchange = asked.site.exchange
    return shapes.recording(exchange, exchange.recordings[sid], asked.site.url)

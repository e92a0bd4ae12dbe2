"""Calls: from outside to the desk, and from the desk (by REST) to people outside."""

from dataclasses import dataclass, field

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.errors import DocumentFailed
from ventanilla_devstack.twilio.ids import new_sid
from ventanilla_devstack.twilio.line import Heard, Line
from ventanilla_devstack.twilio.records import FINAL, Call, Wish
from ventanilla_devstack.twilio.twiml.reading import Document, Verb, read
from ventanilla_devstack.twilio.voice import dial, ending, gather, queueing, record, speech
from ventanilla_devstack.twilio.voice.leg import SORRY, Break, Ended, Execute, HungUp, Leg
from ventanilla_devstack.twilio.voice.people import answered, begin_life, detected, ring
from ventanilla_devstack.twilio.voice.recordings import Tape, begin
from ventanilla_devstack.twilio.voice.site import Site
from ventanilla_devstack.twilio.webhooks import Request

VERBS: dict[str, Execute] = {
    "Say": speech.say,
    "Play": speech.say,
    "Pause": speech.pause,
    "Gather": gather.gather,
    "Record": record.record,
    "Dial": dial.dial,
    "Enqueue": queueing.enqueue,
    "Leave": ending.leave,
    "Hangup": ending.hang_up,
    "Reject": ending.reject,
    "Redirect": ending.redirect,
}
NO_ANSWER_HERE = "The number you have dialed is not in service."


@dataclass(frozen=True, slots=True)
class Order:
    """What the desk wants of a call that it makes.

    Attributes:
        url: of the first document; or `twiml` is the document.
        detection: "" for none, `Enable`, `DetectMessageEnd`.
        asynchronous: the call goes on while a machine is being detected; `detected` is told of it.
        record: the whole call.
    """

    from_: str
    to: str
    url: str = ""
    method: str = "POST"
    twiml: str = ""
    timeout: float = 60.0
    wish: Wish = field(default_factory=Wish)
    fallback: Wish = field(default_factory=Wish)
    detection: str = ""
    asynchronous: bool = False
    detected: Wish = field(default_factory=Wish)
    record: bool = False
    recording: Wish = field(default_factory=Wish)


def call_in(
    site: Site, from_: str, to: str, *, by_hand: bool = True, forwarded_from: str = "", caller_name: str = ""
) -> Line:
    """Somebody outside calls a number of the desk; the end that they hold."""
    exchange = site.exchange
    now, number = exchange.pace.now(), exchange.numbers.get(to)
    call = Call(new_sid("CA"), from_, to, "inbound", now, status="ringing", started=now)
    call.forwarded_from, call.caller_name = forwarded_from, caller_name
    line = site.open_line(call, by_hand=by_hand)
    exchange.add_call(call)
    if number is None or not number.voice or not number.voice_url or exchange.account.status != "active":
        if number is not None and exchange.account.status != "active":
            exchange.alert(10003, resource=call.sid)
        line.tell(Heard("say", NO_ANSWER_HERE, speech.LANGUAGE, "woman"))
        call.status, call.ended = "failed", now
        call.over.set()
        return line
    call.number_sid = number.sid
    call.wish = Wish(number.status_callback, number.status_callback_method)
    call.fallback = Wish(number.voice_fallback_url, number.voice_fallback_method)
    leg = Leg(site, call, line, VERBS)
    first = Request(number.voice_url, number.voice_method, tuple(fields.voice(exchange, call)))
    site.callbacks.spawn(leg.run(first))
    return line


def call_out(site: Site, order: Order) -> Call:
    """The desk calls somebody outside; returns at once, with the call queued."""
    exchange = site.exchange
    number = exchange.numbers.get(order.from_)
    call = Call(new_sid("CA"), order.from_, order.to, "outbound-api", exchange.pace.now())
    call.number_sid = number.sid if number else ""
    call.wish, call.fallback = order.wish, order.fallback
    exchange.add_call(call)
    by_hand = exchange.person(order.to).answers == "by_hand" and site.patient
    leg = Leg(site, call, site.open_line(call, by_hand=by_hand), VERBS)
    site.callbacks.spawn(_outgoing(site, leg, order))
    return call


async def _outgoing(site: Site, leg: Leg, order: Order) -> None:
    watch = leg.watch_the_receiver()
    status = "failed"
    try:
        status = await leg.until(ring(site, leg, order.timeout))
        if status == "answered":
            answered(site, leg.call)
            begin_life(site, leg)
            if order.record:
                Tape(site, leg.call, leg.line, begin(site, leg.call, "OutboundAPI", order.recording))
            if order.detection:
                await _detect(site, leg, order)
    except HungUp:
        status = "busy"
    except Ended:
        status = "canceled"
    except Break:
        status = "answered"  # sent to another document, which `run` executes
    finally:
        watch.cancel()
        if status != "answered" and leg.call.status not in FINAL:
            leg.end("" if leg.call.answered else status)
    if leg.call.status in FINAL:
        return
    await leg.run(_first(site, leg, order))


def _first(site: Site, leg: Leg, order: Order) -> Request | Document:
    if order.twiml:
        try:
            document = read(order.twiml.encode(), "text/xml", site.url + "/")
        except DocumentFailed as failed:
            exchange = site.exchange
            exchange.alert(failed.trouble.code, detail=failed.trouble.detail, resource=leg.call.sid)
            return Document((Verb("Say", {"language": speech.LANGUAGE}, SORRY),), site.url + "/")
        leg.warn(document)
        return document
    return Request(order.url, order.method, tuple(fields.voice(site.exchange, leg.call)))


async def _detect(site: Site, leg: Leg, order: Order) -> None:
    said, seconds = detected(site.exchange.person(leg.call.to), order.detection)
    if not order.asynchronous:
        await leg.elapse(seconds)
        leg.call.answered_by = said
        return
    site.callbacks.spawn(_detect_later(site, leg, order, said, seconds))


async def _detect_later(site: Site, leg: Leg, order: Order, said: str, seconds: float) -> None:
    await site.exchange.pace.sleep(seconds)
    if leg.call.status in FINAL:
        return
    leg.call.answered_by = said
    wish = order.detected
    site.callbacks.send("amd", leg.call.sid, wish.url, wish.method, dial.amd_fields(leg, said, seconds))

"""Dial: other telephones, all at once; the first that picks up is connected, the others stop ringing.

https://www.twilio.com/docs/voice/twiml/dial
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.errors import DocumentFailed
from ventanilla_devstack.twilio.ids import new_sid
from ventanilla_devstack.twilio.line import Heard
from ventanilla_devstack.twilio.records import Call, Recording, Wish
from ventanilla_devstack.twilio.twiml.reading import Document, Verb
from ventanilla_devstack.twilio.twiml.schema import E164
from ventanilla_devstack.twilio.voice.bridge import Bridge
from ventanilla_devstack.twilio.voice.leg import Break, Ended, Leg, Next, Sent
from ventanilla_devstack.twilio.voice.people import answered, begin_life, detected, ring
from ventanilla_devstack.twilio.voice.queueing import dial_queue
from ventanilla_devstack.twilio.voice.record import wish_of
from ventanilla_devstack.twilio.voice.recordings import Tape, begin
from ventanilla_devstack.twilio.webhooks import Request

WHISPER = frozenset({"Say", "Play", "Pause", "Gather", "Hangup", "Redirect"})
_TIMEOUT_SECONDS, _NUMBERS = 30.0, 10


@dataclass(slots=True)
class Result:
    """How it went."""

    status: str
    child: str = ""
    seconds: int = 0
    bridged: bool = False
    recording: Recording | None = None


async def dial(leg: Leg, verb: Verb, document: Document) -> Next:
    """Connect the caller; then the action, or else the next verb. The action hears of a caller who hung up too."""
    result = Result("failed")
    try:
        await _dial(leg, verb, document, result)
    except Break as reason:
        action = _action(leg, verb, document, result)
        if action is not None and not isinstance(reason, Sent):
            await leg.report(action)
        raise
    return _action(leg, verb, document, result)


def _action(leg: Leg, verb: Verb, document: Document, result: Result) -> Request | None:
    if not verb.get("action"):
        return None
    more = [("DialCallStatus", result.status), ("DialBridged", str(result.bridged).lower())]
    if result.child:
        more.append(("DialCallSid", result.child))
    if result.status == "completed":
        more.append(("DialCallDuration", str(result.seconds)))
    if result.recording is not None:
        address = fields.recording_url(leg.site.exchange, result.recording, leg.site.url)
        more += [
            ("RecordingUrl", address),
            ("RecordingSid", result.recording.sid),
            ("RecordingDuration", str(round(result.recording.seconds))),
        ]
    return leg.request(verb.get("action"), verb.get("method"), document, more)


async def _dial(leg: Leg, verb: Verb, document: Document, result: Result) -> None:
    queues = [child for child in verb.children if child.name == "Queue"]
    if queues:
        await _with_queue(leg, verb, queues[0], document, result)
        return
    numbers = [child for child in verb.children if child.name == "Number"]
    if verb.text and not verb.children:
        numbers = [Verb("Number", {}, verb.text)]
    if not numbers:
        leg.warning(13224 if verb.children else 13223, "nobody whom the local Twilio could call")
        result.status = "no-answer" if verb.children else "failed"
        return
    caller_id = verb.get("callerId") or (leg.call.to if leg.call.direction == "outbound-api" else leg.call.from_)
    if verb.get("callerId") and caller_id not in {leg.call.from_, leg.call.to, *leg.site.exchange.numbers}:
        leg.warning(13214, caller_id)
        return
    good = [number for number in numbers[:_NUMBERS] if E164.fullmatch(number.text)]
    for number in numbers:
        if number not in good:
            leg.warning(13223, number.text)
    if good:
        await _numbers(leg, verb, document, result, [(_child(leg, each, caller_id, document), each) for each in good])


def _child(leg: Leg, number: Verb, caller_id: str, document: Document) -> Leg:
    site = leg.site
    address = number.get("statusCallback")
    events = frozenset(number.get("statusCallbackEvent", "completed").split())
    wish = Wish(urljoin(document.url, address) if address else "", number.get("statusCallbackMethod", "POST"), events)
    now = site.exchange.pace.now()
    call = Call(new_sid("CA"), caller_id, number.text, "outbound-dial", now, parent=leg.call.sid, wish=wish)
    site.exchange.add_call(call)
    by_hand = site.exchange.person(call.to).answers == "by_hand" and site.patient
    return leg.beside(call, site.open_line(call, by_hand=by_hand))


async def _numbers(leg: Leg, verb: Verb, document: Document, result: Result, children: list[tuple[Leg, Verb]]) -> None:
    leg.line.tell(Heard("ringback", ", ".join(child.call.to for child, _ in children)))
    timeout = verb.number("timeout", _TIMEOUT_SECONDS)
    rings = {asyncio.ensure_future(ring(leg.site, child, timeout)): (child, number) for child, number in children}
    winner: tuple[Leg, Verb] | None = None
    statuses: list[str] = []
    pending = set(rings)
    try:
        while pending and winner is None:
            done, pending = await leg.until(asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED))
            for task in done:
                child, number = rings[task]
                status = task.result()
                if status == "answered" and winner is None:
                    winner = child, number
                elif status != "answered":
                    statuses.append(status)
                    child.end(status)
                    result.child = child.call.sid
    except Break:
        result.status = "no-answer"
        raise
    finally:
        for task in rings:
            task.cancel()
        await asyncio.gather(*rings, return_exceptions=True)
        for child, _ in children:
            if winner is None or child is not winner[0]:
                child.end("canceled" if winner is not None else "no-answer")
    if winner is None:
        result.status = next((each for each in ("no-answer", "busy", "failed") if each in statuses), "failed")
        return
    result.child = winner[0].call.sid
    await _connect(leg, verb, document, result, *winner)


async def _connect(leg: Leg, verb: Verb, document: Document, result: Result, child: Leg, number: Verb) -> None:
    site, bridge = leg.site, Bridge()
    ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    answered(site, child.call)
    begin_life(site, child)
    whisper = child.request(number.get("url"), number.get("method"), document) if number.get("url") else None
    if number.get("machineDetection"):
        site.callbacks.spawn(_detect(child, number, document))
    site.callbacks.spawn(_live(child, whisper, ready, bridge))
    result.status = "completed"
    tape: Tape | None = None
    try:
        if await leg.until(_is(ready)):
            result.bridged = True
            tape = _recorded(leg, verb, document, result)
            star, limit = verb.get("hangupOnStar") == "true", verb.number("timeLimit", 0)
            await bridge.talk(leg, star_ends=star, most_seconds=limit or None)
    finally:
        bridge.over.set()
        child.break_off(Ended())
        _stop(leg, tape)
        await asyncio.wait_for(child.call.over.wait(), 5)
        result.seconds = child.call.duration


def _recorded(leg: Leg, verb: Verb, document: Document, result: Result) -> Tape | None:
    """The recording of the talk, if there is to be one: it belongs to the call that dialled."""
    if verb.get("record") in ("", "false", "do-not-record"):
        return None
    channels = 2 if verb.get("record").endswith("dual") else 1
    result.recording = begin(leg.site, leg.call, "DialVerb", wish_of(verb, document), channels=channels)
    return Tape(leg.site, leg.call, leg.line, result.recording)


def _stop(leg: Leg, tape: Tape | None) -> None:
    if tape is not None and tape.recording.sid in leg.site.tapes:  # the end of the call may have stopped it
        tape.stop()


async def _live(child: Leg, whisper: Request | None, ready: "asyncio.Future[bool]", bridge: Bridge) -> None:
    """The other telephone from the answer to the end: what is whispered to it, then the talk."""
    watch = child.watch_the_receiver()
    try:
        if whisper is not None and await child.play(whisper, WHISPER) is not None:
            return
        ready.set_result(True)
        await bridge.talk(child)
    except (Break, DocumentFailed):
        return
    finally:
        watch.cancel()
        if not ready.done():
            ready.set_result(False)
        child.end()


async def _detect(child: Leg, number: Verb, document: Document) -> None:
    """Tell the desk whether a machine has answered; a Dial does not wait for it."""
    person = child.site.exchange.person(child.call.to)
    said, seconds = detected(person, number.get("machineDetection"))
    await child.site.exchange.pace.sleep(seconds)
    child.call.answered_by = said
    address = number.get("amdStatusCallback")
    if address:
        told = amd_fields(child, said, seconds)
        method = number.get("amdStatusCallbackMethod", "POST")
        child.site.callbacks.send("amd", child.call.sid, urljoin(document.url, address), method, told)


def amd_fields(leg: Leg, said: str, seconds: float) -> list[tuple[str, str]]:
    """What is told of answering-machine detection."""
    return [
        ("CallSid", leg.call.sid),
        ("AccountSid", leg.site.exchange.account.sid),
        ("AnsweredBy", said),
        ("MachineDetectionDuration", str(round(seconds * 1000))),
    ]


async def _is(ready: "asyncio.Future[bool]") -> bool:
    return await asyncio.shield(ready)


async def _with_queue(leg: Leg, verb: Verb, queue: Verb, document: Document, result: Result) -> None:
    began = leg.site.exchange.pace.clock() + leg.call.skipped
    star, limit = verb.get("hangupOnStar") == "true", verb.number("timeLimit", 0)
    timeout = verb.number("timeout", _TIMEOUT_SECONDS)

    tape: Tape | None = None

    def connected(sid: str) -> None:
        nonlocal tape
        result.status, result.child, result.bridged = "completed", sid, True
        tape = _recorded(leg, verb, document, result)

    try:
        await dial_queue(
            leg, queue, document, timeout=timeout, star_ends=star, most_seconds=limit or None, connected=connected
        )
        if not result.bridged:
            known = leg.site.exchange.queue_named(queue.text) is not None
            result.status = "no-answer" if known else "failed"
    finally:
        _stop(leg, tape)
        result.seconds = round(leg.site.exchange.pace.clock() + leg.call.skipped - began)

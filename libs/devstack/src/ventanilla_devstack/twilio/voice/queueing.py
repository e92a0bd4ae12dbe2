"""Enqueue, and Dial with a Queue: who waits, what they hear meanwhile, and who takes them out.

https://www.twilio.com/docs/voice/twiml/enqueue, https://www.twilio.com/docs/voice/twiml/queue
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.errors import DocumentFailed
from ventanilla_devstack.twilio.line import Heard
from ventanilla_devstack.twilio.records import Member, Queue, Taking
from ventanilla_devstack.twilio.twiml.reading import Document, Verb
from ventanilla_devstack.twilio.voice.bridge import Bridge
from ventanilla_devstack.twilio.voice.leg import Break, End, HungUp, Left, Leg, Next, Sent
from ventanilla_devstack.twilio.webhooks import Request

WAITING = frozenset({"Say", "Play", "Pause", "Hangup", "Redirect", "Leave", "Gather"})
BEFORE_TALKING = frozenset({"Say", "Play", "Pause", "Redirect"})
_NAME_SIGNS, _WAITS_KEPT = 64, 100
_MUSIC_SECONDS, _BREATH_SECONDS = 30.0, 1.0


async def enqueue(leg: Leg, verb: Verb, document: Document) -> Next:
    """Wait until somebody takes the call out; then the action with how it went."""
    exchange, name = leg.site.exchange, verb.text
    if not name or len(name) > _NAME_SIGNS:
        leg.warning(14205 if name else 14204, name)
        return _after(leg, verb, document, "error", None, 0)
    queue = exchange.queue_named(name, make=True)
    assert queue is not None  # made on demand
    if len(queue.members) >= min(queue.max_size, int(verb.number("maxQueueSize", queue.max_size))):
        return _after(leg, verb, document, "queue-full", queue, 0)
    taken: asyncio.Future[Taking] = asyncio.get_running_loop().create_future()
    member = Member(leg.call, exchange.pace.now(), leg.call.skipped, taken)
    queue.members.append(member)
    queue.news.set()
    exchange.changed()
    result, following, broken = "system-error", None, None
    waiting = asyncio.ensure_future(_wait(leg, verb, document, queue, member))
    try:
        await leg.until(_either(waiting, taken))
        _remove(queue, member, exchange.pace.now())
        if taken.done():
            waiting.cancel()
            following = await _taken(leg, queue, member, taken.result())
            result = "redirected" if following is not None else "bridged"
        else:
            result = "leave" if isinstance(waiting.result(), Left) else "hangup"
    except DocumentFailed:
        result = "error"
    except Break as reason:
        broken = reason
        if taken.done():
            result = "redirected-from-bridged" if isinstance(reason, Sent) else "bridged"
        else:
            result = "redirected" if isinstance(reason, Sent) else "hangup"
    finally:
        waiting.cancel()
        _remove(queue, member, exchange.pace.now())
    action = _after(leg, verb, document, result, queue, member.seconds)
    if broken is not None or following is not None or result == "hangup":
        if action is not None:
            await _tell(leg, action, over=isinstance(broken, HungUp) or result == "hangup")
        if broken is not None:
            raise broken
        return following if following is not None else End()
    return action


async def _tell(leg: Leg, action: Request, *, over: bool) -> None:
    """The action of a call that goes on elsewhere, or not at all: what it answers is not executed."""
    if over:
        await leg.report(action)
    else:
        leg.site.callbacks.spawn(leg.ask_only(action))


def _after(leg: Leg, verb: Verb, document: Document, result: str, queue: Queue | None, seconds: int) -> Request | None:
    if not verb.get("action"):
        return None
    more = [("QueueResult", result)]
    if queue is not None:
        more += [("QueueSid", queue.sid), ("QueueTime", str(seconds))]
    return leg.request(verb.get("action"), verb.get("method"), document, more)


def _remove(queue: Queue, member: Member, now: datetime) -> None:
    if member in queue.members:
        queue.members.remove(member)
        member.seconds = member.waited(now)
        queue.waits.append(member.seconds)
        del queue.waits[:-_WAITS_KEPT]


async def _either(waiting: "asyncio.Future[End | Left]", taken: "asyncio.Future[Taking]") -> None:
    both: list[asyncio.Future[Any]] = [waiting, taken]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)


async def _wait(leg: Leg, verb: Verb, document: Document, queue: Queue, member: Member) -> End | Left:
    """The document for waiting, again and again."""
    exchange = leg.site.exchange
    while True:
        if not verb.get("waitUrl"):
            leg.line.tell(Heard("play", "http://com.twilio.sounds.music/index.mp3"))
            await leg.elapse(_MUSIC_SECONDS)
            continue
        position = queue.members.index(member) + 1 if member in queue.members else 1
        more = fields.queue(queue, position, member.waited(exchange.pace.now()))
        done = await leg.play(leg.request(verb.get("waitUrl"), verb.get("waitUrlMethod"), document, more), WAITING)
        if done is not None:
            return done
        await leg.elapse(_BREATH_SECONDS)  # an empty document must not be asked for without end


async def _taken(leg: Leg, queue: Queue, member: Member, taking: Taking) -> Request | None:
    """What happens to a member that was taken: a document first, then the talk; or only the document."""
    base = Document((), taking.url)
    if taking.bridge is None:
        return leg.request(taking.url, taking.method, base)
    met = taking.met
    assert met is not None  # comes with a bridge
    try:
        if taking.url:
            more = [("QueueSid", queue.sid), ("QueueTime", str(member.seconds)), ("DequeingCallSid", taking.by)]
            with contextlib.suppress(DocumentFailed):  # the alert is raised; they are connected all the same
                await leg.play(leg.request(taking.url, taking.method, base, more), BEFORE_TALKING)
        if not met.done():
            met.set_result(True)
        await taking.bridge.talk(leg)
    finally:
        if not met.done():
            met.set_result(False)
    return None


async def dial_queue(
    leg: Leg,
    noun: Verb,
    document: Document,
    *,
    timeout: float,
    star_ends: bool,
    most_seconds: float | None,
    connected: Callable[[str], None],
) -> None:
    """Talk to the first in a queue, if somebody is there in time; `connected` is told their call's sid."""
    queue = leg.site.exchange.queue_named(noun.text)
    while queue is not None:
        bridge = Bridge()
        met: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        address = urljoin(document.url, noun.get("url")) if noun.get("url") else ""
        taking = Taking(address, noun.get("method") or "POST", leg.call.sid, bridge, met)
        try:
            member = await leg.until(_take_first(leg, queue, timeout, taking))
            if member is None:
                return
            if await leg.until(_is(met)):
                connected(member.call.sid)
                await bridge.talk(leg, star_ends=star_ends, most_seconds=most_seconds)
                return
        finally:
            bridge.over.set()


async def _is(met: "asyncio.Future[bool]") -> bool:
    return await asyncio.shield(met)


async def _take_first(leg: Leg, queue: Queue, timeout: float, taking: Taking) -> Member | None:
    """Take the first who waits and is not being taken already; None if nobody comes in time."""
    late = asyncio.ensure_future(leg.site.exchange.pace.sleep(timeout))
    try:
        while True:
            waiting = next((each for each in queue.members if not each.taken.done()), None)
            if waiting is not None:
                waiting.taken.set_result(taking)  # at once: another who dials looks for the first too
                return waiting
            queue.news.clear()
            news = asyncio.ensure_future(queue.news.wait())
            await asyncio.wait({late, news}, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            if late.done():
                return None
    finally:
        late.cancel()

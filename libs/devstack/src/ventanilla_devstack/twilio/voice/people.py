"""Persons outside: whether they answer, and what they do on the line."""

import asyncio

import structlog

from ventanilla_devstack.twilio.line import Line, NotHeard
from ventanilla_devstack.twilio.records import Call, Person
from ventanilla_devstack.twilio.voice.leg import Leg
from ventanilla_devstack.twilio.voice.site import Site

_BUSY_SECONDS, _VOICEMAIL_SECONDS = 1.0, 30.0
_SCRIPT_SECONDS = 60.0
STEPS = ("hear", "press", "speak", "wait", "hang up")

log = structlog.get_logger()


def check_script(script: tuple[str, ...]) -> None:
    """Refuse a script in which there is something that nobody can do.

    Raises:
        ValueError: with the step.
    """
    for step in script:
        verb, _, what = step.partition(":")
        if verb not in STEPS or (verb == "wait" and not what.replace(".", "", 1).isdigit()):
            raise ValueError(f"{step!r} is no step: write hear:…, press:…, speak:…, wait:SECONDS or hang up")


async def perform(line: Line, script: tuple[str, ...]) -> None:
    """Do what a script says; whoever does not hear what they wait for hangs up."""
    try:
        for step in script:
            verb, _, what = step.partition(":")
            if verb == "hear":
                await line.hear(what, timeout_seconds=_SCRIPT_SECONDS)
            elif verb == "press":
                line.press(what)
            elif verb == "speak":
                line.speak(what)
            elif verb == "wait":
                await line.wait(float(what))
            else:
                await line.taken()
                line.hang_up()
    except NotHeard as missing:
        log.info("twilio_script.stopped", problem=str(missing))
        line.hang_up()


async def ring(site: Site, leg: Leg, timeout: float) -> str:
    """Let a telephone ring until somebody answers: `answered`, `busy`, `no-answer` or `failed`."""
    call, line, pace = leg.call, leg.line, site.exchange.pace
    person = site.exchange.person(call.to)
    site.tell_status(call, "initiated", "initiated")
    if person.answers == "unreachable":
        return "failed"
    call.status, call.started = "ringing", pace.now()
    site.tell_status(call, "ringing", "ringing")
    for listener in site.ringing:
        listener(person, line)
    if person.answers == "by_hand":
        return await _by_hand(line, timeout)
    if person.answers in ("busy", "rejects"):
        await pace.sleep(min(_BUSY_SECONDS if person.answers == "busy" else person.ring_seconds, timeout))
        return "busy"
    if person.answers == "no-answer" or person.ring_seconds >= timeout:
        await pace.sleep(timeout)
        return "no-answer"
    await pace.sleep(person.ring_seconds)
    return "answered"


async def _by_hand(line: Line, timeout: float) -> str:
    answering = asyncio.ensure_future(line.answered.wait())
    waiting = asyncio.ensure_future(line.rings_out(timeout))
    try:
        await asyncio.wait([answering, waiting], return_when=asyncio.FIRST_COMPLETED)
        return line.refused or ("answered" if answering.done() else "no-answer")
    finally:
        answering.cancel()
        waiting.cancel()


def begin_life(site: Site, leg: Leg) -> None:
    """From the moment somebody answers, they do what they do."""
    person = site.exchange.person(leg.call.to)
    if person.answers in ("voicemail", "fax"):
        site.callbacks.spawn(_machine(site, person, leg.line))
    elif person.script:
        site.callbacks.spawn(perform(leg.line, person.script))


async def _machine(site: Site, person: Person, line: Line) -> None:
    line.speak(person.greeting, seconds=person.greeting_seconds)
    await site.exchange.pace.sleep(person.greeting_seconds + _VOICEMAIL_SECONDS)
    line.hang_up()


def answered(site: Site, call: Call) -> None:
    """A call that we made is answered."""
    call.answered = site.exchange.pace.now()
    call.skipped = 0.0
    call.status = "in-progress"
    site.tell_status(call, "answered", "in-progress")


def detected(person: Person, mode: str) -> tuple[str, float]:
    """What answering-machine detection makes of somebody, and after how many seconds.

    Args:
        mode: `Enable`, or `DetectMessageEnd`: it waits until a machine has finished its greeting.
    """
    if person.answers == "fax":
        return "fax", 2.0
    if person.answers != "voicemail":
        return "human", 2.0
    if mode == "DetectMessageEnd":
        return "machine_end_beep", person.greeting_seconds + 1
    return "machine_start", min(person.greeting_seconds, 3.0)

"""What `doctor` says of the desk itself: the ticket service with its token, the flows, who makes words of voicemail."""

import asyncio
import struct
from datetime import datetime
from typing import Final

import aiohttp

from intake_phone.adapters.desk_setup import DeskSeen, look_at_desk
from intake_phone.adapters.flow_file import default_flow_text, read_flow_files, read_flow_text
from intake_phone.adapters.transcription import Transcription
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.flows.review import Desk
from intake_phone.errors import DeskAway, DeskRefused, FlowRefused, NotTranscribed
from intake_phone.settings import Settings
from intake_phone.wiring.desk import TOKEN
from ventanilla_runtime.desk_rights import desk_rights
from ventanilla_runtime.findings import Finding, ok, problem, warning
from ventanilla_runtime.logs import redact_text

_SECONDS: Final = 8.0
_TRANSCRIPTION_SECONDS: Final = 20.0
_MOST_FAULTS: Final = 20
_RATE: Final = 8_000


async def examine_tickets(settings: Settings) -> tuple[list[Finding], DeskSeen | None]:
    """What is to be said of the ticket service, and what it says of the desk."""
    if settings.tickets_token is None:
        return [problem("tickets", TOKEN.unset, TOKEN.make_one)], None
    url, secret = settings.tickets_url, settings.tickets_token.get_secret_value()
    rights, seen = await asyncio.gather(desk_rights(url, secret, TOKEN, by_proxy=True), _desk(url, secret))
    return [rights], seen


async def _desk(url: str, secret: str) -> DeskSeen | None:
    """What the ticket service says of the desk; None: it does not, and why not is said of the token."""
    try:
        async with aiohttp.ClientSession(trust_env=True) as session:
            return await look_at_desk(session, url, secret, _SECONDS)
    except (DeskAway, DeskRefused):
        return None


def read_flows(settings: Settings, now: datetime) -> tuple[list[Finding], FlowBook | None]:
    """The flows, and each mistake in their files."""
    try:
        book = read_flow_files(settings.flows, first_year=now.year)
    except FlowRefused as error:
        return refused(error), None
    files = f"{len(settings.flows)} of your own" if settings.flows else "none of your own: the shipped one answers"
    return [ok("flows", f"{files}; no mistakes")], book


def flows_beside_desk(settings: Settings, now: datetime, desk: Desk, *, shipped: bool) -> list[Finding]:
    """What flows name and desk or account have not; flows that can be read are given.

    Args:
        desk: what desk and account have.
        shipped: the flow that comes with the service answers too.
    """
    found: list[Finding] = []
    try:
        read_flow_files(settings.flows, first_year=now.year, desk=desk)
    except FlowRefused as error:
        found += refused(error)
    if not shipped:
        return found
    try:
        read_flow_text(default_flow_text(), "default.yaml", first_year=now.year, desk=Desk(desk.teams))
    except FlowRefused as error:
        # Whoever asks for one of them leaves a message: nothing is lost, and nobody is rung.
        about = "; ".join(one.reason for one in error.problems[:_MOST_FAULTS])
        do = "write a flow of your own with the desk's teams: intake-phone flow > mine.yaml"
        found.append(warning("flows", f"the shipped flow: {about}: nobody is rung for it", do))
    return found


def refused(error: FlowRefused) -> list[Finding]:
    """A line for each mistake in a flow's file."""
    found = [
        problem("flows", f"{one.file}:{one.line}:{one.column}: {f'{one.way}: ' if one.way else ''}{one.reason}",
                one.advice or "docs/phone-flows.md describes the language")
        for one in error.problems[:_MOST_FAULTS]
    ]  # fmt: skip
    if (more := len(error.problems) - _MOST_FAULTS) > 0:
        found.append(problem("flows", f"{more} more mistakes", "intake-phone check lists all of them"))
    return found


async def examine_transcription(settings: Settings) -> list[Finding]:
    """What is to be said of the server that makes words of voicemail; it is given a second of silence."""
    about = "transcription"
    if settings.transcription_url is None:
        return [ok(about, "not set: of voicemail the recording alone is on the ticket")]
    where = redact_text(settings.transcription_url)
    key = settings.transcription_key.get_secret_value() if settings.transcription_key else ""
    seconds = min(settings.transcription_seconds, _TRANSCRIPTION_SECONDS)
    try:
        async with aiohttp.ClientSession(trust_env=True) as session:
            server = Transcription(session, settings.transcription_url, key, settings.transcription_model, seconds)
            await server.words(silence(1.0), "audio/wav", "es")
    except NotTranscribed as error:
        return [transcription_finding(where, str(error))]
    return [ok(about, f"{where} makes words of sound with {settings.transcription_model}")]


def transcription_finding(where: str, reason: str) -> Finding:
    """What is to be said of a server that made no words of silence."""
    do = "look at INTAKE_PHONE_TRANSCRIPTION_URL, which ends in /v1/audio/transcriptions, and at the server's log"
    if "401" in reason or "403" in reason:
        do = "set INTAKE_PHONE_TRANSCRIPTION_KEY to a key of that server"
    elif "400" in reason or "404" in reason:
        do = "look at INTAKE_PHONE_TRANSCRIPTION_MODEL (whether the server has it), and at …_URL"
    says = f"{where} makes no words: {reason}; voicemail is a recording only, and says so"
    return warning("transcription", says, do)


def silence(seconds: float) -> bytes:
    """A WAV of nothing: 8 kHz, 16 bit, mono."""
    sound = bytes(int(seconds * _RATE) * 2)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, _RATE * 2, 2, 16)
    data = struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data

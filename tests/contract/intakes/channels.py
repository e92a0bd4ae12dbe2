"""Channels by which customers come in, as the contract suite sees them: hand something in, and hear what is said."""

import asyncio
import itertools
import json
import smtplib
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

import httpx
from twilio.request_validator import RequestValidator

from tests.support.chat_desk import HELP
from tests.support.desk import RunningDesk, mail
from tests.support.phone_desk import PUBLIC
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.slack.signing import sign
from ventanilla_devstack.twilio.ids import new_sid
from ventanilla_devstack.twilio.seed import ANONYMOUS, DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

_numbers = itertools.count(1)


class Said(Enum):
    """What a channel says to whoever hands something in."""

    YES = "it is kept"
    AGAIN = "try again"
    NO = "never like this"


class Channel(Protocol):
    """One way in. A new channel needs one of these, and passes the suite.

    Attributes:
        service: the intake that listens there.
        stream: where it keeps what it has accepted, before anybody has understood it.
    """

    service: str
    stream: str

    def message(self, subject: str) -> bytes:
        """What a customer sends whose ticket will have this subject; every call is another message."""

    def from_nobody(self, subject: str) -> bytes:
        """The same, of somebody of whom nothing is known."""

    def malformed(self) -> bytes:
        """Something that no customer's program sends."""

    def oversized(self) -> bytes:
        """More than the channel takes."""

    async def hand_in(self, given: bytes) -> Said:
        """Hand it in as the provider does; the same again is the provider's repetition."""

    def without_provider(self) -> AbstractContextManager[None]:
        """While the provider answers none of our questions."""


class Mail:
    """SMTP."""

    service, stream = "intake-email", "ACCEPTED"

    def __init__(self, desk: RunningDesk) -> None:
        self._desk = desk

    def message(self, subject: str) -> bytes:
        return self._mail(subject, "Ana García <ana@cliente.example>")

    def from_nobody(self, subject: str) -> bytes:
        return self._mail(subject, "nobody@nowhere.invalid")

    def malformed(self) -> bytes:
        return b"\x00\xff: \r\nFrom\r\nContent-Type: multipart/mixed\r\n\r\n--\xfe\r\n"

    def oversized(self) -> bytes:
        return self.message("too much") + b"x" * (26 * 1024 * 1024)

    async def hand_in(self, given: bytes) -> Said:
        try:
            await asyncio.to_thread(self._desk.send, given)
        except smtplib.SMTPDataError as error:
            return Said.AGAIN if 400 <= error.smtp_code < 500 else Said.NO
        except smtplib.SMTPSenderRefused as error:
            return Said.AGAIN if 400 <= error.smtp_code < 500 else Said.NO
        except (OSError, smtplib.SMTPServerDisconnected):
            return Said.AGAIN
        return Said.YES

    @contextmanager
    def without_provider(self) -> Iterator[None]:
        """Nobody is asked anything about a mail that comes by SMTP."""
        yield

    def _mail(self, subject: str, sender: str) -> bytes:
        made = mail(subject, "Desde ayer.", sender=sender, message_id=f"<{next(_numbers)}@cliente.example>")
        return made.as_bytes()


class SlackOverHttp:
    """Slack's signed requests."""

    service, stream = "intake-chat", "CHAT"

    def __init__(self, desk: RunningDesk, slack: LocalSlack) -> None:
        self._desk = desk
        self._slack = slack

    def message(self, subject: str) -> bytes:
        return self._event(subject, self._slack.hands.person("carmen").id)

    def from_nobody(self, subject: str) -> bytes:
        return self._event(subject, "U0NOBODY00")

    def malformed(self) -> bytes:
        return b'{"type": "event_callback", "event": {"type": "message", '

    def oversized(self) -> bytes:
        return self._event("x" * 600_000, self._slack.hands.person("carmen").id)

    async def hand_in(self, given: bytes) -> Said:
        headers = {"Content-Type": "application/json", **sign(self._slack.app.signing_secret, int(time.time()), given)}
        return await _posted(f"{self._desk.services[self.service].url}/slack/events", given, headers)

    @contextmanager
    def without_provider(self) -> Iterator[None]:
        """Slack says nothing about people."""
        self._slack.faults.add("internal_error", "users.info", calls=3)
        yield

    def _event(self, text: str, user: str) -> bytes:
        number, workspace = next(_numbers), self._slack.workspace
        ts = f"{int(time.time())}.{number:06d}"
        event = {
            "type": "message", "text": text, "user": user, "ts": ts, "event_ts": ts, "team": workspace.home,
            "channel": workspace.channel_named(HELP).id, "channel_type": "channel",
        }  # fmt: skip
        envelope = {
            "type": "event_callback", "team_id": workspace.home, "api_app_id": self._slack.app.id, "event": event,
            "event_id": f"Ev0{number:08d}", "event_time": int(time.time()),
        }  # fmt: skip
        return json.dumps(envelope).encode()


class Texts:
    """Twilio's webhooks of texts; each customer has a number of their own."""

    service, stream = "intake-phone", "PHONE"

    def __init__(self, desk: RunningDesk, twilio: LocalTwilio) -> None:
        self._desk = desk
        self._twilio = twilio

    def message(self, subject: str) -> bytes:
        return self._form(subject, f"+3460012{next(_numbers):04d}")

    def from_nobody(self, subject: str) -> bytes:
        """Somebody who withholds the number, with a picture that lies at Twilio's."""
        sid = new_sid("MM")
        media = self._twilio.exchange.add_media(sid, "image/png", b"\x89PNG\r\n\x1a\n")
        url = f"{self._twilio.url}/2010-04-01/Accounts/{self._twilio.account.sid}/Messages/{sid}/Media/{media.sid}"
        return self._form(subject, ANONYMOUS, sid, NumMedia="1", MediaUrl0=url, MediaContentType0="image/png")

    def malformed(self) -> bytes:
        return urlencode({"Body": "\x00", "From": "+", "NumMedia": "many"}).encode()

    def oversized(self) -> bytes:
        return self._form("x" * 100_000, "+34600129999")

    async def hand_in(self, given: bytes) -> Said:
        fields = dict(parse_qsl(given.decode(), keep_blank_values=True))
        validator = RequestValidator(self._twilio.account.auth_token)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": validator.compute_signature(f"{PUBLIC}/twilio/messages", fields),
        }
        return await _posted(f"{self._desk.services[self.service].url}/twilio/messages", given, headers)

    @contextmanager
    def without_provider(self) -> Iterator[None]:
        """Twilio gives no files."""
        self._twilio.faults.add("unavailable", "/Media", calls=2)
        yield

    def _form(self, text: str, sender: str, sid: str = "", **more: str) -> bytes:
        fields = {
            "MessageSid": sid or new_sid("SM"), "AccountSid": self._twilio.account.sid, "From": sender, "To": DESK_ES,
            "Body": text, "NumMedia": "0", **more,
        }  # fmt: skip
        return urlencode(fields).encode()


async def _posted(address: str, given: bytes, headers: Mapping[str, str]) -> Said:
    """What a door says that is asked over HTTP."""
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.post(address, content=given, headers=headers)
    except httpx.HTTPError:
        return Said.AGAIN
    if answer.status_code == 200:
        return Said.YES
    return Said.AGAIN if answer.status_code >= 500 else Said.NO

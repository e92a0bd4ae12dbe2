"""The doors for texts and calls: webhooks as Twilio sends them, signed with the account's token.

https://www.twilio.com/docs/usage/security#validating-requests. No text is sent over any network and nobody's telephone
rings: what is tried is the way from intake-phone's door to the ticket. The ids are the probe's token, so Twilio's own
lists know nothing of them.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import httpx

from prober.adapters.http_doors import posted
from prober.domain.probe import WHATSAPP, Probe
from prober.errors import Refused

_API_VERSION: Final = "2010-04-01"
_CHECK: Final = "/twilio/check"
"""Takes anything that is signed, and does nothing with it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose webhooks they seem to be.

    Attributes:
        url: of intake-phone, as we reach it. public_url: as Twilio signs it.
        number: of the desk. caller: whose number the probe seems to be of.
    """

    url: str
    public_url: str
    sid: str
    token: str = field(repr=False)
    number: str
    caller: str


class _Webhooks:
    def __init__(self, client: httpx.AsyncClient, account: Account, seconds: float) -> None:
        self._client = client
        self._account = account
        self._seconds = seconds

    async def look(self) -> str:
        """Ask the door whether it takes what is signed so.

        Raises:
            Refused, Away: it does not answer, or does not believe the signature.
        """
        answer = await self._post(_CHECK, {"AccountSid": self._account.sid})
        if "intake-phone" not in answer.text:
            raise Refused("what answers there is not intake-phone, or one of a release that knows no check")
        return f"{self._account.url} takes what is signed for {self._account.public_url}"

    async def _post(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        account = self._account
        signed = f"{account.public_url}{path}" + "".join(name + value for name, value in sorted(form.items()))
        mac = base64.b64encode(hmac.new(account.token.encode(), signed.encode(), "sha1").digest()).decode()
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": mac}
        return await posted(self._client, f"{account.url}{path}", urlencode(form).encode(), headers, self._seconds)


class TextDoor(_Webhooks):
    """Sends a probe as a text."""

    def __init__(self, client: httpx.AsyncClient, account: Account, seconds: float, channel: str) -> None:
        """`channel`: `sms` or `whatsapp`."""
        super().__init__(client, account, seconds)
        self._prefix = "whatsapp:" if channel == WHATSAPP else ""

    async def knock(self, probe: Probe) -> None:
        """Give the text; returns when the door has answered 200.

        Raises:
            Refused, Away: it was not accepted.
        """
        sid = f"SM{probe.token}"
        await self._post(
            "/twilio/messages",
            {
                "AccountSid": self._account.sid,
                "ApiVersion": _API_VERSION,
                "Body": probe.text,
                "From": self._prefix + self._account.caller,
                "MessageSid": sid,
                "NumMedia": "0",
                "NumSegments": "1",
                "SmsMessageSid": sid,
                "SmsSid": sid,
                "SmsStatus": "received",
                "To": self._prefix + self._account.number,
            },
        )


class CallDoor(_Webhooks):
    """Calls, hears the first words of the flow, and hangs up."""

    async def knock(self, probe: Probe) -> None:
        """Call and hang up; returns when the end of the call is accepted.

        Raises:
            Refused, Away: the call was not answered with a document, or its end not accepted.
        """
        call = {
            "AccountSid": self._account.sid,
            "ApiVersion": _API_VERSION,
            "CallSid": f"CA{probe.token}",
            "Called": self._account.number,
            "Caller": self._account.caller,
            "Direction": "inbound",
            "From": self._account.caller,
            "To": self._account.number,
        }
        answer = await self._post("/twilio/voice", {**call, "CallStatus": "ringing"})
        if "<Response" not in answer.text:
            raise Refused("the call was answered with something that is no TwiML")
        await self._post("/twilio/status/call", {**call, "CallStatus": "completed", "CallDuration": "1"})

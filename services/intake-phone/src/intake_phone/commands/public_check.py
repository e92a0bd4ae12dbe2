"""What `doctor` says of the public address: asked there as Twilio would ask, once unsigned and once signed.

Both change nothing; the unsigned one counts among the refused requests of the running service.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from intake_phone.adapters.bodies import read_body
from intake_phone.adapters.twilio.api import THEIRS
from intake_phone.adapters.twilio.doors import CHECK, CHECKED, PREFIX, UNSIGNED
from intake_phone.adapters.twilio.signature import HEADER
from intake_phone.domain.account import shown_address
from intake_phone.settings import Settings
from ventanilla_runtime.findings import Finding, ok, problem, warning

_SECONDS: Final = 8.0
_ANSWER_BYTES: Final = 4_096
_ABOUT: Final = "public address"
_SETTING: Final = "INTAKE_PHONE_PUBLIC_URL"
_QUERY: Final = "state=a%2Fb%20c&empty="
"""Escaped as calls' addresses may be: a proxy that writes it anew breaks every signature."""
_FORM: Final = {"From": "doctor", "Empty": ""}
_PROXY: Final = f"look at the proxy before it, and at {_SETTING}: it must be the address that Twilio's console has"


class Answered(NamedTuple):
    """What came back: a status with the beginning of its text and where it points, or why nothing did."""

    status: int = 0
    text: str = ""
    location: str = ""
    silence: str = ""


async def examine_public(settings: Settings) -> tuple[list[Finding], bool]:
    """What is to be said of the public address, and whether it was proven to be ours."""
    found = _seen(settings.public_url, settings.twilio_url)
    door = f"{settings.public_url}{PREFIX}/voice"
    signed_door = f"{settings.public_url}{PREFIX}/{CHECK}?{_QUERY}"
    token = settings.twilio_auth_token.get_secret_value()
    signature = str(RequestValidator(token).compute_signature(signed_door, _FORM))
    async with aiohttp.ClientSession(trust_env=True) as session:
        unsigned = await _post(session, door, {HEADER: "AAAAAAAAAAAAAAAAAAAAAAAAAAA="})
        if wrong := _unsigned(shown_address(door), unsigned):
            return [*found, wrong], False
        signed = await _post(session, signed_door, {HEADER: signature})
    judged = _signed(shown_address(settings.public_url), signed)
    return [*found, judged], judged.state == "ok"


def _seen(public: str, twilio: str) -> list[Finding]:
    """What can be said of an address by looking at it."""
    if twilio != THEIRS:  # a Twilio for trying things out is on this machine, as we are
        return []
    parts = urlsplit(public)
    host = parts.hostname or ""
    if _is_private(host):
        return [problem(_ABOUT, f"Twilio cannot reach {host}", f"set {_SETTING} to an address of the internet")]
    if parts.scheme != "https":
        says = "calls and texts come in over http: everybody on the way reads them"
        return [warning(_ABOUT, says, f"set {_SETTING} to one with https, and the number's addresses too")]
    return []


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".local", ".internal", ".localhost")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


async def _post(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> Answered:
    try:
        async with (
            asyncio.timeout(_SECONDS),
            session.post(URL(url, encoded=True), data=_FORM, headers=headers, allow_redirects=False) as answer,
        ):
            text = (await read_body(answer, _ANSWER_BYTES)).decode("utf-8", "replace")
            return Answered(answer.status, text, shown_address(answer.headers.get("location", "")))
    except aiohttp.ClientConnectorCertificateError:
        return Answered(silence="its certificate is none that Twilio trusts")
    except (ssl.SSLError, aiohttp.ClientSSLError):
        return Answered(silence="it does not speak TLS")
    except aiohttp.ClientConnectorDNSError:
        return Answered(silence="nobody knows that name")
    except TimeoutError:
        return Answered(silence=f"no answer in {_SECONDS:.0f} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Answered(silence=f"nothing answers there ({type(error).__name__})")


def _unsigned(door: str, answer: Answered) -> Finding | None:
    """What is wrong with the answer to a request that nobody signed; None: it was refused as we refuse it."""
    if answer.silence:
        do = f"start intake-phone; look at the name, the proxy and the certificate of {_SETTING}"
        return problem(_ABOUT, f"{door}: {answer.silence}", do)
    if answer.status == 403 and answer.text.strip() == UNSIGNED:
        return None
    if 300 <= answer.status < 400:
        says = f"{door} sends on to {answer.location or 'elsewhere'}: no signature fits there"
        return problem(_ABOUT, says, f"set {_SETTING} to where it leads, and the number's addresses too")
    if answer.status < 300:
        return problem(_ABOUT, f"{door} takes requests that nobody has signed: that is not intake-phone", _PROXY)
    if answer.status == 403:
        says = f"{door} answers 403, and not intake-phone does: something before it keeps requests away"
        return problem(_ABOUT, says, "let POST requests to /twilio/ through; intake-phone checks who signed them")
    says = f"{door} answers {answer.status}, and not as intake-phone does"
    return problem(_ABOUT, says, _PROXY if answer.status < 500 else f"start intake-phone; {_PROXY}")


def _signed(public: str, answer: Answered) -> Finding:
    """What the answer to a request means that was signed as Twilio signs."""
    if answer.status == 200 and answer.text == CHECKED:
        return ok(_ABOUT, f"{public} reaches intake-phone, and what Twilio signs is taken there")
    if answer.status == 403:
        says = f"{public} reaches intake-phone, which does not take what is signed for it: Twilio gets 403"
        do = f"the running service has another auth token or {_SETTING}, or a proxy changes path or query on the way"
        return problem(_ABOUT, says, do)
    if answer.status == 404:
        says = f"{public} reaches an older intake-phone, which cannot be asked whether it takes what Twilio signs"
        return warning(_ABOUT, says, "start this version there, and look again")
    said = answer.silence or f"it answers {answer.status}"
    return problem(_ABOUT, f"{public} refuses what nobody signed, but of what is signed: {said}", _PROXY)

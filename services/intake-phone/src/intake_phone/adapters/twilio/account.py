"""The account at Twilio, its numbers and its templates: read for `doctor` and for alarms, numbers written if asked to.

https://www.twilio.com/docs/iam/api/account, …/phone-numbers/api/incomingphonenumber-resource, …/content.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from intake_phone.adapters.twilio.api import Wire
from intake_phone.adapters.twilio.refusals import refusal_in
from intake_phone.adapters.twilio.tokens import Tokens
from intake_phone.domain.account import MOST_NUMBERS, AccountNumber, AccountState
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.ports.account import Doors

_PAGE: Final = 500
_BUSY_SECONDS: Final = 5.0
_NO_BALANCE: Final = frozenset({400, 403, 404})
_URL_CHARS: Final = 2_000


class TwilioAccount:
    """Asks about an account.

    Attributes:
        wire: what the requests went over.
    """

    def __init__(self, session: aiohttp.ClientSession, tokens: Tokens, address: str, seconds: float) -> None:
        self.wire = Wire(session, tokens, address, seconds)
        self._account = tokens.account
        self._client = Client(tokens.account, tokens.in_use, http_client=self.wire)

    async def state(self) -> AccountState:
        """How the account does.

        Raises:
            TwilioRefused: Twilio does not take the token, or the account is closed.
            TwilioAway, TwilioBusy: it cannot be asked now.
        """
        account = self._client.api.v2010.accounts(self._account)
        found = await self._ask(account.fetch_async())
        balance, currency = None, ""
        try:
            money = await self._ask(account.balance.fetch_async())
            balance, currency = Decimal(str(money.balance)), str(money.currency or "")
        except TwilioRefused as error:
            if error.status not in _NO_BALANCE:
                raise
        except InvalidOperation:
            pass
        return AccountState(
            _text(found.friendly_name),
            _text(getattr(found.status, "value", found.status)).lower(),
            _text(getattr(found.type, "value", found.type)),
            balance if balance is not None and balance.is_finite() else None,
            currency[:8],
        )

    async def numbers(self) -> Sequence[AccountNumber]:
        """The numbers of the account, at most `MOST_NUMBERS`.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        listing = self._client.incoming_phone_numbers.list_async(limit=MOST_NUMBERS, page_size=_PAGE)
        return [_number(one) for one in await self._ask(listing)]

    async def send_here(self, sid: str, doors: Doors) -> AccountNumber:
        """Let what comes in on a number go to our doors, in one request: all of it or nothing.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: as above.
        """
        # An application in its settings would win over these addresses; a trunk is left where it is.
        wanted = {**doors, "voice_application_sid": "", "sms_application_sid": ""}
        return _number(await self._ask(self._client.incoming_phone_numbers(sid).update_async(**wanted)))

    async def template(self, sid: str) -> str:
        """What WhatsApp says of a template: `approved`, `pending`, `rejected`, `unsubmitted` and so on.

        Raises:
            TwilioRefused: also where there is no such template.
            TwilioAway, TwilioBusy: as above.
        """
        approval = await self._ask(self._client.content.v1.contents(sid).approval_fetch().fetch_async())
        return _text((approval.whatsapp or {}).get("status")) or "unknown"

    async def _ask(self, asking: Any) -> Any:
        try:
            return await asking
        except TwilioException as error:
            refusal = refusal_in(error)
            if refusal.status == 429:
                raise TwilioBusy(f"Twilio wants a pause: {refusal.text}", _BUSY_SECONDS) from error
            if refusal.status >= 500 or not refusal.status:
                raise TwilioAway(f"Twilio answered {refusal.status}: {refusal.text}") from error
            raise TwilioRefused(refusal.code, refusal.text, refusal.status) from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:  # what came was no JSON, for example
            raise TwilioAway(f"Twilio did not answer: {type(error).__name__}") from error


def _number(found: Any) -> AccountNumber:
    able = found.capabilities if isinstance(found.capabilities, dict) else {}
    return AccountNumber(
        sid=str(found.sid),
        number=_text(found.phone_number),
        name=_text(found.friendly_name),
        voice=bool(able.get("voice")),
        texts=bool(able.get("sms")),
        voice_url=_address(found.voice_url),
        voice_method=_text(found.voice_method) or "POST",
        sms_url=_address(found.sms_url),
        sms_method=_text(found.sms_method) or "POST",
        status_url=_address(found.status_callback),
        status_method=_text(found.status_callback_method) or "POST",
        trunk=_text(found.trunk_sid),
        voice_application=_text(found.voice_application_sid),
        sms_application=_text(found.sms_application_sid),
    )


def _text(value: object) -> str:
    return " ".join(str(value or "").split())[:100]


def _address(value: object) -> str:
    return str(value or "").strip()[:_URL_CHARS]

"""The account's auth tokens: while they are changed, requests go out with whichever Twilio takes.

Twilio has a secondary token beside the one in force; when it is promoted the old one is refused at once (401, 20003),
and no variable of ours changes at that moment. https://www.twilio.com/docs/iam/api/authtoken.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

import structlog

log = structlog.get_logger()

REFUSED: Final = 401
T = TypeVar("T")
Header = Mapping[str, str]


class Tokens:
    """Shows Twilio who asks.

    Attributes:
        account: its SID.
    """

    def __init__(self, account: str, tokens: Sequence[str]) -> None:
        """The first one is in use until Twilio refuses it.

        Args:
            tokens: at least one; those that may be in force.
        """
        self.account = account
        self._set = tokens[0]
        self._tokens = tuple(tokens)

    @property
    def in_use(self) -> str:
        """The token that Twilio took last."""
        return self._tokens[0]

    def worry(self) -> str | None:
        """That the token which is set as the first one is in force no more."""
        if self.in_use == self._set:
            return None
        return (
            "Twilio takes INTAKE_PHONE_TWILIO_SECONDARY_TOKEN, and INTAKE_PHONE_TWILIO_AUTH_TOKEN no more; "
            "let …_AUTH_TOKEN be the secondary one, and unset …_SECONDARY_TOKEN"
        )

    async def shown(self, ask: Callable[[Header], Awaitable[T]], status: Callable[[T], int]) -> T:
        """Ask with the token in use; if it is refused with the other one, which stays in use if Twilio takes it.

        A refused request has done nothing, so it may be sent again. If all are refused the first answer counts.

        Args:
            ask: sends the request with a header that shows who asks. status: of an answer, as HTTP has it.
        """
        first, *others = self._tokens
        answer = await ask(self._header(first))
        for other in others:
            if status(answer) != REFUSED:
                break
            again = await ask(self._header(other))
            if status(again) != REFUSED:
                self._keep(other)
                return again
        return answer

    def _keep(self, token: str) -> None:
        if token != self.in_use:
            self._tokens = (token, *(one for one in self._tokens if one != token))
            log.warning("account.other_token", detail=self.worry())

    def _header(self, token: str) -> Header:
        """What aiohttp has for it is going away."""
        return {"authorization": f"Basic {base64.b64encode(f'{self.account}:{token}'.encode()).decode()}"}

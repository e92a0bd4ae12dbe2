"""Whether the ticket service takes a service's token, looked at while the service runs: a warning of `/readyz`.

Whoever brings messages in goes on without agents and says so; what comes back is seen by itself. No message costs a
question: the ticket service is asked at a pace of its own.
"""

import time
from collections.abc import Callable
from typing import Final, NoReturn

from ventanilla_runtime.desk_rights import DeskToken, desk_rights
from ventanilla_runtime.stopping import keep_going

LOOK_SECONDS: Final = 15.0
"""From one look to the next while something is wrong."""
CONTENT_SECONDS: Final = 300.0
"""As long a good answer stands."""
_ANSWER_SECONDS: Final = 3.0
"""A thread that still waits when the service stops holds its end up for as long."""


class DeskWatch:
    """Asks the ticket service whether it takes the token, until cancelled."""

    def __init__(
        self,
        url: str,
        secret: str,
        token: DeskToken,
        *,
        by_proxy: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`url`: of the ticket service. `secret`: the token itself, "" if none is set. `by_proxy`: as `desk_rights`."""
        self._url = url
        self._secret = secret
        self._token = token
        self._by_proxy = by_proxy
        self._clock = clock
        self._good_until = float("-inf")
        self._wrong = "" if secret else f"{token.unset}; {token.make_one}"

    def worry(self) -> str | None:
        """What is wrong with the token or the ticket service, and what to do; None: nothing that is known."""
        return self._wrong or None

    async def run(self) -> NoReturn:
        """Look again and again; a token that is not there is asked for nothing."""
        await keep_going("desk_watch", self.look, LOOK_SECONDS)

    async def look(self) -> None:
        """Ask once, unless the last answer was good and still stands."""
        if not self._secret or self._clock() < self._good_until:
            return
        found = await desk_rights(
            self._url, self._secret, self._token, by_proxy=self._by_proxy, seconds=_ANSWER_SECONDS
        )
        good = found.state == "ok"
        self._wrong = "" if good else f"{found.says}; {found.do}"
        self._good_until = self._clock() + CONTENT_SECONDS if good else float("-inf")

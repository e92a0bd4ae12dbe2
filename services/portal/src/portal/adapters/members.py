"""Whether somebody who is signed in still is a member of the workspace: asked of Slack every few minutes."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import tzinfo
from typing import Final

import structlog

from portal.adapters.slack_identity import SlackIdentity
from portal.domain.sessions import Session
from portal.domain.sign_in import Claimed, NotLetIn, must_be_a_member
from portal.errors import AgentGone, SlackAway
from ventanilla_contracts.local_times import zone_of

log = structlog.get_logger()

_GOOD_SECONDS: Final = 300.0
_AGAIN_SECONDS: Final = 60.0
"""After Slack did not answer. Whether they are an agent of the desk is asked for each page all the same."""
_WAIT_SECONDS: Final = 3.0
_MOST_KEPT: Final = 5_000


class Members:
    """Remembers for five minutes who was a member; whoever is forgotten is only asked for once more."""

    def __init__(self, slack: SlackIdentity, clock: Callable[[], float] = time.monotonic) -> None:
        self._slack = slack
        self._clock = clock
        self._good_until: OrderedDict[str, float] = OrderedDict()
        self._zones: dict[str, str] = {}

    def zone(self, session: Session) -> tzinfo | None:
        """By whose clock their Slack tells times, as of the last answer; None: it has not said so."""
        known = self._zones.get(session.user_id)
        return zone_of(known) if known else None

    async def must_be_one(self, session: Session) -> None:
        """Let pass whom Slack knows as a full member, and everybody while Slack does not answer.

        Raises:
            AgentGone: they have left, or are a guest by now.
        """
        if self._good_until.get(session.user_id, 0.0) > self._clock():
            return
        good_for = _GOOD_SECONDS
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                user = await self._slack.user(session.user_id)
            must_be_a_member(user, Claimed(session.team_id, session.user_id, ""))
            self._zones[session.user_id] = str(user.get("tz") or "")
        except NotLetIn as refusal:
            self._forget(session.user_id)
            raise AgentGone(refusal.slug) from refusal
        except (SlackAway, TimeoutError) as error:
            log.warning("member.unchecked", error=error)
            good_for = _AGAIN_SECONDS
        self._good_until[session.user_id] = self._clock() + good_for
        self._good_until.move_to_end(session.user_id)
        while len(self._good_until) > _MOST_KEPT:
            self._forget(next(iter(self._good_until)))

    def _forget(self, user_id: str) -> None:
        self._good_until.pop(user_id, None)
        self._zones.pop(user_id, None)

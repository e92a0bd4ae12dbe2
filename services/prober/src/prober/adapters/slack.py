"""The door for Slack: an event as Slack sends it, signed with the app's secret.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from prober.adapters.http_doors import posted
from prober.domain.probe import Probe
from prober.errors import Refused


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the probe is said, and by whom."""

    events_url: str
    secret: str = field(repr=False)
    team: str
    channel: str
    user: str


class SlackDoor:
    """Sends a probe as an event of Slack."""

    def __init__(self, client: httpx.AsyncClient, workspace: Workspace, seconds: float) -> None:
        self._client = client
        self._where = workspace
        self._seconds = seconds

    async def knock(self, probe: Probe) -> None:
        """Give the event; returns when the door has answered 200.

        Raises:
            Refused, Away: it was not accepted.
        """
        now = time.time()
        await self._post(self._event(probe, now), now)

    async def look(self) -> str:
        """Let the door repeat a word, as Slack does before it sends to an address.

        Raises:
            Refused, Away: it does not answer, or does not believe the signature.
        """
        word = secrets.token_hex(8)
        answer = await self._post({"type": "url_verification", "challenge": word}, time.time())
        if word not in answer.text:
            raise Refused("what answers there is no door for Slack's events: it did not repeat a word")
        return f"{self._where.events_url} takes what the signing secret has signed"

    async def _post(self, event: Mapping[str, object], now: float) -> httpx.Response:
        body = json.dumps(event).encode()
        stamp = str(int(now))
        mac = hmac.new(self._where.secret.encode(), b"v0:%s:%s" % (stamp.encode(), body), "sha256").hexdigest()
        headers = {
            "content-type": "application/json",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={mac}",
        }
        return await posted(self._client, self._where.events_url, body, headers, self._seconds)

    def _event(self, probe: Probe, now: float) -> dict[str, object]:
        # Slack counts messages of a second; the probe's nonce makes ours no other message's.
        stamp = f"{int(now)}.{int(probe.id[8:], 16) % 1_000_000:06d}"
        where = self._where
        kind = {"D": "im", "G": "group"}.get(where.channel[0], "channel")
        return {
            "type": "event_callback",
            "team_id": where.team,
            "context_team_id": where.team,
            "event_id": f"Ev{probe.id.upper()}",
            "event_time": int(now),
            "event": {
                "type": "message",
                "channel": where.channel,
                "channel_type": kind,
                "user": where.user,
                "team": where.team,
                "text": probe.text,
                "ts": stamp,
                "event_ts": stamp,
            },
        }

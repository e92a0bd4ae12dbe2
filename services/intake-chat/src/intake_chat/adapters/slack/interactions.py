"""Slack's own framework between the doors and the registry: it sorts what comes in and forms what goes back.

One app for both doors. Signatures are checked by the door, events never come here, and it has no token: nobody is asked
who we are at every press, and whatever Slack is asked for goes by the one way out.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import Response

from intake_chat.handlers.agents.interactions import Interactions

log = structlog.get_logger()

_ANY: Final = re.compile(r".*", re.DOTALL)
_KINDS: Final = frozenset({"interactive", "slash_commands"})
Json = dict[str, Any]


class Bolt:
    """What both doors give their interactions to."""

    def __init__(self, interactions: Interactions) -> None:
        self._app = _app(interactions)

    async def by_socket(self, request: SocketModeRequest) -> Json | None:
        """The answer to an envelope of Socket Mode; None: an empty acknowledgement."""
        if request.type not in _KINDS:
            return None
        answer = await self._answered(dict(request.payload))
        if not answer:
            return None
        read = orjson.loads(answer) if answer.startswith("{") else {"text": answer}
        return dict(read)

    async def by_http(self, payload: Json) -> Response:
        """The answer to a request whose signature is right.

        Args:
            payload: of an interaction, or the form of a command, as `domain.slack.payloads` reads them.
        """
        answer = await self._answered(payload)
        return Response(answer, media_type="application/json" if answer.startswith("{") else "text/plain")

    async def _answered(self, payload: Json) -> str:
        # Over both doors the payload is read already, which is what bolt calls Socket Mode.
        answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        if answer.status == 200:
            return answer.body or ""
        log.warning("interaction.unanswered", status=answer.status)
        return ""


def _app(interactions: Interactions) -> AsyncApp:
    async def authorize(team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=None)

    app = AsyncApp(
        name="ventanilla",
        client=AsyncWebClient(),  # that asks nothing: what is asked goes by the one way out
        signing_secret="checked by the door",  # noqa: S106  # and nothing is signed with it
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.action(_ANY)(_then_nothing(interactions.pressed))
    app.shortcut(_ANY)(_then_nothing(interactions.shortcut))

    async def submit(ack: AsyncAck, body: Json) -> None:
        await _answer(ack, await interactions.submitted(body))

    async def suggest(ack: AsyncAck, body: Json) -> None:
        found = await interactions.asked(body)
        grouped = bool(found) and "options" in found[0]
        await ack(option_groups=found[:100]) if grouped else await ack(options=found[:100])

    async def command(ack: AsyncAck, body: Json) -> None:
        await _answer(ack, await interactions.commanded(body))

    app.view_submission(_ANY)(submit)
    app.view_closed(_ANY)(_then_nothing(_let_go))
    app.options(_ANY)(suggest)
    app.command(_ANY)(command)
    return app


def _then_nothing(do: Callable[[Json], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def listen(ack: AsyncAck, body: Json) -> None:
        await do(body)
        await ack()

    return listen


async def _answer(ack: AsyncAck, answer: Json | None) -> BoltResponse:
    return await (ack() if answer is None else ack(answer))


async def _let_go(_body: Json) -> None:
    """A dialog that was closed leaves nothing behind."""

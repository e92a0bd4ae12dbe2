"""What `doctor` asks Slack: tokens, scopes, channels, clocks, and how much history it may read. Nothing is changed."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.domain.slack.refusals import DEAD_TOKEN, WRONG_TOKEN, app_token_words, bot_token_words
from intake_chat.domain.slack.setup.given import looks_like_signing_secret
from intake_chat.domain.slack.setup.scopes import BOT_SCOPES, missing
from intake_chat.settings import Settings
from ventanilla_runtime.findings import Finding, ok, problem, warning

_SECONDS: Final = 10
_MOST_CHANNELS: Final = 100
_SKEW_SECONDS, _WORRYING_SKEW_SECONDS = 240.0, 30.0
"""Slack's requests are refused when they are five minutes old."""
_SMALL_PAGE: Final = 15
_SMALL_PAUSE_SECONDS: Final = 30.0
_APP_OF_TOKEN: Final = re.compile(r"xapp-\d+-(A[A-Z0-9]{5,})-")
"""Slack writes the app's id into its app tokens."""

_PASSES: Final[Mapping[str, str]] = {
    "ratelimited": "Slack wants a pause",
    **dict.fromkeys(
        ("fatal_error", "internal_error", "request_timeout", "service_unavailable"), "Slack has trouble of its own"
    ),
}
"""Slack's words that say nothing of what was asked for: it was not looked at. Nothing needs to be mended for them."""

_FAILURES: Final = (aiohttp.ClientError, SlackRequestError, TimeoutError, OSError)
Ask = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Slack answered: its fields, or its word for why not ("" for no answer)."""

    fields: Any
    headers: dict[str, str]
    error: str | None = None

    @property
    def pause_seconds(self) -> float:
        """How long Slack wants to be left alone."""
        try:
            return float(self.headers.get("retry-after", "0"))
        except ValueError:
            return 0.0


async def examine_slack(settings: Settings) -> list[Finding]:
    """What is to be said of the app in its workspace."""
    web = AsyncWebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_url,
        timeout=_SECONDS,
        retry_handlers=[],
        trust_env_in_session=True,
    )
    known = await _ask(web.auth_test)
    if known.error is not None:
        return [_no_bot(known.error, settings), *await _doors(web, settings)]
    granted = frozenset(one.strip() for one in known.headers.get("x-oauth-scopes", "").split(",") if one.strip())
    bot = str(known.fields.get("user", "ventanilla"))
    found = [ok("bot token", f"works: {known.fields.get('team')} ({known.fields.get('team_id')}), as @{bot}")]
    found += _scopes(granted)
    found += await _doors(web, settings)
    found += await _same_app(web, settings, str(known.fields.get("bot_id") or ""))
    channels, readable = await _channels(web, settings, granted, bot)
    return [*found, *channels, await _history(web, settings, readable), _clock(known, datetime.now(UTC))]


def _no_bot(error: str, settings: Settings) -> Finding:
    if not error:
        return problem(
            "bot token", f"Slack does not answer at {settings.slack_url}", "look at the network, or at"
            " INTAKE_CHAT_SLACK_URL if you have set it",
        )  # fmt: skip
    if error in _PASSES:
        return _not_looked_at("bot token", error)
    says, _, do = bot_token_words(error).partition(": ")
    return problem("bot token", says, do)


def _not_looked_at(about: str, error: str, name: str = "") -> Finding:
    """Slack would not look now; running the command again and again only uses up what the service needs as well."""
    return warning(about, f"{name} was not looked at: {_PASSES[error]}".strip(), "look again in a minute")


def _scopes(granted: Collection[str]) -> list[Finding]:
    absent = missing(BOT_SCOPES, granted)
    if not absent:
        return [ok("scopes", f"all {len(BOT_SCOPES)} are there")]
    do = "OAuth & Permissions → Bot Token Scopes → Add an OAuth Scope, then Reinstall; or paste the manifest again"
    return [
        (problem if scope.needed else warning)("scope", f"{scope.name} is missing: {scope.without}", do)
        for scope in absent
    ]


async def _doors(web: AsyncWebClient, settings: Settings) -> list[Finding]:
    found = []
    if settings.slack_app_token is not None:
        token = settings.slack_app_token.get_secret_value()
        # Slack gives an address that is good for a moment; nobody connects to it.
        answer = await _ask(lambda: web.apps_connections_open(app_token=token))
        found.append(_app_token(answer.error))
    else:
        found.append(ok("app token", "not set: events come by HTTP"))
    if settings.slack_signing_secret is None:
        found.append(ok("signing secret", "not set: events come over Socket Mode"))
    elif looks_like_signing_secret(settings.slack_signing_secret.get_secret_value()):
        found.append(ok("signing secret", "set: POST /slack/events takes what Slack has signed with it"))
    else:
        found.append(
            warning(
                "signing secret", "does not look like one: those have 32 signs, 0 to 9 and a to f",
                "copy it again: Basic Information → App Credentials → Signing Secret (not the Client Secret)",
            )
        )  # fmt: skip
    return found


async def _same_app(web: AsyncWebClient, settings: Settings, bot: str) -> list[Finding]:
    """Whether both tokens are of one app: with two, one hears what the other cannot answer."""
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token is not None else ""
    named = _APP_OF_TOKEN.match(token)
    if named is None or not bot:
        return []
    answer = await _ask(lambda: web.bots_info(bot=bot))
    app = str((answer.fields.get("bot") or {}).get("app_id") or "") if answer.error is None else ""
    if app in ("", named[1]):
        return []
    says = f"is of the app {named[1]}, and the bot token of the app {app}"
    return [problem("app token", says, "take both from one app's pages at api.slack.com/apps")]


def _app_token(error: str | None) -> Finding:
    if error is None:
        return ok("app token", "works: Socket Mode opens")
    if not error:
        return problem("app token", "Slack does not answer", "look at the network")
    if error in _PASSES:
        return _not_looked_at("app token", error)
    if error in DEAD_TOKEN | WRONG_TOKEN:
        says, _, do = app_token_words(error).partition(": ")
        return problem("app token", says, do)
    return problem("app token", f"Socket Mode does not open ({error})", "Settings → Socket Mode → Enable Socket Mode")


async def _channels(
    web: AsyncWebClient, settings: Settings, granted: Collection[str], bot: str
) -> tuple[list[Finding], list[str]]:
    """What is to be said of each channel, and those whose history can be read."""
    wanted = sorted(settings.heard_channels)
    if not wanted:
        return [
            warning("channels", "none is set: only direct messages are heard", "set INTAKE_CHAT_SLACK_CHANNELS")
        ], []
    found, readable = [], []
    card_channels = frozenset(settings.slack_team_channels.channels.values())
    for channel in wanted[:_MOST_CHANNELS]:
        answer = await _ask(lambda channel=channel: web.conversations_info(channel=channel))  # type: ignore[misc]  # bound at once
        finding = _channel(channel, answer, granted, bot, cards=channel in card_channels)
        found.append(finding)
        if finding.state == "ok":
            readable.append(channel)
    if len(wanted) > _MOST_CHANNELS:
        found.append(warning("channels", f"{len(wanted) - _MOST_CHANNELS} more were not looked at"))
    return found, readable


def _channel(channel: str, answer: _Answer, granted: Collection[str], bot: str, *, cards: bool = False) -> Finding:
    about = "channel"
    if answer.error is not None:
        return _unseen(channel, answer.error, bot)
    seen = answer.fields.get("channel") or {}
    name = f"#{seen.get('name', '?')} ({channel})"
    if seen.get("is_im") or seen.get("is_mpim"):
        return problem(
            about, f"{channel} is a conversation of a few people, not a channel", "take it out of the settings"
        )
    if seen.get("is_archived"):
        return problem(
            about, f"{name} is archived: nobody can ask there", "unarchive it, or take it out of the settings"
        )
    if not seen.get("is_member"):
        return problem(about, f"{name} does not have the app in it: it hears nothing", f"write /invite @{bot} there")
    shared = bool(seen.get("is_ext_shared") or seen.get("is_pending_ext_shared"))
    if cards and shared:
        return problem(
            about, f"{name} is for cards and is shared with another organisation: they would read what is internal",
            "name another channel in INTAKE_CHAT_SLACK_TEAM_CHANNELS, or stop sharing this one",
        )  # fmt: skip
    scope = "groups:history" if seen.get("is_private") else "channels:history"
    if scope not in granted:
        return problem(
            about, f"{name} is not heard: the scope {scope} is missing", f"add {scope} and reinstall the app"
        )
    kinds = ["private"] * bool(seen.get("is_private")) + ["shared with another organisation"] * shared
    return ok(about, f"{name} is there, with the app in it{''.join(f'; {kind}' for kind in kinds)}")


def _unseen(channel: str, error: str, bot: str) -> Finding:
    """What is to be said of a channel that Slack does not show."""
    if error == "missing_scope":
        says = f"{channel} cannot be looked at: a scope is missing"
        return warning("channel", says, "add channels:read and groups:read")
    if error == "channel_not_found":
        says = f"{channel} does not exist in this workspace, or is private without the app in it"
        return problem(
            "channel", says, f"take the id from the channel's details, and write /invite @{bot} in the channel"
        )
    if error in _PASSES:
        return _not_looked_at("channel", error, channel)
    says = f"{channel} cannot be looked at ({error or 'no answer'})"
    return problem("channel", says, "look at the network" if not error else f"write /invite @{bot} in the channel")


async def _history(web: AsyncWebClient, settings: Settings, channels: Sequence[str]) -> Finding:
    about, small = "history", settings.slack_small_history
    if not channels:
        return warning(about, "not tried: there is no channel to read")
    first = await _ask(lambda: web.conversations_history(channel=channels[0], limit=100))
    answers = [first]
    if first.error is None:
        answers.append(await _ask(lambda: web.conversations_history(channel=channels[0], limit=1)))
    failed = next((one for one in answers if one.error not in (None, "ratelimited")), None)
    if failed is not None:
        return warning(about, f"cannot be read ({failed.error or 'no answer'}): an outage cannot be caught up with")
    cut = bool(first.fields.get("has_more")) and len(first.fields.get("messages") or ()) <= _SMALL_PAGE
    seems_small = cut or any(one.pause_seconds >= _SMALL_PAUSE_SECONDS for one in answers)
    if seems_small and not small:
        return problem(
            about, "Slack gives the small budget: one call a minute, 15 messages",
            "set INTAKE_CHAT_SLACK_SMALL_HISTORY=true; an app made in your own workspace has the large one",
        )  # fmt: skip
    if small and not seems_small:
        return warning(
            about, "Slack seems to give the large budget, and the small one is set: catching up takes hours",
            "take INTAKE_CHAT_SLACK_SMALL_HISTORY out of the settings",
        )  # fmt: skip
    return ok(
        about, "small budget, as set: after an outage reading takes minutes to hours" if small else "large budget"
    )


def _clock(answer: _Answer, now: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return warning("clock", "Slack's answer had no time to compare with")
    skew = (now - theirs.astimezone(UTC)).total_seconds()
    says = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Slack's"
    do = "set this machine's clock by NTP: requests signed more than five minutes ago are refused"
    if abs(skew) >= _SKEW_SECONDS:
        return problem("clock", says, do)
    if abs(skew) >= _WORRYING_SKEW_SECONDS:
        return warning("clock", says, do)
    return ok("clock", "agrees with Slack's")


async def _ask(ask: Ask) -> _Answer:
    try:
        async with asyncio.timeout(_SECONDS + 2):
            response = await ask()
    except SlackApiError as error:
        headers = {str(name).lower(): str(value) for name, value in (error.response.headers or {}).items()}
        data = error.response.data
        return _Answer({}, headers, str(data.get("error", "")) if isinstance(data, dict) else "")
    except _FAILURES:
        return _Answer({}, {}, "")
    return _Answer(response, {str(name).lower(): str(value) for name, value in response.headers.items()})

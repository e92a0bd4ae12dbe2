"""What an IMAP mailbox logs in with: a password, or a token that is fetched and renewed ahead of its end (OAuth 2).

Refresh token grant (RFC 6749 section 6) for Google and for people's mailboxes at Microsoft, client credentials grant
(section 4.4) for Microsoft's application permissions. Microsoft hands out a new refresh token with each use and lets
the old one die after ninety days: where the token comes from a file that may be written, the new one replaces it.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import httpx
import structlog

from intake_email.domain.words import clean_line
from intake_email.errors import LoginRefused, MailboxUnreachable
from intake_email.ports import Bearer, Credential, Password
from ventanilla_runtime.known_secrets import keep_secret
from ventanilla_runtime.logs import redact_text

log = structlog.get_logger()

TOKEN_SECONDS = 30.0
RENEW_AHEAD_SECONDS = 900.0
"""A token is renewed when less than this is left, or less than a quarter of its life: twice within one IDLE round, so
that a refusal shows before mail stops."""
WARN_DAYS = 14
_REFUSALS = frozenset(
    ["invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "access_denied", "interaction_required"]
)
"""Answers of a token service that asking again does not change; anything else may pass."""
_TOKEN_LIMIT_BYTES = 256 * 1024

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret from the settings or from a file; the file is read anew each time, so that it can be changed."""

    value: str | None = field(default=None, repr=False)
    file: Path | None = None

    def read(self) -> str:
        """The secret.

        Raises:
            LoginRefused: the file cannot be read.
        """
        if self.file is None:
            return self.value or ""
        try:
            secret = self.file.read_text().strip()
            keep_secret(secret)
            return secret
        except (OSError, ValueError) as error:
            raise LoginRefused(f"cannot read {self.file}: {error}") from error

    def replace(self, value: str) -> bool:
        """Write a new secret into the file, atomically; False if there is no file or it may not be written."""
        if self.file is None:
            return False
        fresh = self.file.with_name(f".{self.file.name}.new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                out.write(value)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self.file)
        except OSError:
            return False
        return True


class _Known:
    """What is known of a credential, whatever its kind: was it refused, and when does it end?"""

    def __init__(self, ends: date | None, clock: Clock) -> None:
        self._clock = clock
        self._ends_at = datetime.combine(ends, clock_time(), UTC).timestamp() if ends else None
        self._refused: str | None = None

    def taken(self) -> None:
        """The server took it."""
        self._refused = None

    def refused(self, words: str) -> None:
        """The server did not take it."""
        self._refused = words

    def seconds_left(self) -> float | None:
        """Until the day that the settings name."""
        return self._ends_at - self._clock() if self._ends_at is not None else None

    def problem(self) -> str | None:
        """What will stop the mail, or stops it already."""
        if self._refused:
            return self._refused
        left = self.seconds_left()
        if left is not None and left < WARN_DAYS * 86_400:
            return f"the credential ends in {left / 86_400:.1f} days" if left > 0 else "the credential has ended"
        return None


class PasswordLogin(_Known):
    """User and password."""

    def __init__(self, user: str, password: Secret, *, ends: date | None = None, clock: Clock = time.time) -> None:
        super().__init__(ends, clock)
        self._user = user
        self._password = password

    async def credential(self) -> Credential:
        """User and password as they are now."""
        return Password(self._user, self._password.read())

    async def keep_fresh(self) -> None:
        """Nothing can be done for a password."""


@dataclass(frozen=True, slots=True)
class TokenService:
    """Where tokens come from. With a refresh token that grant is used, else the client's own."""

    url: str
    client_id: str
    client_secret: Secret
    refresh_token: Secret | None = None
    scope: str | None = None


class TokenLogin(_Known):
    """User and a token (XOAUTH2)."""

    def __init__(
        self,
        user: str,
        service: TokenService,
        http: httpx.AsyncClient,
        *,
        entry: str,
        ends: date | None = None,
        clock: Clock = time.time,
    ) -> None:
        """Fetch nothing yet.

        Args:
            user: whose mailbox it is.
            service: gives the tokens.
            http: for all entries together.
            entry: names the mailbox in logs.
            ends: the day on which the client secret ends.
            clock: seconds since 1970.
        """
        super().__init__(ends, clock)
        self._user = user
        self._service = service
        self._http = http
        self._entry = entry
        self._token = ""
        self._token_until = 0.0
        self._renew_at = 0.0
        self._rotated: str | None = None
        self._refresh_until: float | None = None
        self._failing: str | None = None

    async def credential(self) -> Credential:
        """User and a token that still has some time.

        Raises:
            LoginRefused: the token service does not take what we have.
            MailboxUnreachable: it cannot be reached.
        """
        if self._clock() >= self._renew_at:
            await self._renew()
        return Bearer(self._user, self._token)

    async def keep_fresh(self) -> None:
        """Renew the token if that is due; while the old one lasts, a failure only shows."""
        if self._token and self._clock() >= self._renew_at:
            try:
                await self._renew()
            except MailboxUnreachable as error:
                log.warning("credential.failing", entry=self._entry, reason=str(error), seconds=self._left())

    def refused(self, words: str) -> None:
        """The server did not take the token: the next try brings a new one."""
        super().refused(words)
        self._renew_at = 0.0

    def seconds_left(self) -> float | None:
        """Until whatever ends first for good: the client secret, or the refresh token if its end is known."""
        ends = [end for end in (super().seconds_left(), self._refresh_left()) if end is not None]
        if self._failing:
            ends.append(self._left())
        return min(ends, default=None)

    def problem(self) -> str | None:
        """What will stop the mail, or stops it already."""
        return self._failing or super().problem()

    def _left(self) -> float:
        return max(self._token_until - self._clock(), 0.0)

    def _refresh_left(self) -> float | None:
        return self._refresh_until - self._clock() if self._refresh_until is not None else None

    async def _renew(self) -> None:
        try:
            answer = await self._ask()
            token = _token_in(answer)
        except MailboxUnreachable as error:
            self._failing = f"the token cannot be renewed: {error}"
            # The next round tries again, but not each command of a mailbox that is failing anyway.
            self._renew_at = self._clock() + 60.0 if self._left() > 60.0 else 0.0
            if self._left() <= 0:
                self._token = ""
                raise
            return
        now = self._clock()
        life = answer.get("expires_in", 3600)
        seconds = float(life) if isinstance(life, int | float | str) and str(life).isdigit() else 3600.0
        self._token, self._token_until = token, now + seconds
        self._renew_at = now + max(seconds - max(RENEW_AHEAD_SECONDS, seconds / 4), seconds / 2)
        self._failing = None
        self._keep_refresh_token(answer, now)
        log.info("credential.renewed", entry=self._entry, seconds=round(seconds))

    def _keep_refresh_token(self, answer: dict[str, Any], now: float) -> None:
        until = answer.get("refresh_token_expires_in")
        self._refresh_until = now + until if isinstance(until, int) and until > 0 else None
        fresh = answer.get("refresh_token")
        held = self._service.refresh_token
        if held is None or not isinstance(fresh, str) or not fresh or fresh == self._rotated:
            return
        self._rotated = fresh
        if not held.replace(fresh):
            log.warning(
                "credential.not_kept", entry=self._entry, reason="the new one lasts until the next restart only"
            )

    async def _ask(self) -> dict[str, Any]:
        service = self._service
        form = {"client_id": service.client_id, "client_secret": service.client_secret.read()}
        if service.refresh_token is not None:
            form |= {"grant_type": "refresh_token", "refresh_token": self._rotated or service.refresh_token.read()}
        else:
            form["grant_type"] = "client_credentials"
        if service.scope:
            form["scope"] = service.scope
        try:
            answer = await self._http.post(
                service.url, data=form, headers={"Accept": "application/json"}, timeout=TOKEN_SECONDS
            )
            said = answer.json() if len(answer.content) <= _TOKEN_LIMIT_BYTES else None
        except httpx.HTTPError as error:
            raise MailboxUnreachable(f"the token service cannot be reached: {type(error).__name__}: {error}") from error
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise MailboxUnreachable(f"the token service answers {answer.status_code} without JSON")
        if answer.status_code == 200:
            return said
        reason = str(said.get("error", ""))
        words = redact_text(clean_line(f"{reason} {said.get('error_description', '')}", 300))
        if reason in _REFUSALS:
            raise LoginRefused(f"the token service refuses the credential: {words}")
        raise MailboxUnreachable(f"the token service answers {answer.status_code}: {words}")


def _token_in(answer: dict[str, Any]) -> str:
    token = answer.get("access_token")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise MailboxUnreachable("the token service answers without a token")
    return token

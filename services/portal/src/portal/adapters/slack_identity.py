"""Slack as an issuer of identities: its configuration and keys, the exchange of a code, what it knows of a user."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import jwt
import structlog

from portal.adapters.bounded import read_whole
from portal.domain.sign_in import NotLetIn
from portal.errors import SlackAway

log = structlog.get_logger()

_ALGORITHMS: Final = ["RS256"]
_REQUIRED: Final = ["iss", "aud", "exp", "iat", "sub", "nonce"]
_LEEWAY_SECONDS: Final = 30.0
_KEPT_SECONDS: Final = 3600.0
_AGAIN_SECONDS: Final = 60.0
"""So long an unknown key is not looked for again: whoever invents key ids makes us ask Slack once a minute."""
_MOST_KEYS: Final = 20
_MOST_BYTES: Final = 256 * 1024
_LONGEST_TOKEN: Final = 16_384
_STALE: Final = frozenset({"invalid_code", "code_already_used", "code_expired", "invalid_grant"})
"""What Slack says to a code that is used or too old: whoever reloads the page gets there."""
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class SlackIdentity:
    """Asks Slack who somebody is."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        issuer: str,
        client_id: str,
        client_secret: str,
        bot_token: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._issuer = issuer
        self._id = client_id
        self._secret = client_secret
        self._bot_token = bot_token
        self._clock = clock
        self._lock = asyncio.Lock()
        self._places: dict[str, str] = {}
        self._places_at = 0.0
        self._keys: dict[str, jwt.PyJWK] = {}
        self._keys_at = 0.0

    async def places(self) -> Mapping[str, str]:
        """Where to send people and codes, by Slack's own configuration; asked for once an hour.

        Raises:
            SlackAway: it cannot be had, or it is not Slack's.
        """
        async with self._lock:
            if not self._places or self._clock() - self._places_at > _KEPT_SECONDS:
                found = await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration")
                places = {name: str(found.get(name)) for name in _ENDPOINTS}
                ours = all(place.startswith(f"{self._issuer}/") for place in places.values())
                if found.get("issuer") != self._issuer or not ours:
                    raise SlackAway("its configuration names another issuer")
                self._places, self._places_at = places, self._clock()
            return self._places

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        """The claims of the token that a code stands for, after all of it was checked but the nonce and the team.

        Raises:
            NotLetIn: the code is used or too old, or the token is not one for us.
            SlackAway: try again.
        """
        form = {
            "client_id": self._id,
            "client_secret": self._secret,
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        answer = await self._ask("POST", (await self.places())["token_endpoint"], data=form)
        if not answer.get("ok"):
            why = str(answer.get("error"))[:60]
            if why in _STALE:
                raise NotLetIn("stale_code")
            raise SlackAway(f"openid.connect.token: {why}")
        return await self._checked(str(answer.get("id_token", "")))

    async def user(self, user_id: str) -> dict[str, Any]:
        """What Slack knows of a user of the workspace.

        Raises:
            NotLetIn: there is no such user.
            SlackAway: try again, or an operator must look at the token.
        """
        headers = {"authorization": f"Bearer {self._bot_token}"}
        form = {"user": user_id, "include_locale": "true"}
        answer = await self._ask("POST", f"{self._issuer}/api/users.info", data=form, headers=headers)
        if answer.get("ok"):
            found = answer.get("user")
            return found if isinstance(found, dict) else {}
        why = str(answer.get("error"))[:60]
        if why in ("user_not_found", "user_not_visible"):
            raise NotLetIn("no_user")
        raise SlackAway(f"users.info: {why}")

    async def _checked(self, token: str) -> dict[str, Any]:
        if len(token) > _LONGEST_TOKEN:
            raise NotLetIn("bad_token")
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                _ALGORITHMS,
                options={"require": _REQUIRED, "strict_aud": True},
                audience=self._id,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
            )
        except jwt.PyJWTError as error:
            log.warning("id_token.refused", why=type(error).__name__)
            raise NotLetIn("bad_token") from error
        return claims

    async def _key(self, key_id: str) -> jwt.PyJWK:
        """The published key of this id.

        Raises:
            NotLetIn: there is none.
        """
        place = (await self.places())["jwks_uri"]
        async with self._lock:
            age = self._clock() - self._keys_at
            unknown = key_id not in self._keys
            if not self._keys or age > _KEPT_SECONDS or (unknown and age > _AGAIN_SECONDS):
                found = await self._ask("GET", place)
                self._keys, self._keys_at = _usable(found), self._clock()
        if key_id not in self._keys:
            raise NotLetIn("bad_token")
        return self._keys[key_id]

    async def _ask(
        self, method: str, url: str, data: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            async with self._client.stream(method, url, data=data, headers=headers) as answer:
                found = json.loads(await read_whole(answer, _MOST_BYTES))
        except (httpx.HTTPError, ValueError) as error:
            raise SlackAway(type(error).__name__) from error
        if answer.status_code != 200 or not isinstance(found, dict):
            raise SlackAway(f"status {answer.status_code}")
        return found


def _usable(found: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The keys of a set by their ids: those that can sign as we expect it."""
    keys: dict[str, jwt.PyJWK] = {}
    listed = found.get("keys")
    for one in (listed if isinstance(listed, list) else [])[:_MOST_KEYS]:
        if isinstance(one, dict) and one.get("kty") == "RSA" and one.get("use", "sig") == "sig" and one.get("kid"):
            try:
                keys[str(one["kid"])] = jwt.PyJWK(one, algorithm="RS256")
            except jwt.PyJWTError as error:
                log.warning("key.ignored", why=type(error).__name__)
    return keys

"""Cookies that only we can have written: JSON Web Tokens (HS256) of PyJWT, each kind for one purpose and one while."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from starlette.requests import Request
from starlette.responses import Response

_ISSUER: Final = "ventanilla-portal"
_ALGORITHM: Final = "HS256"
_LONGEST: Final = 3_000
"""Characters: a browser keeps 4 KiB of one cookie."""


class SignedCookies:
    """Writes and reads the cookies of agents' pages. Scripts cannot read them, and other sites' forms do not send them.

    Over https they carry the prefix `__Host-`: a browser then takes them from this host alone, not from its neighbours.
    """

    def __init__(self, secret: str, *, https: bool) -> None:
        self._secret = secret
        self._https = https

    def put(self, response: Response, kind: str, values: Mapping[str, str], seconds: int) -> None:
        """Give the browser a cookie of this kind for a while."""
        now = datetime.now(UTC)
        claims = {
            **{f"v_{name}": value for name, value in values.items()},
            "iss": _ISSUER,
            "aud": kind,
            "iat": now,
            "exp": now + timedelta(seconds=seconds),
        }
        self._set(response, kind, jwt.encode(claims, self._secret, _ALGORITHM), seconds)

    def take_away(self, response: Response, kind: str) -> None:
        """Let the browser forget its cookie of this kind."""
        self._set(response, kind, "", 0)

    def read(self, request: Request, kind: str) -> dict[str, Any] | None:
        """What the cookie of this kind holds; None: there is none, it is too old, or it is not ours."""
        value = request.cookies.get(self.name(kind), "")
        if not value or len(value) > _LONGEST:
            return None
        try:
            claims: dict[str, Any] = jwt.decode(
                value,
                self._secret,
                [_ALGORITHM],
                options={"require": ["exp", "iat"], "strict_aud": True},
                audience=kind,
                issuer=_ISSUER,
            )
        except jwt.InvalidTokenError:
            return None
        return {name[2:]: given for name, given in claims.items() if name.startswith("v_")}

    def name(self, kind: str) -> str:
        """What the browser calls it."""
        return f"__Host-{kind}" if self._https else kind

    def _set(self, response: Response, kind: str, value: str, seconds: int) -> None:
        response.set_cookie(
            self.name(kind), value, max_age=seconds, path="/", secure=self._https, httponly=True, samesite="lax"
        )

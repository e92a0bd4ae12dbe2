"""Sign in with Slack (OpenID Connect): codes, tokens, id_tokens signed with RS256, and the keys to check them with."""

import base64
import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlparse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import new_secret
from ventanilla_devstack.slack.records import App, Json, Team, User

CODE_SECONDS, TOKEN_SECONDS = 600.0, 300
SCOPES = frozenset({"openid", "email", "profile"})
_KEPT = 1_000
_LOOPBACK = ("127.0.0.1", "localhost")
_CLAIM = "https://slack.com"


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody has allowed an app by signing in."""

    app_id: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    nonce: str
    at: float
    code_challenge: str = ""


@dataclass(slots=True)
class SignIn:
    """The issuer."""

    clock: Callable[[], float]
    _key: rsa.RSAPrivateKey | None = None
    _codes: OrderedDict[str, Grant] = field(default_factory=OrderedDict)
    _tokens: OrderedDict[str, Grant] = field(default_factory=OrderedDict)

    def check_request(self, app: App | None, *, response_type: str, scope: str, redirect_uri: str) -> frozenset[str]:
        """The scopes of a request to sign in.

        Raises:
            Refused: `invalid_client_id`, `invalid_scope`, `bad_redirect_uri`, `unsupported_response_type`.
        """
        if app is None:
            raise Refused("invalid_client_id")
        if response_type != "code":
            raise Refused("unsupported_response_type")
        scopes = frozenset(scope.replace(",", " ").split())
        if "openid" not in scopes or not scopes <= SCOPES:
            raise Refused("invalid_scope")
        if not any(_same_place(redirect_uri, allowed) for allowed in app.redirect_urls):
            raise Refused("bad_redirect_uri")
        return scopes

    def new_code(self, grant: Grant) -> str:
        """A code that can be exchanged once within ten minutes."""
        code = new_secret(size_bytes=24)
        _keep(self._codes, code, grant)
        return code

    def exchange(
        self,
        code: str,
        *,
        app: App,
        redirect_uri: str,
        verifier: str,
        issuer: str,
        user: Callable[[str], User],
        team: Team,
    ) -> Json:
        """The answer of `openid.connect.token`.

        Raises:
            Refused: `invalid_code`, `bad_redirect_uri`, `invalid_code_verifier`.
        """
        grant = self._codes.pop(code, None)
        if grant is None or grant.app_id != app.id or self.clock() - grant.at > CODE_SECONDS:
            raise Refused("invalid_code")
        if redirect_uri and redirect_uri != grant.redirect_uri:
            raise Refused("bad_redirect_uri")
        if grant.code_challenge and not _proves(verifier, grant.code_challenge):
            raise Refused("invalid_code_verifier")
        token = new_secret("xoxp-")
        _keep(self._tokens, token, grant)
        claims = user_claims(user(grant.user), team, grant.scopes)
        return {
            "ok": True,
            "access_token": token,
            "token_type": "Bearer",
            "id_token": self._id_token(claims, grant, app, issuer, token),
            "state": "",
        }

    def granted(self, token: str) -> Grant | None:
        """What a user's token stands for."""
        return self._tokens.get(token)

    def revoke(self, token: str) -> bool:
        """Forget a user's token; False if it was unknown."""
        return self._tokens.pop(token, None) is not None

    def keys(self) -> Json:
        """The public key set."""
        numbers = self._private_key().public_key().public_numbers()
        key = {
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self._key_id(),
            "e": _number(numbers.e),
            "n": _number(numbers.n),
        }
        return {"keys": [key]}

    def _private_key(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        return self._key

    def _key_id(self) -> str:
        modulus = self._private_key().public_key().public_numbers().n
        return hashlib.sha256(str(modulus).encode()).hexdigest()[:32]

    def _id_token(self, claims: Json, grant: Grant, app: App, issuer: str, token: str) -> str:
        now = int(self.clock())
        half = hashlib.sha256(token.encode()).digest()[:16]
        body = claims | {
            "iss": issuer,
            "aud": app.client_id,
            "exp": now + TOKEN_SECONDS,
            "iat": now,
            "auth_time": int(grant.at),
            "nonce": grant.nonce,
            "at_hash": _encoded(half),
        }
        head = {"typ": "JWT", "alg": "RS256", "kid": self._key_id()}
        signed = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(body).encode())}"
        signature = self._private_key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encoded(signature)}"


def user_claims(user: User, team: Team, scopes: frozenset[str]) -> Json:
    """Who somebody is, as far as the scopes tell."""
    claims: Json = {"sub": user.id, f"{_CLAIM}/user_id": user.id, f"{_CLAIM}/team_id": team.id}
    if "email" in scopes:
        claims |= {"email": user.email, "email_verified": user.email_confirmed, "date_email_verified": user.updated}
    if "profile" in scopes:
        first, _, last = user.real_name.partition(" ")
        claims |= {
            "name": user.real_name,
            "picture": "",
            "given_name": first,
            "family_name": last,
            "locale": user.locale,
            f"{_CLAIM}/team_name": team.name,
            f"{_CLAIM}/team_domain": team.domain,
        }
    return claims


def discovery(issuer: str) -> Json:
    """The document at `/.well-known/openid-configuration`."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/openid/connect/authorize",
        "token_endpoint": f"{issuer}/api/openid.connect.token",
        "userinfo_endpoint": f"{issuer}/api/openid.connect.userInfo",
        "jwks_uri": f"{issuer}/openid/connect/keys",
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "auth_time", "iss"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": True,
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    }


def _same_place(asked: str, allowed: str) -> bool:
    one, other = urlparse(asked), urlparse(allowed)
    try:
        ports = one.port, other.port
    except ValueError:
        return False
    # An app on this machine may listen anywhere; all others are told apart by their port too.
    near = other.hostname in _LOOPBACK and ports[1] is None
    same = (one.scheme, one.hostname) == (other.scheme, other.hostname) and (near or ports[0] == ports[1])
    folder = other.path.rstrip("/")
    return same and "@" not in one.netloc and (one.path == other.path or f"{one.path}/".startswith(f"{folder}/"))


def _proves(verifier: str, challenge: str) -> bool:
    return hmac.compare_digest(_encoded(hashlib.sha256(verifier.encode()).digest()), challenge)


def _keep(kept: OrderedDict[str, Grant], name: str, grant: Grant) -> None:
    kept[name] = grant
    while len(kept) > _KEPT:
        kept.popitem(last=False)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))

"""Checks of what an issuer of identities answers: tokens that are not for us, keys that change, an issuer that lies."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.adapters.slack_identity import SlackIdentity
from portal.domain.sign_in import NotLetIn
from portal.errors import SlackAway

ISSUER = "https://slack.example"
CLIENT = "25259531569.11152291"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def published(key: rsa.RSAPrivateKey, name: str) -> dict[str, Any]:
    found = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**found, "kid": name, "use": "sig", "alg": "RS256"}


class Issuer:
    """An issuer that says what it is told to."""

    def __init__(self) -> None:
        self.configuration: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/openid/connect/authorize",
            "token_endpoint": f"{ISSUER}/api/openid.connect.token",
            "jwks_uri": f"{ISSUER}/openid/connect/keys",
        }
        self.keys: list[Any] = [published(KEY, "one")]
        self.answer: dict[str, Any] = {}
        self.asked: list[str] = []
        self.forms: list[str] = []
        self.status = 200
        self.now = 1_000.0

    def identity(self) -> SlackIdentity:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))
        return SlackIdentity(client, ISSUER, CLIENT, "secret", "xoxb-x", lambda: self.now)

    def signs(self, key: Any = KEY, algorithm: str = "RS256", kid: str = "one", **changed: Any) -> None:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": "U0EVA", "nonce": "n", "iat": now, "exp": now + 300, **changed}
        claims = {name: value for name, value in claims.items() if value is not None}
        self.answer = {"ok": True, "id_token": jwt.encode(claims, key, algorithm, {"kid": kid})}

    def _handle(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        self.forms.append(request.content.decode())
        answers: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": lambda: self.configuration,
            "/openid/connect/keys": lambda: {"keys": self.keys},
        }
        return httpx.Response(self.status, json=answers.get(path, lambda: self.answer)())


async def claims_of(issuer: Issuer, identity: SlackIdentity | None = None) -> dict[str, Any]:
    return await (identity or issuer.identity()).exchange("code", "verifier", "https://desk.example/back")


async def test_a_good_token_gives_its_claims_and_the_code_goes_with_its_proof() -> None:
    issuer = Issuer()
    issuer.signs()

    claims = await claims_of(issuer)

    assert claims["sub"] == "U0EVA"
    form = issuer.forms[issuer.asked.index("/api/openid.connect.token")]
    assert "code_verifier=verifier" in form
    assert "grant_type=authorization_code" in form


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another.app"},
        {"aud": [CLIENT, "another.app"]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1_000},
        {"exp": None},
        {"nonce": None},
        {"sub": None},
        {"iat": 99_999_999_999},
        {"key": OTHER},
        {"kid": "unknown"},
        {"key": "x" * 64, "algorithm": "HS256"},
        {"key": "", "algorithm": "none"},
    ],
)
async def test_a_token_that_is_not_for_us_is_refused(changed: dict[str, Any]) -> None:
    issuer = Issuer()
    issuer.signs(**changed)

    with pytest.raises(NotLetIn) as refused:
        await claims_of(issuer)

    assert refused.value.slug == "bad_token"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "y" * 20_000])
async def test_what_is_no_token_is_refused(token: str) -> None:
    issuer = Issuer()
    issuer.answer = {"ok": True, "id_token": token}

    with pytest.raises(NotLetIn):
        await claims_of(issuer)


async def test_keys_are_kept_and_a_new_one_is_found_but_not_looked_for_all_the_time() -> None:
    issuer = Issuer()
    identity = issuer.identity()
    issuer.signs()
    for _ in range(3):
        await claims_of(issuer, identity)
    kept = issuer.asked.count("/openid/connect/keys")

    issuer.keys = [published(OTHER, "two")]
    issuer.signs(OTHER, kid="two")
    for _ in range(5):
        with pytest.raises(NotLetIn):
            await claims_of(issuer, identity)
    unasked = issuer.asked.count("/openid/connect/keys")
    issuer.now += 61
    found = await claims_of(issuer, identity)

    assert (kept, unasked, issuer.asked.count("/openid/connect/keys")) == (1, 1, 2)
    assert found["sub"] == "U0EVA"


async def test_keys_that_cannot_sign_are_left_out() -> None:
    issuer = Issuer()
    issuer.keys = ["x", {"kty": "oct", "k": "x", "kid": "one"}, {"kty": "RSA", "kid": "bad"}, published(KEY, "one")]
    issuer.signs()

    assert (await claims_of(issuer))["sub"] == "U0EVA"


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "https://slack.example.evil.example/keys"},
        {"authorization_endpoint": None},
    ],
)
async def test_a_configuration_that_leads_elsewhere_is_not_followed(changed: dict[str, Any]) -> None:
    issuer = Issuer()
    issuer.configuration |= changed

    with pytest.raises(SlackAway):
        await issuer.identity().places()


async def test_a_used_code_is_told_from_an_issuer_that_is_away() -> None:
    issuer = Issuer()
    issuer.answer = {"ok": False, "error": "invalid_code"}
    with pytest.raises(NotLetIn):
        await claims_of(issuer)
    issuer.answer = {"ok": False, "error": "bad_client_secret"}
    with pytest.raises(SlackAway, match="bad_client_secret"):
        await claims_of(issuer)
    issuer.status = 500
    with pytest.raises(SlackAway):
        await claims_of(issuer)


async def test_an_answer_beyond_all_measure_is_not_read_to_its_end() -> None:
    issuer = Issuer()
    issuer.configuration["more"] = "x" * 300_000

    with pytest.raises(SlackAway):
        await issuer.identity().places()


async def test_a_user_whom_slack_does_not_know_is_told_from_a_token_that_it_refuses() -> None:
    issuer = Issuer()
    issuer.answer = {"ok": False, "error": "user_not_found"}
    with pytest.raises(NotLetIn):
        await issuer.identity().user("U0")
    issuer.answer = {"ok": False, "error": "invalid_auth"}
    with pytest.raises(SlackAway, match="invalid_auth"):
        await issuer.identity().user("U0")

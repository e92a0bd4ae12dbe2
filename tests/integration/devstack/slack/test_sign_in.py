"""Sign in with Slack, as the app behind it goes through it."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import aiohttp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import OpenIDConnectAuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack

# Slack's client makes its header with a helper that aiohttp will drop one day.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

BACK = "http://127.0.0.1:8000/desk/signed-in"


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without a memory."""
    async with aiohttp.ClientSession() as session:
        yield session


def address(slack: LocalSlack, **changed: str) -> str:
    made = OpenIDConnectAuthorizeUrlGenerator(
        client_id=changed.get("client_id", slack.app.client_id),
        redirect_uri=changed.get("redirect_uri", BACK),
        scopes=["openid", "email", "profile"],
        authorization_url=f"{slack.url}/openid/connect/authorize",
    )
    return str(made.generate(state="st", nonce="no"))


async def signed_in(
    slack: LocalSlack, browser: aiohttp.ClientSession, name: str, more: str = ""
) -> dict[str, list[str]]:
    form = {"user": slack.workspace.person(name).id if name else ""}
    async with browser.post(address(slack) + more, data=form, allow_redirects=False) as answer:
        assert answer.status == 302
        assert answer.headers["Location"].startswith(BACK)
        return parse_qs(urlparse(answer.headers["Location"]).query)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def claims_of(slack: LocalSlack, browser: aiohttp.ClientSession, token: str) -> dict[str, Any]:
    """What an id_token says, after its signature was checked with the published key."""
    head, body, signature = token.split(".")
    async with browser.get(f"{slack.url}/openid/connect/keys") as answer:
        [key] = (await answer.json())["keys"]
    assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "RS256", "kid": key["kid"]}
    numbers = rsa.RSAPublicNumbers(*(int.from_bytes(decoded(key[each]), "big") for each in ("e", "n")))
    numbers.public_key().verify(decoded(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return dict(json.loads(decoded(body)))


async def test_somebody_signs_in(slack: LocalSlack, browser: aiohttp.ClientSession, client: AsyncWebClient) -> None:
    async with browser.get(address(slack), headers={"Accept-Language": "es"}) as answer:
        page = await answer.text()
    assert "Entrar como Eva Ruiz" in page
    assert "Marta" not in page, "a stranger is of another workspace"
    back = await signed_in(slack, browser, "soporte-eva")
    secrets = {"client_id": slack.app.client_id, "client_secret": slack.app.client_secret}

    token = await client.openid_connect_token(code=back["code"][0], redirect_uri=BACK, **secrets)

    claims = await claims_of(slack, browser, str(token["id_token"]))
    eva = slack.workspace.person("soporte-eva")
    assert back["state"] == ["st"]
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (slack.url, slack.app.client_id, "no")
    assert (claims["sub"], claims["email"], claims["email_verified"]) == (eva.id, eva.email, True)
    assert claims["https://slack.com/team_id"] == slack.workspace.home
    assert claims["exp"] > claims["iat"]
    who = await client_for(slack, str(token["access_token"])).openid_connect_userInfo()
    assert (who["sub"], who["https://slack.com/user_id"], who["locale"]) == (eva.id, eva.id, "es-ES")
    with pytest.raises(SlackApiError, match="invalid_code"):
        await client.openid_connect_token(code=back["code"][0], redirect_uri=BACK, **secrets)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await client_for(slack, str(token["access_token"])).chat_postMessage(channel="C0", text="x")


async def test_whoever_refuses_comes_back_without_a_code(slack: LocalSlack, browser: aiohttp.ClientSession) -> None:
    assert (await signed_in(slack, browser, ""))["error"] == ["access_denied"]
    slack.hands.delete_user("soporte-eva")
    assert (await signed_in(slack, browser, "soporte-eva"))["error"] == ["access_denied"]


async def test_what_an_app_may_not_ask_is_refused(slack: LocalSlack, browser: aiohttp.ClientSession) -> None:
    wrong = [
        address(slack, client_id="nobody"),
        address(slack, redirect_uri="https://evil.example/desk/signed-in"),
        address(slack, redirect_uri="http://127.0.0.1.evil.example/"),
        address(slack).replace("openid,email,profile", "admin").replace("openid%2Cemail%2Cprofile", "admin"),
    ]
    wrong += [address(slack, redirect_uri=f"http://127.0.0.1:8000/{path}") for path in ("", "desks", "other/desk")]
    slack.app.redirect_urls = ["http://127.0.0.1:8000/desk"]
    async with browser.get(address(slack)) as answer:
        assert answer.status == 200
    for each in wrong:
        async with browser.get(each, allow_redirects=False) as answer:
            assert answer.status == 400, each


async def test_a_code_is_tied_to_the_secret_and_to_the_verifier(
    slack: LocalSlack, browser: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).decode().rstrip("=")
    more = f"&code_challenge={challenge}&code_challenge_method=S256"
    secrets = {"client_id": slack.app.client_id, "client_secret": slack.app.client_secret, "redirect_uri": BACK}

    first = (await signed_in(slack, browser, "carmen", more))["code"][0]
    with pytest.raises(SlackApiError, match="bad_client_secret"):
        await client.openid_connect_token(code=first, client_id=slack.app.client_id, client_secret="wrong")
    with pytest.raises(SlackApiError, match="invalid_code_verifier"):
        await client.openid_connect_token(code=first, **secrets)
    second = (await signed_in(slack, browser, "carmen", more))["code"][0]
    answer = await client.api_call(
        "openid.connect.token", data={"code": second, "code_verifier": "verifier", **secrets}
    )
    assert answer["ok"]


async def test_the_configuration_names_what_there_is(slack: LocalSlack, browser: aiohttp.ClientSession) -> None:
    async with browser.get(f"{slack.url}/.well-known/openid-configuration") as answer:
        found = await answer.json()

    assert found["issuer"] == slack.url
    assert found["token_endpoint"] == f"{slack.url}/api/openid.connect.token"
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]

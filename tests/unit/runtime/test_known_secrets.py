"""The secrets of this process in whatever form somebody repeats them."""

import base64
import json
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from ventanilla_runtime import known_secrets
from ventanilla_runtime.known_secrets import keep_secret, without_secret_bytes, without_secrets
from ventanilla_runtime.settings import ServiceSettings

SECRET = 'pä/ss"w+rd 47'


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_secrets, "_texts", {})
    monkeypatch.setattr(known_secrets, "_bytes", ())


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_no_form_of_a_secret_is_left(form: str) -> None:
    keep_secret(SECRET)
    assert without_secrets(f"said {form}, twice {form}") == "said [secret], twice [secret]"
    assert without_secret_bytes(f"said {form}".encode()) == b"said [secret]"


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "desk@example.org"])
def test_a_secret_inside_credentials_in_base64_is_not_left(user: str) -> None:
    keep_secret("0123456789abcdef")
    said = base64.b64encode(f"\0{user}\x000123456789abcdef".encode()).decode()
    assert "[secret]" in without_secrets(f"AUTH PLAIN {said}")


@pytest.mark.parametrize("word", ["tickets", "password", "operator", "short-1"])
def test_short_ones_and_words_would_blank_out_the_log_and_stay(word: str) -> None:
    keep_secret(word)
    assert without_secrets(f"{word} said") == f"{word} said"


def test_settings_make_their_secrets_known_with_the_passwords_in_their_urls() -> None:
    ServiceSettings(
        nats_url="nats://router:first-of-two@a:4222,nats://router:second-of-two@b:4222",
        nats_password=SecretStr("third-of-them"),
    )
    assert without_secrets("first-of-two second-of-two third-of-them") == "[secret] [secret] [secret]"


def test_a_token_alone_in_a_brokers_url_is_known_and_the_user_of_another_is_no_secret() -> None:
    ServiceSettings(nats_url="nats://s3cr3t-token@a:4222", otlp_url="http://collector_user@b:4318")
    assert without_secrets("s3cr3t-token collector_user") == "[secret] collector_user"


@pytest.mark.parametrize("ends", "/?#[,")
def test_a_password_that_breaks_its_url_is_known_as_a_whole_and_in_the_pieces_that_readers_quote(ends: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        ServiceSettings(nats_url=f"nats://router:gehe1mnis{ends}hunter22@broker.example:4222")
    assert without_secrets("'gehe1mnis' or hunter22 at broker.example") == "'[secret]' or [secret] at broker.example"


def test_hosts_of_several_urls_with_passwords_are_no_secrets() -> None:
    ServiceSettings(nats_url="nats://router:first-of-two@nats-0.nats.svc:4222,nats://router:b@nats-1.nats.svc:4222")
    assert without_secrets("first-of-two at nats-0.nats.svc") == "[secret] at nats-0.nats.svc"


def test_the_longer_of_two_goes_first() -> None:
    keep_secret("part-of-it", "part-of-it-and-more")
    assert without_secrets("part-of-it-and-more") == "[secret]"

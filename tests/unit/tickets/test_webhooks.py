"""Webhooks: signatures that any receiver of Standard Webhooks understands, waits that grow, settings that say no."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tickets.domain.webhooks import (
    LONGEST_WAIT_SECONDS,
    MOST_BODY_BYTES,
    TRIED_FOR,
    Answer,
    Webhook,
    WebhookCall,
    next_try,
    read_secret,
    signed_headers,
    too_large,
)
from tickets.settings import TicketsSettings
from tickets.webhook_settings import webhooks_of
from ventanilla_runtime.settings import explain

NOW = datetime(2026, 11, 23, 8, 31, tzinfo=UTC)
CALL = UUID("6d0c5ea6-f6b5-4b0f-8c6a-a3a7c1b1f6a4")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def settings(webhooks: str) -> TicketsSettings:
    return TicketsSettings(secret="a secret of the tests", webhooks=webhooks)  # type: ignore[arg-type]  # as the variable says it


def refused(webhooks: str) -> str:
    """What an operator reads of a wrong setting."""
    with pytest.raises(ValidationError) as refusal:
        settings(webhooks)
    return explain(refusal.value, "TICKETS_")


def test_a_call_is_signed_as_the_reference_libraries_of_the_specification_sign_it() -> None:
    webhook = Webhook("status", "https://status.example/", (read_secret(SECRET),))

    headers = signed_headers(webhook, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_replaced_both_sign_and_the_current_one_stands_first() -> None:
    old, new = read_secret(SECRET), b"n" * 32
    both = signed_headers(Webhook("status", "", (new, old)), "a", 1, b"{}")["webhook-signature"]
    alone = [signed_headers(Webhook("status", "", (key,)), "a", 1, b"{}")["webhook-signature"] for key in (new, old)]
    assert both == " ".join(alone)


def test_a_secret_may_come_without_its_padding() -> None:
    key = bytes(range(25))
    text = base64.b64encode(key).decode()
    assert text.endswith("=")
    assert read_secret(f"whsec_{text.rstrip('=')}\n") == read_secret(f"whsec_{text}") == key


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begins with whsec_"),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "begins with whsec_"),
        ("whsec_Mf*KQ9", "no base64"),
        ("whsec_AAAA", "24 to 64 bytes, this one 3"),
        (f"whsec_{base64.b64encode(bytes(65)).decode()}", "this one 65"),
    ],
)
def test_a_secret_that_is_none_is_refused_without_being_repeated(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"secret|base64") as refusal:
        read_secret(text)
    assert words in str(refusal.value)
    secret = text.removeprefix("whsec_")
    assert not secret or secret not in str(refusal.value)


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ({"ticket": {"number": 4711}}, 4711),
        ({"ticket": 4711}, None),
        ({"ticket": {"number": "4711"}}, None),
        ({}, None),
    ],
)
def test_a_call_knows_the_ticket_that_its_body_speaks_of(body: dict[str, Any], number: int | None) -> None:
    assert WebhookCall(CALL, "status", body).ticket_number == number


@given(st.integers(1, 10_000), st.floats(0, 4 * 86_400), st.none() | st.floats(0, 10**6), st.uuids())
def test_the_next_try_is_within_an_hour_or_so_and_never_beyond_three_days(
    tries: int, age_seconds: float, asked: float | None, id_: UUID
) -> None:
    now = NOW + timedelta(seconds=age_seconds)
    at = next_try(id_, tries, NOW, now, asked)
    if age_seconds >= TRIED_FOR.total_seconds():
        assert at is None
        return
    assert at is not None
    assert now < at <= NOW + TRIED_FOR
    assert (at - now).total_seconds() <= LONGEST_WAIT_SECONDS * 1.1


def test_waits_grow_from_five_seconds_to_an_hour() -> None:
    waits = [(next_try(UUID(int=0), tries, NOW, NOW) or NOW) - NOW for tries in range(1, 12)]
    assert [wait.total_seconds() for wait in waits] == [5, 15, 45, 135, 405, 1215, *[3600] * 5]


def test_all_tries_of_three_days_are_fewer_than_a_hundred() -> None:
    at: datetime | None = NOW
    tries = 0
    while at is not None:
        tries += 1
        at = next_try(CALL, tries, NOW, at)
    assert 70 < tries < 100


def test_calls_that_failed_together_do_not_come_back_together() -> None:
    together = {next_try(UUID(int=number), 5, NOW, NOW) for number in range(100)}
    assert len(together) == 100


def test_a_receiver_that_asks_for_time_gets_it_up_to_an_hour() -> None:
    assert next_try(UUID(int=0), 1, NOW, NOW, 120) == NOW + timedelta(seconds=120)
    assert next_try(UUID(int=0), 1, NOW, NOW, 10**6) == NOW + timedelta(hours=1)


@pytest.mark.parametrize(("status", "delivered"), [(200, True), (204, True), (302, False), (404, False), (None, False)])
def test_only_a_status_of_success_delivers(status: int | None, delivered: bool) -> None:
    assert Answer(status, "").delivered is delivered


def test_a_body_that_is_too_large_says_how_large_it_is() -> None:
    assert too_large(b"x" * MOST_BODY_BYTES) is None
    assert too_large(b"x" * (MOST_BODY_BYTES + 1)) == "the body has 65537 bytes; more than 65536 are not sent"


def test_the_setting_names_webhooks_with_secrets_of_their_own_or_in_files(tmp_path: Path) -> None:
    secrets = tmp_path / "status"
    secrets.write_text(f"{SECRET}\nwhsec_{base64.b64encode(b'o' * 24).decode()}\n")

    found = webhooks_of(
        settings(
            f'{{"status": {{"url": "https://status.example/h?t=1", "secret_file": "{secrets}"}},'
            f' "here": {{"url": "http://127.0.0.1:9/", "secret": "{SECRET}"}}}}'
        ).webhooks
    )

    assert found["status"].keys == (read_secret(SECRET), b"o" * 24)
    assert found["here"].url == "http://127.0.0.1:9/"
    assert settings("").webhooks == {}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("[", "TICKETS_WEBHOOKS: no JSON at line 1, column 2"),
        ("[]", "must be an object"),
        ('{"Status": {}}', "small letters"),
        ('{"s": {"secret": "SECRET"}}', "TICKETS_WEBHOOKS_S_URL: is missing"),
        ('{"s": {"url": "https://x.example/"}}', "exactly one of secret and secret_file"),
        ('{"s": {"url": "https://x.example/", "secret": "SECRET", "secret_file": "/x"}}', "exactly one of"),
        ('{"s": {"url": "https://x.example/", "secret_file": "/nowhere/at-all"}}', "cannot read /nowhere/at-all"),
        ('{"s": {"url": "https://x.example/", "secret_file": "/dev/zero"}}', "no file with a secret"),
        ('{"s": {"url": "http://x.example/", "secret": "SECRET"}}', "url must be https"),
        ('{"s": {"url": "http://127.0.0.1.x.example/", "secret": "SECRET"}}', "url must be https"),
        ('{"s": {"url": "ftp://x.example/", "secret": "SECRET"}}', "must begin with https://"),
        ('{"s": {"url": "https://u:hunter2@x.example/", "secret": "SECRET"}}', "no user and no password"),
        ('{"s": {"url": "https://x.example/a b", "secret": "SECRET"}}', "a blank"),
        ('{"s": {"url": "https://[x/", "secret": "SECRET"}}', "no address"),
        ('{"s": {"url": "https://x.example/", "secret": "whsec_hunter2"}}', "base64"),
        ('{"s": {"url": "https://x.example/", "secret": ",,"}}', "1 to 3 secrets, and has 0"),
        ('{"s": {"url": "https://x.example/", "secret": "SECRET", "colour": 1}}', "TICKETS_WEBHOOKS_S_COLOUR"),
    ],
)
def test_a_wrong_setting_says_what_to_change_and_repeats_no_secret(entry: str, words: str) -> None:
    said = refused(entry.replace("SECRET", SECRET))
    assert words in said
    assert "hunter2" not in said
    assert SECRET not in said


def test_neither_addresses_nor_secrets_are_shown() -> None:
    chosen = settings(f'{{"s": {{"url": "https://x.example/hidden", "secret": "{SECRET}"}}}}')
    shown = f"{chosen!r} {webhooks_of(chosen.webhooks)!r}"
    assert "hidden" not in shown
    assert SECRET not in shown
    assert str(read_secret(SECRET)) not in shown

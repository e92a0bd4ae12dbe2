"""A chain of ARC sets holds as a whole or not at all; whom it proves anything to is another question."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from intake_email.domain.authentication.arc import SET_LIMIT, check_chain, read_chain
from intake_email.domain.authentication.dkim import BodyHashes
from intake_email.domain.authentication.raw_fields import read_raw
from intake_email.domain.authentication.verdict import chain_vouches
from tests.support.signed_mails import MAIL, NOW, rsa_key, seal

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "email" / "authentication" / "arc.yml").read_text(encoding="utf-8")
)
KEYS = {f"arc._domainkey.{domain}": [rsa_key().record] for domain in ("lists.example", "second.example")}
PASSED = "dmarc=pass (p=none) header.from=cliente.example"
FAILED = "dmarc=fail header.from=cliente.example"


def validate(raw: bytes, keys: dict[str, list[str] | None], now: float = NOW) -> str:
    mail = read_raw(raw)
    assert mail is not None
    chain = read_chain(mail, now)
    if chain is None:
        return "none"
    found = {name: keys.get(name, []) for name in chain.key_names}
    return check_chain(chain, mail, BodyHashes(mail), found, now).word


@pytest.mark.parametrize("case", CASES["mails"], ids=[case["name"] for case in CASES["mails"]])
def test_the_suite_of_the_protocols_authors_agrees(case: dict[str, str]) -> None:
    keys: dict[str, list[str] | None] = {name.lower(): [record] for name, record in CASES["keys"].items()}
    assert validate(case["message"].encode(), keys) == case["expected"]


def test_a_chain_of_two_sealers_holds() -> None:
    raw = seal(seal(MAIL, 1, PASSED), 2, FAILED + "; arc=pass", domain="second.example")
    assert validate(raw, dict(KEYS)) == "pass"


@pytest.mark.parametrize(
    "raw",
    [
        seal(MAIL, 1, PASSED).replace(b"dmarc=pass", b"dmarc=fail"),
        seal(MAIL, 1, PASSED).replace(b"no puedo", b"ya puedo"),
        seal(MAIL, 1, PASSED, validation="fail"),
        seal(MAIL, 1, PASSED, key=rsa_key(1)),
        seal(MAIL, 1, PASSED, domain="unknown.example"),
        seal(seal(MAIL, 1, PASSED), 2, PASSED, validation="none"),
        seal(MAIL, 1, PASSED).replace(b"i=1", b"i=2"),
        b"ARC-Seal: i=1; cv=none\r\n" + seal(MAIL, 1, PASSED),
        b"ARC-Seal: nothing\r\n" + MAIL,
    ],
)
def test_a_chain_that_was_touched_is_broken(raw: bytes) -> None:
    assert validate(raw, dict(KEYS)) == "fail"


def test_a_chain_whose_key_cannot_be_fetched_may_hold_later() -> None:
    assert validate(seal(MAIL, 1, PASSED), {"arc._domainkey.lists.example": None}) == "temperror"


def test_an_endless_chain_is_not_followed() -> None:
    raw = MAIL
    for number in range(1, SET_LIMIT + 2):
        raw = seal(raw, number, PASSED)
    assert validate(raw, dict(KEYS)) == "fail"


@pytest.mark.parametrize(
    ("raw", "sealers", "expected"),
    [
        (seal(MAIL, 1, PASSED), {"lists.example"}, True),
        (seal(MAIL, 1, PASSED), {"other.example"}, False),
        (seal(MAIL, 1, PASSED), set[str](), False),
        (seal(MAIL, 1, FAILED), {"lists.example"}, False),
        (seal(MAIL, 1, "dkim=pass header.d=mail.cliente.example"), {"lists.example"}, True),
        (seal(MAIL, 1, "dkim=pass header.d=otra.example"), {"lists.example"}, False),
        (seal(MAIL, 1, "spf=pass smtp.mailfrom=ana@cliente.example"), {"lists.example"}, False),
        (seal(seal(MAIL, 1, PASSED), 2, FAILED, domain="second.example"), {"lists.example", "second.example"}, True),
        # An untrusted relay behind the trusted one may have changed all that the trusted one saw.
        (seal(seal(MAIL, 1, PASSED), 2, PASSED, domain="second.example"), {"lists.example"}, False),
    ],
)
def test_a_chain_vouches_only_where_its_newest_sealers_are_trusted(
    raw: bytes, sealers: set[str], expected: bool
) -> None:
    mail = read_raw(raw)
    assert mail is not None
    chain = read_chain(mail, NOW)
    assert chain is not None
    assert chain_vouches(chain, sealers, "cliente.example") is expected
    assert not chain_vouches(chain, sealers, "victima.example")


@given(st.binary(max_size=300))
def test_nothing_in_a_chain_raises(noise: bytes) -> None:
    for name in (b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results"):
        validate(name + b": " + noise + b"\r\n" + seal(MAIL, 1, PASSED), dict(KEYS))
        validate(seal(MAIL, 1, PASSED).replace(b"; d=", b"; " + noise + b"; d="), dict(KEYS))

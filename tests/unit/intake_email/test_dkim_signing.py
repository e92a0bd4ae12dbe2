"""What leaves is signed so that another program finds it good."""

import base64
import time

import dkim as dkimpy
import pytest

from intake_email.domain.authentication.dkim import BodyHashes, check, signatures_of
from intake_email.domain.authentication.dkim_signing import Signer
from intake_email.domain.authentication.raw_fields import read_raw
from intake_email.domain.authentication.results import Result
from tests.support.signed_mails import MAIL, Key, ed25519_key, rsa_key

LONG = MAIL.replace(b"To: soporte@desk.example", b"To: " + b",\r\n ".join(b"a%d@x.example" % n for n in range(100)))


def another_program_agrees(raw: bytes, record: str) -> bool:
    return bool(dkimpy.verify(raw, dnsfunc=lambda _name, timeout=5: record.encode()))


@pytest.mark.parametrize("key", [rsa_key(), rsa_key(0, 2048), ed25519_key()], ids=["rsa1024", "rsa2048", "ed25519"])
@pytest.mark.parametrize(
    "raw", [MAIL, LONG, MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"], ids=["short", "long", "empty"]
)
def test_another_program_finds_the_signature_good(key: Key, raw: bytes) -> None:
    signer = Signer("Desk.example", "s1", key.pem)
    signed = signer.sign(raw, time.time()) + raw
    assert another_program_agrees(signed, signer.record)
    assert not another_program_agrees(signed.replace(b"no puedo", b"ya puedo") + b"x\r\n", signer.record)


def test_the_verifier_here_finds_it_good_too() -> None:
    signer = Signer("desk.example", "s1", rsa_key().pem)
    mail = read_raw(signer.sign(MAIL) + MAIL)
    assert mail is not None
    (one,) = signatures_of(mail, "desk.example", time.time())
    assert not isinstance(one, Result)
    assert one.key_name == signer.record_name == "s1._domainkey.desk.example"
    assert check(one, mail, BodyHashes(mail), [signer.record]).word == "pass"


@pytest.mark.parametrize("name", [b"From", b"Subject", b"To", b"Cc", b"Reply-To"])
def test_nobody_can_add_a_field_that_people_would_see(name: bytes) -> None:
    signer = Signer("desk.example", "s1", rsa_key().pem)
    signed = signer.sign(MAIL) + MAIL
    assert not another_program_agrees(name + b": otro@x.example\r\n" + signed, signer.record)
    assert another_program_agrees(b"X-Relay: yes\r\nReceived: by x\r\n" + signed, signer.record)


def test_no_line_is_longer_than_mail_programs_write() -> None:
    signer = Signer("desk.example", "s1", rsa_key(0, 2048).pem)
    field = signer.sign(LONG, time.time())
    assert field.startswith(b"DKIM-Signature: v=1;")
    assert field.endswith(b"\r\n")
    assert max(map(len, field.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "form",
    [
        rsa_key().pem.decode(),
        rsa_key().old_pem,
        base64.b64encode(b"\x07" * 32).decode(),
        ed25519_key().pem,
    ],
)
def test_keys_are_read_in_the_forms_that_tools_write(form: str | bytes) -> None:
    signer = Signer("desk.example", "s1", form)
    assert another_program_agrees(signer.sign(MAIL) + MAIL, signer.record)


@pytest.mark.parametrize(
    "key", ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "AAAA", "\u00f1"]
)
def test_a_key_that_cannot_be_used_is_refused_at_once(key: str) -> None:
    with pytest.raises(ValueError, match="DKIM key"):
        Signer("desk.example", "s1", key)


@pytest.mark.parametrize(
    ("domain", "selector"), [("", "s1"), ("desk.example", ""), ("desk.example", "a;b=c"), ("a b", "s")]
)
def test_a_domain_or_selector_that_would_break_the_field_is_refused(domain: str, selector: str) -> None:
    with pytest.raises(ValueError, match="selector"):
        Signer(domain, selector, rsa_key().pem)


def test_a_mail_without_from_is_not_signed() -> None:
    with pytest.raises(ValueError, match="From"):
        Signer("desk.example", "s1", rsa_key().pem).sign(b"To: a@b.example\r\n\r\nhola\r\n")

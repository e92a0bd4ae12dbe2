"""A DKIM signature is believed only if it covers the mail that people will read."""

import base64
import time
from collections.abc import Callable

import dkim as dkimpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.domain.authentication.dkim import SIGNATURE_LIMIT, BodyHashes, check, signatures_of
from intake_email.domain.authentication.dkim_keys import PublicKey, read_key
from intake_email.domain.authentication.raw_fields import read_raw
from intake_email.domain.authentication.results import Result
from tests.support.signed_mails import MAIL, NOW, SIGNED, ed25519_key, rsa_key, sign

KEYS = {"s1._domainkey.cliente.example": rsa_key().record, "ed._domainkey.cliente.example": ed25519_key().record}


def verify(
    raw: bytes, keys: dict[str, str] | None = None, from_domain: str = "cliente.example", now: float = NOW
) -> list[tuple[str, str]]:
    """Word and reason of each signature of a mail."""
    mail = read_raw(raw)
    assert mail is not None
    known = KEYS if keys is None else keys
    hashes = BodyHashes(mail)
    results = [
        one
        if isinstance(one, Result)
        else check(one, mail, hashes, [known[one.key_name]] if one.key_name in known else [])
        for one in signatures_of(mail, from_domain, now)
    ]
    return [(one.word, one.reason) for one in results]


@pytest.mark.parametrize("raw", [sign(), sign(key=ed25519_key(), selector="ed")], ids=["rsa", "ed25519"])
def test_a_signature_holds(raw: bytes) -> None:
    assert verify(raw) == [("pass", "")]


@pytest.mark.parametrize("header_form", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body_form", [b"simple", b"relaxed"])
@pytest.mark.parametrize("raw", [MAIL, MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", MAIL.replace(b"\r\n", b"\n")])
def test_what_another_program_signed_holds_in_every_form(raw: bytes, header_form: bytes, body_form: bytes) -> None:
    field = dkimpy.sign(raw, b"s1", b"cliente.example", rsa_key().old_pem, canonicalize=(header_form, body_form))
    assert verify(field + raw, now=time.time()) == [("pass", "")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw.replace(b"no puedo", b"ya puedo"), "the body was changed"),
        (lambda raw: raw.replace(b"Factura", b"Premio"), "the signature is wrong"),
        (lambda raw: raw.replace(b"Ana <ana@", b"Eva <eva@"), "the signature is wrong"),
        (lambda raw: raw.replace(b"From: Ana", b"From: Eva <eva@cliente.example>\r\nFrom: Ana"), "not signed"),
    ],
)
def test_a_changed_mail_fails(change: Callable[[bytes], bytes], reason: str) -> None:
    ((word, found),) = verify(change(sign()))
    assert word == "fail"
    assert reason in found


def test_blanks_and_folding_on_the_way_do_no_harm() -> None:
    raw = sign()
    raw = raw.replace(b"Subject: =?", b"SUBJECT:\r\n   =?").replace(b"no puedo  entrar. \r\n", b"no puedo\tentrar.\r\n")
    assert verify(raw) == [("pass", "")]


@pytest.mark.parametrize(
    ("tags", "word"),
    [
        ({"x": str(NOW - 86_400)}, "fail"),
        ({"x": str(NOW + 86_400)}, "pass"),
        ({"t": str(NOW), "x": str(NOW - 60)}, "fail"),
        ({"t": str(NOW + 10 * 86_400)}, "fail"),
        ({"a": "rsa-sha1"}, "permerror"),
        ({"v": "2"}, "permerror"),
        ({"v": ""}, "permerror"),
        ({"c": "nofws"}, "permerror"),
        ({"q": "http"}, "permerror"),
        ({"q": "dns/txt:dns/other"}, "pass"),
        ({"h": "to:subject"}, "permerror"),
        ({"bh": "AAAA"}, "permerror"),
        ({"bh": ""}, "permerror"),
        ({"i": "@otra.example"}, "permerror"),
        ({"i": "ana@mail.cliente.example"}, "pass"),
        ({"h": SIGNED + ":from:cc:cc"}, "pass"),
        ({"extra": "1"}, "pass"),
        ({"l": "5"}, "neutral"),
        ({"l": "999999"}, "permerror"),
        ({"l": "x"}, "permerror"),
    ],
)
def test_tags_decide_what_a_signature_is_worth(tags: dict[str, str], word: str) -> None:
    assert [found for found, _ in verify(sign(**tags))] == [word]


def test_a_length_that_covers_the_whole_body_is_as_good_as_none() -> None:
    field = dkimpy.sign(
        MAIL, b"s1", b"cliente.example", rsa_key().old_pem, canonicalize=(b"relaxed", b"relaxed"), length=True
    )
    assert b"l=" in field
    assert verify(field + MAIL, now=time.time()) == [("pass", "")]
    assert verify(field + MAIL.rstrip() + b"\r\npague aqui\r\n", now=time.time())[0][0] == "neutral"


WEAK = (  # an RSA key of 512 bits, as its owner published it
    "v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALgSoqXVSEmfcIsOzw7oRuCCOwsmtX/SJnTWxYyj2leFxfS/AVJ+dYfY+hXqMsT7l"
    "+MZvvh/R1WzN4MO/kI/7XsCAwEAAQ=="
)


@pytest.mark.parametrize(
    ("record", "word", "reason"),
    [
        (None, "permerror", "there is no key"),
        ("v=DKIM1; p=", "permerror", "revoked"),
        (WEAK, "fail", "too short"),
        ("v=DKIM2; p=AAAA", "permerror", "cannot be read"),
        ("v=DKIM1; p=%%%", "permerror", "cannot be read"),
        ("v=DKIM1; p=AAAA;p=BBBB", "permerror", "cannot be read"),
        ("v=DKIM1; k=rsa", "permerror", "no key"),
        (rsa_key().record + "; h=sha1", "permerror", "SHA-256"),
        (rsa_key().record + "; s=tlsrpt", "permerror", "not for mail"),
        (rsa_key().record.replace("k=rsa", "k=dsa"), "permerror", "unknown kind"),
        pytest.param(ed25519_key().record, "permerror", "another kind", id="ed25519"),
        (rsa_key(1).record, "fail", "wrong"),
        (rsa_key().record + "; t=y:s; n=prueba;", "pass", ""),
        (rsa_key().record.removeprefix("v=DKIM1; k=rsa; "), "pass", ""),
    ],
)
def test_the_key_decides(record: str | None, word: str, reason: str) -> None:
    keys = {} if record is None else {"s1._domainkey.cliente.example": record}
    ((found, why),) = verify(sign(), keys)
    assert found == word
    assert reason in why


def test_a_strict_key_is_not_for_subdomains() -> None:
    raw = sign(i="@mail.cliente.example")
    assert verify(raw, {"s1._domainkey.cliente.example": rsa_key().record + "; t=s"})[0][0] == "permerror"


def test_a_key_that_could_not_be_fetched_is_a_temporary_error() -> None:
    mail = read_raw(sign())
    assert mail is not None
    (one,) = signatures_of(mail, None, NOW)
    assert not isinstance(one, Result)
    assert check(one, mail, BodyHashes(mail), None).word == "temperror"


def test_a_public_suffix_signs_for_nobody() -> None:
    assert verify(sign(domain="co.uk"), {"s1._domainkey.co.uk": rsa_key().record})[0][0] == "permerror"


def test_signatures_of_the_senders_domain_are_checked_first_and_few() -> None:
    raw = sign()
    for number in range(2 * SIGNATURE_LIMIT):
        raw = sign(raw, domain=f"lista{number}.example")
    found = verify(raw)
    assert len(found) == SIGNATURE_LIMIT
    assert found[0] == ("pass", "")


def test_a_key_with_a_huge_exponent_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers

    private = rsa_key().private
    assert isinstance(private, RSAPrivateKey)
    numbers = private.public_key().public_numbers()
    slow = RSAPublicNumbers((1 << 60) + 1, numbers.n).public_key()
    data = slow.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    found = read_key("p=" + base64.b64encode(data).decode())
    assert not isinstance(found, PublicKey)


@given(st.binary(max_size=400))
def test_nothing_in_a_signature_raises(noise: bytes) -> None:
    verify(b"DKIM-Signature: " + noise + b"\r\n" + sign())
    verify(sign().replace(b"; h=", b"; " + noise + b"; h="))


@given(st.text(max_size=200))
def test_nothing_in_a_key_record_raises(noise: str) -> None:
    read_key(noise)
    read_key("v=DKIM1; p=" + noise)


@pytest.mark.parametrize(
    "raw",
    [
        sign().replace(b"\r\n\r\n", b"\r\n\r\n" + b" " * 1_000_000, 1),
        sign().replace(b"\r\n\r\n", b"\r\n\r\n" + b"\r\n" * 500_000, 1),
        sign().replace(b"\r\n\r\n", b"\r\n\r\n" + b"\t a" * 300_000, 1),
        sign().replace(b"b=", b"b=" + b"\r\n " * 40_000, 1),
        sign().replace(b"h=from", b"h=" + b"from:" * 40_000 + b"from", 1),
        b"DKIM-Signature: v=1;\r\n" * 1_500 + sign(),
        b"X: y\r\n" * 100_000 + sign(),
    ],
    ids=["blanks", "lines", "tabs", "folds", "names", "signatures", "fields"],
)
def test_hostile_mails_cost_little(raw: bytes) -> None:
    started = time.process_time()
    mail = read_raw(raw)
    if mail is not None:
        verify(raw)
    assert time.process_time() - started < 1.5

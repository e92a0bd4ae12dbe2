"""Which key signs which mail."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from intake_email.adapters.dkim_signers import Signers

MAIL = b"From: soporte@desk.example\r\nTo: a@b.example\r\nSubject: x\r\n\r\nhola\r\n"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    return path


def test_a_mail_is_signed_by_the_key_of_its_domain_or_of_one_above_it(key: Path) -> None:
    signers = Signers([f"desk.example:s1:{key}"])
    for address in ("soporte@desk.example", "soporte@mail.desk.example"):
        field = signers.field_for(address, MAIL)
        assert field.startswith(b"DKIM-Signature:")
        assert b"d=desk.example" in field
        assert field.endswith(b"\r\n")
    assert list(signers.records()) == ["s1._domainkey.desk.example"]


def test_a_mail_of_another_domain_is_not_signed(key: Path) -> None:
    assert Signers([f"desk.example:s1:{key}"]).field_for("soporte@other.example", MAIL) == b""


@pytest.mark.parametrize("entry", ["desk.example", "desk.example:s1:/nowhere.pem", "desk.example:s1:{bad}"])
def test_an_entry_that_cannot_be_used_is_named(entry: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("no key")
    with pytest.raises(ValueError, match=r"desk\.example|nowhere"):
        Signers([entry.format(bad=bad)])

"""STARTTLS goes on with a new certificate when its files change, as Kubernetes changes those of a mounted secret."""

import asyncio
import os
import shutil
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trustme
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from intake_email.adapters.smtp.certificate import Certificate
from intake_email.adapters.smtp.server import Door
from tests.integration.intake_email.conftest import Client, Connect, Counter, OpenDoor
from tests.support.polling import eventually
from ventanilla_runtime import stopping
from ventanilla_runtime.metrics import REGISTRY
from ventanilla_runtime.service import CannotStart

HOST = "mx.desk.example"
RAW = b"Subject: hola\r\n\r\nNo puedo entrar.\r\n"


class Secret:
    """A mounted secret: the files are links through `..data`, which is swapped as a whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chain, self.key = folder / "tls.crt", folder / "tls.key"
        self._versions = 0
        for name in ("tls.crt", "tls.key"):
            (folder / name).symlink_to(Path("..data") / name)

    def mount(self, chain: bytes, key: bytes) -> None:
        self._versions += 1
        version = self.folder / f"..version_{self._versions}"
        version.mkdir()
        (version / "tls.crt").write_bytes(chain)
        (version / "tls.key").write_bytes(key)
        (self.folder / "..data_tmp").symlink_to(version.name)
        os.replace(self.folder / "..data_tmp", self.folder / "..data")
        if self._versions > 1:
            shutil.rmtree(self.folder / f"..version_{self._versions - 1}")

    def mount_leaf(self, leaf: trustme.LeafCert) -> None:
        chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
        self.mount(chain, leaf.private_key_pem.bytes())


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secret(tmp_path: Path, authority: trustme.CA) -> Secret:
    secret = Secret(tmp_path)
    secret.mount_leaf(authority.issue_cert(HOST))
    return secret


@asynccontextmanager
async def followed(secret: Secret, door: Door) -> AsyncIterator[Certificate]:
    certificate = Certificate(secret.chain, secret.key, poll_seconds=0.02)
    door.tls_context = certificate.context
    following = asyncio.create_task(certificate.follow(partial(setattr, door, "tls_context")))
    try:
        yield certificate
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def encrypted(connect: Connect, door: Door, authority: trustme.CA) -> tuple[Client, int]:
    """A session behind STARTTLS, and the serial number of the certificate that it was shown."""
    client = await connect(door)
    await client.reply()
    await client.say("EHLO x")
    assert (await client.say("STARTTLS")).startswith("220")
    await client.start_tls(authority)
    shown = client.writer.get_extra_info("ssl_object").getpeercert()
    return client, int(shown["serialNumber"], 16)


def expires_metric() -> float:
    name = "intake_email_tls_certificate_expires_timestamp_seconds "
    [line] = [line for line in generate_latest(REGISTRY).decode().splitlines() if line.startswith(name)]
    return float(line.removeprefix(name))


async def test_new_sessions_get_a_renewed_certificate_and_old_ones_go_on(
    open_door: OpenDoor, connect: Connect, secret: Secret, authority: trustme.CA
) -> None:
    counter = Counter()
    door = await open_door(counter)
    async with followed(secret, door) as certificate:
        old, first = await encrypted(connect, door, authority)
        ends = datetime.now(UTC) + timedelta(days=90)
        secret.mount_leaf(authority.issue_cert(HOST, not_after=ends))
        before = certificate.context
        await eventually(lambda: certificate.context is not before)

        _, second = await encrypted(connect, door, authority)

        assert second != first
        assert expires_metric() == pytest.approx(ends.timestamp(), abs=2)
        assert certificate.worry() is None
        assert (await old.mail(RAW)).startswith("250")


async def test_a_pair_that_does_not_fit_keeps_the_old_certificate_and_is_told_once(
    open_door: OpenDoor, connect: Connect, secret: Secret, authority: trustme.CA
) -> None:
    door = await open_door(Counter())
    async with followed(secret, door) as certificate:
        _, first = await encrypted(connect, door, authority)
        one, other = authority.issue_cert(HOST), authority.issue_cert(HOST)
        with capture_logs() as logs:
            secret.mount(one.cert_chain_pems[0].bytes(), other.private_key_pem.bytes())
            await eventually(lambda: certificate.worry() is not None)
            _, second = await encrypted(connect, door, authority)
            assert [entry["event"] for entry in logs if entry["event"] == "certificate.refused"] == [
                "certificate.refused"
            ]
        assert second == first
        assert "the one before is shown" in (certificate.worry() or "")

        secret.mount_leaf(one)
        await eventually(lambda: certificate.worry() is None)
        _, third = await encrypted(connect, door, authority)
        assert third != first


@pytest.mark.parametrize("broken", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\xff\0"])
async def test_rubbish_in_the_files_changes_nothing(
    open_door: OpenDoor, connect: Connect, secret: Secret, authority: trustme.CA, broken: bytes
) -> None:
    door = await open_door(Counter())
    async with followed(secret, door) as certificate:
        _, first = await encrypted(connect, door, authority)
        secret.mount(broken, broken)
        await eventually(lambda: certificate.worry() is not None)
        _, second = await encrypted(connect, door, authority)
        assert second == first


async def test_an_acme_client_that_writes_one_file_after_the_other_is_followed(
    open_door: OpenDoor, connect: Connect, tmp_path: Path, authority: trustme.CA
) -> None:
    first, renewed = authority.issue_cert(HOST), authority.issue_cert(HOST)
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    first.cert_chain_pems[0].write_to_path(chain)
    first.private_key_pem.write_to_path(key)
    certificate = Certificate(chain, key, poll_seconds=0.02)
    taken: list[ssl.SSLContext] = []
    following = asyncio.create_task(certificate.follow(taken.append))
    renewed.cert_chain_pems[0].write_to_path(chain)
    await eventually(lambda: certificate.worry() is not None)
    assert not taken
    renewed.private_key_pem.write_to_path(key)
    await eventually(lambda: bool(taken) and certificate.worry() is None)
    following.cancel()


async def test_a_pair_that_could_not_be_taken_is_taken_at_the_next_look(
    secret: Secret, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug must not leave the door with the old certificate for as long as the process lives."""
    monkeypatch.setattr(stopping, "FAILED_AGAIN_SECONDS", (0.0,))
    certificate = Certificate(secret.chain, secret.key, poll_seconds=0.02)
    tries: list[ssl.SSLContext] = []

    def take(context: ssl.SSLContext) -> None:
        tries.append(context)
        if len(tries) == 1:
            raise RuntimeError

    following = asyncio.create_task(certificate.follow(take))
    secret.mount_leaf(authority.issue_cert(HOST))
    await eventually(lambda: len(tries) == 2 and certificate.context is tries[1])
    following.cancel()


def test_a_certificate_that_ends_soon_or_has_ended_is_a_worry(secret: Secret, authority: trustme.CA) -> None:
    certificate = Certificate(secret.chain, secret.key)
    ends = certificate.ends_at
    assert certificate.worry(lambda: ends - 20 * 86_400) is None
    assert "ends in 3 days" in (certificate.worry(lambda: ends - 3 * 86_400) or "")
    assert "has ended" in (certificate.worry(lambda: ends + 1) or "")
    assert ends > time.time()


def test_files_that_cannot_be_used_at_the_start_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"INTAKE_EMAIL_TLS_CERT and INTAKE_EMAIL_TLS_KEY cannot be used: No such"):
        Certificate(tmp_path / "none.crt", tmp_path / "none.key")


async def test_an_encrypted_client_that_keeps_its_connection_and_reads_nothing_does_not_hold_up_a_stop(
    open_door: OpenDoor, secret: Secret, authority: trustme.CA
) -> None:
    door = await open_door(Counter())
    async with followed(secret, door):
        client = await asyncio.to_thread(_speaks_and_then_reads_nothing, door.port, authority)
        began = time.monotonic()

        await door.close(12.0)

        assert time.monotonic() - began < 6
        assert (await asyncio.to_thread(client.recv, 100)).startswith(b"421")
        client.close()


def _speaks_and_then_reads_nothing(port: int, authority: trustme.CA) -> ssl.SSLSocket:
    """As servers do that keep a connection for their next mail."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    for line in (b"", b"EHLO x\r\n", b"STARTTLS\r\n"):
        plain.sendall(line)
        assert plain.recv(4096).startswith((b"220", b"250"))
    encrypted = context.wrap_socket(plain, server_hostname="mx.desk.example")
    encrypted.sendall(b"EHLO x\r\n")
    assert encrypted.recv(4096).startswith(b"250")
    return encrypted

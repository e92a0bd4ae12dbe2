"""Connecting: over TLS, with the right authority, and for as long as it takes."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from tests.support.polling import eventually
from ventanilla_devstack.children import end, spawn
from ventanilla_devstack.nats_server import find_nats_server
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_runtime.broker import Broker, BrokerRefuses
from ventanilla_runtime.settings import ServiceSettings


class TlsServer:
    """A nats-server that speaks TLS only."""

    def __init__(self, folder: Path, *, knows_clients: bool = False, also_plain: bool = False) -> None:
        self.port = free_port()
        self.authority = trustme.CA()
        certificate = self.authority.issue_cert(HOST, "localhost")
        key, chain = folder / "key.pem", folder / "chain.pem"
        certificate.private_key_pem.write_to_path(key)
        for part in certificate.cert_chain_pems:
            part.write_to_path(chain, append=True)
        self.authority_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(self.authority_file)
        verify = f', verify: true, ca_file: "{self.authority_file}"' if knows_clients else ""
        self._config = folder / "nats.conf"
        self._config.write_text(
            f'listen: "{HOST}:{self.port}"\njetstream {{ store_dir: "{folder}/js" }}\n'
            f'tls {{ cert_file: "{chain}", key_file: "{key}"{verify} }}\nallow_non_tls: {str(also_plain).lower()}\n'
            'authorization { users = [{ user: "router", password: "let me in" }] }\n'
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [find_nats_server(), "-c", self._config]
        self._process = spawn(
            command, env={}, cwd=self._config.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def stop(self) -> None:
        if self._process:
            end(self._process, 15, 5)

    def settings(self, authority: Path, **more: Path) -> ServiceSettings:
        return ServiceSettings(
            nats_url=f"tls://localhost:{self.port}",
            nats_user="router",
            nats_password=SecretStr("let me in"),
            nats_tls_ca=authority,
            **more,  # type: ignore[arg-type]  # checked by the model
        )


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TlsServer]:
    server = TlsServer(tmp_path)
    yield server
    server.stop()


async def test_a_service_connects_over_tls_and_waits_for_a_server_that_is_not_up_yet(server: TlsServer) -> None:
    broker = Broker("router", server.settings(server.authority_file))
    connecting = asyncio.create_task(broker.connect())
    await asyncio.wait([connecting], timeout=1)
    assert not connecting.done(), "there is no server yet"
    server.start()
    await asyncio.wait_for(connecting, 20)
    assert broker.connected
    await broker.close()


async def test_a_server_whose_authority_is_unknown_is_not_trusted(server: TlsServer, tmp_path: Path) -> None:
    server.start()
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    broker = Broker("router", server.settings(other))
    connecting = asyncio.create_task(broker.connect())
    await asyncio.wait([connecting], timeout=3)
    assert not broker.connected
    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)
    await eventually(lambda: not broker.connected)
    await broker.close()


async def test_a_server_that_wants_to_know_its_clients_is_shown_a_certificate(tmp_path: Path) -> None:
    server = TlsServer(tmp_path, knows_clients=True)
    server.start()
    certificate, key = tmp_path / "client.crt", tmp_path / "client.key"

    def renew() -> None:
        leaf = server.authority.issue_cert("router@desk.example")
        leaf.private_key_pem.write_to_path(key)
        leaf.cert_chain_pems[0].write_to_path(certificate)

    renew()
    settings = server.settings(server.authority_file, nats_tls_cert=certificate, nats_tls_key=key)
    broker = Broker("router", settings)
    try:
        await asyncio.wait_for(broker.connect(), 20)
        assert broker.connected
        renew()  # as a pod's certificate is, while the pod runs
        server.stop()
        await eventually(lambda: not broker.connected)
        server.start()
        await eventually(lambda: broker.connected, 20)
    finally:
        await broker.close()
        server.stop()


async def test_files_for_tls_that_cannot_be_used_are_one_clear_line(server: TlsServer, tmp_path: Path) -> None:
    none = tmp_path / "none.pem"
    for settings in (
        server.settings(none),
        server.settings(server.authority_file, nats_tls_cert=none, nats_tls_key=none),
    ):
        with pytest.raises(BrokerRefuses, match=r"NATS_TLS_CA, NATS_TLS_CERT, NATS_TLS_KEY: .*none\.pem.*No such file"):
            await Broker("router", settings).connect()


async def test_a_file_of_credentials_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    broker = Broker("router", ServiceSettings(nats_creds_file=tmp_path / "none.creds"))
    with pytest.raises(BrokerRefuses, match=r"NATS_CREDS_FILE: .*none\.creds cannot be read: No such file"):
        await broker.connect()


@pytest.mark.parametrize("asked_by", ["the address", "the authority"])
async def test_a_server_without_tls_hears_no_password_where_tls_is_wanted(tmp_path: Path, asked_by: str) -> None:
    heard = bytearray()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.14.0","max_payload":1048576,"auth_required":true}\r\n')
        heard.extend(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(plain, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    authority = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(authority)
    told = {"nats_url": f"tls://{HOST}:{port}"} if asked_by == "the address" else {"nats_url": f"nats://{HOST}:{port}"}
    if asked_by == "the authority":
        told["nats_tls_ca"] = str(authority)
    settings = ServiceSettings(nats_user="router", nats_password=SecretStr("let me in"), **told)
    broker = Broker("router", settings)
    connecting = asyncio.create_task(broker.connect())
    await eventually(lambda: broker.unreached)
    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)
    await broker.close()
    server.close()

    assert "this server speaks no TLS" in broker.unreached
    assert bytes(heard) == b""


async def test_tls_is_spoken_with_a_server_that_would_also_do_without(tmp_path: Path) -> None:
    server = TlsServer(tmp_path, also_plain=True)
    server.start()
    broker = Broker("router", server.settings(server.authority_file))
    try:
        await asyncio.wait_for(broker.connect(), 20)
        assert broker.client._transport._io_writer.get_extra_info("ssl_object") is not None
    finally:
        await broker.close()
        server.stop()

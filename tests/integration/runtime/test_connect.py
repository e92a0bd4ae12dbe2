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
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.settings import ServiceSettings


class TlsServer:
    """A nats-server that speaks TLS only."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.authority = trustme.CA()
        certificate = self.authority.issue_cert(HOST, "localhost")
        key, chain = folder / "key.pem", folder / "chain.pem"
        certificate.private_key_pem.write_to_path(key)
        for part in certificate.cert_chain_pems:
            part.write_to_path(chain, append=True)
        self.authority_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(self.authority_file)
        self._config = folder / "nats.conf"
        self._config.write_text(
            f'listen: "{HOST}:{self.port}"\njetstream {{ store_dir: "{folder}/js" }}\n'
            f'tls {{ cert_file: "{chain}", key_file: "{key}" }}\n'
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

    def settings(self, authority: Path) -> ServiceSettings:
        return ServiceSettings(
            nats_url=f"tls://localhost:{self.port}",
            nats_user="router",
            nats_password=SecretStr("let me in"),
            nats_tls_ca=authority,
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

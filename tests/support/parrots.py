"""Servers that repeat whatever they are told, credentials first: what a hostile or careless peer does with secrets."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ventanilla_devstack.ports import HOST


@dataclass(frozen=True)
class Parrots:
    """Ports of the servers."""

    http: int
    smtp: int
    imap: int
    nats: int
    closed: int


@asynccontextmanager
async def parrots(closed: int) -> AsyncIterator[Parrots]:
    """One of each kind, while the block runs."""
    servers = [await asyncio.start_server(speak, HOST, 0) for speak in (_http, _smtp, _imap, _nats)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    try:
        yield Parrots(*ports, closed)
    finally:
        for server in servers:
            server.close()


async def _http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """401, with the whole request in the body, and its first header in the reason."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = [line.lower() for line in head.split(b"\r\n")]
            length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
            said = head + await reader.readexactly(length)
            quoted = (
                said.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
            )
            body = f'{{"ok": false, "error": "{quoted}", "detail": "{quoted}", "message": "{quoted}"}}'.encode()
            writer.write(
                b"HTTP/1.1 401 You said %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                % (head.replace(b"\r\n", b" ")[:400], len(body), body)
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass
    finally:
        writer.close()


async def _smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 parrot\r\n")
    try:
        while line := await reader.readline():
            if line[:4].upper() == b"EHLO":
                writer.write(b"250-parrot\r\n250 AUTH PLAIN LOGIN\r\n")
            else:
                writer.write(b"535 5.7.8 You said %b %b\r\n" % (line.strip(), _decoded(line.split()[-1:])))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _imap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"* OK parrot\r\n")
    try:
        while line := await reader.readline():
            tag, _, rest = line.strip().partition(b" ")
            if rest.upper().startswith(b"CAPABILITY"):
                writer.write(b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN AUTH=XOAUTH2 SASL-IR\r\n%b OK done\r\n" % tag)
            else:
                said = rest + b" " + _decoded(rest.split()[-1:])
                writer.write(b"%b NO [AUTHENTICATIONFAILED] You said %b\r\n" % (tag, said))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _nats(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Refuses everybody, with what they gave."""
    writer.write(b'INFO {"server_id":"x","version":"2.12.0","max_payload":1048576,"auth_required":true}\r\n')
    try:
        said = await reader.readline()
        writer.write(b"-ERR 'Authorization Violation: you said %b'\r\n" % said.strip().replace(b"'", b""))
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def _decoded(words: list[bytes]) -> bytes:
    try:
        return (
            base64.b64decode(b"".join(words), validate=True)
            .replace(b"\0", b" ")
            .replace(b"\r", b"")
            .replace(b"\n", b"")
        )
    except (binascii.Error, ValueError):
        return b""

"""A DNS server on 127.0.0.1, over UDP and TCP, that answers as it is told: records, errors, silence, truncation."""

import asyncio
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

SERVFAIL, SILENT = "SERVFAIL", "SILENT"
UDP_LIMIT_BYTES = 1232


@dataclass
class DnsServer:
    """What a server knows and what it was asked.

    Attributes:
        records: by (name, kind) in presentation form, TXT without quotes; or `SERVFAIL` or `SILENT`. The kind `*` is
            for all kinds of a name. Names that are not there do not exist.
        questions: how often each (name, kind) was asked.
        silent: it answers nothing at all.
    """

    port: int = 0
    records: dict[tuple[str, str], list[str] | str] = field(default_factory=dict)
    questions: Counter[tuple[str, str]] = field(default_factory=Counter)
    over_tcp: int = 0
    silent: bool = False
    ttl: int = 300

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def txt(self, name: str, *texts: str) -> None:
        self.records[name.lower(), "TXT"] = list(texts)

    def answer(self, wire: bytes, over_tcp: bool) -> bytes | None:
        """The reply to a question; None for none."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.questions[name, kind] += 1
        self.over_tcp += over_tcp
        if self.silent:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if (found := self.records.get((name, kind), self.records.get((name, "*")))) == SILENT:
            return None
        if found == SERVFAIL:
            reply.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(reply, name, kind)
        data = reply.to_wire(max_size=65_535)
        if len(data) > UDP_LIMIT_BYTES and not over_tcp:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            data = reply.to_wire()
        return data

    def _fill(self, reply: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(20):
            alias = self.records.get((name, "CNAME"))
            if not isinstance(alias, list):
                break
            reply.answer.append(dns.rrset.from_text(name + ".", self.ttl, "IN", "CNAME", alias[0]))
            name = alias[0].rstrip(".").lower()
        found = self.records.get((name, kind))
        if isinstance(found, list):
            texts = [_quoted(text) for text in found] if kind == "TXT" else found
            reply.answer.append(dns.rrset.from_text(name + ".", self.ttl, "IN", kind, *texts))
        elif not any(known == name for known, _ in self.records) and name:
            reply.set_rcode(dns.rcode.NXDOMAIN)

    async def serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            if (data := self.answer(await reader.readexactly(length), True)) is not None:
                writer.write(struct.pack("!H", len(data)) + data)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (reply := self._server.answer(data, False)) is not None:
            self._transport.sendto(reply, addr)


@asynccontextmanager
async def open_dns_server() -> AsyncIterator[DnsServer]:
    """A server on a free port, the same one for UDP and TCP."""
    server = DnsServer()
    loop = asyncio.get_running_loop()
    for _ in range(20):
        tcp = await asyncio.start_server(server.serve_tcp, "127.0.0.1", 0)
        server.port = tcp.sockets[0].getsockname()[1]
        try:
            udp, _protocol = await loop.create_datagram_endpoint(
                lambda: _Datagrams(server), local_addr=("127.0.0.1", server.port)
            )
            break
        except OSError:
            tcp.close()
    try:
        yield server
    finally:
        udp.close()
        tcp.close()
        await tcp.wait_closed()


def _quoted(text: str) -> str:
    pieces = [text[place : place + 255] for place in range(0, len(text), 255)] or [""]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)

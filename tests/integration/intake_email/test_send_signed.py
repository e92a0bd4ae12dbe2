"""Outgoing mails are signed before they leave, and leave without a signature rather than not at all."""

import email
import threading
from hashlib import sha256

from tests.integration.intake_email.conftest import Connected
from tests.integration.intake_email.relays import open_relay
from tests.integration.intake_email.sending import ask, relay_to, reports, request, sending
from tests.support.broker import Desk
from ventanilla_contracts.events import Attachment, Party


class Signer:
    """Signs for one address with the hash of what it was shown; the event loop must not wait for it."""

    def __init__(self, address: str = "soporte@desk.example", *, broken: bool = False) -> None:
        self._address = address
        self._broken = broken
        self.threads: set[int] = set()

    def field_for(self, from_address: str, content: bytes) -> bytes:
        self.threads.add(threading.get_ident())
        if self._broken:
            raise ValueError("no From")
        return (
            b"DKIM-Signature: %s\r\n" % sha256(content).hexdigest().encode() if from_address == self._address else b""
        )


async def test_the_signature_stands_before_the_very_bytes_that_are_sent(fresh_desk: Desk, service: Connected) -> None:
    signer = Signer()
    await ask(fresh_desk, request(1), request(2))
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        async with sending(service, transport, signer=signer):
            await reports(fresh_desk, 2)
        await transport.close()
    assert len(relay.taken) == 2
    for _, _, content in relay.taken:
        field, _, rest = content.partition(b"\r\n")
        assert field == b"DKIM-Signature: " + sha256(rest).hexdigest().encode()
    assert threading.get_ident() not in signer.threads


async def test_what_cannot_be_signed_is_sent_all_the_same(fresh_desk: Desk, service: Connected) -> None:
    for number, signer in enumerate((Signer(broken=True), Signer("other@desk.example")), 1):
        await ask(fresh_desk, request(number))
        async with open_relay() as relay:
            transport = relay_to(relay.port)
            async with sending(service, transport, signer=signer):
                assert set((await reports(fresh_desk, number)).values()) == {"delivered"}
            await transport.close()
        (_, _, content) = relay.taken[0]
        assert content.startswith(b"Date: ")


async def test_a_blind_copy_gets_the_mail_and_its_files_and_nobody_sees_it(
    fresh_desk: Desk, service: Connected
) -> None:
    data = b"-----BEGIN PGP MESSAGE-----\n" + bytes(range(256)) * 1000
    ref = await service.blobs.put("attachments", data)
    file = Attachment(
        filename="encrypted.asc",
        content_type="application/pgp-encrypted",
        size_bytes=len(data),
        sha256=ref.sha256,
        blob=ref,
    )
    await ask(fresh_desk, request(1, bcc=(Party(address="jefe@desk.example"),), attachments=(file,)))
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        async with sending(service, transport):
            await reports(fresh_desk, 1)
        await transport.close()
    ((_, recipients, content),) = relay.taken
    assert recipients == ["ana1@cliente.example", "jefe@desk.example"]
    assert b"jefe" not in content
    attached = email.message_from_bytes(content).get_payload()[1]
    assert sha256(attached.get_payload(decode=True)).hexdigest() == ref.sha256

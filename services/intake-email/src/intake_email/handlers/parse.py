"""Parse accepted mails: exactly one `message.received.v1` for each acceptance, whatever the bytes are."""

import asyncio
import time
from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from pydantic import ValidationError

from intake_email import metrics
from intake_email.domain.envelope import Envelope
from intake_email.domain.mime import File
from intake_email.domain.normalise import Fields, Understood, encode, understand, unparseable
from intake_email.errors import MalformedAcceptance
from intake_email.handlers.accept import ACCOUNT_HEADER, ENVELOPE_HEADER, REFERENCE_HEADER, SOURCE_HEADER
from intake_email.ports import Publishes, StoresBlobs
from ventanilla_contracts.acceptance import CHANNEL_HEADER, HEADER, AcceptanceKey
from ventanilla_contracts.events import BlobRef, MessageReceived
from ventanilla_contracts.ids import event_id, mail_source_id, redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import BlobLost
from ventanilla_runtime.publish import MSG_ID, Outgoing

log = structlog.get_logger()

STREAM = "INTAKE"
SUBJECT = f"{MessageReceived.type}.email"
ATTACHMENT_BUCKET = "attachments"
LARGE_BYTES = 256 * 1024
"""Larger mails are read in a thread: a hostile one may take half a second, and the door shares this loop."""


class Parser:
    """Handler of the ACCEPTED stream: bytes in, events out, in one publish for the whole batch."""

    def __init__(
        self, *, publisher: Publishes, blobs: StoresBlobs, prefix: str, own_addresses: Collection[str]
    ) -> None:
        self._publisher = publisher
        self._blobs = blobs
        self._subject = f"{prefix}.{SUBJECT}"
        self._own_addresses = frozenset(own_addresses)
        self._uploaded: dict[tuple[str, int], list[BlobRef | None]] = {}
        """Attachments of mails whose event is not out yet: a batch that is repeated need not store them again."""

    async def handle(self, batch: Batch) -> None:
        """Publish the events of a batch.

        Raises:
            Temporary: some events may be out; doing it again publishes the same ids.
        """
        outgoing = []
        for delivery in batch.deliveries:
            try:
                outgoing.append(await self._event(delivery))
            except MalformedAcceptance as error:
                batch.reject(delivery, error)
        if outgoing:
            await self._publisher.publish_all(outgoing)
        self._uploaded.clear()

    async def _event(self, delivery: Delivery) -> Outgoing:
        started = time.perf_counter()
        account, envelope = _read_headers(delivery)
        raw, reference = await self._original(delivery)
        source_id = delivery.headers.get(SOURCE_HEADER) or mail_source_id(account, raw or b"")
        if raw is None:
            found = unparseable(envelope, "the original is gone from the blob store")
        elif len(raw) > LARGE_BYTES:
            found = await asyncio.to_thread(understand, raw, envelope, self._own_addresses)
        else:
            found = understand(raw, envelope, self._own_addresses)
        metrics.PARSE_SECONDS.observe(time.perf_counter() - started)
        metrics.PARSED.labels(found.fields["disposition"]).inc()
        if found.files:
            await self._store(delivery, found)
        return self._outgoing(delivery, account, source_id, reference, found.fields)

    def _outgoing(
        self, delivery: Delivery, account: str, source_id: str, reference: Fields, fields: Fields
    ) -> Outgoing:
        identity = event_id(MessageReceived.type, source_id)
        key = str(AcceptanceKey(delivery.stream, delivery.created_at, delivery.sequence))
        fields["id"] = identity
        fields["account"] = account
        fields["acceptance"] = {
            "stream": delivery.stream,
            "created_at": delivery.created_at,
            "sequence": delivery.sequence,
            "accepted_at": delivery.stored_at,
        }
        fields["raw"] = reference
        headers = {
            # The acceptance is part of it: a mail that was accepted twice needs two rows in the ledger, while the
            # event's own id says that it is one mail.
            MSG_ID: redrive_id(f"{identity}@{key}", delivery.attempt),
            "ce-specversion": "1.0",
            "ce-id": identity,
            "ce-type": MessageReceived.type,
            "ce-source": f"/intake-email/{account}",
            "ce-time": datetime.now(UTC).isoformat(),
            tracing.HEADER: tracing.child_of(delivery.headers.get(tracing.HEADER)),
            CHANNEL_HEADER: "email",
            HEADER: key,
        }
        if fields["disposition"] != "message":
            log.warning(
                "mail.set_aside",
                disposition=fields["disposition"],
                reason=fields["disposition_reason"],
                sequence=delivery.sequence,
            )
        return Outgoing(STREAM, self._subject, encode(fields), headers)

    async def _original(self, delivery: Delivery) -> tuple[bytes | None, Fields]:
        """The bytes of a mail, None if they are gone, and where they lie."""
        if REFERENCE_HEADER not in delivery.headers:
            return delivery.body, {
                "size_bytes": len(delivery.body),
                "sha256": sha256(delivery.body).hexdigest(),
                "stream": delivery.stream,
                "created_at": delivery.created_at,
                "sequence": delivery.sequence,
            }
        try:
            reference = BlobRef.model_validate_json(delivery.body)
        except ValidationError as error:
            raise MalformedAcceptance(
                f"the reference to the original cannot be read: {error.errors()[0]['msg']}"
            ) from error
        try:
            return await self._blobs.get(reference), reference.model_dump()
        except BlobLost:
            log.exception("original.lost", sequence=delivery.sequence)
            return None, reference.model_dump()

    async def _store(self, delivery: Delivery, found: Understood) -> None:
        """Store the attachments, before the event that names them."""
        key = (delivery.stream, delivery.sequence)
        uploaded = self._uploaded.setdefault(key, [])
        for file in found.files[len(uploaded) :]:
            uploaded.append(await self._store_one(file))
        for attachment, reference in zip(found.fields["attachments"], uploaded, strict=True):
            attachment["blob"] = reference.model_dump() if reference else None

    async def _store_one(self, file: File) -> BlobRef | None:
        if not file.content:
            return None
        metrics.ATTACHMENTS.inc()
        return await self._blobs.put(ATTACHMENT_BUCKET, file.content, content_type="application/octet-stream")


def event_of(raw: bytes, account: str, envelope: Envelope) -> bytes:
    """The event of a mail in a file, as JSON; its attachments stay in it. For the command line."""
    fields = understand(raw, envelope, (account,)).fields
    fields["id"] = event_id(MessageReceived.type, mail_source_id(account, raw))
    fields["account"] = account
    fields["acceptance"] = fields["raw"] = None
    return encode(fields)


def _read_headers(delivery: Delivery) -> tuple[str, Envelope]:
    account = delivery.headers.get(ACCOUNT_HEADER)
    if not account:
        raise MalformedAcceptance(f"the header {ACCOUNT_HEADER} is missing")
    try:
        return account, Envelope.decode(delivery.headers.get(ENVELOPE_HEADER, "{}"))
    except ValueError as error:
        raise MalformedAcceptance(f"the header {ENVELOPE_HEADER} cannot be read: {error}") from error

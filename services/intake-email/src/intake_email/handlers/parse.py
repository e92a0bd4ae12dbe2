"""Parse accepted mails: exactly one `message.received.v1` for each acceptance, whatever the bytes are."""

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from pydantic import ValidationError

from intake_email import metrics
from intake_email.domain.authentication.verdict import UNKNOWN, Authentication, suspicion_of
from intake_email.domain.described import describe, describe_unread
from intake_email.domain.envelope import Envelope
from intake_email.domain.mail import File
from intake_email.domain.normalise import Fields, encode, normalise, unparseable
from intake_email.domain.understanding import LanguageOf, understand
from intake_email.errors import MalformedAcceptance
from intake_email.handlers.accept import ACCOUNT_HEADER, ENVELOPE_HEADER, SOURCE_HEADER
from intake_email.ports import Authenticates, Publishes, StoresBlobs
from ventanilla_contracts.acceptance import CHANNEL_HEADER, HEADER, REFERENCE_HEADER, AcceptanceKey
from ventanilla_contracts.events import BlobRef, MessageReceived
from ventanilla_contracts.ids import event_id, mail_source_id, redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.blobs import NewBlob
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import BlobLost
from ventanilla_runtime.publish import MSG_ID, Outgoing

log = structlog.get_logger()

STREAM = "INTAKE"
SUBJECT = f"{MessageReceived.type}.email"
ATTACHMENT_BUCKET = "attachments"
HELD_BYTES = 32 * 1024 * 1024
"""After so many bytes of mails the events are published before more is read, so that memory stays bounded."""
LARGE_BYTES = 256 * 1024
"""Larger mails are read in a thread: a hostile one may take half a second, and the door shares this loop."""


@dataclass(slots=True, eq=False)
class _Read:
    """A mail that was read, on its way to its event."""

    delivery: Delivery
    account: str
    source_id: str
    envelope: Envelope
    raw: bytes
    reference: Fields
    fields: Fields
    files: Sequence[File]
    size_bytes: int
    authentication: Authentication = UNKNOWN


class Parser:
    """Handler of the ACCEPTED stream: bytes in, events out, in one publish for the whole batch."""

    def __init__(
        self,
        *,
        publisher: Publishes,
        blobs: StoresBlobs,
        prefix: str,
        own_addresses: Collection[str],
        language_of: LanguageOf,
        authenticator: Authenticates,
        own_domains: Collection[str] = (),
    ) -> None:
        self._publisher = publisher
        self._blobs = blobs
        self._subject = f"{prefix}.{SUBJECT}"
        self._own_addresses = frozenset(own_addresses)
        self._language_of = language_of
        self._authenticator = authenticator
        self._own_domains = frozenset(own_domains) | {address.rpartition("@")[2] for address in own_addresses}
        self._uploaded: dict[tuple[str, int, int], BlobRef] = {}
        """Attachments of mails whose event is not out yet: a batch that is repeated need not store them again."""

    async def handle(self, batch: Batch) -> None:
        """Publish the events of a batch.

        Raises:
            Temporary: some events may be out; doing it again publishes the same ids.
        """
        mails: list[_Read] = []
        held_bytes = 0
        for delivery in batch.deliveries:
            try:
                mail = await self._read(delivery)
            except MalformedAcceptance as error:
                batch.reject(delivery, error)
                continue
            mails.append(mail)
            held_bytes += mail.size_bytes
            if held_bytes > HELD_BYTES:
                await self._publish(mails)
                mails, held_bytes = [], 0
        await self._publish(mails)
        self._uploaded.clear()

    async def _read(self, delivery: Delivery) -> _Read:
        account, envelope = _read_headers(delivery)
        raw, reference = await self._original(delivery)
        source_id = delivery.headers.get(SOURCE_HEADER) or mail_source_id(account, raw or b"")
        started = time.perf_counter()
        files: Sequence[File] = ()
        with tracing.span("parse mail", parent=delivery.headers.get(tracing.HEADER, "")):
            if raw is None:
                fields = unparseable(envelope, "the original is gone from the blob store")
            elif len(raw) > LARGE_BYTES:
                fields, files = await asyncio.to_thread(self._understood, raw, envelope)
            else:
                fields, files = self._understood(raw, envelope)
        metrics.PARSE_SECONDS.observe(time.perf_counter() - started)
        metrics.parsed(fields["disposition"]).inc()
        return _Read(delivery, account, source_id, envelope, raw or b"", reference, fields, files, len(raw or b""))

    def _understood(self, raw: bytes, envelope: Envelope) -> tuple[Fields, Sequence[File]]:
        try:
            found = understand(raw, envelope.sender, self._language_of)
            return normalise(found, raw, envelope, self._own_addresses), found.files
        except Exception as error:  # a bug of ours must cost a person's look, not the mail
            log.exception("mail.not_understood")
            return unparseable(envelope, f"reading it failed: {type(error).__name__}"), ()

    async def _publish(self, mails: Sequence[_Read]) -> None:
        """Store the attachments, then publish the events that name them."""
        if not mails:
            return
        await self._authenticate(mails)
        await self._store_files(mails)
        await self._publisher.publish_all([self._outgoing(mail) for mail in mails])

    async def _authenticate(self, mails: Sequence[_Read]) -> None:
        """Find out who the mails are from; together, because each may wait for somebody's name server."""
        await asyncio.gather(
            *[
                self._look_up(mail)
                for mail in mails
                if self._authenticator.has_something_to_check(mail.raw, mail.envelope)
            ]
        )
        for mail in mails:
            fields = mail.fields
            if fields["filtered"] is not None and self._authenticator.is_outside(mail.envelope):
                fields["filtered"] = None  # whoever sends to the door himself writes what he likes
            if fields["disposition"] == "message":
                self._suspect(mail)
            if mail.authentication is not UNKNOWN:
                fields["authentication"] = asdict(mail.authentication)
            metrics.graded(mail.authentication.grade).inc()

    async def _look_up(self, mail: _Read) -> None:
        domain = mail.fields["sender"]["address"].rpartition("@")[2]
        received_at = mail.delivery.stored_at.timestamp()
        found = await self._authenticator.authenticate(mail.raw, mail.envelope, domain or None, received_at)
        mail.authentication = found
        for check, result in (("spf", found.spf), ("dkim", found.dkim), ("dmarc", found.dmarc), ("arc", found.arc)):
            if result:
                metrics.AUTHENTICATION_RESULTS.labels(check, result).inc()

    def _suspect(self, mail: _Read) -> None:
        """Note why a sender may be somebody else, where there is a reason; who proved a look-alike domain, too."""
        sender = mail.fields["sender"]
        suspicion = suspicion_of(
            mail.authentication,
            name=sender["name"],
            address=sender["address"],
            own_addresses=self._own_addresses,
            own_domains=self._own_domains,
            even_verified=True,
        )
        if suspicion is not None:
            mail.authentication = replace(mail.authentication, suspicion=suspicion)
            metrics.SUSPICIONS.labels(suspicion).inc()

    async def _store_files(self, mails: Sequence[_Read]) -> None:
        """Store the files of all mails together: a synced write for each would cost more than reading the mails."""
        places = [
            (mail, index, (mail.delivery.stream, mail.delivery.sequence, index))
            for mail in mails
            for index, file in enumerate(mail.files)
            if file.content
        ]
        fresh = [place for place in places if place[2] not in self._uploaded]
        blobs = [
            NewBlob(mail.files[index].content, owners=[event_id(MessageReceived.type, mail.source_id)])
            for mail, index, _ in fresh
        ]
        refs = await self._blobs.put_all(ATTACHMENT_BUCKET, blobs)
        self._uploaded.update({key: ref for (_, _, key), ref in zip(fresh, refs, strict=True)})
        metrics.ATTACHMENTS.inc(len(refs))
        for mail, index, key in places:
            mail.fields["attachments"][index]["blob"] = self._uploaded[key].model_dump()

    def _outgoing(self, mail: _Read) -> Outgoing:
        delivery, account, fields = mail.delivery, mail.account, mail.fields
        identity = event_id(MessageReceived.type, mail.source_id)
        key = str(AcceptanceKey(delivery.stream, delivery.created_at, delivery.sequence))
        fields["id"] = identity
        fields["account"] = account
        fields["acceptance"] = {
            "stream": delivery.stream,
            "created_at": delivery.created_at,
            "sequence": delivery.sequence,
            "accepted_at": delivery.stored_at,
        }
        fields["raw"] = mail.reference
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
                trace_id=tracing.trace_id(headers[tracing.HEADER]),
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


def described(raw: bytes, language_of: LanguageOf) -> Fields:
    """What `intake-email parse` prints for a mail: an object for every mail, whatever its condition."""
    try:
        return describe(understand(raw, None, language_of))
    except Exception as error:  # as in the service: a bug of ours must not hide the mails after it
        log.exception("mail.not_understood")
        return describe_unread(f"reading it failed: {type(error).__name__}")


def _read_headers(delivery: Delivery) -> tuple[str, Envelope]:
    account = delivery.headers.get(ACCOUNT_HEADER)
    if not account:
        raise MalformedAcceptance(f"the header {ACCOUNT_HEADER} is missing")
    try:
        return account, Envelope.decode(delivery.headers.get(ENVELOPE_HEADER, "{}"))
    except ValueError as error:
        raise MalformedAcceptance(f"the header {ENVELOPE_HEADER} cannot be read: {error}") from error

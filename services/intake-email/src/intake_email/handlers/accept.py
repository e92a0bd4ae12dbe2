"""Accept a mail: the one first durable write, for whichever door the bytes came through. Reading them comes later."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from intake_email.domain.envelope import Envelope
from intake_email.errors import DeskFull, NotAccepted
from intake_email.ports import Publishes, StoresBlobs
from ventanilla_contracts.acceptance import CHANNEL_HEADER, MAIL_ACCEPTED, REFERENCE_HEADER
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.events import BlobRef, MessageReceived
from ventanilla_contracts.ids import event_id, mail_source_id
from ventanilla_runtime import tracing
from ventanilla_runtime.errors import StreamFull
from ventanilla_runtime.publish import MSG_ID, Outgoing

STREAM = "ACCEPTED"
RAW_BUCKET = "raw"
ACCOUNT_HEADER = "vnt-account"
ENVELOPE_HEADER = "vnt-envelope"
SOURCE_HEADER = "vnt-source-id"
BACK_OFF_SECONDS = (0.1, 0.3, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A mailbox that a mail is for, and the envelope as this mailbox sees it."""

    account: str
    envelope: Envelope


async def accept(
    raw: bytes,
    mailboxes: Sequence[Addressed],
    *,
    publisher: Publishes,
    blobs: StoresBlobs,
    prefix: str,
    inline_limit_bytes: int,
    deadline_seconds: float,
    door: str = "smtp",
) -> str:
    """Make a mail durable, once for each mailbox it is for; when this returns, the door may say yes.

    Doing it again with the same mail is harmless: the ids are derived from the mail.

    Args:
        raw: the mail as it came.
        mailboxes: whom it is for; at least one.
        publisher: makes it durable.
        blobs: keeps what is too large for the stream.
        prefix: of the desk's subjects.
        inline_limit_bytes: a larger mail goes to the blob store first, and a reference to it into the stream.
        deadline_seconds: how long to try while the broker is away.
        door: `smtp` or `imap`, for the span.

    Returns:
        The source id of the mail in the first mailbox.

    Raises:
        NotAccepted: it is not durable for every mailbox; the sender must keep it.
    """
    with tracing.span("accept mail", tracing.Kind.SERVER, "", door=door) as trace:
        return await _accept(raw, mailboxes, trace, publisher, blobs, prefix, inline_limit_bytes, deadline_seconds)


async def _accept(
    raw: bytes,
    mailboxes: Sequence[Addressed],
    trace: str,
    publisher: Publishes,
    blobs: StoresBlobs,
    prefix: str,
    inline_limit_bytes: int,
    deadline_seconds: float,
) -> str:
    source_ids = [mail_source_id(mailbox.account, raw) for mailbox in mailboxes]
    reference: BlobRef | None = None
    tries = 0
    try:
        async with asyncio.timeout(deadline_seconds):
            while True:
                try:
                    if len(raw) > inline_limit_bytes and reference is None:
                        owners = [event_id(MessageReceived.type, source_id) for source_id in source_ids]
                        reference = await blobs.put(RAW_BUCKET, raw, content_type="message/rfc822", owners=owners)
                    body = reference.model_dump_json().encode() if reference else raw
                    messages = [
                        _message(body, mailbox, source_id, trace, prefix, by_reference=reference is not None)
                        for mailbox, source_id in zip(mailboxes, source_ids, strict=True)
                    ]
                    if len(messages) == 1:
                        await publisher.publish(messages[0])
                    else:
                        await asyncio.gather(*map(publisher.publish, messages))
                    return source_ids[0]
                except StreamFull as error:
                    raise DeskFull(str(error)) from error
                except Temporary:
                    pause = BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS) - 1)]
                tries += 1
                await asyncio.sleep(pause)
    except TimeoutError as error:
        raise NotAccepted(f"the broker did not store the mail within {deadline_seconds:g} s") from error


def _message(
    body: bytes, mailbox: Addressed, source_id: str, trace: str, prefix: str, *, by_reference: bool
) -> Outgoing:
    identity = event_id(MAIL_ACCEPTED, source_id)
    headers = {
        MSG_ID: identity,
        "ce-specversion": "1.0",
        "ce-id": identity,
        "ce-type": MAIL_ACCEPTED,
        "ce-source": f"/intake-email/{mailbox.account}",
        "ce-time": datetime.now(UTC).isoformat(),
        tracing.HEADER: tracing.child_of(trace),
        CHANNEL_HEADER: "email",
        ACCOUNT_HEADER: mailbox.account,
        ENVELOPE_HEADER: mailbox.envelope.encode(),
        SOURCE_HEADER: source_id,
    }
    if by_reference:
        headers[REFERENCE_HEADER] = "1"
    return Outgoing(STREAM, f"{prefix}.{MAIL_ACCEPTED}", body, headers)

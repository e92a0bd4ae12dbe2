"""Wiring of the mail service: the only place that knows the concrete classes."""

import asyncio
from functools import partial

import structlog

from intake_email.adapters.authenticator import Authenticator
from intake_email.adapters.dkim_signers import Signers
from intake_email.adapters.dns_names import DnsNames
from intake_email.adapters.languages import language_of
from intake_email.adapters.maildir import Maildir
from intake_email.adapters.relay import Relay
from intake_email.adapters.smtp.certificate import Certificate
from intake_email.adapters.smtp.limits import Limits
from intake_email.adapters.smtp.proxies import networks
from intake_email.adapters.smtp.server import Door
from intake_email.domain.addresses import Mailboxes
from intake_email.handlers.accept import accept
from intake_email.handlers.parse import Parser
from intake_email.handlers.send import Sender
from intake_email.imap_wiring import fetching
from intake_email.settings import Settings
from ventanilla_contracts.topology import INLINE_LIMIT_BYTES, consumers_of
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.redrive import Redriver
from ventanilla_runtime.service import CannotStart, Service
from ventanilla_runtime.state import StateBucket
from ventanilla_runtime.stopping import end_all

log = structlog.get_logger()

NAME = "intake-email"
PARSER_BATCH = 250
"""A mail may have half a megabyte, and twice as many as this are held."""
SENDER_BATCH = 250
SENDER_LINGER_SECONDS = 0.1


async def serve(service: Service, settings: Settings) -> None:
    """Take mail in, parse it and send the answers, until the service is told to stop."""
    service.serve_http()
    await service.connect()
    blobs = Blobs(service.broker, service.publisher)
    dead_letters = DeadLetters(service.publisher, settings.prefix, NAME)
    specs = {spec.durable: spec for spec in consumers_of(NAME)}

    parser = Parser(
        publisher=service.publisher,
        blobs=blobs,
        prefix=settings.prefix,
        own_addresses=[address.lower() for address in settings.mailboxes],
        language_of=language_of,
        authenticator=_authenticator(service, settings),
        own_domains=[domain.lower() for domain in settings.own_domains],
    )
    service.consume(
        Consumer(service.broker, specs["intake-email-parser"], parser.handle, dead_letters, batch_size=PARSER_BATCH)
    )
    transport = _transport(settings)
    service.stack.push_async_callback(transport.close)
    sender = Sender(
        publisher=service.publisher,
        state=transport
        if isinstance(transport, Maildir)
        else StateBucket(service.broker, service.publisher, "outbound_state"),
        blobs=blobs,
        transport=transport,
        prefix=settings.prefix,
        signer=_signers(settings),
    )
    gate = service.gates("email")["email"]
    service.consume(
        Consumer(
            service.broker,
            specs["intake-email-sender"],
            sender.handle,
            dead_letters,
            batch_size=SENDER_BATCH,
            linger_seconds=SENDER_LINGER_SECONDS,
            postpones=True,
            gate=gate,
        )
    )
    handlers = {"ACCEPTED": parser.handle, "OUTBOUND": sender.handle}
    redriver = Redriver(service.broker, dead_letters, handlers, {"OUTBOUND": gate})
    service.consume(Consumer(service.broker, specs["intake-email-redrive"], redriver.handle, None, postpones=True))

    take_in = partial(
        accept,
        publisher=service.publisher,
        blobs=blobs,
        prefix=settings.prefix,
        inline_limit_bytes=min(INLINE_LIMIT_BYTES, service.broker.max_payload // 2),
        deadline_seconds=settings.accept_seconds,
    )
    certificate = _certificate(settings)
    door = Door(
        accept=take_in,
        mailboxes=Mailboxes(settings.mailboxes),
        limits=_limits(settings),
        hostname=settings.hostname,
        tls_context=certificate.context if certificate else None,
        proxies=networks(settings.smtp_proxy_from),
    )
    await door.listen(settings.smtp_host, settings.smtp_port)
    service.check("door", door.problem)
    watching = [asyncio.create_task(door.watch())]
    if certificate is not None:
        service.warn("certificate", certificate.worry)
        watching.append(asyncio.create_task(certificate.follow(partial(setattr, door, "tls_context"))))
    fetchers = fetching(service, settings, partial(take_in, door="imap"), door.budget, service.stack)
    reading = service.tasks.create_task(fetchers.run())
    log.info(
        "service.started", smtp_port=door.port, mailboxes=len(settings.mailboxes), imap_mailboxes=len(settings.imap)
    )

    await service.work()
    fetchers.stop()
    # Side by side: each may take all the time that there is.
    reading_ends = asyncio.wait([reading], timeout=service.budget.drain_left())
    await asyncio.gather(door.close(service.budget.drain_left()), reading_ends, service.drain())
    await end_all([reading, *watching])


def _certificate(settings: Settings) -> Certificate | None:
    """What STARTTLS shows; None: it is not offered.

    Raises:
        CannotStart: the files cannot be used.
    """
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Certificate(settings.tls_cert, settings.tls_key)


def _authenticator(service: Service, settings: Settings) -> Authenticator:
    """Who finds out who mails are from, with a resolver of its own.

    Raises:
        CannotStart: a name server, or a relay's network, cannot be read.
    """
    try:
        names = DnsNames(settings.dns_servers)
        authenticator = Authenticator(
            names=names,
            trusted_servers=settings.trusted_servers,
            trusted_relays=settings.trusted_relays,
            trusted_sealers=settings.trusted_sealers,
            deadline_seconds=settings.dns_seconds,
            verify=settings.verify_senders,
        )
    except ValueError as error:
        raise CannotStart(f"INTAKE_EMAIL_DNS_SERVERS or INTAKE_EMAIL_TRUSTED_RELAYS: {error}") from error
    service.stack.push_async_callback(names.close)
    service.warn("dns", lambda: "the name servers do not answer" if names.out_of_service else None)
    return authenticator


def _signers(settings: Settings) -> Signers | None:
    if not settings.dkim:
        return None
    try:
        signers = Signers(settings.dkim)
    except ValueError as error:
        raise CannotStart(f"INTAKE_EMAIL_DKIM: {error}") from error
    for name in signers.records():
        log.info("dkim.signs", record=name)
    return signers


def _transport(settings: Settings) -> Relay | Maildir:
    """The relay where there is one, else the Maildir."""
    if settings.relay is not None:
        return Relay(
            settings.relay,
            hostname=settings.hostname,
            connections=settings.relay_connections,
            timeout_seconds=settings.relay_timeout_seconds,
        )
    if settings.outbox is None:
        raise CannotStart("set INTAKE_EMAIL_RELAY_URL or INTAKE_EMAIL_OUTBOX")
    return Maildir(settings.outbox)


def _limits(settings: Settings) -> Limits:
    return Limits(
        size_bytes=settings.size_limit_bytes,
        budget_bytes=settings.budget_bytes,
        connections=settings.max_connections,
        connections_per_peer=settings.max_connections_per_peer,
        recipients=settings.max_recipients,
        errors=settings.max_errors,
        idle_commands=settings.max_idle_commands,
        idle_seconds=settings.idle_seconds,
        mail_seconds=settings.mail_seconds,
    )

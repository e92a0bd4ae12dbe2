"""What a service's `doctor` says of the broker: whether it answers, takes the credentials, and holds what it must."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from ventanilla_contracts.errors import ContractError
from ventanilla_contracts.topology import Consumer, consumers_of
from ventanilla_runtime.answers import ConsumerState
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.errors import BrokerAway, NotPermitted, StreamMissing
from ventanilla_runtime.findings import OK, Finding, ok, problem
from ventanilla_runtime.logs import redact_text, server_of
from ventanilla_runtime.rights_check import Lacking, lacking
from ventanilla_runtime.settings import ServiceSettings
from ventanilla_runtime.watching import SET_BACK

_SECONDS: Final = 8.0
_TOPOLOGY: Final = "run `ventanilla topology apply` as the operator"
_RIGHTS: Final = "`ventanilla topology users FILE` prints what the server's configuration must grant; then reload it"
_NAMED: Final = 5
_AWAY: Final = "look at the server: its log, its disk, whether JetStream has a leader"


async def broker_findings(
    service: str, settings: ServiceSettings, variables: str, buckets: Sequence[str], objects: Sequence[str] = ()
) -> list[Finding]:
    """What is to be said of the broker. Nothing is changed there.

    Args:
        service: whose consumers must be there.
        variables: what the names of its settings begin with, such as `INTAKE_CHAT_`.
        buckets: key-value buckets that must be there.
        objects: object stores that must be there.
    """
    where = server_of(settings.nats_url)
    try:
        if settings.nats_creds_file is not None:
            await asyncio.to_thread(settings.nats_creds_file.read_bytes)
        if settings.nats_tls_ca is not None:
            await asyncio.to_thread(partial(ssl.create_default_context, cafile=str(settings.nats_tls_ca)))
    except OSError as error:  # no such file, or no certificate in it
        says = f"a file of its settings cannot be used: {error.strerror or type(error).__name__}"
        return [problem("broker", says, f"look at {variables}NATS_CREDS_FILE and {variables}NATS_TLS_CA")]
    broker = Broker(service, settings)
    try:
        async with asyncio.timeout(_SECONDS):
            await broker.connect()
    except (TimeoutError, BrokerRefuses, OldServer, OSError) as error:
        await broker.close()
        if isinstance(error, TimeoutError | OSError):
            if broker.unreached:
                return [
                    problem(
                        "broker", f"{where}: {broker.unreached}", f"look at the server's `tls`, or {variables}NATS_URL"
                    )
                ]
            return [problem("broker", f"no NATS server answers at {where}", f"start it, or set {variables}NATS_URL")]
        do = f"look at {variables}NATS_USER and …_NATS_PASSWORD, and at the server's version"
        return [problem("broker", redact_text(str(error)), do)]
    try:
        async with asyncio.timeout(_SECONDS):
            missing = await lacking(broker, service)
        bad = _lacks(missing, settings.nats_user or service, variables)
        if missing.subscribe:  # nothing that is asked would be answered
            return bad
        asked = _questions(broker, service, buckets, objects, set(missing.publish))
        found = [await _looked(broker, *question) for question in asked]
        bad += [finding for finding in found if finding.state != OK]
        return bad or [ok("broker", f"answers at {where}: every right, and all {len(found)} consumers and buckets")]
    except TimeoutError:
        return [problem("broker", f"{where} takes the user, and gives no answer", _AWAY)]
    except BrokerAway as error:
        return [problem("broker", f"{where}: {redact_text(str(error))}", _AWAY)]
    finally:
        await broker.close()


def _lacks(missing: Lacking, user: str, variables: str) -> list[Finding]:
    found = []
    if missing.publish:
        found.append(problem("broker", f"user {user} may not publish to {_some(missing.publish)}", _RIGHTS))
    if missing.subscribe:
        found.append(problem("broker", f"user {user} may not listen to {_some(missing.subscribe)}", _RIGHTS))
    if missing.streams:
        do = f"{_TOPOLOGY}; {variables}PREFIX must be the same for all"
        found.append(problem("broker", f"no stream takes {_some(missing.streams)}", do))
    return found


def _some(subjects: Sequence[str]) -> str:
    rest = len(subjects) - _NAMED
    return ", ".join(subjects[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


_Question = tuple[str, Callable[[], Awaitable[object]], Consumer | None]


def _questions(
    broker: Broker, service: str, buckets: Sequence[str], objects: Sequence[str], forbidden: set[str]
) -> list[_Question]:
    """What is asked about each consumer and bucket, without what the user may not ask."""
    streams = {bucket: f"KV_{bucket}" for bucket in buckets} | {bucket: f"OBJ_{bucket}" for bucket in objects}
    consumers: list[_Question] = [
        (one.durable, partial(broker.consumer_state, one.stream, one.durable), one)
        for one in consumers_of(service)
        if f"$JS.API.CONSUMER.INFO.{one.stream}.{one.durable}" not in forbidden
    ]
    return consumers + [
        (bucket, partial(broker.stream_state, stream), None)
        for bucket, stream in streams.items()
        if f"$JS.API.STREAM.INFO.{stream}" not in forbidden
    ]


async def _looked(
    broker: Broker, name: str, ask: Callable[[], Awaitable[object]], consumer: Consumer | None
) -> Finding:
    try:
        state = await ask()
    except StreamMissing:
        return problem("broker", f"{name} is missing", _TOPOLOGY)
    except ContractError as error:
        if isinstance(error, NotPermitted):  # no row gives it the right
            return problem("broker", f"{name}: user {broker.settings.nats_user}: {redact_text(str(error))}", _RIGHTS)
        return problem("broker", f"{name}: {redact_text(str(error))}", _AWAY)
    heard = state.filters if isinstance(state, ConsumerState) else ()
    if consumer is not None and (unheard := consumer.unheard(heard, broker.settings.prefix)):
        return problem("broker", f"{name} does not hear {', '.join(unheard)}", SET_BACK)
    return ok("broker", name)

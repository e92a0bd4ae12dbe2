"""Traces from the door to the answer, as a collector gets them from real services: one for each thing that happens."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.support.chat_desk import chat_settings
from tests.support.collector import Collector, Span, collecting
from tests.support.desk import RunningDesk
from tests.support.phone_desk import PUBLIC, phone_settings
from tests.support.polling import eventually
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.seed import CARMEN, DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

pytestmark = pytest.mark.asyncio(loop_scope="module")
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

Step = tuple[str, str, str, str]
"""(service, kind, name, name of the parent) of a span; "" without a parent, "?" for one that is not there."""


class Traced:
    """A desk with all channels, and the collector that its services send to."""

    def __init__(self, desk: RunningDesk, collector: Collector, slack: LocalSlack, twilio: LocalTwilio) -> None:
        self.desk = desk
        self.collector = collector
        self.slack = slack
        self.twilio = twilio

    async def whole(self, trace: str, expected: set[Step]) -> list[Span]:
        """The spans of a trace, once all these have come, from whichever service, and nothing hangs in the air."""

        def there() -> list[Span]:
            spans = self.collector.trace(trace)
            found = way(spans)
            assert not expected - found, f"missing: {sorted(expected - found)}; there: {sorted(found)}"
            loose = [one for one in found if one[3] == "?"]
            assert not loose or loose == [one for one in expected if one[3] == "?"], loose
            return spans

        return await eventually(there, 20)

    async def settled(self, channel: str) -> Span:
        """The span of tickets that settled the newest message of a channel."""
        name = f"process desk.message.routed.v1.{channel}"
        return (await eventually(lambda: self.collector.named(name), 20))[-1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at(servers_folder: Path) -> AsyncIterator[Traced]:
    folder = servers_folder / "traces"
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        collector = stack.enter_context(collecting())
        slack = await stack.enter_async_context(LocalSlack())
        twilio = await stack.enter_async_context(LocalTwilio(pace=0.001))
        tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        desk = RunningDesk(folder, {**chat_settings(slack), **phone_settings(twilio), **tracing})
        stack.push_async_callback(desk.end)
        await desk.start()
        acts, url = await desk.token("read", "write", "act"), desk.services["tickets"].url
        for name in ("intake-chat", "intake-phone"):
            prefix = name.upper().replace("-", "_")
            await desk.add(name, environment={f"{prefix}_TICKETS_URL": url, f"{prefix}_TICKETS_TOKEN": acts})
        await desk.add_portal()
        twilio.webhooks.routes[PUBLIC] = desk.services["intake-phone"].url
        twilio.number(DESK_ES, voice_url=f"{PUBLIC}/twilio/voice", sms_url=f"{PUBLIC}/twilio/messages")
        yield Traced(desk, collector, slack, twilio)


def way(spans: list[Span]) -> set[Step]:
    """The steps that a trace shows."""
    names = {span.id: span.name for span in spans}
    return {(span.service, span.kind, span.name, names.get(span.parent, "?") if span.parent else "") for span in spans}


def mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Ana Secreta <ana@cliente.example>", "soporte@desk.example"
    message["Subject"], message["Message-ID"] = subject, f"<{abs(hash(subject))}@cliente.example>"
    message.set_content("Las palabras de la clienta no salen en las trazas.")
    return message


DELIVERED = "process desk.notification.delivered.v1"
REQUESTED = "process desk.notification.requested.v1"


async def test_one_mail_is_one_trace_from_the_door_to_its_acknowledgement(at: Traced) -> None:
    await at.desk.send_later(mail("La impresora no va"))
    settled = await at.settled("email")
    steps = {
        ("intake-email", "SERVER", "accept mail", ""),
        ("intake-email", "PRODUCER", "publish desk.mail.accepted.v1", "accept mail"),
        ("intake-email", "CONSUMER", "process desk.mail.accepted.v1", "publish desk.mail.accepted.v1"),
        ("intake-email", "INTERNAL", "parse mail", "process desk.mail.accepted.v1"),
        ("intake-email", "PRODUCER", "publish desk.message.received.v1.email", "process desk.mail.accepted.v1"),
        ("router", "CONSUMER", "process desk.message.received.v1.email", "publish desk.message.received.v1.email"),
        ("router", "INTERNAL", "decide", "process desk.message.received.v1.email"),
        ("router", "PRODUCER", "publish desk.message.routed.v1.email", "process desk.message.received.v1.email"),
        ("tickets", "CONSUMER", "process desk.message.routed.v1.email", "publish desk.message.routed.v1.email"),
        ("tickets", "PRODUCER", "publish desk.ticket.created.v1", "process desk.message.routed.v1.email"),
        (
            "tickets",
            "PRODUCER",
            "publish desk.notification.requested.v1.email",
            "process desk.message.routed.v1.email",
        ),
        ("intake-email", "CONSUMER", f"{REQUESTED}.email", "publish desk.notification.requested.v1.email"),
        ("intake-email", "CLIENT", "send mail", f"{REQUESTED}.email"),
        ("intake-email", "PRODUCER", "publish desk.notification.delivered.v1.email", f"{REQUESTED}.email"),
        ("tickets", "CONSUMER", f"{DELIVERED}.email", "publish desk.notification.delivered.v1.email"),
    }
    await at.whole(settled.trace, steps)
    [ticket] = (await at.desk.api("GET", "/tickets", params={"q": "impresora"}))["items"]
    assert settled.attributes["ventanilla.ticket.number"] == ticket["number"]
    assert settled.attributes["ventanilla.settled"] == "created"
    assert settled.attributes["messaging.system"] == "nats"
    assert str(settled.attributes["cloudevents.event_id"]).startswith("message.routed.v1:")


async def test_an_agents_answer_is_one_trace_from_the_request_to_the_mail(at: Traced) -> None:
    await at.desk.send_later(mail("Pregunta para el equipo"))
    settled = await at.settled("email")
    number = settled.attributes["ventanilla.ticket.number"]
    await at.desk.api("POST", f"/tickets/{number}/replies", json={"text": "Ya está"}, headers={"traceparent": PARENT})
    reply = "POST /api/v1/tickets/{number}/replies"
    steps = {
        ("tickets", "SERVER", reply, "?"),
        ("tickets", "PRODUCER", "publish desk.notification.requested.v1.email", reply),
        ("intake-email", "CLIENT", "send mail", f"{REQUESTED}.email"),
        ("tickets", "CONSUMER", f"{DELIVERED}.email", "publish desk.notification.delivered.v1.email"),
    }
    spans = await at.whole(PARENT.split("-")[1], steps)
    [server] = [span for span in spans if span.kind == "SERVER"]
    assert server.parent == PARENT.split("-")[2]
    assert server.attributes["http.response.status_code"] == 201
    assert server.attributes["ventanilla.ticket.number"] == number


async def test_an_answer_that_waits_before_it_leaves_stays_in_its_trace(at: Traced) -> None:
    await at.desk.send_later(mail("Respuesta con espera"))
    number = (await at.settled("email")).attributes["ventanilla.ticket.number"]
    path = f"/tickets/{number}/replies"
    parent = PARENT.replace("4bf92f", "5bf92f")
    await at.desk.api("POST", path, json={"text": "Espera", "hold_seconds": 1}, headers={"traceparent": parent})

    reply = "POST /api/v1/tickets/{number}/replies"
    steps = {
        ("tickets", "SERVER", reply, "?"),
        ("tickets", "PRODUCER", "publish desk.notification.requested.v1.email", reply),
        ("intake-email", "CLIENT", "send mail", f"{REQUESTED}.email"),
        ("tickets", "CONSUMER", f"{DELIVERED}.email", "publish desk.notification.delivered.v1.email"),
    }
    await at.whole(parent.split("-")[1], steps)


async def test_a_message_in_slack_and_its_answer_are_traces_too(at: Traced) -> None:
    at.slack.hands.write("carmen", at.slack.hands.dm("carmen"), "No puedo entrar")
    settled = await at.settled("slack")
    steps = {
        ("intake-chat", "SERVER", "slack socket events_api", ""),
        ("intake-chat", "PRODUCER", "publish desk.chat.accepted.v1.slack", "slack socket events_api"),
        ("tickets", "CONSUMER", "process desk.message.routed.v1.slack", "publish desk.message.routed.v1.slack"),
        ("intake-chat", "CLIENT", "slack chat.postMessage", f"{REQUESTED}.slack"),
        ("tickets", "CONSUMER", f"{DELIVERED}.slack", "publish desk.notification.delivered.v1.slack"),
    }
    await at.whole(settled.trace, steps)


async def test_a_text_and_its_answer_are_one_trace(at: Traced) -> None:
    await at.twilio.text(CARMEN, DESK_ES, "La impresora del almacén")
    settled = await at.settled("sms")
    steps = {
        ("intake-phone", "SERVER", "POST /twilio/messages", ""),
        ("intake-phone", "PRODUCER", "publish desk.phone.accepted.v1.text", "POST /twilio/messages"),
        ("tickets", "CONSUMER", "process desk.message.routed.v1.sms", "publish desk.message.routed.v1.sms"),
        ("intake-phone", "CLIENT", "twilio send_text", f"{REQUESTED}.sms"),
    }
    await at.whole(settled.trace, steps)


async def test_a_customers_line_on_the_status_page_goes_through_both_services(at: Traced) -> None:
    portal = at.desk.services["portal"].url
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{portal}/s/0-aaaaaaaaaaaaaaaaaaaaaaaaaa", headers={"traceparent": PARENT})
    assert answer.status_code == 404
    seen = await eventually(lambda: at.collector.named("GET /s/{token}"), 20)

    assert seen[0].trace != PARENT.split("-")[1]  # a stranger does not choose whose trace it is
    steps = {
        ("portal", "SERVER", "GET /s/{token}", ""),
        ("portal", "CLIENT", "ask tickets", "GET /s/{token}"),
        ("tickets", "SERVER", "GET /api/v1/status/{token}", "ask tickets"),
    }
    await at.whole(seen[0].trace, steps)


async def test_a_batch_has_a_span_that_leads_to_each_of_its_messages(at: Traced) -> None:
    router = at.desk.services["router"]
    await router.stop()
    for number in range(30):
        await at.desk.send_later(mail(f"Muchas a la vez {number}"))
    await router.start()
    batches = await eventually(lambda: at.collector.named("process batch tickets"), 20)

    spans = {span.id: span for span in at.collector.spans}
    batch = batches[0]
    assert len(batch.links) == batch.attributes["messaging.batch.message_count"] > 1
    assert all(spans[link].name.startswith("process ") for link in batch.links)
    assert all(spans[link].links == (batch.id,) for link in batch.links)


async def test_no_word_address_number_or_name_is_in_what_leaves(at: Traced) -> None:
    sent = b"".join(at.collector.raw)
    assert len(sent) > 10_000
    for word in (b"cliente.example", b"ana@", b"Secreta", b"palabras", b"impresora", CARMEN.encode(), b"desk.example"):
        assert word not in sent, word


async def test_log_lines_name_the_trace(at: Traced) -> None:
    settled = (await at.settled("email")).trace
    lines = [line for line in at.desk.services["tickets"].events() if line.get("trace_id") == settled]
    assert "ticket.created" in [line["event"] for line in lines]

"""One realistic example of every event, for readers of the schemas and for tests. All of them tell the same story.

Ana of Panadería Roldán writes that the till does not print. The desk opens ticket 4711, says so, an agent answers, and
one mail of somebody else ends as a dead letter. Names, addresses and hashes are made up.
"""

from datetime import UTC, datetime, timedelta

from ventanilla_contracts.acceptance import AcceptanceKey
from ventanilla_contracts.call_events import CallChanged, TicketCallback
from ventanilla_contracts.decisions import ConditionText, Decision, GroupTrace, RuleSetRef, RuleText, RuleTexts
from ventanilla_contracts.events import (
    Attachment,
    BlobRef,
    ChannelEndangered,
    ChatForm,
    DeadLetter,
    Event,
    MailForm,
    MessageReceived,
    MessageRevised,
    MessageRouted,
    NotificationDelivered,
    NotificationFailed,
    NotificationRequested,
    NotificationRevised,
    Party,
    Redrive,
    Threading,
    TimerLate,
)
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.operations_events import ForgottenIdentity, PersonForgotten
from ventanilla_contracts.parts import Acceptance, Authentication
from ventanilla_contracts.ticket_events import (
    FieldChange,
    TicketChanged,
    TicketCreated,
    TicketMessageAdded,
    TicketMessageChanged,
    TicketPaged,
    TicketPageSettled,
    TicketServiceLevel,
    TicketSnapshot,
)

_MADE_AT = "2026-11-02T06:00:00.104233911Z"
_ACCEPTED_AT = datetime(2026, 11, 23, 8, 31, 4, 218000, tzinfo=UTC)
_SOURCE_ID = "6d0c5ea6f6b52b0f4c6aa3a7c1b1f6a4b0a9d6a1f0c9e17d4fd8a8a14f2b9e73"
_RAW_HASH = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
_PHOTO_HASH = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
_RULES_HASH = "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"
_TEXTS_ID = "5d41402abc4b2a76"
_ANA = Party(address="ana@panaderiaroldan.example", name="Ana Roldán")
_RUN = "6f1f0f1e-6c0d-5b0a-9a36-0c8f2a8d6c11"
_PAGE = "0b5a3f52-55f0-5f0c-8f0a-7a1e5f0d2b4c"
_NOTIFICATION = "notification.requested.v1:acknowledgement:4711:1"


def _after(seconds: float) -> datetime:
    return _ACCEPTED_AT + timedelta(seconds=seconds)


RECEIVED = MessageReceived(
    id=event_id(MessageReceived.type, _SOURCE_ID),
    channel="email",
    account="soporte@desk.example",
    acceptance=Acceptance(stream="ACCEPTED", created_at=_MADE_AT, sequence=90317, accepted_at=_ACCEPTED_AT),
    sent_at=_after(-3),
    sender=_ANA,
    to=(Party(address="soporte@desk.example"),),
    cc=(Party(address="luis@panaderiaroldan.example", name="Luis Roldán"),),
    subject="La caja no imprime tickets",
    text="Buenos días:\n\nDesde esta mañana la caja 2 no imprime. Adjunto una foto del error.\n\nUn saludo,\nAna",
    html=True,
    threading=Threading(message_id="20261123083101.7F3A@mail.panaderiaroldan.example"),
    authentication=Authentication(grade="verified", spf="pass", dkim="pass", dmarc="pass"),
    attachments=(
        Attachment(
            filename="caja-2.jpg",
            content_type="image/jpeg",
            size_bytes=184213,
            sha256=_PHOTO_HASH,
            blob=BlobRef(
                size_bytes=184213, sha256=_PHOTO_HASH, bucket="attachments", name="0f3b5c6d7e8f90a1b2c3d4e5f6071829"
            ),
        ),
    ),
    raw=BlobRef(size_bytes=254870, sha256=_RAW_HASH, stream="ACCEPTED", created_at=_MADE_AT, sequence=90317),
)

ROUTED = MessageRouted(
    id=event_id(MessageRouted.type, _SOURCE_ID),
    received=RECEIVED,
    decision=Decision(
        ticket_type="incident",
        category="hardware",
        impact="medium",
        urgency="high",
        priority="high",
        tier="2",
        team="field-service",
        service_level_policy="retail",
        tags=("printer",),
    ),
    set_by={"ticket_type": "outage-wording", "team": "shops", "priority": "impact-urgency"},
    overridden={"team": ("default-team",)},
    facts={"message.channel": "email", "message.language": "es", "sender.domain": "panaderiaroldan.example"},
    facts_revision=12,
    outcomes={"kind": "m1 n0"},
    found={"outage-wording/0": ("no imprime",)},
    rule_texts=RuleTexts(
        id=_TEXTS_ID,
        groups=(GroupTrace(name="kind", match="all", rules=("outage-wording", "billing")),),
        rules=tuple(
            RuleText(
                rule=rule,
                conditions=(ConditionText(condition=condition, facts=("message.content",), words=True),),
            )
            for rule, condition in (
                ("outage-wording", "message.content mentions outage-es"),
                ("billing", "message.content mentions billing-es"),
            )
        ),
    ),
    sentence={
        "es": "Incidencia de prioridad alta para field-service, porque el texto dice «no imprime».",
        "en": "High priority incident for field-service, because the text says “no imprime”.",
    },
    rule_set=RuleSetRef(name="default", hash=_RULES_HASH, texts=_TEXTS_ID),
    decided_at=_after(0.02),
)


def _ticket(version: int, *, status: str = "new", assignee: str | None = None, seconds: float) -> TicketSnapshot:
    return TicketSnapshot(
        number=4711,
        version=version,
        subject="La caja no imprime tickets",
        type="incident",
        category="hardware",
        status=status,
        priority="high",
        tier="2",
        team="field-service",
        assignee=assignee,
        channel="email",
        requester=_ANA,
        language="es",
        tags=("printer",),
        created_at=_after(0.05),
        updated_at=_after(seconds),
    )


EXAMPLES: tuple[Event, ...] = (
    RECEIVED,
    ROUTED,
    TicketCreated(
        id=event_id(TicketCreated.type, "4711:1"),
        ticket=_ticket(1, seconds=0.05),
        occurred_at=_after(0.05),
        message_id=RECEIVED.id,
    ),
    TicketMessageAdded(
        id=event_id(TicketMessageAdded.type, "4711:3"),
        ticket=_ticket(3, status="pending", assignee="agent:marta", seconds=1260),
        occurred_at=_after(1260),
        message_id="reply:8c1f",
        kind="agent",
    ),
    TicketChanged(
        id=event_id(TicketChanged.type, "4711:2"),
        ticket=_ticket(2, status="open", assignee="agent:marta", seconds=600),
        occurred_at=_after(600),
        actor="agent:marta",
        changes=(
            FieldChange(field="assignee", old=None, new="agent:marta"),
            FieldChange(field="status", old="new", new="open"),
        ),
    ),
    TicketServiceLevel(
        id=event_id(TicketServiceLevel.type, "4711/resolution/1/warning:0.8"),
        ticket=_ticket(2, status="open", assignee="agent:marta", seconds=600),
        occurred_at=_after(12_000.4),
        clock="resolution",
        cycle=1,
        kind="warning:0.8",
        due_at=_after(12_000),
    ),
    TicketPaged(
        id=event_id(TicketPaged.type, f"{_RUN}/4/1/1"),
        ticket=_ticket(2, status="open", assignee="agent:marta", seconds=600),
        occurred_at=_after(12_900.1),
        page=_PAGE,
        agent="eva",
        rota="nights",
        ladder="outage",
        version=3,
        run=_RUN,
        step=4,
        round=1,
        attempt=1,
        answer_by=_after(13_200.1),
    ),
    TicketPageSettled(
        id=event_id(TicketPageSettled.type, _PAGE),
        ticket=_ticket(2, status="open", assignee="agent:marta", seconds=600),
        occurred_at=_after(12_990.6),
        page=_PAGE,
        agent="eva",
        ladder="outage",
        run=_RUN,
        state="acknowledged",
        by="eva",
        why="link",
    ),
    MessageRevised(
        id=event_id(MessageRevised.type, "T024BE7LD/C024BE91L/1355517523.000005/edited/1355517540.000100"),
        channel="slack",
        account="T024BE7LD/C024BE91L",
        message_id="T024BE7LD/C024BE91L/1355517523.000005",
        revision="1355517540.000100",
        kind="edited",
        author="T024BE7LD/U023BECGF",
        text="La caja 2 no imprime, y desde hace un rato tampoco la 3.",
        revised_at=_after(300),
    ),
    TicketMessageChanged(
        id=event_id(TicketMessageChanged.type, "4711/8d3c0f0e-6b3a-8f52-9c36-2f8a7e1d5b40/1355517540.000100"),
        ticket=_ticket(3, status="open", assignee="agent:marta", seconds=301),
        occurred_at=_after(301),
        message_id="8d3c0f0e-6b3a-8f52-9c36-2f8a7e1d5b40",
        kind="edited",
    ),
    TicketCallback(
        id=event_id(TicketCallback.type, "0f1c5e7a-52b1-4c7e-9d8e-1b2a3c4d5e6f/1/due"),
        ticket=_ticket(4, status="open", assignee="agent:marta", seconds=900),
        occurred_at=_after(900),
        callback="0f1c5e7a-52b1-4c7e-9d8e-1b2a3c4d5e6f",
        state="due",
        attempt=1,
        team="first-line",
        number="+34600111222",
        account="+34910000000",
        answer_by=_after(1_200),
    ),
    CallChanged(
        id=event_id(CallChanged.type, "CA0123456789abcdef0123456789abcdef/answered"),
        call="CA0123456789abcdef0123456789abcdef",
        state="answered",
        team="first-line",
        account="+34910000000",
        caller=Party(address="+34600111222", name="Ana Roldán"),
        language="es",
        tickets=(4711,),
        agent="marta",
        seconds=21,
        occurred_at=_after(21),
    ),
    NotificationRequested(
        id=_NOTIFICATION,
        medium="email",
        ticket_number=4711,
        to=_ANA,
        subject="Hemos recibido su mensaje [#4711]",
        text="Hola, Ana:\n\nHemos recibido su mensaje. Su número es 4711. Le escribiremos antes de las 11:30.\n",
        language="es",
        automatic=True,
        mail=MailForm(
            from_address="soporte@desk.example",
            from_name="Soporte",
            reply_to="soporte+t4711.k3v9x2@desk.example",
            message_id="4711.1.c2f0a9d4b7e1@desk.example",
            in_reply_to="20261123083101.7F3A@mail.panaderiaroldan.example",
            references=("20261123083101.7F3A@mail.panaderiaroldan.example",),
        ),
        requested_at=_after(0.06),
        expires_at=_after(4 * 86400),
    ),
    NotificationRevised(
        id=event_id(NotificationRevised.type, "reply/3f0e6b3a-8f52-8c36-9f8a-7e1d5b408d3c/1"),
        notification_id="notification.requested.v1:reply/3f0e6b3a-8f52-8c36-9f8a-7e1d5b408d3c",
        medium="slack",
        ticket_number=4712,
        kind="edited",
        revision=1,
        text="El técnico llega a las 12:30.",
        language="es",
        chat=ChatForm(
            account="T024BE7LD/C024BE91L",
            conversation="T024BE7LD/C024BE91L/1355517523.000005",
            author="Marta Gil",
        ),
        delivered_after=_after(420),
        delivered_as="1355517590.000200",
        requested_at=_after(480),
        expires_at=_after(3 * 86_400 + 480),
    ),
    NotificationDelivered(
        id=event_id(NotificationDelivered.type, _NOTIFICATION),
        notification_id=_NOTIFICATION,
        medium="email",
        delivered_at=_after(0.4),
        detail="250 2.0.0 Ok: queued as 4Xk2cR1Zq7z",
    ),
    NotificationFailed(
        id=event_id(NotificationFailed.type, "notification.requested.v1:reply:4650:9"),
        notification_id="notification.requested.v1:reply:4650:9",
        medium="email",
        failed_at=_after(90),
        reason="rejected",
        detail="550 5.1.1 User unknown",
    ),
    DeadLetter(
        id=event_id(DeadLetter.type, f"router:INTAKE:{_MADE_AT}:88120"),
        service="router",
        stream="INTAKE",
        created_at=_MADE_AT,
        sequence=88120,
        subject="desk.message.received.v1.email",
        reason="malformed_event",
        detail="sender: Field required",
        channel="email",
        acceptance=str(AcceptanceKey("ACCEPTED", _MADE_AT, 90318)),
        headers={
            "ce-type": MessageReceived.type,
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
        body_base64="eyJjaGFubmVsIjoiZW1haWwifQ==",
        failed_at=_after(120),
    ),
    ChannelEndangered(
        id=event_id(ChannelEndangered.type, "email:soporte@desk.example:2026-11-23"),
        channel="email",
        account="soporte@desk.example",
        connection="soporte@desk.example at imap.desk.example",
        problem="the credential ends in 6.5 days",
        ends_at=_after(6.5 * 86_400),
        noticed_at=_ACCEPTED_AT,
    ),
    TimerLate(
        id=event_id(TimerLate.type, "4711/clock/next/2026-11-23T08:31:04.218000+00:00/0"),
        problem="late",
        ticket_number=4711,
        kind="clock",
        key="next",
        due_at=_ACCEPTED_AT,
        late_seconds=42.5,
        noticed_at=_after(42.5),
    ),
    PersonForgotten(
        id=event_id(PersonForgotten.type, "0199-a"),
        identities=(ForgottenIdentity(kind="phone", address="+34600111222"),),
        before=_after(3600),
        requested_at=_after(3601),
    ),
    Redrive(stream="DEADLETTER", created_at=_MADE_AT, sequence=17, attempt=1),
)

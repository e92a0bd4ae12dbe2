"""What a bounce says of a mail of ours and of its recipients, and what it cannot say."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.unit.tickets.builders import ANA, NOON, SIGNER, incoming
from tickets.domain.settling.bounces import Judged, SentMail, judge, own_mail_of, reports_of
from tickets.domain.settling.incoming import Incoming
from tickets.domain.settling.reach import Reach
from tickets.domain.settling.threads import Claim
from ventanilla_contracts.events import Undelivered

EVA = "eva@otra.example"
OURS = UUID("0123456789abcdef8000000000000001")


def report(*undelivered: Mapping[str, Any], automation: str = "bounce", **claim: Any) -> Incoming:
    values: dict[str, Any] = {
        "sender": "mailer-daemon@relay.example",
        "account": "soporte@desk.example",
        "message_id": "b@relay.example",
        "replies_to": (),
        "reply_token": None,
        "bounce_token": None,
        "subject": "Undelivered",
        "dmarc_failed": False,
        "is_report": automation in ("bounce", "dsn"),
    }
    reports = tuple(Undelivered.model_validate(one) for one in undelivered)
    return incoming(9, automation=automation, claim=Claim(**{**values, **claim}), undelivered=reports)


def failed(recipient: str = ANA, reason: str = "user_unknown", **more: Any) -> dict[str, Any]:
    return {"recipient": recipient, "reason": reason, "status": "5.1.1", **more}


def sent(**changes: Any) -> SentMail:
    values: dict[str, Any] = {
        "id": OURS,
        "ticket_number": 7,
        "kind": "agent",
        "recipients": (ANA,),
        "state": "delivered",
        "states": {},
        "requested_at": NOON,
    }
    return SentMail(**{**values, **changes})


def judged(message: Incoming, mail: SentMail | None = None, reaches: Mapping[str, Reach] | None = None) -> Judged:
    return judge(reports_of(message), mail or sent(), reaches or {}, NOON + timedelta(hours=1))


def test_a_return_path_and_a_message_id_of_ours_prove_the_very_mail() -> None:
    token, id_ = SIGNER.bounce_token(7, OURS.hex[:16]), SIGNER.message_id(7, OURS.hex[:16], "desk.example")

    assert own_mail_of(report(bounce_token=token), SIGNER) == (7, OURS.hex[:16])
    assert own_mail_of(report(bounced_message_id=id_), SIGNER) == (7, OURS.hex[:16])
    assert own_mail_of(report(bounce_token=SIGNER.bounce_token(7), bounced_message_id=id_), SIGNER) == sent().key
    assert own_mail_of(report(bounce_token=SIGNER.bounce_token(7)), SIGNER) is None, "an old token names no mail"
    assert own_mail_of(report(automation="no", bounce_token=token), SIGNER) is None, "a person's words are no report"


def test_a_forged_proof_is_none() -> None:
    forged = SIGNER.message_id(7, OURS.hex[:16], "desk.example").replace("7.", "8.", 1)

    assert own_mail_of(report(bounced_message_id=forged), SIGNER) is None
    assert own_mail_of(report(bounce_token="7-" + "a" * 29), SIGNER) is None


def test_a_hard_bounce_marks_the_mail_and_stops_the_address() -> None:
    found = judged(report(failed(diagnostic="550 no such user")))

    assert found.mail is not None
    assert found.mail.state == "bounced"
    assert found.detail == f"{ANA}: user_unknown (5.1.1) 550 no such user"
    assert found.reaches[ANA].stopped
    assert found.missed == {ANA}
    assert [(line.action, line.detail["recipient"], line.why) for line in found.lines] == [
        ("mail.bounced", ANA, "user_unknown")
    ]


def test_it_can_say_nothing_about_an_address_that_the_mail_did_not_go_to() -> None:
    mail = sent(recipients=(ANA, EVA))

    found = judged(report(failed("director@victima.example")), mail)

    assert found.reaches == {}
    assert found.missed == frozenset()
    assert found.mail is not None
    assert found.mail.state == "bounced"


def test_the_only_recipient_is_meant_whatever_address_the_mail_was_forwarded_to() -> None:
    found = judged(report(failed("ana.private@isp.example")))

    assert found.reaches[ANA].stopped


def test_of_several_recipients_the_one_that_bounced_is_named() -> None:
    found = judged(report(failed(EVA.upper())), sent(recipients=(ANA, EVA)))

    assert set(found.reaches) == {EVA}
    assert found.missed == {EVA}
    assert found.detail.startswith(f"{EVA}: user_unknown")


@pytest.mark.parametrize(
    ("actions", "states"),
    [
        (["delayed"], ["delayed"]),
        (["delayed", "failed"], ["delayed", "bounced"]),
        (["failed", "delayed"], ["bounced", "bounced"]),
        (["failed", "delivered"], ["bounced", "bounced"]),
        (["delivered"], ["delivered"]),
        (["delivered", "delayed"], ["delivered", "delivered"]),
        (["delivered", "failed"], ["delivered", "bounced"]),
        (["expanded"], ["queued"]),
    ],
)
def test_a_bounce_is_the_last_word_and_a_late_report_of_delay_none(actions: list[str], states: list[str]) -> None:
    mail = sent(state="queued")
    seen = []
    for action in actions:
        found = judged(report(failed(action=action), automation="dsn"), mail)
        assert found.mail is not None
        mail = found.mail
        seen.append(mail.state)

    assert seen == states


def test_the_same_report_again_changes_nothing() -> None:
    first = judged(report(failed(reason="mailbox_full")))
    assert first.mail is not None

    again = judged(report(failed(reason="mailbox_full")), first.mail, first.reaches)

    assert again.lines == []
    assert again.reaches == {}
    assert again.mail == first.mail


def test_a_bounce_of_which_nothing_is_known_marks_the_mail_and_does_not_stop_the_address() -> None:
    found = judged(report())

    assert found.mail is not None
    assert found.mail.state == "bounced"
    assert not found.reaches[ANA].stopped


def test_a_report_that_proves_the_ticket_alone_is_a_line_in_its_history_and_no_more() -> None:
    found = judge(reports_of(report(failed())), None, {}, NOON)

    assert found.mail is None
    assert found.reaches == {}
    assert [line.action for line in found.lines] == ["mail.bounced"]


def test_a_report_of_delivery_ends_a_row_of_soft_bounces() -> None:
    mail = sent(recipients=(ANA,))
    soft = Reach(soft=2, soft_since=NOON)

    found = judged(report(failed(action="delivered", status="2.0.0"), automation="dsn"), mail, {ANA: soft})

    assert found.reaches[ANA] == Reach(lifted_at=NOON + timedelta(hours=1))


def test_a_hostile_report_of_ten_thousand_recipients_is_bounded() -> None:
    found = judged(report(*(failed(f"x{n}@victima.example") for n in range(10_000))), sent(recipients=(ANA, EVA)))

    assert len(found.lines) == 20

"""A machine's mail is told from a person's."""

import pytest

from intake_email.domain.automation import automation_of
from intake_email.domain.mime import read_fast

PERSON = "ana@cliente.example"


def classify(headers: bytes, envelope_sender: str | None = PERSON, body: bytes = b"hola") -> str:
    return automation_of(read_fast(b"Subject: x\r\n" + headers + b"\r\n" + body), envelope_sender)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (b"From: ana@cliente.example\r\n", "no"),
        (b"Auto-Submitted: no\r\n", "no"),
        (b"Auto-Submitted: auto-replied\r\n", "auto-replied"),
        (b"Auto-Submitted: auto-replied (vacation)\r\n", "auto-replied"),
        (b"Auto-Submitted: auto-generated\r\n", "auto-generated"),
        (b"Auto-Submitted: auto-notified; owner-email=x\r\n", "auto-generated"),
        (b"X-Autoreply: yes\r\n", "auto-replied"),
        (b"Precedence: auto_reply\r\n", "auto-replied"),
        (b"Precedence: bulk\r\n", "auto-generated"),
        (b"Precedence: junk\r\n", "auto-generated"),
        (b"Precedence: list\r\n", "list"),
        (b"List-Id: <l.example>\r\nPrecedence: bulk\r\n", "list"),
        (b"List-Unsubscribe: <mailto:u@x.example>\r\n", "auto-generated"),
        (b"X-Auto-Response-Suppress: All\r\n", "auto-generated"),
        (b"X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n", "auto-generated"),
        (b"X-Auto-Response-Suppress: DR, RN, NRN\r\n", "no"),
        (b"Precedence: first-class\r\n", "no"),
        (b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n", "feedback"),
        (b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n", "auto-generated"),
        (b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n", "bounce"),
    ],
)
def test_headers_tell_what_sent_a_mail(headers: bytes, expected: str) -> None:
    assert classify(headers) == expected


def test_the_null_sender_is_a_machine() -> None:
    assert classify(b"From: ana@cliente.example\r\n", "") == "auto-replied"


def test_a_daemon_with_the_null_sender_bounces() -> None:
    assert classify(b"From: MAILER-DAEMON@mx.example\r\n", "") == "bounce"
    assert classify(b"From: postmaster@mx.example\r\nAuto-Submitted: auto-replied\r\n", "") == "bounce"


def test_a_person_who_is_postmaster_is_a_person() -> None:
    assert classify(b"From: postmaster@cliente.example\r\n", "postmaster@cliente.example") == "no"


def test_an_unknown_envelope_proves_nothing() -> None:
    assert classify(b"From: ana@cliente.example\r\n", None) == "no"


@pytest.mark.parametrize(
    ("action", "expected"), [(b"failed", "bounce"), (b"delayed", "dsn"), (b"delivered", "dsn"), (b"Failed", "bounce")]
)
def test_a_delivery_report_is_a_bounce_only_if_something_failed(action: bytes, expected: str) -> None:
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: " + action + b"\r\n"
        b"Status: 5.1.1\r\n\r\n--b--\r\n"
    )
    headers = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
    assert classify(headers, "", body) == expected

"""A machine's mail is told from a person's."""

import pytest

from intake_email.domain.automation import automation_of
from intake_email.domain.mime.reading import read_mail

PERSON = "ana@cliente.example"


def classify(headers: bytes, envelope_sender: str | None = PERSON, body: bytes = b"hola", subject: bytes = b"x") -> str:
    return automation_of(read_mail(b"Subject: " + subject + b"\r\n" + headers + b"\r\n" + body), envelope_sender)


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
    assert classify(b"From: postmaster@mx.example\r\n", "", subject=b"Undeliverable: x") == "bounce"
    assert classify(b"From: postmaster@mx.example\r\n", "", b"ana@x.example could not be delivered") == "bounce"


def test_a_digest_of_the_quarantine_is_no_bounce() -> None:
    assert classify(b"From: postmaster@mx.example\r\n", "", b"You have 3 new messages in quarantine") == "auto-replied"


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


def test_the_return_path_tells_of_the_envelope_where_nothing_else_does() -> None:
    assert classify(b"Return-Path: <>\r\nFrom: ana@cliente.example\r\n", None) == "auto-replied"
    assert classify(b"Return-Path: <>\r\nFrom: ana@cliente.example\r\n", PERSON) == "no"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Undelivered Mail Returned to Sender",
        "Fwd: Mail delivery failed",
        "RE: [x] AW: Undeliverable: y",
        "RV: Correo devuelto",
    ],
)
def test_who_answers_or_forwards_a_bounce_is_a_person(subject: str) -> None:
    body = b"This is the mail system at host mx.example.\r\n\r\n<ana@x.example>: 550 5.1.1 user unknown\r\n"
    assert classify(b"From: ana@cliente.example\r\n", PERSON, body, subject.encode()) == "no"
    assert classify(b"From: ana@cliente.example\r\n", None, body, subject.encode()) == "no"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Automatic reply: x", "auto-replied"),
        ("Respuesta automática: x", "auto-replied"),
        ("自動返信: x", "auto-replied"),
        ("Автоответ: x", "auto-replied"),
        ("Out of office", "auto-replied"),
        ("Re: Automatic reply: x", "no"),
        ("Out of office next week?", "no"),
        ("Vacaciones", "no"),
        ("Out of office until 30 November", "auto-replied"),
        ("Out of office calendar is empty", "no"),
        ("I am on vacation", "auto-replied"),
        ("I am on vacation and lost my card", "no"),
        ("Automatic reply is not working", "no"),
        ("Automatic reply: how to install it?", "auto-replied"),
        ("自動返信の設定について", "no"),
        ("Auto: Seguro del coche", "no"),
        ("AUTO: Ana Ruiz is out of the office (returning 12/01)", "auto-replied"),
        ("[AUTO GENERATED] Some subject", "auto-generated"),
        ("Re: [AUTO GENERATED] Some subject", "no"),
    ],
)
def test_an_absent_reader_is_known_by_the_subject_alone(subject: str, expected: str) -> None:
    assert classify(b"From: ana@cliente.example\r\n", PERSON, subject=subject.encode()) == expected


def test_the_prefix_of_sieve_counts_where_the_mail_answers_one() -> None:
    headers = b"From: ana@cliente.example\r\nIn-Reply-To: <m1@desk.example>\r\n"
    assert classify(headers, PERSON, subject=b"Auto: Factura") == "auto-replied"


def test_a_whole_bounce_that_a_person_encloses_is_a_persons() -> None:
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee what I get.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\n"
        b"Action: failed\r\n--b--\r\n"
    )
    headers = b"From: ana@cliente.example\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    assert classify(headers, PERSON, body, b"Undeliverable mail") == "no"
    assert classify(headers.replace(b"ana@", b"mailer-daemon@"), PERSON, body, b"Undeliverable mail") == "bounce"


@pytest.mark.parametrize(
    "sender",
    [
        "server@cliente.example",
        "admin@cliente.example",
        "Luis Gil <postmaster@x.example>",
    ],
)
def test_who_writes_a_line_before_the_bounce_that_he_pastes_is_a_person(sender: str) -> None:
    headers, subject = b"From: " + sender.encode() + b"\r\n", b"Mail delivery failed"
    said = b"This is the mail system at host mx.example.\r\n\r\n<ana@x.example>: host mx said: 550 5.1.1 unknown\r\n"
    assert classify(headers, None, said, subject) == "bounce"
    assert classify(headers, None, b"This comes back from you.\r\n\r\n" + said, subject) == "no"
    assert classify(headers, None, said + b"\r\nWhat shall I do?\r\n", subject) == "no"


def test_a_form_that_wants_its_answer_elsewhere_is_no_bounce() -> None:
    headers, subject = b"From: webserver@cliente.example\r\n", b"Mail returned"
    said = b"Your message could not be delivered: user unknown\r\nRecipient: ana@cliente.example"
    assert classify(headers, None, said, subject) == "bounce"
    assert classify(headers + b"Reply-To: ana@cliente.example\r\n", None, said, subject) == "no"


def test_a_notice_without_a_report_needs_more_than_its_subject() -> None:
    headers, subject = b"From: noreply@gw.example\r\n", b"Mail could not be delivered"
    said = b"Unable to deliver message to <ana@x.example>: user unknown"
    assert classify(headers, None, said, subject) == "bounce"
    assert classify(headers, None, b"Hello,\r\n\r\nwhy? " + said, subject) == "no"
    assert classify(headers + b"User-Agent: Mozilla Thunderbird\r\n", None, said, subject) == "no"


def test_a_report_of_delay_in_prose_is_no_bounce() -> None:
    said = b"Your message to ana@x.example has not yet been delivered.\r\nNo action is required on your part."
    assert classify(b"From: mailer-daemon@mx.example\r\n", "", said, b"Warning: message 1a delayed 24 hours") == "dsn"


def test_mail_that_a_rule_redirects_is_still_a_persons() -> None:
    assert classify(b"From: ana@cliente.example\r\nX-MS-Exchange-Inbox-Rules-Loop: soporte@desk.example\r\n") == "no"
    assert classify(b"From: ana@cliente.example\r\nX-Autogenerated: Mirror\r\n") == "no"
    assert classify(b"From: ana@cliente.example\r\nX-Autogenerated: Reply\r\n") == "auto-replied"


def test_a_complaint_without_a_report_is_feedback() -> None:
    body = b"--b\r\nContent-Type: message/rfc822\r\n\r\nX-HmXmrOriginalRecipient: ana@x.example\r\n\r\nx\r\n--b--\r\n"
    headers = b"From: staff@hotmail.example\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    assert classify(headers, None, body, b"complaint about message from 192.0.2.1") == "feedback"
    assert classify(headers, None, body, b"my complaint") == "no"

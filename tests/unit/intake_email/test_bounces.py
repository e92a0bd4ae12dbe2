"""What a bounce says is read whatever form it has, in bounded time."""

import time
from collections.abc import Callable

import pytest

from intake_email.domain.automation import automation_of
from intake_email.domain.bounces import Bounce, Feedback, Original, bounces_of, feedback_of, original_of
from intake_email.domain.bounces.reasons import reason_of
from intake_email.domain.bounces.recipients import address_in, field_address
from intake_email.domain.bounces.statuses import better_status, reply_code, status_in
from intake_email.domain.mail import File, Mail, Mailbox

DAEMON = [Mailbox("mailer-daemon@mx.example", "Mail Delivery System")]
BUDGET_SECONDS = 1.0
"""Ten times what is promised (100 ms), since the machine that tests has other work as well."""


def report(fields: str, *texts: str, kind: str = "message/delivery-status") -> Mail:
    return Mail(
        {"from": ["mailer-daemon@mx.example"], "subject": ["Undelivered Mail Returned to Sender"]},
        senders=DAEMON,
        to=[Mailbox("soporte@desk.example")],
        texts=list(texts),
        text="\n".join(texts),
        files=[File("", kind, fields.encode())],
    )


def notice(text: str, **headers: str) -> Mail:
    named = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return Mail(
        {"from": ["mailer-daemon@mx.example"], **named},
        senders=DAEMON,
        to=[Mailbox("soporte@desk.example")],
        texts=[text],
        text=text,
    )


def group(recipient: str = "rfc822; ana@x.example", status: str = "5.1.1", more: str = "") -> str:
    return f"Reporting-MTA: dns; mx\n\nFinal-Recipient: {recipient}\nAction: failed\nStatus: {status}\n{more}"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("rfc822; ana@x.example", "ana@x.example"),
        ("RFC822;<ana@x.example>", "ana@x.example"),
        ("rfc822; 'ana@x.example'", "ana@x.example"),
        ('rfc822; "ana ruiz"@x.example', '"ana ruiz"@x.example'),
        ("ana@x.example", "ana@x.example"),
        ("rfc822; @relay.example:ana@x.example", "ana@x.example"),
        ("rfc822; ana+2Blista@x.example", "ana+lista@x.example"),
        ("rfc822; ana+42@x.example", "ana+42@x.example"),
        ("rfc822; IMCEASMTP-ana+40x+2Eexample@gw.example", "ana@x.example"),
        ("utf-8; ünna@x.example", "ünna@x.example"),
        ("x-local; |/usr/bin/vacation", None),
        ("rfc822; ana", None),
        ("", None),
    ],
)
def test_a_recipient_field_names_a_bare_address(value: str, address: str | None) -> None:
    assert field_address(value) == address


def test_an_address_ends_where_prose_goes_on() -> None:
    assert address_in("could not deliver to ana@x.example.") == "ana@x.example"
    assert address_in("无法发送到ana@x.example，请检查") == "ana@x.example"
    assert address_in("no address here") is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 user unknown", "5.1.1"),
        ("550-5.7.26 unauthenticated", "5.7.26"),
        ("sorry (#5.1.1)", "5.1.1"),
        ("<mx.example #5.7.1 smtp;550 x>", "5.7.1"),
        ("host 192.0.2.5 said 550 no", None),
        ("sent by Exim 4.6.1 at noon", None),
        ("Internet Mail Service (5.5.2653.19)", None),
        ("dsn=5.2.2, stat=quota", "5.2.2"),
    ],
)
def test_a_status_is_found_and_never_made_up(text: str, status: str | None) -> None:
    assert status_in(text) == status


def test_a_generic_status_gives_way_to_the_servers_own() -> None:
    assert better_status("5.0.0", "552 5.2.2 full") == "5.2.2"
    assert better_status("5.3.0", "550 5.1.1 unknown") == "5.1.1"
    assert better_status("5.1.1", "550 5.7.1 blocked") == "5.1.1"
    assert better_status("5.0.0", "550 no") == "5.0.0"
    assert better_status(None, "550 no") is None


def test_a_status_of_success_gives_way_to_what_failed() -> None:
    assert better_status("2.0.0", "550 5.1.1 unknown user") == "5.1.1"
    assert better_status("2.0.0", "no such user") == "2.0.0"


def test_the_status_of_the_server_quoted_is_preferred_where_it_says_more() -> None:
    words = "5.1.0 - Unknown address error 550-'5.1.1 <x@y.example>: User unknown'"
    assert better_status("5.0.0", words) == "5.1.1"
    assert better_status("5.0.0", "550 5.7.0 no, see version 5.7.9 of the page") == "5.7.9"
    assert better_status("5.0.0", "550 5.1.0 unknown, quota of another is 5.2.2") == "5.1.0"


def test_a_reply_is_told_from_other_numbers() -> None:
    assert reply_code("host mx said: 550 no") == "550"
    assert reply_code("<<< 421 try later") == "421"
    assert reply_code("message of 550 kilobytes on port 587") is None


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        ("5.1.1", "", "user_unknown"),
        ("5.7.1", "550 5.7.1 No such user", "user_unknown"),
        ("5.1.1", "User over quota. (#5.1.1)", "mailbox_full"),
        ("5.1.1", "550 5.1.1 Relaying denied", "policy"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "user_unknown"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "user_unknown"),
        ("4.7.1", "450 4.7.1 Recipient address rejected: Greylisted", "policy"),
        ("5.2.3", "", "message_too_big"),
        ("4.4.7", "message expired", "expired"),
        ("5.7.1", "", "policy"),
        ("5.4.4", "Host or domain name not found", "host_unknown"),
        (None, "552 something", "mailbox_full"),
        (None, "El buzón está lleno: buzón lleno", "mailbox_full"),
        (None, "Utilisateur inconnu !", "user_unknown"),
        (None, "Unbekannter Empfänger", "user_unknown"),
        (None, "a thing happened", "other"),
    ],
)
def test_the_words_decide_where_the_code_is_generic_or_lies(status: str | None, words: str, reason: str) -> None:
    assert reason_of(status, words) == reason


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("El buzón del destinatario está lleno y no puede aceptar mensajes ahora.", "mailbox_full"),
        ("La boîte de réception du destinataire est pleine", "mailbox_full"),
        ("Das Postfach ist überfüllt", "mailbox_full"),
        ("A caixa de entrada do destinatário está cheia", "mailbox_full"),
        ("받는 사람의 사서함이 가득 찼으므로", "mailbox_full"),
        ("El mensaje es demasiado grande para el destinatario", "message_too_big"),
        ("Размер сообщения превышает допустимый", "message_too_big"),
        ("La dirección de correo electrónico que escribió no se pudo encontrar.", "user_unknown"),
        ("Impossibile trovare l'indirizzo di posta elettronica immesso.", "user_unknown"),
        ("入力した電子メール アドレスが見つかりませんでした。", "user_unknown"),
        ("找不到您输入的电子邮件地址。", "user_unknown"),
        ("Le domaine n'existe pas", "host_unknown"),
        ("El usuario no existe en el dominio", "user_unknown"),
        ("ドメインが存在しません", "host_unknown"),
        ("No tiene permiso para enviar mensajes a este destinatario", "policy"),
        ("No se pudo conectar con el servidor de destino", "expired"),
        ("Algo ha ido mal", "other"),
    ],
)
def test_reasons_are_understood_in_the_languages_of_people(words: str, reason: str) -> None:
    assert reason_of(None, words) == reason


def test_how_often_a_server_tried_is_no_reason() -> None:
    assert reason_of("5.0.0", "550 rejected by administrator (delivery attempts: 0)") == "other"


def test_the_words_of_another_server_are_found_in_the_field_that_exchange_keeps_them_in() -> None:
    fields = (
        "Final-Recipient: rfc822;ana@x.example\nAction: failed\nStatus: 5.0.0\n"
        "X-Supplementary-Info: <mx.x.example #5.2.2 smtp;552-5.2.2 over quota; try later>\n"
    )
    assert bounces_of(report(fields)) == (
        Bounce("ana@x.example", "5.2.2", "mailbox_full", "552-5.2.2 over quota; try later"),
    )


def test_the_alias_that_led_to_a_recipient_does_not_hide_it() -> None:
    text = "<ana@x.example> (expanded from <todos@desk2.example>): host mx.x.example[192.0.2.7]\n    said: 550 5.1.1 no"
    assert [(bounce.recipient, bounce.status) for bounce in bounces_of(notice(text))] == [("ana@x.example", "5.1.1")]


def test_the_diagnostic_is_unfolded_and_without_its_type() -> None:
    mail = report(group(more="Diagnostic-Code: smtp; 550 5.1.1\n user\n\tunknown\n"))
    assert bounces_of(mail) == (Bounce("ana@x.example", "5.1.1", "user_unknown", "550 5.1.1 user unknown"),)


def test_the_notice_says_what_the_report_does_not() -> None:
    mail = report(group(status="5.0.0"), "Failed:\n\n  ana@x.example\n    mailbox is full\n")
    assert bounces_of(mail) == (Bounce("ana@x.example", "5.0.0", "mailbox_full", "mailbox is full"),)


def test_the_original_recipient_stands_in_for_a_local_name() -> None:
    mail = report("Original-Recipient: rfc822;ana@x.example\n" + group("x-local; |/bin/cat"))
    assert [bounce.recipient for bounce in bounces_of(mail)] == ["ana@x.example"]


def test_recipients_that_got_the_mail_are_left_out_of_a_failure() -> None:
    delivered = "Final-Recipient: rfc822; eva@x.example\nAction: delivered\nStatus: 2.0.0\n\n"
    assert [bounce.recipient for bounce in bounces_of(report(delivered + group()))] == ["ana@x.example"]


def test_a_report_of_success_is_about_no_failure() -> None:
    mail = report("Final-Recipient: rfc822; eva@x.example\nAction: relayed\nStatus: 2.0.0\n")
    assert bounces_of(mail) == ()


def test_a_reply_without_a_code_is_completed_from_the_transcript() -> None:
    mail = notice("<ana@x.example>\n    (reason: 550 Host unknown)\n\n550 5.1.2 <ana@x.example>... Host unknown\n")
    assert [(bounce.status, bounce.reason) for bounce in bounces_of(mail)] == [("5.1.2", "host_unknown")]


def test_recipients_side_by_side_are_each_reported() -> None:
    mail = notice("The following addresses are not valid:\n\na@x.example; b@x.example\n")
    assert [bounce.recipient for bounce in bounces_of(mail)] == ["a@x.example", "b@x.example"]


def test_a_status_without_its_content_type_is_found() -> None:
    assert len(bounces_of(report(group(), kind="application/octet-stream"))) == 1
    assert len(bounces_of(notice(group()))) == 1


def test_the_desks_own_address_did_not_fail() -> None:
    mail = notice("A message from soporte@desk.example could not be delivered to:\n\n<ana@x.example>: user unknown\n")
    assert [bounce.recipient for bounce in bounces_of(mail)] == ["ana@x.example"]


def test_recipients_in_a_header_are_believed_where_the_text_names_nobody() -> None:
    mail = notice("The group you wrote to does not exist.", x_failed_recipients="a@x.example, b@x.example")
    assert [bounce.recipient for bounce in bounces_of(mail)] == ["a@x.example", "b@x.example"]


def test_a_delay_in_prose_is_a_delay() -> None:
    mail = notice("Your message to\n  ana@x.example\nhas not yet been delivered. Delivery attempts will continue.")
    assert [bounce.action for bounce in bounces_of(mail)] == ["delayed"]


def test_a_mail_that_names_nobody_gives_nothing() -> None:
    assert bounces_of(notice("something went wrong")) == ()
    assert bounces_of(Mail({})) == ()


def test_the_original_is_known_by_the_returned_mail() -> None:
    content = b"To: Ana <ana@x.example>\nSubject: =?utf-8?q?Factura_pendiente?=\nMessage-ID:\n <1@desk.example>\n\nHola"
    for kind in ("message/rfc822", "text/rfc822-headers"):
        mail = Mail({}, files=[File("", kind, content)])
        assert original_of(mail) == Original("1@desk.example", "ana@x.example", "Factura pendiente")


@pytest.mark.parametrize(
    "text",
    [
        "sorry\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <a@x>\nMessage-ID: <1@desk.example>\n",
        "sorry\n\nOriginal message headers:\n\nMessage-ID: <1@desk.example>\nSubject: x\n",
        "This report relates to a message you sent\n\n  Message-id: <1@desk.example>\n  To: ana@x.example\n",
        "The message with Message-ID 1@desk.example was lost",
    ],
)
def test_the_original_is_known_by_what_the_text_quotes(text: str) -> None:
    assert original_of(notice(text)).message_id == "1@desk.example"


def test_the_original_is_known_by_what_the_bounce_answers() -> None:
    assert original_of(notice("sorry", in_reply_to="<1@desk.example>")).message_id == "1@desk.example"
    assert original_of(notice("sorry")) == Original()


def test_a_feedback_report_names_type_recipient_and_mail() -> None:
    mail = Mail(
        {},
        files=[
            File("", "message/feedback-report", b"Feedback-Type: Abuse\nOriginal-Rcpt-To: <ana@x.example>\n"),
            File("", "message/rfc822", b"Message-ID: <1@desk.example>\nSubject: x\n\n"),
        ],
    )
    assert feedback_of(mail) == Feedback("abuse", ("ana@x.example",), "1@desk.example")


def test_a_mail_without_a_report_is_no_feedback() -> None:
    assert feedback_of(notice("hola")) is None


def hostile() -> list[tuple[str, Mail]]:
    groups = "".join(
        f"Final-Recipient: rfc822; u{n}@x.example\nAction: failed\nStatus: 5.1.1\n\n" for n in range(100_000)
    )
    cases = [
        ("groups", report(groups)),
        ("addresses", notice("".join(f"<u{n}@x.example>: no\n" for n in range(100_000)))),
        ("transcript", notice(">>> RCPT TO:<ana@x.example>\n" * 100_000)),
        ("replies", notice("<<< 550 5.1.1 no\n" * 100_000)),
        ("json", notice('{"notificationType":' + "[" * 500_000)),
        ("files", Mail({}, senders=DAEMON, files=[File("", "message/rfc822", b"x: y\n" * 20_000)] * 500)),
    ]
    for piece in (
        "a",
        "@",
        "a@",
        "<",
        "(",
        ">>> ",
        "550 ",
        "5.1.1 ",
        "x@y ",
        "rcpt to:<",
        "final-recipient:",
        "to: ",
        '"',
        "-",
    ):
        line = piece * (1_000_000 // len(piece))
        cases.append((f"line of {piece}", notice(line, subject=line[:100_000])))
        cases.append((f"status of {piece}", report("Final-Recipient: rfc822; " + line, "x")))
        cases.append((f"lines of {piece}", notice((piece * 40 + "\n") * 20_000)))
        cases.append(
            (f"users with {piece}", notice("".join(f"<u{n}@x.example>: {piece * 20}\n" for n in range(5_000))))
        )
    return cases


def class_of(mail: Mail) -> str:
    return automation_of(mail, "")


@pytest.mark.parametrize("read", [bounces_of, original_of, feedback_of, class_of], ids=lambda read: read.__name__)
def test_no_mail_takes_long_or_reports_without_end(read: Callable[[Mail], object]) -> None:
    for name, mail in hostile():
        begun = time.process_time()
        found = read(mail)
        assert time.process_time() - begun < BUDGET_SECONDS, name
        assert not isinstance(found, tuple) or len(found) <= 100, name

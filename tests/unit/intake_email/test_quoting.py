"""Of a mail what is newly written is kept: no history, no signature, nothing that programs add."""

import pytest

from intake_email.domain.quoting import written_text

QUOTED = "> Could you send us the serial number?\n>\n> Marta"
WROTE = "On Mon, 5 Jan 2026 at 10:15, Marta Gil <marta@desk.example> wrote:"


def test_history_goes_with_the_line_that_introduces_it() -> None:
    assert written_text(f"It is 4471-B.\n\n{WROTE}\n\n{QUOTED}\n") == "It is 4471-B."


def test_text_without_history_is_unchanged() -> None:
    text = "Good morning,\n\nthe light blinks: red, then green.\n\nBest regards,\nNora"

    assert written_text(text) == text


@pytest.mark.parametrize(
    "introduction",
    [
        "On Nov 30, 2025, at 12:47 PM, Somebody <\n416ffd3258d4d2fa4c85cfa4c44e1721d66e3e8f4@desk.example>\nwrote:",
        "On Fri, Jan 9, 2026 at 6:03 PM, Marta Gil from the Service Desk\n<marta@desk.example> wrote:",
        "El vie, 9 ene 2026 a las 18:03, Marta Gil de la Torre vía Soporte\n(<marta@desk.example>) escribió:",
        "Marta Gil <marta@desk.example> schrieb am Fr., 9.\nJan. 2026, 18:03:",
        "Marta Gil\n<marta@desk.example> ezt írta (időpont: 2026. jan. 9., P, 18:03):",
        "Marta Gil <marta@desk.example>, 9 Oca 2026 Cum,\n18:03 tarihinde şunu yazdı:",
        "Am 09.01.2026 um 18:03 schrieb Marta\nGil via Desk <marta@desk.example>:",
        "2026-01-09 18:03 GMT+01:00 Marta Gil <\nmarta@desk.example>:",
    ],
)
def test_an_introduction_may_be_wrapped(introduction: str) -> None:
    assert written_text(f"It is 4471-B.\n\n{introduction}\n\n{QUOTED}\n") == "It is 4471-B."
    assert written_text(f"It is 4471-B.\n{introduction}\n\n{QUOTED}\n") == "It is 4471-B."


@pytest.mark.parametrize(
    "introduction",
    [
        "---- On Fri, 09 Jan 2026 14:02:50 +0530 marta@desk.example wrote ----",
        "On Fri, 9 Jan 2026 08:14:43 -0200 Marta Gil <marta@desk.example> wrote",
        "-----Marta Gil <marta@desk.example> wrote: -----",
        '09.01.2026, 18:30, "Marta - Gil" <marta@desk.example>:',
        "martes, 8 de abril de 2025, 9:56:16 -0400, Marta Gil <marta@desk.example>:",
        "2026/01/09 18:12、Marta Gil <marta@desk.example>のメール:",
        "Le 9 janv. 2026 à 18:03, Marta Gil <marta@desk.example<mailto:marta@desk.example>> a écrit :",
        "In a message dated 1/9/2026 6:03:00 P.M. Eastern Standard Time, marta@desk.example writes:",
    ],
)
def test_what_is_surely_introduced_is_history_also_without_marks(introduction: str) -> None:
    assert written_text(f"It is 4471-B.\n\n{introduction}\n\nCould you send it?\n") == "It is 4471-B."


@pytest.mark.parametrize("introduction", ["Marta Gil wrote:", "Quoting Marta Gil <marta@desk.example>:"])
def test_what_may_be_the_authors_own_words_introduces_only_what_is_marked(introduction: str) -> None:
    assert written_text(f"It is 4471-B.\n\n{introduction}\n\n{QUOTED}\n") == "It is 4471-B."

    own = f"It is 4471-B.\n\n{introduction}\n\nplease send the number."
    assert written_text(own) == own


def test_the_answer_and_the_introduction_may_share_a_line() -> None:
    assert written_text("fine On Wed, Apr 4, 2012 at 3:59 PM, marta@desk.example wrote:\n> Hi") == "fine"
    assert written_text("a - b\nbla--- On Wed, Apr 4, 2012 at 3:59 PM, m@desk.example wrote:\n> Hi") == "a - b\nbla"


@pytest.mark.parametrize(
    "block",
    [
        "From: Marta Gil\nSent: Monday, January 5, 2026 10:15 AM\nTo: Nora\nSubject: Re: 4471",
        "*From:* Marta Gil <marta@desk.example>\n*Date:* Monday, 5 January 2026\n*To:* Nora",
        "____________________\nDe: Marta <marta@desk.example>\nEnviado: lunes, 5 de enero\nPara: Nora",
        "From: Marta Gil \n<marta@desk.example>\nSent: Monday\nTo: a@client.example;\nb@client.example\nSubject: 4471",
        "From: Marta <marta@desk.example>\n\nSent: Monday\n\nTo: Nora\n\nSubject: Re: 4471",
        "-----Ursprüngliche Nachricht-----\nVon: Marta\nGesendet: Montag",
        "-----------------\n发件人：Marta <marta@desk.example>\n发送时间：2026年1月5日\n主　题：4471",
        "From: Marta Gil <marta@desk.example> To: Nora Sent: Monday, 5 January Subject: 4471",
        "-------- Original message --------",
        "##- Please type your reply above this line -##",
    ],
)
def test_the_head_of_an_older_message_begins_history(block: str) -> None:
    assert written_text(f"It is 4471-B.\n\n{block}\n\nCould you send it?") == "It is 4471-B."


@pytest.mark.parametrize(
    "text",
    [
        "Please book:\n\nFrom: Madrid\nTo: Lisbon\nDate: 5 May\n\nThank you",
        "From: my side all is fine.\nSubject: naming is open.",
        "I meant the original message, not the second.",
        "See the figure above this line.\n\nIt is wrong.",
        "Two things:\n\n- forwarded message\n- original message\n\nBoth are lost.",
        "The bad mail's head:\n\nMessage-ID: <a@b.example>\nDate: Mon, 5 Jan 2026\nFrom: x@b.example\nTo: y@b.example",
        "On Monday 5 January at 10:15 the technician said:\n\nreplace the fan.",
        "Visit us:\n>>> >>>  http://shop.example <<<\nor call.",
        "Rates:\n\n| from | to |\n| 1 | 2 |\n\nThanks",
    ],
)
def test_what_only_resembles_history_stays(text: str) -> None:
    assert written_text(text) == text


def test_inline_answers_keep_the_quotations_they_answer() -> None:
    inline = "> Which model?\n\nX1.\n\n> Which serial?\n\n4471-B."

    assert written_text(f"{WROTE}\n\n{inline}\n\n> Marta\n> Service Desk\n") == inline


def test_a_greeting_does_not_make_an_answer_below_a_quotation_another_thing() -> None:
    text = f"Hello Marta,\n\n{WROTE}\n> Which model?\n\nX1.\n"

    assert written_text(text) == "Hello Marta,\n\n> Which model?\n\nX1."


def test_text_below_a_whole_message_stays_without_it() -> None:
    assert written_text(f"{WROTE}\n\n{QUOTED}\n\nIt is 4471-B.\n") == "It is 4471-B."
    assert written_text(f"It is 4471-B.\n\n{WROTE}\n\n{QUOTED}\n\nRegards, Nora\n") == "It is 4471-B.\n\nRegards, Nora"


def test_text_below_a_quoted_head_stays() -> None:
    text = "From: Marta <marta@desk.example>\nSent: Monday\nSubject: 4471\n\n> Which model?\n\nX1."

    assert written_text(text) == "X1."


def test_the_broken_off_end_of_a_quoted_line_is_no_answer() -> None:
    wrapped = "> This line of the older message was so long that some program broke\nit.\n> And on it goes."

    assert written_text(f"X1.\n\n{WROTE}\n{wrapped}\n") == "X1."


def test_a_citation_that_the_author_chose_stays() -> None:
    text = "The manual says\n\n> press twice\n\nbut nothing happens."

    assert written_text(text) == text


@pytest.mark.parametrize("delimiter", ["-- ", "--"])
def test_a_signature_goes(delimiter: str) -> None:
    assert written_text(f"X1.\n\nRegards\n{delimiter}\nNora Ruiz\nACME\n\n{WROTE}\n{QUOTED}") == "X1.\n\nRegards"
    assert written_text(f"X1.\n{delimiter}\nNora Ruiz\nACME\n") == "X1."


def test_two_dashes_far_from_the_end_are_no_signature() -> None:
    text = "Above.\n--\n" + "\n".join(f"Point {number}" for number in range(30))

    assert written_text(text) == text


@pytest.mark.parametrize("rule", ["---", "----", "***", "=====", "________________________________"])
def test_a_rule_between_two_paragraphs_stays(rule: str) -> None:
    text = f"First part.\n\n{rule}\n\nSecond part."

    assert written_text(text) == text


@pytest.mark.parametrize(
    "footer",
    [
        "Sent from my iPhone",
        "Sent from my Verizon Wireless 4G LTE smartphone",
        "Sent from my cell, please excuse any typos.",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Get Outlook for iOShttps://aka.ms/o0ukef",
        "Sent from Mail for Windows 10",
        "(sent from a phone)",
        "Enviado desde mi iPhone",
        "Von meinem Mobilgerät gesendet",
        "Diese Nachricht wurde von meinem Android-Mobiltelefon mit K-9 Mail gesendet.",
        "Envoyé depuis mon téléphone Orange",
        "Отправлено из мобильной Почты Mail",
        "iPhoneから送信",
        "iPhone’umdan gönderildi",
        "從我的 iPhone 傳送",
    ],
)
def test_the_footer_of_a_phone_goes(footer: str) -> None:
    assert written_text(f"X1.\n\n{footer}\n") == "X1."
    assert written_text(f"X1.\n\n{footer}\n\n{WROTE}\n\n{QUOTED}\n") == "X1."


@pytest.mark.parametrize(
    "sentence",
    [
        "Sent from my desk, is much easier than my mobile phone.",
        "Sent from our office yesterday, please check the tracking.",
        "The notification was sent from my iPhone app to all users.",
        "Von meinem Handy aus geht es nicht",
        "Ich habe Ihnen eine E-Mail gesendet.",
        "내 휴대폰이 고장났습니다",
        "Telefon dün gönderildi",
    ],
)
def test_a_sentence_about_sending_stays(sentence: str) -> None:
    assert written_text(f"Hello,\n\n{sentence}\n") == f"Hello,\n\n{sentence}"


def test_the_footer_of_a_mailing_list_goes() -> None:
    footer = "_______________________________________________\nusers mailing list\nusers@lists.example"

    assert written_text(f"X1.\n\n{footer}\n") == "X1."


@pytest.mark.parametrize(
    "text",
    [
        f"{WROTE}\n\n{QUOTED}",
        QUOTED,
        "-- \nNora Ruiz\nACME",
        "Sent from my iPhone",
        "---------- Forwarded message ---------\nFrom: Marta <marta@desk.example>\nSubject: 4471\n\nWhich model?",
    ],
)
def test_where_nothing_would_be_left_all_is_kept(text: str) -> None:
    assert written_text(f"\n\n{text}\n\n") == text


def test_of_a_forwarded_message_the_text_above_is_kept() -> None:
    forwarded = "Begin forwarded message:\n\n> From: Marta <marta@desk.example>\n> Subject: 4471\n>\n> Which model?"

    assert written_text(f"Who is this?\n\n{forwarded}\n") == "Who is this?"


def test_blank_text_is_empty() -> None:
    assert written_text("") == ""
    assert written_text("\n \n\t\n") == ""

"""The samples are real and always the same."""

from email import message_from_bytes
from email.policy import default

from ventanilla_contracts.ids import mail_source_id
from ventanilla_devstack.samples import compose, read_samples
from ventanilla_devstack.slack_samples import read_slack_samples
from ventanilla_devstack.twilio.seed import Seed
from ventanilla_devstack.twilio.voice.people import check_script
from ventanilla_devstack.twilio_samples import read_call_samples, read_text_samples

MAILBOX = "soporte@desk.example"


def test_there_is_an_outage_a_bill_a_password_a_vip_and_an_answer_in_two_languages() -> None:
    samples = {sample.id: sample for sample in read_samples()}

    assert len(samples) == 6
    assert sum("vip.example" in sample.sender for sample in samples.values()) == 1
    (answer,) = (sample for sample in samples.values() if sample.reply_to)
    assert answer.reply_to in samples
    assert answer.sender == samples[answer.reply_to].sender
    assert len({sample.subject for sample in samples.values()}) == 6


def test_sent_twice_they_are_the_same_mails() -> None:
    first = [mail_source_id(MAILBOX, compose(sample, MAILBOX).as_bytes()) for sample in read_samples()]
    again = [mail_source_id(MAILBOX, compose(sample, MAILBOX).as_bytes()) for sample in read_samples()]

    assert first == again
    assert len(set(first)) == 6


def test_a_composed_mail_says_what_the_sample_says() -> None:
    sample = next(sample for sample in read_samples() if sample.reply_to)
    mail = message_from_bytes(compose(sample, MAILBOX).as_bytes(), policy=default)

    assert mail["subject"] == sample.subject
    assert mail["from"].addresses[0].display_name == "Lucía Ferrer"
    assert mail["in-reply-to"] == mail["references"] == f"<{sample.reply_to}@samples.ventanilla.example>"
    assert mail["date"].datetime == sample.sent_at
    assert mail.get_content().replace("\r\n", "\n") == sample.text


def test_customers_ask_in_the_channel_and_the_app_itself_in_two_languages() -> None:
    samples = read_slack_samples()
    subjects = [sample.subject for sample in (*samples, *read_samples())]

    assert sorted((sample.author, sample.channel) for sample in samples) == [
        ("carmen", ""),
        ("carmen", "ayuda"),
        ("john", "ayuda"),
    ]
    assert max(map(len, subjects)) <= 120
    assert len(set(subjects)) == len(subjects)


def test_calls_and_texts_come_from_people_of_the_local_twilio_to_its_numbers() -> None:
    texts, calls = read_text_samples(), read_call_samples()
    people = {str(one["number"]) for one in Seed().people}
    numbers = {str(one["number"]) for one in Seed().numbers}

    for sample in (*texts, *calls):
        assert (sample.author in people, sample.number in numbers) == (True, True)
    for call in calls:
        check_script(call.script)
    first, second = texts
    assert (second.reply_to, second.author, second.number) == (first.id, first.author, first.number)
    subjects = [sample.subject for sample in (*texts, *read_slack_samples(), *read_samples())]
    assert len(set(subjects)) == len(subjects)

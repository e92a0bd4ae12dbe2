"""Another way for a text that did not arrive: whose it must be, and which is best."""

from dataclasses import replace

import pytest

from tests.unit.tickets.builders import ticket
from tickets.domain.correspondence.fallback import KnownAddress, Talk, Way, other_way, way_from_call

DESK, OTHER_DESK, CARMEN, WORK = "+34910000100", "+34910000200", "+34600000001", "+34600000002"
BOX, MAIL = "soporte@desk.example", "carmen@cliente.example"
SMS = Way("sms", CARMEN, DESK, f"sms/{DESK}/{CARMEN}")
WHATSAPP = Way("whatsapp", CARMEN, DESK, f"whatsapp/{DESK}/{CARMEN}")
HERSELF = KnownAddress("phone", CARMEN, proven=False)
PROVEN = KnownAddress("email", MAIL, proven=True)


def talk(medium: str, address: str = CARMEN, account: str = DESK) -> Talk:
    return Talk(medium, address, account, f"{medium}/{account}/{address}")


def test_a_text_goes_by_mail_to_an_address_that_was_proven() -> None:
    assert other_way(SMS, "unreachable", [HERSELF, PROVEN], [], BOX) == Way("email", MAIL, BOX)


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_an_address_that_is_only_claimed_is_no_way(kind: str) -> None:
    claimed = KnownAddress(kind, MAIL if kind == "email" else WORK, proven=False)
    assert other_way(SMS, "unreachable", [HERSELF, claimed], [talk("sms", WORK)], BOX) is None


def test_what_comes_back_is_no_way_and_neither_is_a_mail_of_a_desk_without_a_mailbox() -> None:
    assert other_way(SMS, "unreachable", [KnownAddress("email", MAIL, proven=True, stopped=True)], [], BOX) is None
    assert other_way(SMS, "unreachable", [PROVEN], [], None) is None


def test_whatsapp_goes_as_sms_to_the_same_number_from_where_they_texted_before() -> None:
    talks = [talk("whatsapp"), talk("sms", account=OTHER_DESK)]
    way = other_way(WHATSAPP, "window_closed", [HERSELF, PROVEN], talks, BOX)
    assert way == Way("sms", CARMEN, OTHER_DESK, f"sms/{OTHER_DESK}/{CARMEN}")


def test_whatsapp_goes_by_mail_before_an_sms_that_nobody_has_tried() -> None:
    assert other_way(WHATSAPP, "window_closed", [HERSELF, PROVEN], [talk("whatsapp")], BOX) == Way("email", MAIL, BOX)
    assert other_way(WHATSAPP, "window_closed", [HERSELF], [talk("whatsapp")], BOX) == SMS


def test_an_sms_goes_by_whatsapp_only_where_they_have_talked_there() -> None:
    assert other_way(SMS, "no_address", [HERSELF], [talk("sms"), talk("whatsapp")], BOX) == WHATSAPP
    assert other_way(SMS, "no_address", [HERSELF], [talk("sms")], BOX) is None


def test_a_second_number_must_be_proven() -> None:
    proven = KnownAddress("phone", WORK, proven=True)
    assert other_way(SMS, "unreachable", [HERSELF, proven], [], BOX) == Way("sms", WORK, DESK, f"sms/{DESK}/{WORK}")


def test_a_call_from_a_landline_is_answered_where_its_caller_can_be_and_from_no_number_that_cannot_text() -> None:
    landline, mobile = "+34930000077", KnownAddress("phone", "+34600000002", proven=True)
    called = ticket(channel="voice", account=DESK, requester_address=landline, conversation=None)
    landed = way_from_call(called)
    assert landed == Way("sms", landline, DESK)
    assert other_way(landed, "", [mobile], [], BOX) == Way("sms", mobile.address, DESK, f"sms/{DESK}/{mobile.address}")
    textless = way_from_call(replace(called, requester_address=CARMEN))
    assert textless == Way("sms", CARMEN, "")
    assert other_way(textless, "", [mobile], [], BOX) is None
    found = replace(called, account="+15005550006", requester_address="+16175559911")
    assert way_from_call(found) == Way("sms", "+16175559911", "+15005550006"), "of one in Boston Twilio has said it"
    assert way_from_call(replace(called, requester_address="withheld/CA1")) is None
    assert way_from_call(replace(called, conversation=f"sms/{DESK}/{landline}")) is None


def test_whoever_wants_no_texts_gets_none_by_another_number_but_a_mail() -> None:
    talks = [talk("whatsapp"), talk("sms", WORK)]
    known = [HERSELF, KnownAddress("phone", WORK, proven=True)]
    assert other_way(SMS, "opted_out", known, talks, BOX) is None
    assert other_way(WHATSAPP, "opted_out", known, talks, BOX) is None
    assert other_way(SMS, "opted_out", [*known, PROVEN], talks, BOX) == Way("email", MAIL, BOX)

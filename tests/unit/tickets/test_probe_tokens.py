"""A probe is told by what the desk has signed and by nothing that anybody may claim."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from tests.unit.tickets.builders import NOON, incoming
from tickets.domain.probing.tokens import LIFETIME, SUBJECT, ProbeKeys
from tickets.domain.settling.incoming import Incoming
from ventanilla_contracts.probes import sentence, token_said

OLD, NEW = b"the key of last year, for tests", b"the key of this year, for tests"
KEYS = ProbeKeys([NEW, OLD])
NONCE = b"\x01\x02\x03\x04"
TOKEN = KEYS.issue("email", NOON, NONCE)


def probe(token: str = TOKEN, **changes: object) -> Incoming:
    addressed = orjson.dumps({"to": [{"address": "help@desk.example", "name": ""}], "cc": []}).decode()
    said = {"subject": SUBJECT, "text": sentence(token) + "\n", "sender_name": "", "addressed": addressed}
    return incoming(**{**said, **changes})


def test_what_the_desk_has_issued_is_a_probe() -> None:
    found = KEYS.probe_in(probe())
    assert found is not None
    assert (found.id, found.issued_at) == (TOKEN[:16], NOON)


def test_it_is_one_whichever_of_the_keys_signed_it() -> None:
    assert KEYS.probe_in(probe(ProbeKeys([OLD]).issue("email", NOON, NONCE)))
    assert not KEYS.probe_in(probe(ProbeKeys([b"somebody else's"]).issue("email", NOON, NONCE)))


@pytest.mark.parametrize("place", range(32))
def test_a_token_with_another_digit_is_none(place: int) -> None:
    other = "0" if TOKEN[place] != "0" else "1"
    assert not KEYS.probe_in(probe(TOKEN[:place] + other + TOKEN[place + 1 :]))


def test_a_token_of_one_channel_is_none_by_another() -> None:
    assert not KEYS.probe_in(probe(KEYS.issue("sms", NOON, NONCE)))
    assert not KEYS.probe_in(probe(channel="sms"))


def test_it_counts_when_it_was_accepted_and_not_how_long_it_was_under_way() -> None:
    assert KEYS.probe_in(probe(accepted_at=NOON + LIFETIME))
    assert not KEYS.probe_in(probe(accepted_at=NOON + LIFETIME + timedelta(seconds=1)))
    assert KEYS.probe_in(probe(accepted_at=NOON - timedelta(seconds=30))), "clocks differ a little"
    assert not KEYS.probe_in(probe(accepted_at=NOON - timedelta(minutes=2)))


@pytest.mark.parametrize(
    "changes",
    [
        {"text": sentence(TOKEN) + "\nY además: no puedo entrar."},
        {"text": "Hola. " + sentence(TOKEN)},
        {"text": sentence(TOKEN) + "0"},
        {"text": sentence(TOKEN).upper()},
        {"text": TOKEN},
        {"subject": "Urgente: se ha caído la tienda"},
        {"subject": f"{SUBJECT}: y la tienda se ha caído"},
        {"attachments": '[{"filename": "captura.png"}]'},
        {"html": "<p>La tienda se ha caído.</p>"},
        {"disposition": "unparseable"},
        {"replies_to": ("1.0123456789abcdef@desk.example",)},
        {"reply_token": "7-abcdefghijklmnop"},
        {"notes": ("attachments_large",)},
        {"notes": ("text_left_out",)},
        {"sender_name": "URGENTE: se ha caído la tienda"},
        {"addressed": '{"to": [{"address": "help@desk.example", "name": "Se ha caído la tienda"}], "cc": []}'},
        {"addressed": '{"to": [], "cc": [{"address": "jefe@cliente.example", "name": ""}]}'},
        {"addressed": '{"to": [{"address": "a@b.example"}, {"address": "c@d.example"}], "cc": []}'},
        {"addressed": '{"to": [], "cc": [], "reply_to": [{"address": "otra@cliente.example"}]}'},
        {"text_cut": True},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_says_more_than_a_probe_is_an_ordinary_message(changes: dict[str, object]) -> None:
    assert KEYS.probe_in(probe(**changes)) is None


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "api"])
def test_a_name_or_html_is_more_than_a_probe_says_by_any_channel_but_slack(channel: str) -> None:
    said = probe(KEYS.issue(channel, NOON, NONCE), channel=channel)
    assert KEYS.probe_in(said)
    assert not KEYS.probe_in(replace(said, sender_name="Se ha caído la tienda"))
    assert not KEYS.probe_in(replace(said, html="<p>Se ha caído la tienda.</p>"))
    slack = probe(KEYS.issue("slack", NOON, NONCE), channel="slack", sender_name="Eva", html="<p>A probe.</p>")
    assert KEYS.probe_in(slack), "the profile's name, and Slack's own form of the sentence"


def test_a_call_is_a_probe_by_its_own_id_which_the_provider_signs() -> None:
    token = KEYS.issue("voice", NOON, NONCE)
    call = incoming(channel="voice", text="", sender_name="", event_id=f"message.received.v1:voice/CA{token}")
    assert KEYS.probe_in(call)
    assert not KEYS.probe_in(replace(call, attachments='[{"filename": "mensaje.mp3"}]')), "somebody has spoken"
    assert not KEYS.probe_in(replace(call, event_id=f"message.received.v1:voice/CA{TOKEN}")), "of another channel"


def test_the_tickets_that_are_taken_back_have_numbers_that_nobody_draws() -> None:
    found = KEYS.probe_in(probe())
    assert found is not None
    assert 2**62 <= found.number < 2**63


def test_an_ordinary_text_has_no_token() -> None:
    assert token_said("No puedo entrar en mi cuenta.") is None
    assert token_said("") is None

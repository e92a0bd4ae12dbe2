"""The envelope survives its way through a message header."""

import pytest

from intake_email.domain.envelope import ADDRESS_LIMIT_CHARS, RECIPIENT_LIMIT, Envelope


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope(),
        Envelope("ana@cliente.example", ("soporte+t.x@desk.example",), "192.0.2.1", "mx.cliente.example", True),
        Envelope("josé@cliente.example", ("ñ@desk.example", "b@desk.example"), "::1", "[::1]", True),
        Envelope('"a\\b\r\nX-Evil: 1"@cliente.example', (), "", "\udce9\x00"),
    ],
)
def test_an_envelope_is_read_as_it_was_written_and_its_text_is_one_line_of_ascii(envelope: Envelope) -> None:
    text = envelope.encode()
    assert text.isascii()
    assert text.isprintable()
    assert Envelope.decode(text) == envelope


def test_an_envelope_is_bounded() -> None:
    encoded = Envelope("s" * 9999, ("r" * 9999,) * 999, "p" * 999, "g" * 9999).encode()
    decoded = Envelope.decode(encoded)
    assert len(decoded.sender) == ADDRESS_LIMIT_CHARS
    assert len(decoded.recipients) == RECIPIENT_LIMIT
    assert len(encoded) < 8000


@pytest.mark.parametrize("text", ["", "[1]", '"x"', "{", '{"recipients": 3}'])
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Envelope.decode(text)

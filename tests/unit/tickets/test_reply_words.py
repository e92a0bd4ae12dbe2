"""Signatures, pictures and file names of replies."""

import pytest

from tickets.domain.correspondence.inline_pictures import with_inline_pictures
from tickets.domain.correspondence.signatures import NO_SIGNATURE, Signature, signature_in, signed
from tickets.errors import Invalid
from tickets.settings import TicketsSettings

ID = "0b7e3f7a-7d0b-4f39-9d7f-0a4b8d1c2e3f"


def test_placeholders_are_filled_once_and_escaped_in_html() -> None:
    names = {"agent": "{desk} <Eva>", "team": "A&B", "desk": "Soporte"}

    both = signed(Signature("{agent}\n{team} {other}\n", "<i>{agent}</i> {team}"), **names)
    text_only = signed(Signature("{agent}\n\n{desk}"), **names)

    assert both == Signature("{desk} <Eva>\nA&B {other}", "<i>{desk} &lt;Eva&gt;</i> A&amp;B")
    assert text_only.html == "<p>{desk} &lt;Eva&gt;</p><p>Soporte</p>"
    assert signed(NO_SIGNATURE, **names) == NO_SIGNATURE


def test_a_missing_language_falls_back_to_that_of_the_desk() -> None:
    there = {"es": Signature("Un saludo"), "en": Signature("Regards")}

    assert signature_in(there, "en", "es").text == "Regards"
    assert signature_in({"es": there["es"]}, "en", "es").text == "Un saludo"
    assert signature_in({"en": there["en"]}, "es", "es") == NO_SIGNATURE


def test_a_picture_that_the_html_shows_becomes_an_inline_file() -> None:
    files = {ID: {"detected_type": "image/png", "content_type": "application/x"}, "b": {"detected_type": None}}

    html, changed = with_inline_pictures(f'<img alt="x" src="cid:{ID.upper()}"><p>x</p>', files, "desk.example")

    assert html == f'<img alt="x" src="cid:{ID}@desk.example"><p>x</p>'
    assert changed[ID] == {
        "detected_type": "image/png",
        "content_type": "image/png",
        "inline": True,
        "content_id": f"{ID}@desk.example",
    }
    assert changed["b"] == {"detected_type": None}
    assert "inline" not in files[ID]


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", None])
def test_only_proven_pictures_among_the_files_can_be_shown(kind: str | None) -> None:
    with pytest.raises(Invalid):
        with_inline_pictures(f'<img src="cid:{ID}">', {ID: {"detected_type": kind}}, "desk.example")
    with pytest.raises(Invalid):
        with_inline_pictures('<img src="cid:">', {ID: {"detected_type": "image/png"}}, "desk.example")


def test_a_mailbox_may_send_under_another_address() -> None:
    settings = TicketsSettings(
        secret="a secret of the tests",  # type: ignore[arg-type]  # as the environment gives it
        mailboxes="Soporte@desk.example=Soporte <Hola@brand.example>, ventas@desk.example=Ventas, x@desk.example",
        teams_without_quotes="legal, billing",
    )

    assert settings.names() == {
        "soporte@desk.example": "Soporte",
        "ventas@desk.example": "Ventas",
        "x@desk.example": "",
    }
    assert settings.senders() == {"soporte@desk.example": "hola@brand.example"}
    assert settings.unquoted_teams() == {"legal", "billing"}

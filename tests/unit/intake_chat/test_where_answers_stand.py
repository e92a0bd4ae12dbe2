"""Where an answer will stand: the composer and the preview say it, and it is said again where that has changed."""

from dataclasses import replace
from typing import Any

import pytest

from intake_chat.domain.slack.replies.composer import composed, composer_view, preview_view
from intake_chat.domain.slack.replies.place import kept_place, place_sentence
from intake_chat.errors import DeskAway, DeskRefused
from tests.unit.intake_chat.agent_rig import words
from tests.unit.intake_chat.test_composer import HELD, REPLIES, TICKET, Rig, composer_for, pressed
from ventanilla_devstack.slack.blocks import check_blocks, check_view

ANA = {"address": "T1/U0ANA", "name": "Ana"}
IN_CHANNEL = {"medium": "slack", "kind": "channel", "account": "T1/C0HELP", "conversation": "T1/C0HELP/1.000001",
              "to": ANA, "cc": []}  # fmt: skip
IN_PRIVATE = {**IN_CHANNEL, "kind": "direct", "account": "T1/D0ANA", "conversation": "T1/D0ANA/1.000001"}
BY_MAIL = {"medium": "email", "kind": "mail", "account": "soporte@desk.example", "conversation": None,
           "to": {"address": "ana@cliente.example", "name": "Ana"}, "cc": []}  # fmt: skip
PLACE = ("GET", "/tickets/7/replies/place")


@pytest.mark.parametrize(
    ("place", "spanish", "english"),
    [
        (
            IN_CHANNEL,
            "En <#C0HELP>, en el hilo: lo leen todos los del canal.",
            "In <#C0HELP>, in the thread: everybody in the channel reads it.",
        ),
        (IN_PRIVATE, "En privado, por mensaje directo con Ana.", "In private, by direct message with Ana."),
        (BY_MAIL, "Por correo a Ana &lt;ana@cliente.example&gt;.", "By mail to Ana &lt;ana@cliente.example&gt;."),
        (
            {**BY_MAIL, "cc": [{"address": "l@x.example", "name": ""}]},
            "Por correo a Ana &lt;ana@cliente.example&gt;, con copia a l@x.example.",
            "By mail to Ana &lt;ana@cliente.example&gt;, with a copy to l@x.example.",
        ),
    ],
)
async def test_the_composer_and_the_preview_say_where_the_answer_will_stand(
    place: dict[str, Any], spanish: str, english: str
) -> None:
    rig = Rig(answers={PLACE: place})
    await rig.replies.pressed(pressed())

    view = rig.views.shown[-1][2]
    seen = {"to": place["to"], "cc": place["cc"], "text": "Hola", "place": place}
    for language, sentence in (("es", spanish), ("en", english)):
        assert place_sentence(kept_place(place), language) == sentence
        assert sentence in words(preview_view(seen, language))
    assert spanish in words(view)
    assert "El cliente lo recibe" not in words(view)
    assert check_blocks(view["blocks"], surface="modal") == []
    assert composed(view | {"state": {"values": {}}}).composer.place == kept_place(place)


async def test_an_earlier_ticket_service_says_no_place_and_the_way_is_named_all_the_same() -> None:
    rig = Rig(answers={("GET", "/tickets/7"): {**TICKET, "channel": "api"}})
    await rig.replies.pressed(pressed())

    assert "por correo: Ana" in words(rig.views.shown[-1][2])


async def test_of_many_in_copy_the_composer_counts_and_the_preview_names_all() -> None:
    copies = [{"address": f"p{number}@x.example", "name": ""} for number in range(6)]
    place = {**BY_MAIL, "cc": copies}

    assert place_sentence(kept_place(place), "en").endswith("p2@x.example, 3 more.")
    assert "p5@x.example" in words(preview_view({"to": BY_MAIL["to"], "cc": copies, "text": "x", "place": place}, "en"))


def test_a_customers_name_makes_nothing_of_the_sentence() -> None:
    place = kept_place({**IN_PRIVATE, "to": {"address": "T1/U1", "name": "<!channel> *Ana*"}})

    said = place_sentence(place, "es")

    assert "<!" not in said
    assert "*Ana*" not in said


@pytest.mark.parametrize("error", [DeskRefused(404, "not_found", ""), DeskAway("x")])
async def test_a_ticket_service_that_does_not_say_it_leaves_the_composer_as_it_was(error: Exception) -> None:
    rig = Rig(answers={PLACE: error})

    await rig.replies.pressed(pressed())
    sent = await rig.submit(shown=composed(rig.views.shown[-1][2] | {"state": {"values": {}}}).composer)

    assert "El cliente lo recibe por correo: Ana." in words(rig.views.shown[-1][2])
    assert sent == {"response_action": "clear"}


@pytest.mark.parametrize(
    ("why", "spanish"),
    [
        (
            "no text arrives at the number that called; call the customer back, or write an internal note",
            "A ese teléfono no llegan mensajes: devuelve la llamada, o escribe una nota.",
        ),
        ("the ticket is closed; open a new one that points at it", "La petición está cerrada."),
    ],
)
async def test_where_no_answer_can_be_sent_nobody_is_let_write_one_and_words_that_stood_are_shown(
    why: str, spanish: str
) -> None:
    rig = Rig(answers={PLACE: DeskRefused(409, "refused", why)})
    rig.desk.answers["GET", "/tickets/7/replies/5f0c-1"] = {"text": "Mi texto", "state": "recalled", "id": "5f0c-1"}

    await rig.replies.pressed(pressed())
    fresh = rig.views.shown[-1][2]
    await rig.replies.retry_pressed(pressed("7:5f0c-1"))
    again = rig.views.shown[-1][2]

    for view in (fresh, again):
        assert spanish in words(view)
        assert "El cliente lo recibe" not in words(view)
        assert "input" not in [block["type"] for block in view["blocks"]]
    assert "Mi texto" in words(again)


async def test_whoever_has_written_already_is_told_by_sending_that_no_answer_can_be_sent() -> None:
    why = "no text arrives at the number that called; call the customer back, or write an internal note"
    refused = DeskRefused(409, "refused", why)
    rig = Rig(answers={PLACE: refused, REPLIES: refused})

    answer = await rig.submit("Hola")

    assert answer["response_action"] == "errors"
    assert "devuelve la llamada" in str(answer["errors"])


async def test_an_answer_that_would_stand_elsewhere_meanwhile_is_asked_for_once_more_and_then_goes() -> None:
    rig = Rig(answers={PLACE: IN_CHANNEL, REPLIES: HELD})
    await rig.replies.pressed(pressed())
    rig.desk.answers[PLACE] = IN_PRIVATE
    opened = composed(rig.views.shown[-1][2] | {"state": {"values": {}}}).composer

    first = await rig.submit("Su clave es 1234", shown=opened)
    again = composed(first["view"] | {"state": {"values": {}}}).composer
    second = await rig.submit("Su clave es 1234", shown=again)

    assert first["response_action"] == "update"
    assert "ha cambiado dónde o a quién llega" in words(first["view"])
    assert "En privado, por mensaje directo con Ana." in words(first["view"])
    assert second == {"response_action": "clear"}
    assert len([one for one in rig.desk.asked if one[:2] == REPLIES]) == 1


async def test_what_came_meanwhile_shows_where_it_would_stand_now() -> None:
    rig = Rig(answers={PLACE: IN_PRIVATE})
    came = {"id": "m2", "kind": "customer", "author": {"name": "Ana"}, "text": "¿Hay algo?"}
    rig.desk.answers["GET", "/tickets/7/messages"] = {"items": [came, {"id": "m1", "kind": "customer"}]}

    shown = await rig.submit(shown=composer_for({"number": 7, "channel": "slack", "requester": ANA}, "m1"))

    assert "En privado, por mensaje directo con Ana." in words(shown["view"])
    assert "ha cambiado" not in words(shown["view"]), "nothing was said of it before"


def test_the_dialog_of_the_longest_place_is_one_that_slack_takes() -> None:
    long = {"address": "a" * 200 + "@x.example", "name": "ñ" * 300}
    place = kept_place({**BY_MAIL, "to": long, "cc": [long] * 25})
    shown = composer_for({"number": 7, "channel": "email", "requester": {"name": "ñ" * 300}}, "m" * 36)

    assert check_view(composer_view(replace(shown, place=place), "es"), "modal") == []


def test_the_preview_shows_the_words_as_they_are_read_there() -> None:
    said = "Pulsa *Reiniciar* <ya> en https://x.example/a?b=1&c=2.\n> cita"
    views = [preview_view({"to": ANA, "text": said, "place": place}, "es") for place in (IN_PRIVATE, BY_MAIL)]
    in_chat, by_mail = ([block for block in view["blocks"] if "Pulsa" in str(block)] for view in views)

    assert in_chat[0]["text"]["type"] == "mrkdwn"
    assert in_chat[0]["text"]["text"] == "Pulsa *Reiniciar* &lt;ya&gt; en <https://x.example/a?b=1&amp;c=2>.\n&gt; cita"
    assert by_mail[0]["type"] == "rich_text"

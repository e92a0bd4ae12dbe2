"""What a message of Slack says where its text does not: blocks, shared messages, attachments of apps, mails."""

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import (
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    ImageBlock,
    MarkdownBlock,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextListElement,
    RichTextPreformattedElement,
    RichTextQuoteElement,
    RichTextSectionElement,
    SectionBlock,
)

from intake_chat.domain.slack.block_words import words_of_block
from intake_chat.domain.slack.entry.happenings import hand_in, what_happened
from intake_chat.domain.slack.events import Author, Said, happening_of
from intake_chat.domain.slack.message_words import message_words
from intake_chat.domain.slack.mrkdwn import people_in, plain_text, safe_html
from intake_chat.domain.slack.normalise import Profile, received
from tests.unit.intake_chat.test_slack_events import envelope, message

Json = dict[str, Any]
Parts = RichTextElementParts
NAMES = {"U0EVA": "Eva Ruiz", "U0ANA": "Ana Pérez"}


def section(*pieces: Any) -> RichTextSectionElement:
    return RichTextSectionElement(elements=list(pieces))


def rich(*elements: Any) -> Json:
    shape: Json = RichTextBlock(elements=list(elements)).to_dict()
    return shape


def typed(text: str) -> Json:
    return rich(section(Parts.Text(text=text)))


def shared(text: str, **more: Any) -> Json:
    """As Slack gives a message that somebody shares: its link, its text, its blocks, and who wrote it."""
    stands = {"team": "T1", "channel": "C9", "ts": "9.000001", "message": {"blocks": [typed(text)]}}
    return {
        "from_url": "https://a.slack.example/archives/C9/p9000001", "ts": "9.000001", "author_id": "U0ANA",
        "channel_id": "C9", "channel_team": "T1", "is_msg_unfurl": True, "is_share": True, "message_blocks": [stands],
        "fallback": f"[October 12th] ana: {text}", "text": text, "author_name": "Ana Pérez", "author_subname": "ana",
        "mrkdwn_in": ["text"], "footer": "Posted in #general", "color": "D0D0D0", **more,
    }  # fmt: skip


def read(**fields: Any) -> str:
    return plain_text(message_words({"text": "", **fields}), NAMES)


def test_what_people_type_is_said_once_and_as_they_typed_it() -> None:
    text = "La *impresora* de <@U0EVA> &amp; la mía"
    blocks = [rich(section(Parts.Text(text="La "), Parts.Text(text="impresora", style={"bold": True})))]

    assert message_words({"text": text, "blocks": blocks}) == text
    assert message_words({"text": text}) == text
    assert message_words({}) == ""


def test_rich_text_alone_reads_as_people_see_it() -> None:
    block = rich(
        section(
            Parts.Text(text="Hola "), Parts.User(user_id="U0EVA"), Parts.Text(text=" mira <esto>: "),
            Parts.Link(url="https://a.example/?a=1&b=2", text="aquí"), Parts.Emoji(name="tada", unicode="1f389"),
            Parts.Text(text=" ya ", style={"bold": True}), Parts.Broadcast(range="here"),
            Parts.Channel(channel_id="C1"), Parts.Emoji(name="own"),
            Parts.Date(timestamp=0, format="{date}", fallback="1 de enero"),
        ),
        RichTextListElement(style="bullet", indent=0, elements=[section(Parts.Text(text="uno"))]),
        RichTextListElement(
            style="ordered", indent=1, elements=[section(Parts.Text(text="dos")), section(Parts.Text(text="tres"))]
        ),
        RichTextQuoteElement(elements=[Parts.Text(text="dijo\nque no")]),
        RichTextPreformattedElement(elements=[Parts.Text(text="if a < b:\n  *c*"), Parts.Link(url="https://x.example")]),
    )  # fmt: skip

    assert read(blocks=[block]) == (
        "Hola @Eva Ruiz mira <esto>: aquí (https://a.example/?a=1&b=2)🎉 *ya* @here#C1:own:1 de enero\n"
        "• uno\n    1. dos\n    2. tres\n> dijo\n> que no\n```\nif a < b:\n  *c*https://x.example\n```"
    )
    words = message_words({"text": "", "blocks": [block]})
    assert people_in(words) == {"U0EVA"}
    html = safe_html(words, NAMES)
    assert "<blockquote>que no</blockquote>" in html
    assert "<pre>if a &lt; b:\n  *c*https://x.example</pre>" in html
    assert '<a href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">aquí</a>' in html


def test_what_apps_show_in_blocks_is_read_and_what_is_only_pressed_is_not() -> None:
    blocks = [
        HeaderBlock(text=PlainTextObject(text="Alta de usuario")).to_dict(),
        DividerBlock().to_dict(),
        SectionBlock(text="Pide *acceso* <@U0EVA>", fields=["*Área*: Ventas", "*Para*: hoy"]).to_dict(),
        ContextBlock(elements=[PlainTextObject(text="Formulario <7>")]).to_dict(),
        ImageBlock(image_url="https://a.example/x.png", alt_text="El plano").to_dict(),
        MarkdownBlock(text="# Notas\n- una").to_dict(),
        {"type": "table", "rows": [[{"type": "raw_text", "text": "Serie"}, {"type": "raw_number", "value": 17}],
                                   [typed("A|B"), {"type": "raw_text", "text": ""}]]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Aprobar"}}]},
        {"type": "of tomorrow", "title": {"type": "plain_text", "text": "Nuevo"}, "elements": [typed("dentro")]},
    ]  # fmt: skip

    assert read(blocks=blocks, bot_id="B1") == (
        "*Alta de usuario*\nPide *acceso* @Eva Ruiz\n*Área*: Ventas\n*Para*: hoy\nFormulario <7>\n"
        "El plano (https://a.example/x.png)\n# Notas\n- una\nSerie | 17\nA|B | \nNuevo\ndentro"
    )


def test_a_headline_that_the_blocks_say_too_is_not_said_twice() -> None:
    blocks = [SectionBlock(text="*Pedido 17*: falta una caja").to_dict(), SectionBlock(text="No").to_dict()]

    assert read(text="Pedido 17: falta una caja", blocks=blocks, bot_id="B1") == "Pedido 17: falta una caja\nNo"
    assert read(text="Pedido 17", blocks=blocks, bot_id="B1").startswith("Pedido 17\n*Pedido 17*: falta")
    assert read(text="Nuevo pedido", blocks=[SectionBlock(text="No").to_dict()], bot_id="B1") == "Nuevo pedido\nNo"


def test_a_message_that_is_shared_is_quoted_with_who_wrote_it() -> None:
    assert read(attachments=[shared("no me deja entrar\nni a Luis")]) == (
        "> no me deja entrar\n> ni a Luis\n— Ana Pérez"
    )
    assert read(text="¿Lo veis?", attachments=[shared("no me deja entrar")]) == (
        "¿Lo veis?\n> no me deja entrar\n— Ana Pérez"
    )
    nameless = shared("", author_name="", author_subname="", message_blocks=[], fallback="[ayer] ana: x")
    assert read(attachments=[nameless]) == "> [ayer] ana: x\n— @Ana Pérez"
    with_file = shared("", files=[{"id": "F1", "name": "plano.pdf"}], message_blocks=[])
    assert read(attachments=[with_file]) == "> plano.pdf\n— Ana Pérez"


def test_previews_of_links_are_nobodys_words() -> None:
    preview = {"from_url": "https://a.example", "service_name": "A", "title": "Portada", "text": "Bienvenidos"}
    of_app = {"app_unfurl_url": "https://b.example", "is_app_unfurl": True, "blocks": [typed("tarea 7")]}

    assert read(text="<https://a.example>", attachments=[preview, of_app]) == "https://a.example"


def test_attachments_of_apps_are_read_with_title_and_fields() -> None:
    mail = {
        "pretext": "Correo de <@U0ANA>", "author_name": "Ana <ana@a.example>", "title": "Re: factura & abono",
        "title_link": "https://mail.example/1", "text": "No cuadra", "fallback": "Re: factura",
        "fields": [{"title": "Para", "value": "ventas", "short": True}, {"value": "suelto"}],
    }  # fmt: skip

    assert read(attachments=[mail, {"fallback": "solo esto"}, {"any": {"thing": 1}}], bot_id="B1") == (
        "Correo de @Ana Pérez\nAna <ana@a.example>\nRe: factura & abono (https://mail.example/1)\nNo cuadra\n"
        "Para: ventas\nsuelto\nsolo esto"
    )


def test_a_mail_in_a_channel_is_quoted_with_its_sender() -> None:
    mail = {"id": "F1", "mode": "email", "subject": "Avería", "plain_text": "No enfría.\n<Luis>",
            "from": [{"address": "luis@a.example", "original": "Luis <luis@a.example>"}]}  # fmt: skip

    assert read(files=[mail], bot_id="B1") == "> Avería\n> No enfría.\n> <Luis>\n— Luis <luis@a.example>"


def test_nothing_in_it_becomes_a_call_or_a_link_that_it_is_not() -> None:
    block = rich(section(
        Parts.Text(text="<!channel> <@U0EVA>"), Parts.Link(url="!here|x", text="y"),
        Parts.Link(url="https://a.example/a|b>c d", text="un > dos"), Parts.User(user_id="u|<!here>"),
        Parts.Broadcast(range="here> <!x"), Parts.Emoji(name="<!here>", unicode="d800"),
    ))  # fmt: skip
    words = message_words({"blocks": [block]})

    assert people_in(words) == set()
    assert "<!" not in words
    assert "<https://a.example/a%7Cb%3Ec%20d|un &gt; dos>" in words


def test_a_shared_message_becomes_a_ticket_with_a_subject() -> None:
    said = happening_of(envelope(message(text="", attachments=[shared("no me deja entrar")])))

    assert isinstance(said, Said)
    event = received(said, Profile(language="es"), {})
    assert (event.subject, event.text) == ("no me deja entrar", "> no me deja entrar\n— Ana Pérez")
    assert event.html_body == "<p><blockquote>no me deja entrar</blockquote>— Ana Pérez</p>"


def test_what_is_handed_in_keeps_the_words_of_its_blocks() -> None:
    alert = {"type": "message", "ts": "9.000001", "bot_id": "B1", "text": "", "user": "UBOT",
             "attachments": [{"title": "Disco lleno", "text": "srv-7 al 98 %"}]}  # fmt: skip
    stored = hand_in(Author("T1", "U1"), {"message": alert, "channel": {"id": "C1"}, "action_ts": "10.000001"})

    assert stored is not None
    handed: Any = what_happened(stored)
    assert handed.said.text == "Disco lleno\nsrv-7 al 98 %"
    assert "attachments" not in stored["message"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "type", "text", "elements", "blocks", "attachments", "is_share", "message_blocks", "message", "fields",
            "rows", "style", "indent", "offset", "url", "user_id", "timestamp", "unicode", "files", "mode", "from",
            "title", "value", "fallback", "author_id", "author_name",
        ]),
        inner | st.sampled_from([
            "rich_text", "rich_text_list", "rich_text_section", "rich_text_quote", "rich_text_preformatted", "link",
            "user", "date", "emoji", "section", "table", "email", "ordered", "image", "context",
        ]),
        max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["text", "blocks", "attachments", "files", "bot_id"]), ANYTHING, max_size=5))
def test_whatever_stands_in_a_message_is_read_without_an_error(fields: Json) -> None:
    assert isinstance(message_words(fields), str)


@pytest.mark.parametrize("kind", ["rich_text_quote", "rich_text_list", "rich_text_section"])
def test_what_is_nested_too_deep_ends_somewhere(kind: str) -> None:
    block: Json = {"type": "text", "text": "fondo"}
    for _ in range(900):
        block = {"type": kind, "elements": [block], "indent": 10**9}
    below: Json = {"is_share": True, "text": "fondo"}
    for _ in range(300):
        below = {"is_share": True, "text": "x", "attachments": [below]}

    words = message_words({"blocks": [{"type": "rich_text", "elements": [block]}], "attachments": [below]})

    assert len(words) < 10_000


def test_three_backticks_inside_of_code_do_not_end_it() -> None:
    code = [{"type": "text", "text": "uno\n```\n*dos*\n```\ntres"}]
    block = {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": code}]}
    shown = safe_html(words_of_block(block), {})

    assert shown.startswith("<pre>uno")
    assert shown.endswith("tres</pre>")
    assert "<strong>" not in shown
    assert shown.count("<pre>") == 1


@pytest.mark.parametrize("ticks", ["`", "``", "```", "`````"])
def test_backticks_inside_of_code_are_the_same_signs_in_text_and_in_html(ticks: str) -> None:
    code = f"echo {ticks}date{ticks} &#96; <b>"
    fenced = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": code}]}
    inline = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": code, "style": {"code": True}}, {"type": "text", "text": " y ya"}],
    }
    escaped_code = html.escape(code, quote=False)

    for element, text, shown in (
        (fenced, f"```\n{code}\n```", f"<pre>{escaped_code}</pre>"),
        (inline, f"`{code}` y ya", f"<p><code>{escaped_code}</code> y ya</p>"),
    ):
        words = words_of_block({"type": "rich_text", "elements": [element]})
        assert plain_text(words, {}) == text
        assert safe_html(words, {}) == shown

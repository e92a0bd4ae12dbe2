"""The page's drawing: escaped, in two languages, with every kind of block and element."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla_devstack.slack.blocks import check_blocks, with_ids
from ventanilla_devstack.slack.page import mrkdwn, words
from ventanilla_devstack.slack.page.block_view import draw_blocks
from ventanilla_devstack.slack.page.mrkdwn import Drawing, draw_text
from ventanilla_devstack.slack.page.tags import Html, tag
from ventanilla_devstack.slack.seed import Seed, new_workspace

NOON = 1_795_788_000.0  # 2026-11-27 15:00 in Madrid


def drawing(language: str = "en", name: str = "carmen") -> Drawing:
    workspace = new_workspace(Seed(), lambda: NOON)
    return Drawing(workspace, workspace.person(name), words.words_of(language))


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _soft_ ~gone~ `code *x*`", "<strong>bold</strong> <em>soft</em> <s>gone</s> <code>code *x*</code>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("*bold _and soft_*", "<strong>bold <em>and soft</em></strong>"),
        ("a\nb", "a<br>b"),
        ("*<https://x.example/_a_/1|#1>* b", ">#1</a></strong> b"),
        ("*<https://x.example/_a_/1|#1>* b", 'href="https://x.example/_a_/1"'),
        ("\ue0007\ue000 <mailto:ana@x.example>", "7 <a"),
        ("a\n>b", "<blockquote>b</blockquote>"),
        ("<https://x.example/?a=1&amp;b=2|here>", ">here</a>"),
        ("<mailto:ana@x.example>", 'href="mailto:ana@x.example"'),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("<script>alert(1)</script>", "script"),
        ("<javascript:alert(1)|click>", ">click<"),
        ("<!here>", '<span class="mention">@here</span>'),
        ("&gt; quoted", "<blockquote>quoted</blockquote>"),
        ("```\nx < y\n```", "<pre>x &lt; y\n</pre>"),
    ],
)
def test_markup_is_drawn_and_the_rest_is_text(text: str, html: str) -> None:
    drawn = draw_text(drawing(), text)

    assert html in drawn
    assert "<script" not in drawn
    assert "javascript:" not in drawn or "href" not in drawn


def test_people_and_channels_have_their_names_unless_private() -> None:
    as_carmen = drawing()
    workspace = as_carmen.workspace
    eva, public, private = (
        workspace.person("soporte-eva"),
        *(workspace.channel_named(each) for each in ("ayuda", "soporte")),
    )

    drawn = draw_text(as_carmen, f"<@{eva.id}> <#{public.id}> <#{private.id}>")

    assert "@Eva Ruiz" in drawn
    assert "#ayuda</a>" in drawn
    assert "#soporte" not in drawn
    assert 'class="mention mine"' in draw_text(as_carmen, f"<@{as_carmen.viewer.id}>")


@pytest.mark.parametrize(
    ("language", "at", "shown"),
    [
        ("es", NOON + 3600, "hoy 16:00"),
        ("en", NOON + 3600, "today 16:00"),
        ("es", NOON + 86_400, "mañana 15:00"),
        ("es", NOON - 86_400, "ayer 15:00"),
        ("es", NOON + 10 * 86_400, "7/12/2026 15:00"),
        ("en", NOON + 10 * 86_400, "Dec 7, 2026 15:00"),
    ],
)
def test_a_date_is_said_in_the_readers_zone_and_words(language: str, at: float, shown: str) -> None:
    text = f"<!date^{at:.0f}^{{date_short_pretty}} {{time}}|later>"

    assert f">{shown}</time>" in draw_text(drawing(language), text)


@given(st.text(max_size=200))
def test_no_text_breaks_out_of_its_place(text: str) -> None:
    drawn = draw_text(drawing(), text)

    assert "<script" not in drawn.lower()
    for name in ("span", "a", "strong", "em", "s", "code", "pre", "blockquote"):
        assert drawn.count(f"<{name}>") + drawn.count(f"<{name} ") == drawn.count(f"</{name}>"), name


def element(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": kind, **more}


OPTIONS = [{"text": plain("One <b>"), "value": "1"}, {"text": plain("Two"), "value": "2"}]
EVERYTHING = [
    {"type": "header", "text": plain("Head <b>")},
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "*x* <b>"},
        "accessory": element("overflow", options=OPTIONS),
    },
    {"type": "section", "fields": [plain("f1"), plain("f2")]},
    {"type": "divider"},
    {"type": "context", "elements": [plain("c"), {"type": "image", "image_url": "https://x/y", "alt_text": 'al"t'}]},
    {"type": "image", "image_url": "https://x/y", "alt_text": "alt", "title": plain("t")},
    {
        "type": "actions",
        "elements": [
            element("button", text=plain("Press <b>"), value='v"', style="primary"),
            element("static_select", options=OPTIONS, initial_option=OPTIONS[1]),
            element("users_select"),
            element("channels_select"),
            element("datepicker", initial_date="2026-01-05"),
            element("timepicker"),
            element("checkboxes", options=OPTIONS),
        ],
    },
    *(
        {"type": "input", "label": plain(f"Label {kind}"), "optional": True, "element": element(kind, **more)}
        for kind, more in (
            ("plain_text_input", {"multiline": True, "initial_value": "<b>"}),
            ("email_text_input", {}),
            ("number_input", {"is_decimal_allowed": False}),
            ("radio_buttons", {"options": OPTIONS}),
            ("multi_static_select", {"option_groups": [{"label": plain("g"), "options": OPTIONS}]}),
            ("external_select", {"min_query_length": 1}),
            ("datetimepicker", {"initial_date_time": 1_700_000_000}),
            ("file_input", {"max_files": 3, "filetypes": ["pdf"]}),
        )
    ),
]


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_kind_of_block_is_drawn_with_names_for_a_screen_reader(language: str) -> None:
    assert check_blocks(EVERYTHING, "modal") == []

    drawn = draw_blocks(drawing(language), with_ids(EVERYTHING), place="v")

    assert "<b>" not in drawn
    assert 'data-value="v&quot;"' in drawn
    assert "unknown" not in drawn
    for kind in ("plain_text_input", "email_text_input", "number_input", "multi_static_select", "external_select"):
        assert f"Label {kind}" in drawn
    labels = {part.split('"')[1] for part in drawn.split("<label ")[1:] if part.startswith("for=")}
    ids = {part.split('"')[0] for part in drawn.split(' id="')[1:]}
    assert labels <= ids, "each label points at a control"
    assert ('<option value="2" selected>Two</option>') in drawn


def test_a_field_for_files_takes_files_and_shows_what_was_handed_over() -> None:
    [block] = with_ids([{"type": "input", "label": plain("Files"), "element": element("file_input", max_files=3)}])
    kept = {block["block_id"]: {"file_input": {"type": "file_input", "files": [{"name": "a<b>.pdf", "title": ""}]}}}

    drawn = draw_blocks(drawing(), [block], place="v", values=kept)

    assert '<input type="file" multiple' in drawn
    assert 'data-do="hand_over"' in drawn
    assert "<li>a&lt;b&gt;.pdf</li>" in drawn


def test_an_error_stands_beside_its_input() -> None:
    blocks = with_ids([{**EVERYTHING[7], "block_id": "b"}])

    drawn = draw_blocks(drawing("es"), blocks, place="v", errors={"b": "Too <short>"})

    assert '<p class="error" role="alert">Too &lt;short&gt;</p>' in drawn
    assert 'aria-describedby="v-b-note"' in drawn


def test_text_is_escaped_wherever_it_comes_from() -> None:
    assert tag("p", '<i>"', title='"><script>') == '<p title="&quot;&gt;&lt;script&gt;">&lt;i&gt;&quot;</p>'
    assert tag("p", Html("<b>x</b>"), [None, "y"]) == "<p><b>x</b>y</p>"
    assert tag("input", checked=True, disabled=False, name=None) == "<input checked>"


def test_both_languages_have_the_same_words_with_the_same_blanks() -> None:
    table = json.loads(Path(words.__file__).with_name("words.json").read_text(encoding="utf-8"))

    assert set(table["es"]) == set(table["en"])
    for key, sentence in table["es"].items():
        blanks = [{part.split("}")[0] for part in each.split("{")[1:]} for each in (sentence, table["en"][key])]
        assert blanks[0] == blanks[1], key


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("es-ES,es;q=0.9,en;q=0.8", "es"),
        ("en-GB,en;q=0.9,es;q=0.8", "en"),
        ("fr,es;q=0.5,en;q=0.4", "es"),
        ("de", "en"),
        ("", "en"),
        ("es;q=0", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_the_browser_says_which_language_it_wants(header: str, language: str) -> None:
    assert words.choose(header).language == language


def test_an_emoji_that_we_can_draw_needs_no_font() -> None:
    assert '<svg class="emoji"' in mrkdwn.draw_emoji("ticket")
    assert mrkdwn.draw_emoji("no_such_thing") == ":no_such_thing:"

"""Blocks and views: what is taken, what is refused and where, held against the models of Slack's own SDK."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, Option, PlainTextObject
from slack_sdk.models.views import View

from ventanilla_devstack.slack.blocks import check_blocks, check_view, find_element, text_length, view_bytes, with_ids


def plain(length: int = 1) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


def markup(length: int = 1) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": "x" * length}


def button(**changed: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": plain(), **changed}


def options(count: int) -> list[dict[str, Any]]:
    return [{"text": plain(), "value": str(number)} for number in range(count)]


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def section(**changed: Any) -> dict[str, Any]:
    return {"type": "section", "text": markup(), **changed}


def form(element: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain(), "element": element, **changed}


def select(kind: str = "static_select", **changed: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "a", **changed}


# (what, a block that is just small enough, the same one step larger)
LIMITS = [
    ("section text", section(text=markup(3000)), section(text=markup(3001))),
    ("section fields", section(fields=[markup()] * 10), section(fields=[markup()] * 11)),
    ("section field", section(fields=[markup(2000)]), section(fields=[markup(2001)])),
    ("block id", section(block_id="x" * 255), section(block_id="x" * 256)),
    ("header", {"type": "header", "text": plain(150)}, {"type": "header", "text": plain(151)}),
    ("button text", actions(button(text=plain(75))), actions(button(text=plain(76)))),
    ("button value", actions(button(value="x" * 2000)), actions(button(value="x" * 2001))),
    ("button url", actions(button(url=f"https://{'x' * 2992}")), actions(button(url=f"https://{'x' * 2993}"))),
    ("action id", actions(button(action_id="x" * 255)), actions(button(action_id="x" * 256))),
    (
        "elements of actions",
        actions(*(button(action_id=str(number)) for number in range(25))),
        actions(*(button(action_id=str(number)) for number in range(26))),
    ),
    (
        "elements of context",
        {"type": "context", "elements": [markup()] * 10},
        {"type": "context", "elements": [markup()] * 11},
    ),
    ("options", actions(select(options=options(100))), actions(select(options=options(101)))),
    (
        "option text",
        actions(select(options=[{"text": plain(75), "value": "v"}])),
        actions(select(options=[{"text": plain(76), "value": "v"}])),
    ),
    (
        "option value",
        actions(select(options=[{"text": plain(), "value": "v" * 150}])),
        actions(select(options=[{"text": plain(), "value": "v" * 151}])),
    ),
    (
        "entries of a menu",
        actions({"type": "overflow", "action_id": "a", "options": options(5)}),
        actions({"type": "overflow", "action_id": "a", "options": options(6)}),
    ),
    (
        "placeholder",
        actions(select(options=options(1), placeholder=plain(150))),
        actions(select(options=options(1), placeholder=plain(151))),
    ),
    (
        "confirmation",
        actions(button(confirm={"title": plain(100), "text": plain(300), "confirm": plain(30), "deny": plain(30)})),
        actions(button(confirm={"title": plain(101), "text": plain(300), "confirm": plain(30), "deny": plain(30)})),
    ),
    ("label", form(select("plain_text_input"), label=plain(2000)), form(select("plain_text_input"), label=plain(2001))),
    (
        "picture",
        {"type": "image", "image_url": "https://x", "alt_text": "x" * 2000},
        {"type": "image", "image_url": "https://x", "alt_text": "x" * 2001},
    ),
    ("markdown", {"type": "markdown", "text": "x" * 12_000}, {"type": "markdown", "text": "x" * 12_001}),
]

# What must be refused and Slack's SDK may not notice.
WRONG = [
    ({"type": "nothing"}, "unsupported type"),
    ("text", "must provide an object"),
    ({"type": "section"}, "either text or fields"),
    (section(text={"type": "html", "text": "x"}), "valid enum value"),
    (section(text=markup(0)), "more than 0 characters"),
    (section(text={"type": "mrkdwn", "text": "x", "emoji": True}), "invalid additional property: emoji"),
    (section(colour="red"), "invalid additional property: colour"),
    (section(accessory=select("plain_text_input")), "unsupported type: plain_text_input"),
    (actions(), "no less than 1 items"),
    (actions(button(text=markup())), "valid enum value: plain_text"),
    (actions(button(style="green")), "valid enum value"),
    (actions(button(url="javascript:alert(1)")), "invalid url"),
    (actions(button(), button()), "`action_id` a already exists"),
    (actions(select()), "either options or option_groups"),
    (actions(select(options=options(1), initial_option={"text": plain(), "value": "9"})), "must be one of the options"),
    (actions({"type": "datepicker", "action_id": "a", "initial_date": "tomorrow"}), "YYYY-MM-DD"),
    (actions({"type": "timepicker", "action_id": "a", "initial_time": "25:00"}), "HH:mm"),
    (form(button()), "unsupported type: button"),
    (form(select("number_input")), "is_decimal_allowed"),
    (form(select("plain_text_input", max_length=3001)), "between 1 and 3000"),
    ({"type": "input", "label": plain()}, "missing required field: element"),
    ({"type": "image", "alt_text": "x"}, "either image_url or slack_file"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button"),
    ({"type": "rich_text", "elements": [{"type": "x"}]}, "valid enum value"),
    ({"type": "header", "text": markup()}, "valid enum value: plain_text"),
]


def sdk_takes(block: dict[str, Any]) -> bool:
    """Whether Slack's SDK can read a block and give it back."""
    parsed = Block.parse(block)
    assert parsed is not None
    try:
        parsed.to_dict()
    except SlackObjectFormationError:
        return False
    return True


@pytest.mark.parametrize(("what", "fits", "too_large"), LIMITS, ids=[what for what, _, _ in LIMITS])
def test_a_limit_is_exact_and_the_sdk_agrees(what: str, fits: dict[str, Any], too_large: dict[str, Any]) -> None:
    assert check_blocks([fits], "message") == []
    assert check_blocks([too_large], "message") != []
    assert sdk_takes(fits)
    # The SDK does not look into fields and options; everywhere else it refuses what we refuse.
    assert sdk_takes(too_large) == (what in ("section field", "option text", "option value"))


def test_an_option_has_the_limits_of_the_sdk() -> None:
    for text, value in ((75, 150), (76, 150), (75, 151)):
        made = Option(text=PlainTextObject(text="x" * text), value="v" * value)
        ours = check_blocks([actions(select(options=[{"text": plain(text), "value": "v" * value}]))], "message")
        if ours:
            with pytest.raises(SlackObjectFormationError):
                made.to_dict()
        else:
            made.to_dict()


@pytest.mark.parametrize(("block", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_is_wrong_is_named_with_its_place(block: Any, words: str) -> None:
    problems = check_blocks([block], "message")

    assert any(words in problem and "[json-pointer:/blocks/0" in problem for problem in problems), problems


def test_a_message_has_fifty_blocks_and_a_view_a_hundred() -> None:
    divider = {"type": "divider"}

    assert check_blocks([divider] * 50, "message") == []
    assert check_blocks([divider] * 51, "message") == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert check_blocks([divider] * 100, "home") == []
    assert check_blocks([divider] * 101, "home") != []


def test_names_of_blocks_are_unique_in_a_message() -> None:
    assert check_blocks([section(block_id="a"), section(block_id="a")], "message") == [
        "`block_id` a already exists [json-pointer:/blocks/1/block_id]"
    ]


def test_some_blocks_belong_to_some_surfaces() -> None:
    files = form({"type": "file_input", "action_id": "a"})

    assert check_blocks([files], "modal") == []
    assert check_blocks([files], "home") != []
    assert check_blocks([{"type": "markdown", "text": "x"}], "modal") != []


def modal(**changed: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain(), "blocks": [section()], **changed}


@pytest.mark.parametrize(
    ("fits", "too_large"),
    [
        (modal(title=plain(24)), modal(title=plain(25))),
        (modal(close=plain(24)), modal(close=plain(25))),
        (modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001)),
        (modal(callback_id="x" * 255), modal(callback_id="x" * 256)),
        (modal(blocks=[section()] * 100), modal(blocks=[section()] * 101)),
    ],
)
def test_a_view_has_limits_on_which_the_sdk_agrees(fits: dict[str, Any], too_large: dict[str, Any]) -> None:
    assert check_view(fits, "modal") == []
    assert check_view(too_large, "modal") != []
    View(**fits).to_dict()
    with pytest.raises(SlackObjectFormationError):
        View(**too_large).to_dict()


def test_a_modal_with_inputs_needs_a_way_to_submit() -> None:
    blocks = [form(select("plain_text_input"))]

    assert check_view(modal(blocks=blocks), "modal") == ["missing required field: submit [json-pointer:/view]"]
    assert check_view(modal(blocks=blocks, submit=plain()), "modal") == []


def test_a_home_has_no_title_and_a_modal_needs_one() -> None:
    assert check_view({"type": "home", "blocks": [section()]}, "home") == []
    assert check_view({"type": "home", "blocks": [section()], "submit": plain()}, "home") != []
    assert "missing required field: title [json-pointer:/view]" in check_view(
        {"type": "modal", "blocks": [section()]}, "modal"
    )
    assert check_view({"type": "home", "blocks": [section()]}, "modal") != []
    assert check_view("x", "modal") != []


def test_what_has_no_name_gets_one_and_the_rest_is_kept() -> None:
    given_blocks = [actions({"type": "button", "text": plain()}), section(block_id="mine")]

    kept = with_ids(given_blocks)

    assert kept[0]["block_id"]
    assert kept[0]["elements"][0]["action_id"]
    assert kept[0]["elements"][0]["text"]["emoji"] is True
    assert kept[1]["block_id"] == "mine"
    assert kept[1]["text"]["verbatim"] is False
    assert "block_id" not in given_blocks[0], "what was given stays as it is"


def test_an_element_is_found_by_its_action_and_block() -> None:
    blocks = [{**actions(button(value="1")), "block_id": "one"}, {**actions(button(value="2")), "block_id": "two"}]

    first, second = find_element(blocks, "a"), find_element(blocks, "a", "two")

    assert first is not None
    assert second is not None
    assert (first[1]["value"], second[1]["value"]) == ("1", "2")
    assert find_element(blocks, "b") is None


def test_sizes_are_counted_in_characters_and_bytes() -> None:
    assert text_length([section(text=markup(7), fields=[markup(3)]), {"type": "divider"}]) == 10
    assert view_bytes({"a": "ñ"}) == len('{"a":"ñ"}'.encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "elements", "element", "options", "option_groups", "fields", "accessory", "rows"]
            )
            | st.sampled_from(
                ["initial_option", "initial_options", "confirm", "label", "value", "block_id", "action_id"]
            ),
            inside
            | st.sampled_from(
                ["section", "actions", "input", "button", "static_select", "checkboxes", "context", "table"]
            )
            | st.sampled_from(
                ["plain_text", "mrkdwn", "overflow", "image", "rich_text", "datepicker", "feedback_buttons"]
            ),
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_no_nonsense_breaks_the_check_and_what_passes_can_be_kept(blocks: Any) -> None:
    for surface in ("message", "modal", "home"):
        problems = check_blocks(blocks, surface)  # type: ignore[arg-type]  # all three are surfaces
        if not problems:
            with_ids(blocks)
    check_view({"type": "modal", "title": blocks, "blocks": blocks}, "modal")

"""Reading never fails, whatever stands in a file: there is a flow, or there are faults."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_phone.adapters.flow_file import default_flow, default_flow_text, read_flow_text
from intake_phone.adapters.national_holidays import holidays_from
from intake_phone.domain.flows.book import flow_book
from intake_phone.domain.flows.node_fields import NODE_KINDS
from intake_phone.domain.flows.read_flow import Surroundings, read_flow
from intake_phone.domain.flows.review import Desk
from intake_phone.errors import FlowRefused, Problem
from tests.unit.intake_phone.samples import HEAD, MENU, WORDS

AROUND = Surroundings(WORDS, holidays_from(2026), Desk())
WHOLE: Any = yaml.load(default_flow_text(), yaml.BaseLoader)  # every scalar a text, as it is read
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["menu", "message", "1", "true", "office", "do", "{ticket}", "-5", "99999", "\x00", *NODE_KINDS]),
)
PLAIN = st.recursive(
    st.none() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def ways_of(content: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = content.items() if isinstance(content, Mapping) else enumerate(content) if isinstance(content, list) else ()
    return [way, *(inner for key, value in items for inner in ways_of(value, (*way, key)))]


def replaced(content: Any, way: tuple[Any, ...], value: Any) -> Any:
    if not way:
        return value
    if isinstance(content, Mapping):
        return {key: replaced(one, way[1:], value) if key == way[0] else one for key, one in content.items()}
    return [replaced(one, way[1:], value) if at == way[0] else one for at, one in enumerate(content)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ways_of(WHOLE)), PLAIN), min_size=1, max_size=3))
def test_anything_in_the_place_of_a_part_is_a_flow_or_a_list_of_faults(changes: list[tuple[Any, Any]]) -> None:
    content = WHOLE
    for way, value in changes:
        if way in ways_of(content):
            content = replaced(content, way, value)

    flow, faults = read_flow(content, AROUND)

    assert (flow is None) == bool(faults)
    for fault in faults:
        assert fault.reason.strip()
        assert len(fault.reason) < 1_000


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.integers(0, len(default_flow_text())))
def test_any_text_is_read_or_refused_with_its_place(text: str, at: int) -> None:
    whole = default_flow_text()
    problems: tuple[Problem, ...] = ()
    try:
        read_flow_text(whole[:at] + text + whole[at:], "f.yaml", first_year=2026)
    except FlowRefused as refused:
        problems = refused.problems

    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


SAMPLE = HEAD + MENU


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{do: hang_up}", "[a]", "a node must be a mapping (`key: value`)"),
        ("[avería]", "avería", "words in es must be a list with at least one entry (`- entry`)"),
        ("[avería]", "[]", "words in es must be a list with at least one entry (`- entry`)"),
        ("[avería]", f"[{', '.join(f'w{at}' for at in range(21))}]", "words in es has 21 entries"),
        ("[avería]", "[avería, avería]", "avería stands twice in words in es"),
        ("[avería]", '["¡!"]', "¡! has nothing that can be said"),
        ("[avería]", '[""]', "an entry of words in es is empty"),
        ("[avería]", "[{a: b}]", "an entry of words in es must be a text"),
        ("[avería]", '["\\u0007a"]', "an entry of words in es has a character that cannot be printed"),
        ("do: hang_up", "say: goodbye", "do is missing"),
        ("do: hang_up", "do: text_link, text: question, url: x, then: bye, otherwise: bye", "x is no address"),
        ("do: hang_up", "do: reject, busy: maybe", "busy must be true or false"),
        ("do: voicemail", "do: collect, say: question, name: a, least: 5, most: 4, then: bye", "least 5 is more than"),
        ('key: "2", ', "", "key is missing in a choice"),
        ("teams: [first-line]", "teams: [first-line, first-line]", "first-line stands twice in teams"),
        ("languages: [es, en]", "languages: []", "languages must be a list with at least one entry (`- entry`)"),
        ("prompts:", "voices: {es: {locale: spanish, name: Polly.Mia}}\nprompts:", "spanish is no locale"),
        ("prompts:", "confidence: 101\nprompts:", "confidence is 101"),
        ("prompts:", "calendars: {office: {zone: UTC}}\nprompts:", "week is missing in a calendar"),
        ("en: [invoice]", "en: [fault]", "“fault” in en already means key 1, once accents and capitals are dropped"),
        (
            "prompts:",
            "hang_up_words: {es: [AVERÍA], en: [bye]}\nprompts:",
            "“avería” in es already means hang_up_words",
        ),
    ],
)
def test_each_kind_of_mistake_is_told(old: str, new: str, reason: str) -> None:
    assert old in SAMPLE
    with pytest.raises(FlowRefused) as caught:
        read_flow_text(SAMPLE.replace(old, new, 1), "f.yaml", first_year=2026)

    assert reason in str(caught.value)


def test_more_nodes_than_a_flow_may_have_are_refused() -> None:
    many = "".join(f"  n{at}: {{do: hang_up}}\n" for at in range(101))

    with pytest.raises(FlowRefused, match="there are 104 nodes; at most 100 are allowed"):
        read_flow_text(SAMPLE + many, "f.yaml", first_year=2026)


def test_a_language_node_needs_a_key_for_each_language() -> None:
    nodes = "  menu: {do: language, choices: {es: {key: '1'}}, then: message}\n  message: {do: voicemail}\n"

    with pytest.raises(FlowRefused, match="choices has nothing for en; each language needs a key"):
        read_flow_text(HEAD + nodes, "f.yaml", first_year=2026)


def test_a_prompt_may_be_left_unsaid_where_that_makes_sense() -> None:
    flow = read_flow_text(SAMPLE.replace("do: hang_up", "do: hang_up, say: null"), "f.yaml", first_year=2026)
    assert flow.nodes["bye"].say == ""  # type: ignore[union-attr]  # it hangs up

    with pytest.raises(FlowRefused, match="must be a text"):
        read_flow_text(SAMPLE.replace("do: voicemail", "do: voicemail, say: null"), "f.yaml", first_year=2026)


def test_a_book_tells_the_teams_for_which_its_numbers_may_ask() -> None:
    nodes = "  menu: {do: callback, team: first-line, then: message}\n  message: {do: voicemail}\n"
    own = read_flow_text(HEAD + nodes, "f.yaml", first_year=2026)
    book = flow_book([own], default_flow(2026))

    assert book.teams_for({"+34910000000"}) == {"first-line"}
    assert book.teams_for({"+34910000000", "+34930000000"}) == book.teams_for(()) == {"first-line", "billing"}

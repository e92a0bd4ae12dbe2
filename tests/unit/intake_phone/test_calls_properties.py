"""Whatever flow the review passes and whatever is heard: a document that Twilio takes, which goes on or ends."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake_phone.domain.calls.facts import Announcement, Facts, Ringing
from intake_phone.domain.calls.heard import Heard, read_heard
from intake_phone.domain.calls.legs import leg
from intake_phone.domain.calls.state import STATE_BYTES, State, read_state
from intake_phone.domain.calls.step import step, wait
from intake_phone.domain.calls.turn import Step
from intake_phone.domain.flows.flow import STEPS, Flow, LanguageNode
from intake_phone.domain.flows.node_fields import NODE_KINDS
from intake_phone.domain.flows.read_flow import Surroundings, read_flow
from intake_phone.domain.flows.review import Desk
from intake_phone.domain.numbers import read_caller
from intake_phone.domain.twiml import ENDS, Hangup, Link, Reject, document
from tests.unit.intake_phone.samples import DOORS, OPEN, WORDS
from tests.unit.intake_phone.twiml_rules import faults

AROUND = Surroundings(WORDS, lambda country, subdivision: {}, Desk())
KINDS = [kind for kind in NODE_KINDS if kind != "reject"]
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="{}", exclude_categories=("C", "Z")), min_size=1, max_size=40
)
CARD = "4111111111111111"


@st.composite
def flows(draw: Any) -> Flow:
    """A flow that is right by its making: what a call goes along by itself leads on, a person may lead anywhere."""
    count = draw(st.integers(1, 7))
    names = [f"n{position}" for position in range(count)] + ["message"]

    def later(position: int) -> str:
        return str(draw(st.sampled_from(names[position + 1 :])))

    def anywhere() -> str:
        return str(draw(st.sampled_from(names)))

    nodes: dict[str, Any] = {"message": {"do": "voicemail"}}
    for position in range(count):
        nodes[names[position]] = node_of(draw, later, anywhere, position)
    content = {
        "flow": "1", "name": "made", "numbers": [], "languages": list(draw(st.sampled_from([("es",), ("es", "en")]))),
        "teams": ["first-line"], "start": "n0", "fallback": "message",
        "hang_up_words": {"es": ["adiós"], "en": ["bye"]},
        "calendars": {"office": {"zone": "Europe/Madrid", "week": {"mon": ["09:00-18:00"], "sun": ["00:00-24:00"]}}},
        "prompts": {"text": {"es": draw(TEXT), "en": draw(TEXT)}},
    }  # fmt: skip
    spoken = content["languages"]
    content["hang_up_words"] = {language: content["hang_up_words"][language] for language in spoken}
    content["prompts"]["text"] = {language: content["prompts"]["text"][language] for language in spoken}
    for node in nodes.values():
        if node["do"] == "language":
            node["choices"] = {language: {"key": str(at)} for at, language in enumerate(spoken, 1)}
    content["nodes"] = only_reached(nodes)
    flow, found = read_flow(content, AROUND)
    assert flow is not None, found
    return flow


def node_of(draw: Any, later: Any, anywhere: Any, position: int) -> dict[str, Any]:
    kind = draw(st.sampled_from(KINDS))
    node: dict[str, Any] = {"do": kind}
    person = {
        ("ticket", "then"),
        ("verify", "then"),
        ("team", "offered"),
        ("team", "answered"),
        ("transfer", "answered"),
    }
    for name, field in NODE_KINDS[kind][1].items():
        if field.kind == "node" and (field.default is None or draw(st.booleans())):
            node[name] = anywhere() if (kind, name) in person else later(position)
        elif field.kind == "prompt" and field.default is None:
            node[name] = "text"
        elif field.kind == "truth":
            node[name] = draw(st.sampled_from(["true", "false"]))
        elif field.kind == "word":
            node[name] = draw(st.sampled_from(field.words))
    node |= {
        "menu": {"choices": [{"key": "1", "then": later(position)}, {"key": "*", "then": anywhere()}]},
        "hours": {"calendar": "office"},
        "collect": {"name": "code"},
        "team": {"team": "first-line"},
        "callback": {"team": "first-line"},
        "transfer": {"number": "+34910000000"},
        "text_link": {"url": "https://desk.example/s"},
    }.get(kind, {})
    return node


def only_reached(nodes: Mapping[str, Any]) -> dict[str, Any]:
    reached: list[str] = ["n0", "message"]
    for name in reached:
        node = nodes[name]
        named = [node.get(field) for field, one in NODE_KINDS[node["do"]][1].items() if one.kind == "node"]
        named += [choice["then"] for choice in node.get("choices", []) if node["do"] == "menu"]
        reached += [one for one in named if one and one not in reached]
    return {name: nodes[name] for name in reached}


HEARD = st.builds(
    Heard,
    digits=st.one_of(st.just(""), st.sampled_from(["1", "2", "3", "*", "#", "12#", "123456", CARD, "0034600111222#"])),
    speech=st.one_of(st.just(""), st.sampled_from(["adiós", "uno", "bye", "one"]), st.text(max_size=20)),
    confidence=st.one_of(st.none(), st.floats(0.01, 1)),
    dial=st.sampled_from(["", "completed", "busy", "no-answer", "failed"]),
    queue=st.sampled_from(["", "bridged", "leave", "queue-full", "error", "redirected"]),
    queue_seconds=st.one_of(st.none(), st.integers(0, 5_000)),
    position=st.one_of(st.none(), st.integers(0, 1_000)),
    recording=st.sampled_from(["", "RE" + "a" * 32]),
    recording_seconds=st.integers(0, 600),
    hung_up=st.sampled_from([False] * 9 + [True]),
)
FACTS = st.builds(
    Facts,
    caller=st.sampled_from(["+34600111222", "+34910000000", "anonymous"]).map(read_caller),
    language=st.sampled_from(["", "es", "en", "fr"]),
    tickets=st.lists(st.integers(-1, 10**10), max_size=5).map(tuple),
    announcements=st.lists(
        st.builds(
            Announcement, st.text(max_size=50), st.dictionaries(st.sampled_from(["es", "en"]), st.text(max_size=900))
        ),
        max_size=4,
    ).map(tuple),
    available=st.sampled_from([None, frozenset(), frozenset({"first-line"})]),
    region=st.sampled_from([None, "ES"]),
    code=st.sampled_from(["", "sent", "right", "wrong", "none"]),
)
NOW = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]),
)


def links_of(came: Step) -> list[Link]:
    found = []
    for verb in came.verbs:
        found += [one for name in ("link", "wait", "told") if isinstance(one := getattr(verb, name, None), Link)]
    return found


def check(flow: Flow, came: Step, door: str) -> None:
    text = document(came.verbs, DOORS)
    assert faults(text, door) == []
    assert isinstance(came.verbs[-1], ENDS) or door == "wait"  # what ends there is asked for again
    for link in links_of(came):
        assert len(link.query.encode()) <= STATE_BYTES
        assert read_state(dict(parse_qsl(link.query)), flow).foreign is False, link
    assert CARD not in f"{[link.query for link in links_of(came)]} {came.entries} {came.state}"
    node = flow.nodes.get(came.state.node)
    if came.state.language and not isinstance(node, LanguageNode):
        spoken = {say.get("language") for say in ElementTree.fromstring(text).iter("Say")}
        assert spoken <= {flow.voices[came.state.language].locale}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows(), st.data())
def test_every_step_of_any_call_is_a_document_that_goes_on_or_ends(flow: Flow, data: st.DataObject) -> None:
    state, door = State(), "step"
    language, asked = "", False
    for _ in range(25):
        heard, facts, now = data.draw(HEARD), data.draw(FACTS), data.draw(NOW)
        came = wait(flow, state, heard, facts, now) if door == "wait" else step(flow, state, heard, facts, now)
        check(flow, came, door)
        assert not language or asked or came.state.language == language
        asked = isinstance(flow.nodes.get(came.state.node), LanguageNode)
        language = came.state.language
        assert came == (wait if door == "wait" else step)(flow, state, heard, facts, now)
        links = [link for link in links_of(came) if link.door in ("step", "wait")]
        if not links:
            assert isinstance(came.verbs[-1], Hangup | Reject) or door == "wait"
            break
        link = data.draw(st.sampled_from(links))
        state, door = read_state(dict(parse_qsl(link.query)), flow), link.door
        assert state.step <= STEPS


@settings(max_examples=40, deadline=None)
@given(flows(), st.sampled_from(["1", "2", "*", "7", ""]))
def test_no_call_gets_more_than_forty_documents(flow: Flow, key: str) -> None:
    state = State()
    heard = Heard(digits=key, queue="bridged", dial="completed")
    documents = 0
    while documents <= STEPS:
        documents += 1
        came = step(flow, state, heard, Facts(), OPEN)
        links = [link for link in links_of(came) if link.door == "step"]
        if not links:
            break
        state = read_state(dict(parse_qsl(links[0].query)), flow)
    assert documents <= STEPS
    assert isinstance(came.verbs[-1], Hangup | Reject)


QUERY = st.dictionaries(st.sampled_from("vfnlsmcbrtoadwx"), st.text(max_size=60))


@settings(max_examples=150, deadline=None)
@given(flows(), QUERY, st.booleans(), HEARD, FACTS)
def test_a_state_of_elsewhere_never_raises_and_leads_to_a_document(
    flow: Flow, query: dict[str, str], ours: bool, heard: Heard, facts: Facts
) -> None:
    if ours:
        query |= {"v": "1", "f": flow.digest, "n": "message"}
    state = read_state(query, flow)

    check(flow, step(flow, state, heard, facts, OPEN), "step")
    check(flow, wait(flow, state, heard, facts, OPEN), "wait")
    assert faults(document(leg(flow, state, heard, Ringing(), "CA1.1/eva.1").verbs, DOORS)) == []


@given(st.dictionaries(st.sampled_from(["Digits", "SpeechResult", "Confidence", "QueueTime", "CallStatus"]), st.text()))
def test_whatever_a_form_says_is_read(form: dict[str, str]) -> None:
    heard = read_heard(form)

    assert set(heard.digits) <= set("0123456789*#")
    assert len(heard.speech) <= 500

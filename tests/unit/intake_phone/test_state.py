"""The state in the address: small, read back as it was, and never a reason to fail."""

from dataclasses import replace
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.calls.state import STATE_BYTES, TICKET_MOST, State, read_state, write_state
from intake_phone.domain.flows.flow import NAME_CHARS, STEPS
from tests.unit.intake_phone.samples import flow_of

FLOW = flow_of()
LARGEST = State(
    "menu", "es", STEPS, 9, "queued", True, "paused", TICKET_MOST, (TICKET_MOST,) * 3, ("k" * 40,) * 3,
    tuple((str(at) * NAME_CHARS, "1" * 20) for at in range(4)), 400,
)  # fmt: skip
NAMES = st.from_regex(r"[a-z0-9]{1,40}", fullmatch=True)
STATES = st.builds(
    State,
    node=st.sampled_from(list(FLOW.nodes)),
    language=st.sampled_from(["", "es", "en"]),
    step=st.integers(0, STEPS),
    missed=st.integers(0, 9),
    case=st.sampled_from(["", "asked", "told", "queued", "empty"]),
    fell_back=st.booleans(),
    recording=st.sampled_from(["", "told", "on", "paused"]),
    ticket=st.integers(0, TICKET_MOST),
    offered=st.lists(st.integers(1, TICKET_MOST), max_size=3).map(tuple),
    said=st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True), max_size=3).map(tuple),
    answers=st.lists(st.tuples(NAMES, st.from_regex(r"[0-9]{1,20}|x[0-9]{1,2}", fullmatch=True)), max_size=4).map(
        tuple
    ),
)


def back(query: str) -> State:
    return read_state(dict(parse_qsl(query)), FLOW)


@given(STATES)
def test_a_state_comes_back_from_the_address_as_it_was(state: State) -> None:
    query = write_state(state, FLOW)

    assert back(query) == state
    assert len(query.encode()) <= STATE_BYTES


def test_the_largest_state_fits() -> None:
    longest = "n" * NAME_CHARS
    flow = replace(FLOW, nodes={longest: FLOW.nodes["menu"]})

    assert len(write_state(replace(LARGEST, node=longest), flow).encode()) <= STATE_BYTES


def test_of_many_answers_the_last_four_are_kept() -> None:
    state = State()
    for name in "abcdea":
        state = state.with_answer(name, "1")

    assert [name for name, _ in state.answers] == ["c", "d", "e", "a"]


def test_a_call_that_begins_has_no_state() -> None:
    assert read_state({}, FLOW) == State()


def test_the_state_of_another_version_of_the_flow_is_foreign_and_keeps_its_language() -> None:
    other = replace(FLOW, digest="0" * 12)
    query = write_state(State(node="menu", language="en", step=7), other)

    assert back(query) == State(language="en", step=7, fell_back=True, foreign=True)


def test_the_state_of_another_release_is_foreign() -> None:
    assert back(write_state(State(node="menu"), FLOW).replace("v=1", "v=2")).foreign
    assert back(write_state(State(node="menu"), FLOW).replace("n=menu", "n=gone")).foreign
    assert back("n=menu").foreign


@given(st.dictionaries(st.sampled_from("vfnlsmcbrtoadw"), st.text()))
def test_nothing_in_an_address_makes_reading_fail(fields: dict[str, str]) -> None:
    state = read_state({"v": "1", "f": FLOW.digest, "n": "menu", **fields}, FLOW)

    assert len(write_state(state, FLOW).encode()) <= STATE_BYTES

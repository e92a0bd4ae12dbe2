"""YAML with places: what is taken, where mistakes are, and that nothing a person can write costs without bound."""

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ventanilla_runtime.yaml_places import Bounds, YamlPlaces, is_null, place_of, suggestion

BOUNDS = Bounds(
    chars=200_000,
    depth=10,
    values=1_000,
    text_chars=20,
    one_line=True,
    beginning="start from example.yaml",
    instead_of_alias="write it out",
)


WRITTEN_OUT = "write it out; a text that begins with * or & stands in quotes"


class Places(YamlPlaces):
    def __init__(self) -> None:
        super().__init__(BOUNDS)
        self.said: list[str] = []

    def note(self, line: int, column: int, reason: str, advice: str) -> None:
        self.said.append(f"{line}:{column}: {reason}" + (f"; {advice}" if advice else ""))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "1:1: the file is empty or not a mapping; start from example.yaml"),
        ("- a\n", "1:1: the file is empty or not a mapping; start from example.yaml"),
        ("a: &x 1\nb: *x\n", "1:4: anchors and aliases are not allowed; " + WRITTEN_OUT),
        ("a: *x\n", "1:4: anchors and aliases are not allowed; " + WRITTEN_OUT),
        ("<<: *x\n", "1:5: anchors and aliases are not allowed; " + WRITTEN_OUT),
        ("a: !!str 5\n", "1:4: the tag tag:yaml.org,2002:str is not allowed; write the value without it"),
        ("a: !mine {b: 1}\n", "1:4: the tag !mine is not allowed; write the value without it"),
        ("a: ! 5\n", "1:4: the tag ! is not allowed; write the value without it"),
        ("a: " + "[" * 500, "1:14: more than 10 levels deep; write it with less nesting"),
        ("a: [" + "x, " * 1_200 + "x]", "1:2996: the file has more than 1000 values; make it shorter"),
        ("a: 1\nb: x\u0000y\n", "2:5: not YAML: a character that cannot be seen; delete it, or type the line anew"),
        (
            'a: 1\nb: {c: "Aver\\ud800a"}\n',
            "2:8: \\ud800 is no character that can be kept; write it as itself: é, 😀",
        ),
        (
            '{"\\ud83d\\ude00": 1}',
            "1:2: \\ud83d is no character that can be kept; write it as itself: é, 😀",
        ),
        (
            'a: "x\\0"',
            "1:4: \\u0000 is no character that can be kept; write it as itself: é, 😀",
        ),
        ("x" * 200_001, "1:1: the file has more than 200000 characters; make it shorter, or two files of it"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_where_it_stands(source: str, said: str) -> None:
    places = Places()

    assert places.compose(source) is None
    assert places.said == [said]


@pytest.mark.parametrize("source", ["a: [", "a: 1\n---\nb: 2\n", "a: 1\n\tb: 2", "a: 'b", "%YAML 9.9\n---\na: 1\n"])
def test_what_is_no_yaml_at_all_is_said_to_be_none(source: str) -> None:
    places = Places()

    assert places.compose(source) is None
    assert len(places.said) == 1
    assert "not YAML: " in places.said[0]


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    places = Places()

    assert places.compose(bomb) is None
    assert places.said == [f"1:5: anchors and aliases are not allowed; {WRITTEN_OUT}"]


@pytest.mark.parametrize(
    "source", ["[" * 200_000, "- " * 100_000, "? " * 100_000, "{a: " * 50_000, "a:\n" * 60_000, "'" * 199_999]
)
def test_the_worst_file_of_its_size_is_refused_within_seconds(source: str) -> None:
    places = Places()
    started = time.process_time()

    assert places.compose(source) is None
    assert places.said
    assert time.process_time() - started < 5


def test_a_key_that_stands_twice_is_named_where_it_stands_again() -> None:
    places = Places()
    root = places.compose("a: 1\nb: 2\na: 3\n")
    assert root is not None

    found = places.pairs(root, "the file", ["a", "b"])

    assert {name: value.value for name, (_, value) in found.items()} == {"a": "1", "b": "2"}
    assert places.said == ["3:1: a stands twice in the file; remove one"]


def test_values_are_read_as_they_are_written_and_complained_of_at_their_place() -> None:
    places = Places()
    root = places.compose(
        "yes: no\nnumber: 12\nlarge: 99\nodd: 0x1f\nnothing: ~\nlong: " + "y" * 21 + "\ntwo: 'a\n\n  b'\n"
    )
    assert root is not None
    of = {name: value for name, (_, value) in places.pairs(root, "the file").items()}

    assert places.text(of["yes"], "yes") == "no"
    assert places.truth(of["yes"], "yes") is None
    assert places.whole(of["number"], "number", 1, 20) == 12
    assert places.whole(of["large"], "large", 1, 20) is None
    assert places.whole(of["odd"], "odd") is None
    assert is_null(of["nothing"])
    assert places.text(of["nothing"], "nothing") is None
    assert places.text(of["long"], "long") is None
    assert places.text(of["two"], "two") is None
    assert places.choice(of["yes"], "answer", ["now", "later"]) is None
    assert place_of(of["number"]) == (2, 9)
    assert places.said == [
        "1:6: yes must be true or false",
        "3:8: large is 99; it must be from 1 to 20",
        "4:6: odd must be a whole number",
        "5:10: nothing must be a text",
        "6:7: long has more than 20 characters",
        "7:6: two must be one line of printable characters",
        "1:6: no is no answer; did you mean now?",
    ]


def test_what_there_is_is_said_where_nothing_is_near() -> None:
    assert suggestion("zzz", ["red", "green"]) == "known are red, green"
    assert suggestion("grene", ["red", "green"]) == "did you mean green?"
    assert suggestion("zzz", []) == ""


@given(st.text(max_size=200))
def test_whatever_somebody_writes_gets_a_mapping_or_a_reason(source: str) -> None:
    places = Places()

    root = places.compose(source)

    assert (root is None) == bool(places.said)


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=5), st.integers(-9, 9) | st.lists(st.booleans(), max_size=3))
)
def test_what_plain_yaml_says_is_read_as_the_library_reads_it(content: dict[str, object]) -> None:
    source = yaml.safe_dump(content) if content else "{}"
    places = Places()

    root = places.compose(source)

    assert root is not None
    assert yaml.serialize(root) == yaml.serialize(yaml.compose(source, Loader=yaml.SafeLoader))

import re

import pytest

from ventanilla_runtime.tracing import child_of, new_traceparent, trace_id

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SHAPE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


def test_a_new_trace_has_ids_of_its_own() -> None:
    one, other = new_traceparent(), new_traceparent()
    assert SHAPE.fullmatch(one)
    assert trace_id(one) != trace_id(other)


def test_a_child_keeps_the_trace_and_has_another_span() -> None:
    child = child_of(PARENT)
    assert SHAPE.fullmatch(child)
    assert trace_id(child) == trace_id(PARENT) == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert child != PARENT


def test_the_flags_are_kept() -> None:
    assert child_of(PARENT[:-2] + "00").endswith("-00")


@pytest.mark.parametrize(
    "parent",
    [
        None,
        "",
        "nonsense",
        PARENT + "\n",
        PARENT.upper(),
        PARENT + "-extra",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "ff" + PARENT[2:],
    ],
)
def test_a_missing_or_malformed_parent_starts_a_new_trace(parent: str | None) -> None:
    assert trace_id(parent) is None
    assert SHAPE.fullmatch(child_of(parent))

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from router.adapters.rule_watch import RuleWatch
from router.errors import RulesRefused
from router.metrics import RULES_REFUSED
from tests.support.polling import eventually
from tests.unit.router.samples import file_with, rule_text


@asynccontextmanager
async def watching(path: Path) -> AsyncIterator[RuleWatch]:
    watch = RuleWatch(path, poll_seconds=0.02)
    stopping = asyncio.Event()
    task = asyncio.create_task(watch.run(stopping))
    try:
        yield watch
    finally:
        stopping.set()
        await task


def test_a_broken_file_at_the_start_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(file_with(rule_text(when="{a.b: 1}")))

    with pytest.raises(RulesRefused, match=r"unknown fact a\.b"):
        RuleWatch(path)


async def test_a_changed_file_takes_over_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(file_with(rule_text("one")))
    async with watching(path) as watch:
        path.write_text(file_with(rule_text("two")))

        await eventually(lambda: watch.current.rules[0].name == "two", 5)


async def test_a_swapped_link_as_kubernetes_does_it_takes_over(tmp_path: Path) -> None:
    for version, name in (("v1", "one"), ("v2", "two")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "rules.yaml").write_text(file_with(rule_text(name)))
    (tmp_path / "..data").symlink_to("v1")
    (tmp_path / "rules.yaml").symlink_to("..data/rules.yaml")
    async with watching(tmp_path / "rules.yaml") as watch:
        (tmp_path / "..tmp").symlink_to("v2")
        (tmp_path / "..tmp").replace(tmp_path / "..data")

        await eventually(lambda: watch.current.rules[0].name == "two", 5)


async def test_a_broken_change_is_refused_with_line_and_reason_and_the_set_in_force_stays(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(file_with(rule_text("one")))
    refused = RULES_REFUSED._value.get()
    with capture_logs() as logged:
        async with watching(path) as watch:
            in_force = watch.current
            path.write_text(file_with(rule_text("two", when="{a.b: 1}")))

            await eventually(lambda: any(line["event"] == "rules.refused" for line in logged), 5)
            assert watch.current is in_force
            assert watch.problem is not None
            assert "rule two: unknown fact a.b" in watch.problem

            path.unlink()
            await eventually(lambda: any("cannot be read" in line.get("reason", "") for line in logged), 5)
            assert watch.current is in_force

            path.write_text(file_with(rule_text("three")))
            await eventually(lambda: watch.current.rules[0].name == "three", 5)
            assert watch.problem is None

    (line,) = [line for line in logged if line["event"] == "rules.refused" and line["rule"] == "two"]
    assert (line["line"], line["column"]) == (22, 16)
    assert line["reason"] == "unknown fact a.b"
    assert RULES_REFUSED._value.get() == refused + 2


async def test_a_touched_file_with_the_same_content_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(file_with(rule_text("one")))
    async with watching(path) as watch:
        before = watch.current
        marks = watch._mark
        os.utime(path, (1, 1))

        await eventually(lambda: watch._mark != marks, 5)
        assert watch.current is before

"""The README's tour, word for word: its commands are run against a desk of its own, and give what it shows."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.support.desk_runs import ROOT, DeskRun, free_port_base
from tests.support.polling import eventually
from ventanilla_devstack.probes import ask

REAL_DESK = (str(Path(sys.prefix) / "bin" / "ventanilla-devstack"), "run")
TOURS = {"README.md": "## Why did it go there?", "README.es.md": "## ¿Por qué ha ido ahí?"}
END_OF_BLOCK = "--- end of block ---"
_IN_FORCE = re.compile(r"([0-9a-f]{64}): in force now")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{0,52}\b")
_DONE_AT = re.compile(
    r"^(?:decided by .*, |decidido por .*, )?(\d{4}-\d\d-\d\d \d\d:\d\d)(?::\d\d)? UTC(?:$|  )", re.MULTILINE
)
"""When a message was decided, and when rules came into force."""
_VOLATILE = (
    (_HASH, "HASH"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?"), "TIME"),
    (re.compile(r"\S+@\S+"), "WHO"),
    (re.compile(r" {2,}"), "  "),
)


class Block(NamedTuple):
    """Commands, or what the ones before show."""

    language: str
    text: str


def blocks(file: str) -> list[Block]:
    """The fenced blocks of the tour in their order."""
    text = (ROOT / file).read_text(encoding="utf-8")
    section = text.split(TOURS[file] + "\n", 1)[1].split("\n## ", 1)[0]
    return [Block(*found) for found in _FENCE.findall(section)]


def steady(text: str) -> list[str]:
    """Lines without what differs from run to run."""
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return [line.rstrip() for line in text.strip().splitlines()]


def must_be_of_one_run(shown: str, given: str) -> None:
    """What is equal in the tour is equal in the run, and the other way round; and later things have later times."""
    hashes = set(zip(_HASH.findall(shown), _HASH.findall(given), strict=True))
    assert len(hashes) == len({one for one, _ in hashes}) == len({other for _, other in hashes})
    for text in (shown, given):
        times = _DONE_AT.findall(text)
        assert len(times) == 2
        assert times == sorted(times)


class Shell:
    """One shell for the whole tour, as a person has it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def run(self, commands: str) -> str:
        """What some commands print."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{commands}\necho '{END_OF_BLOCK}'\n".encode())
        await self._process.stdin.drain()
        said: list[str] = []
        while line := (await asyncio.wait_for(self._process.stdout.readline(), 60)).decode():
            if line == f"{END_OF_BLOCK}\n":
                break
            said.append(line)
        return "".join(said)


@pytest.fixture
async def desk(server_folder: Path) -> AsyncIterator[DeskRun]:
    run = DeskRun(server_folder / ".run", free_port_base(), {"SAMPLES": "1"}, REAL_DESK)
    try:
        await run.ready(120)
        yield run
    finally:
        await run.stop()


async def tickets(run: DeskRun) -> int:
    said = run.run_file()
    return len(ask(f"{said['tickets_api']}/api/v1/tickets?limit=100", said["token"]).body["items"])


async def wait_for_effect(commands: str, output: str, before: int, run: DeskRun) -> None:
    """What a person who types hardly sees: a ticket takes a moment, and so do routers with new rules."""
    if commands.startswith("send "):

        async def arrived() -> bool:
            return await tickets(run) > before

        await eventually(arrived, 20)
    if taken := _IN_FORCE.search(output):
        metrics = run.run_file()["services"]["router"]["health"].replace("readyz", "metrics")

        async def decides() -> bool:
            async with httpx.AsyncClient() as client:
                return f'hash="{taken[1]}"' in (await client.get(metrics)).text

        await eventually(decides, 20)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("file", TOURS)
async def test_the_commands_of_the_tour_give_what_it_shows(file: str, desk: DeskRun) -> None:
    folder = desk.data_dir.parent
    (folder / "services").symlink_to(ROOT / "services")
    process = await asyncio.create_subprocess_exec(
        "bash", cwd=folder, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    shell, said, compared = Shell(process), "", 0
    shown, given = "", ""
    try:
        for block in blocks(file):
            if block.language == "sh":
                before = await tickets(desk)
                output = await shell.run(block.text)
                await wait_for_effect(block.text, output, before, desk)
                said += output
            else:
                assert steady(said) == steady(block.text)
                shown, given = shown + block.text, given + said
                said, compared = "", compared + 1
    finally:
        process.terminate()
        await process.wait()
    assert said == ""
    assert compared == 7
    must_be_of_one_run(shown, given)


RUN = """decided by the rules default aaaaaaaaaaaa, 2026-11-27 11:33:35 UTC
rule set default bbbbbbbbbbbbbbbbbbbb: in force now
2026-11-27 11:34 UTC  default bbbbbbbbbbbb  hand  eva@desk  in force  why
rule set default aaaaaaaaaaaaaaaaaaaa: in force now
"""


@pytest.mark.parametrize(
    "shown",
    [
        RUN.replace("a" * 20, "c" * 20),
        RUN.replace("b", "a"),
        RUN.replace("11:34 UTC", "11:13 UTC"),
    ],
)
def test_figures_of_several_runs_are_found(shown: str) -> None:
    must_be_of_one_run(RUN.replace("11:3", "09:4"), RUN)

    with pytest.raises(AssertionError):
        must_be_of_one_run(shown, RUN)


def test_both_tours_run_the_same_commands() -> None:
    english, spanish = (
        [len(block.text.splitlines()) for block in blocks(file) if block.language == "sh"] for file in TOURS
    )

    assert english == spanish
    assert len(english) >= 8

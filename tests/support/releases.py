"""Sources of releases that are out, from the history: whatever runs with `Release.path` is that release."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODULES = {
    "intake-email": "intake_email",
    "intake-chat": "intake_chat",
    "intake-phone": "intake_phone",
    "router": "router",
    "tickets": "tickets",
    "portal": "portal",
}


@dataclass(frozen=True, slots=True)
class Release:
    """One release, unpacked.

    Attributes:
        path: its `PYTHONPATH`.
    """

    name: str
    path: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which Python finds it before the current code."""
        return {"PYTHONPATH": self.path}

    def command(self, name: str, *arguments: str) -> list[str]:
        """A service's command line, which is `serve` if nothing else is said."""
        return [sys.executable, "-m", MODULES.get(name, name), *(arguments or ("serve",))]

    async def run(self, command: list[str], variables: Mapping[str, str]) -> None:
        """Run a command of this release to its end.

        Raises:
            subprocess.CalledProcessError: it failed; the test's output holds what it said.
        """
        environment = {"PATH": os.environ["PATH"], **self.environment, **variables}
        await asyncio.to_thread(subprocess.run, command, env=environment, check=True, timeout=60)


def unpack(number: int, folder: Path) -> Release:
    """A release by its place in `releases.yaml` (-1: the newest); skips the test if this clone has no such history."""
    releases = yaml.safe_load((ROOT / "releases.yaml").read_text())["releases"]
    name, commit = releases[number]["name"], releases[number]["commit"]
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, check=False, capture_output=True
    )
    if known.returncode:
        pytest.skip(f"release {name} is not in this clone's history")
    packed = subprocess.run(["git", "archive", commit, "libs", "services"], cwd=ROOT, check=True, capture_output=True)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return Release(name, ":".join(str(path) for path in sorted(folder.glob("*/*/src"))))

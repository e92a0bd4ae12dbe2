"""`make restore-drill` in small: a desk is destroyed under traffic and restored, with backups in either order."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
@pytest.mark.parametrize("order", [[], ["--streams-first"], ["--kill-sender"]])
def test_a_destroyed_desk_comes_back_out_of_its_backups_and_nobody_is_mailed_twice(order: list[str]) -> None:
    command = [sys.executable, "-m", "tests.restore_drill", "--customers", "12", "--json", *order]

    drill = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)

    assert drill.returncode == 0, drill.stdout + drill.stderr
    said = json.loads(drill.stdout)
    assert said["right"]
    assert {line["what"] for line in said["lines"]} >= {"mails that somebody got twice", "sent while held"}

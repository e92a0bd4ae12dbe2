"""`make` itself: its help, and what happens to a desk when `make` goes."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.desk_runs import ROOT, DeskRun, descendants, free_port_base
from tests.support.polling import eventually
from ventanilla_devstack.children import identify
from ventanilla_devstack.nats_server import NatsServer

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


@pytest.fixture
def data_dir(server_folder: Path) -> Path:
    return server_folder / "data"


def test_make_alone_prints_every_target_with_its_meaning() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert set(re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE)) == set(phony[1].split())
    assert max(map(len, shown.splitlines())) <= 100


def test_a_machine_without_a_recent_python_is_told_what_to_install(tmp_path: Path) -> None:
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        old = tmp_path / name
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)

    result = subprocess.run(
        ["/bin/sh", str(ROOT / "libs/devstack/setup.sh")],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "ventanilla: Python 3.11 or later is needed; on Debian and Ubuntu: apt-get install python3.11 python3.11-venv"
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_when_make_goes_the_desk_goes(
    data_dir: Path, tmp_path: Path, nats_server: NatsServer, database: str, number: signal.Signals
) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"run:\n\t@exec {sys.executable} -m tests.support.fake_desk run\n")
    make = shutil.which("make")
    assert make
    servers = {"VENTANILLA_NATS_URL": nats_server.url("operator"), "VENTANILLA_POSTGRES_URL": database}
    run = DeskRun(data_dir, free_port_base(), servers, (make, "-f", str(makefile), "run"))
    try:
        said = await run.ready()
        pids = [said["supervisor"], *(service["pid"] for service in said["services"].values() if service["pid"])]
        assert set(pids) <= descendants(run.process.pid)

        os.kill(run.process.pid, number)

        await eventually(lambda: not any(identify(pid) for pid in pids), 20)
        assert "stopping the servers" in run.said()
    finally:
        run.reap()

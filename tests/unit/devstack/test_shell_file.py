"""The file with which a person's shell finds the desk."""

import subprocess
from pathlib import Path

import pytest

from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.desk_services import Wiring, installed_programs
from ventanilla_devstack.settings import RunSettings
from ventanilla_devstack.shell_file import service_lines, shell_lines


def wiring(tmp_path: Path, nats_url: str, *, own: bool) -> tuple[Wiring, Credentials]:
    settings = RunSettings(8000, tmp_path, False, None, None, "off", "off", {})
    credentials = Credentials(nats={"rules": "it's secret"}, token="t0ken")
    return Wiring(settings, credentials, nats_url, own, "postgresql://x", tmp_path / "outbox"), credentials


@pytest.mark.parametrize(
    ("url", "own", "expected"),
    [
        ("nats://127.0.0.1:8022", True, "nats://127.0.0.1:8022 rules it's secret"),
        ("nats://me:p%40ss@broker:4222", False, "nats://broker:4222 me p@ss"),
    ],
)
def test_a_shell_that_reads_it_knows_the_desk(tmp_path: Path, url: str, own: bool, expected: str) -> None:
    file = tmp_path / "env"
    file.write_text(shell_lines(*wiring(tmp_path, url, own=own)))
    asked = 'echo "$API $TOKEN $SMTP $MAILBOX"; echo "$ROUTER_NATS_URL $ROUTER_NATS_USER $ROUTER_NATS_PASSWORD"'
    asked += '; echo "$TICKETS_POSTGRES_URL $TICKETS_PRIVACY_NATS_USER"'

    said = subprocess.run(
        ["/bin/sh", "-c", f". {file}; {asked}; command -v router"],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stdout.splitlines()

    assert said[0] == "http://127.0.0.1:8001/api/v1 t0ken smtp://127.0.0.1:8025 soporte@desk.example"
    assert said[1] == expected
    assert said[2] == f"postgresql://x {'privacy' if own else 'me'}"
    assert said[3].endswith("/router")


def test_a_doctor_finds_the_settings_of_its_service_and_nothing_of_the_shell_is_changed(tmp_path: Path) -> None:
    at, _ = wiring(tmp_path, "nats://127.0.0.1:8022", own=True)

    lines = service_lines(at, installed_programs().services_for(at.settings), "nats://operator@127.0.0.1:8022")

    names = [line.removeprefix("export ").partition("=")[0] for line in lines.splitlines()[1:] if line]
    assert {"TICKETS_SECRET", "ROUTER_NATS_URL", "PORTAL_TICKETS_URL", "VENTANILLA_NATS_URL"} <= set(names)
    assert all(name.partition("_")[0] in {"INTAKE", "ROUTER", "TICKETS", "PORTAL", "VENTANILLA"} for name in names)
    assert len(names) == len(set(names))

"""The tickets service's commands, asked by a run."""

import sys
from pathlib import Path

import pytest

from ventanilla_devstack.children import patient
from ventanilla_devstack.errors import Interrupted, ServiceFailed
from ventanilla_devstack.tickets_command import TicketsCommand


def command(folder: Path, script: str, tick: object = patient) -> TicketsCommand:
    program = (sys.executable, "-S", "-c", script)
    return TicketsCommand(program, {"PATH": "/bin"}, folder / "tickets.log", tick)  # type: ignore[arg-type]  # a plain function will do


def test_a_new_token_is_the_last_line(tmp_path: Path) -> None:
    tickets = command(tmp_path, "import sys; print('note'); print('vt_' + ','.join(sys.argv[1:]))")
    assert (
        tickets.create_token("make-run", ("read", "write"))
        == "vt_token,create,--name,make-run,--scope,read,--scope,write"
    )


@pytest.mark.parametrize(("status", "known"), [(0, True), (1, False)])
def test_a_token_is_checked_without_showing_it_to_other_users(tmp_path: Path, status: int, known: bool) -> None:
    script = (
        "import sys; assert sys.argv[1:] == ['token', 'check']; "
        f"sys.exit({status} if sys.stdin.readline() == 'vt_secret\\n' else 9)"
    )
    assert command(tmp_path, script).knows_token("vt_secret") is known
    assert command(tmp_path, script).knows_token("") is False


@pytest.mark.parametrize(("skipped", "imported"), [("true", False), ("false", True)])
def test_a_desk_is_only_given_to_one_that_has_nothing(tmp_path: Path, skipped: str, imported: bool) -> None:
    script = (
        "import sys; assert sys.argv[1:] == ['import-desk', '/data/desk.yaml', '--only-new', '--json'], sys.argv; "
        f"print('{{\"skipped\": {skipped}}}')"
    )
    assert command(tmp_path, script).import_desk(Path("/data/desk.yaml")) is imported


def test_the_desk_to_start_from_is_what_the_service_prints(tmp_path: Path) -> None:
    assert command(tmp_path, "import sys; print(sys.argv[1:])").shipped_desk() == "['desk']\n"


@pytest.mark.parametrize("ask", ["migrate", "check", "create", "desk", "import"])
def test_a_failure_is_told_by_its_last_words(tmp_path: Path, ask: str) -> None:
    tickets = command(tmp_path, "import sys; sys.stderr.write('first\\nno such database\\n'); sys.exit(2)")
    with pytest.raises(ServiceFailed, match=r"failed \(no such database\); see .*tickets.log"):
        {
            "migrate": tickets.migrate,
            "desk": tickets.shipped_desk,
            "import": lambda: tickets.import_desk(Path("desk.yaml")),
            "check": lambda: tickets.knows_token("t"),
            "create": lambda: tickets.create_token("n", ("read",)),
        }[ask]()
    assert "first" in (tmp_path / "tickets.log").read_text()


def test_ctrl_c_ends_a_command_that_hangs(tmp_path: Path) -> None:
    def leave() -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        command(tmp_path, "import time; time.sleep(600)", leave).migrate()

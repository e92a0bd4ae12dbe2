import json
import shutil
from pathlib import Path

import pytest

from ventanilla_contracts.__main__ import main

CONTRACTS = Path(__file__).parents[3] / "libs" / "contracts"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that were generated just now, once for all tests: it takes a second."""
    root = tmp_path_factory.mktemp("generated")
    folder = root / "libs" / "contracts"
    folder.mkdir(parents=True)
    shutil.copy(CONTRACTS / "pyproject.toml", folder)
    assert main(["--root", str(root), "generate"]) == 0
    return root


@pytest.fixture
def checkout(generated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A checkout with freshly generated files."""
    capsys.readouterr()
    return Path(shutil.copytree(generated, tmp_path / "checkout"))


def check(checkout: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["--root", str(checkout), "check"])
    return code, capsys.readouterr().out


def edit(path: Path, **fields: object) -> None:
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, **fields}, indent=2, ensure_ascii=False) + "\n")


def test_the_committed_files_are_fresh_and_compatible(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(CONTRACTS.parents[1]), "check"]) == 0, capsys.readouterr().out


def test_fresh_files_pass(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(checkout, capsys) == (0, "contracts: generated files are fresh, no release to compare with yet\n")


def test_a_stale_file_fails_with_a_diff_and_the_command_to_run(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(checkout / "libs/contracts/schemas/redrive.v1.json", title="Another")
    code, said = check(checkout, capsys)
    assert code == 1
    assert '-  "title": "Another",' in said
    assert '+  "title": "Redrive",' in said
    assert "ventanilla-contracts generate" in said


def test_a_missing_and_a_left_over_file_fail(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "libs/contracts/examples/redrive.v1.json").unlink()
    (checkout / "libs/contracts/schemas/gone.v1.json").write_text("{}")
    code, said = check(checkout, capsys)
    assert code == 1
    assert "examples/redrive.v1.json: not generated yet" in said
    assert "schemas/gone.v1.json: belongs to no event any more" in said

    assert main(["--root", str(checkout), "generate"]) == 0
    assert check(checkout, capsys)[0] == 0


def test_a_release_is_kept_and_compared_with(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(checkout), "release", "0.1.0"]) == 0
    capsys.readouterr()
    assert check(checkout, capsys) == (0, "contracts: generated files are fresh, compatible with 0.1.0\n")


def test_a_field_that_the_release_has_and_we_lack_fails_with_the_reason(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--root", str(checkout), "release", "0.9.0"])
    main(["--root", str(checkout), "release", "0.10.0"])
    newest = checkout / "libs/contracts/released/0.10.0"
    schema = json.loads((newest / "schemas/redrive.v1.json").read_text())
    edit(newest / "schemas/redrive.v1.json", properties={**schema["properties"], "reason": {"type": "string"}})
    topology = json.loads((newest / "topology.json").read_text())
    edit(newest / "topology.json", events={**topology["events"], "ticket.merged.v1": "ticket.merged.v1"})
    capsys.readouterr()

    code, said = check(checkout, capsys)

    assert code == 1
    assert "BREAKS redrive.v1: reason: field removed" in said
    assert "BREAKS event ticket.merged.v1: removed" in said
    assert "2 incompatible with release 0.10.0" in said


def test_a_release_never_changes_and_is_never_made_of_stale_files(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(checkout), "release", "0.1.0"]) == 0
    assert main(["--root", str(checkout), "release", "0.1.0"]) == 1
    assert "exists already" in capsys.readouterr().err
    assert main(["--root", str(checkout), "release", "one"]) == 1
    edit(checkout / "libs/contracts/topology.json", prefix="other")
    assert main(["--root", str(checkout), "release", "0.2.0"]) == 1
    assert "stale" in capsys.readouterr().err


def test_a_folder_that_is_no_checkout_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path), "check"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_finds_its_checkout_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 0, capsys.readouterr().out

"""`ventanilla-contracts`: generate the papers of the contracts, and check them before they are committed."""

import argparse
import difflib
import json
import re
import sys
from pathlib import Path

from ventanilla_contracts.compatibility import Finding, compare_schemas, compare_topologies
from ventanilla_contracts.generation import generate

_VERSION = re.compile(r"\d+\.\d+\.\d+\Z")
_DIFF_LINES = 40
_FOLDERS = ("schemas", "examples")


class Refused(Exception):
    """The command cannot do what it was asked to; the text says why, in one line."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        folder = _contracts_folder(options.root)
        if options.command == "generate":
            return _generate(folder)
        if options.command == "release":
            return _release(folder, options.version)
        return _check(folder)
    except Refused as error:
        sys.stderr.write(f"ventanilla-contracts: {error}\n")
        return 1


def drift(folder: Path) -> list[str]:
    """What differs between the committed files and what the models say: readable lines, empty if nothing does."""
    lines = []
    wanted = _generated()
    for path, text in wanted.items():
        committed = folder / path
        if not committed.is_file():
            lines.append(f"{path}: not generated yet")
        elif (found := committed.read_text(encoding="utf-8")) != text:
            difference = list(
                difflib.unified_diff(
                    found.splitlines(),
                    text.splitlines(),
                    f"{path} (committed)",
                    f"{path} (generated)",
                    lineterm="",
                    n=2,
                )
            )
            lines += difference[:_DIFF_LINES]
            if len(difference) > _DIFF_LINES:
                lines.append(f"… and {len(difference) - _DIFF_LINES} more lines")
    lines += [f"{path}: belongs to no event any more" for path in _left_over(folder, wanted)]
    return lines


def breaches(folder: Path) -> tuple[str | None, list[Finding]]:
    """The newest release and what the models changed since; None when there is no release yet."""
    release = newest_release(folder)
    if release is None:
        return None, []
    texts = {path: json.loads(text) for path, text in _generated().items() if path.endswith(".json")}
    findings = compare_topologies(
        json.loads((release / "topology.json").read_text(encoding="utf-8")), texts["topology.json"]
    )
    for path in sorted((release / "schemas").glob("*.json")):
        now = texts.get(f"schemas/{path.name}")
        if now is not None:  # a removed event is the topology's finding
            findings += compare_schemas(path.stem, json.loads(path.read_text(encoding="utf-8")), now)
    return release.name, findings


def newest_release(folder: Path) -> Path | None:
    """Folder of the release with the highest version, or None."""
    releases = [path for path in (folder / "released").glob("*") if path.is_dir() and _VERSION.match(path.name)]
    return max(releases, key=lambda path: tuple(map(int, path.name.split("."))), default=None)


def _generate(folder: Path) -> int:
    wanted = _generated()
    changed = 0
    for path, text in wanted.items():
        target = folder / path
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")
        changed += 1
    for path in _left_over(folder, wanted):
        (folder / path).unlink()
        sys.stdout.write(f"{path} removed\n")
        changed += 1
    sys.stdout.write(f"{len(wanted)} files, {changed} changed\n")
    return 0


def _check(folder: Path) -> int:
    lines = drift(folder)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    if lines:
        sys.stdout.write("The generated files are stale: run `ventanilla-contracts generate` and commit them.\n")
    release, findings = breaches(folder)
    broken = [finding for finding in findings if finding.breach]
    for finding in findings:
        sys.stdout.write(f"{'BREAKS' if finding.breach else 'note:'} {finding}\n")
    if broken:
        sys.stdout.write(
            f"{len(broken)} incompatible with release {release}: add beside the old and remove a release later, "
            "or make a new major version of the event.\n"
        )
    if not lines and not broken:
        against = f"compatible with {release}" if release else "no release to compare with yet"
        sys.stdout.write(f"contracts: generated files are fresh, {against}\n")
    return 1 if lines or broken else 0


def _release(folder: Path, version: str) -> int:
    """Keep today's schemas and topology as those of a release."""
    if not _VERSION.match(version):
        raise Refused(f"{version} is no version: it has the form 1.2.3")
    target = folder / "released" / version
    if target.exists():
        raise Refused(f"release {version} exists already; a release never changes")
    if drift(folder):
        raise Refused("the generated files are stale: run `ventanilla-contracts generate` first")
    files = {
        path: text for path, text in _generated().items() if path.startswith("schemas/") or path == "topology.json"
    }
    for path, text in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8")
    sys.stdout.write(f"released/{version}: {len(files)} files\n")
    return 0


def _generated() -> dict[str, str]:
    try:
        return generate()
    except ImportError as error:
        raise Refused(f"{error.name} is missing: pip install 'ventanilla-contracts[generate]'") from error


def _left_over(folder: Path, wanted: dict[str, str]) -> list[str]:
    found = (f"{name}/{path.name}" for name in _FOLDERS for path in sorted((folder / name).glob("*.json")))
    return [path for path in found if path not in wanted]


def _contracts_folder(root: Path | None) -> Path:
    candidates = (
        [root / "libs" / "contracts"] if root else [Path.cwd() / "libs" / "contracts", Path(__file__).parents[2]]
    )
    for folder in candidates:
        if (folder / "pyproject.toml").is_file():
            return folder.resolve()
    raise Refused(f"{root or 'this'} is not a checkout of Ventanilla: give its folder with --root")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ventanilla-contracts",
        description="JSON Schemas, examples, AsyncAPI and topology of Ventanilla's events.",
        epilog="Example: ventanilla-contracts generate && ventanilla-contracts check",
    )
    parser.add_argument("--root", type=Path, help="the checkout; the current folder unless given")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("generate", help="write what the models and the topology say")
    commands.add_parser("check", help="fail if that is not committed, or breaks the last release")
    release = commands.add_parser("release", help="keep today's schemas as those of a release")
    release.add_argument("version", help="for example 0.1.0")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Runbooks: a page for each alert, all with the same headings, and no command in them that is not there."""

import importlib
import re
import shlex
import sys
from pathlib import Path

import pytest
import typer

from tests.support.prometheus_queries import RUNBOOKS, alerts

HEADINGS = ["What it means for customers", "How to see it", "What to do", "Whom to call"]
BIN = Path(sys.executable).parent
OURS = ("ventanilla", "tickets", "router", "portal", "prober", "intake-email", "intake-chat", "intake-phone")
THEIRS = {"kubectl", "helm", "curl"}
_CODE = re.compile(r"```sh\n(.*?)```|`([^`\n]+)`", re.DOTALL)


def page(name: str) -> str:
    return (RUNBOOKS / f"{name}.md").read_text()


def commands() -> set[tuple[str, ...]]:
    """Our commands in all pages, by the words before their arguments and options."""
    found: set[tuple[str, ...]] = set()
    for path in RUNBOOKS.glob("Ventanilla*.md"):
        for block, span in _CODE.findall(path.read_text()):
            for line in (block or span).splitlines():
                words = shlex.split(line) if line.count("'") % 2 == 0 and line.count('"') % 2 == 0 else []
                if words and words[0] in OURS and len(words) > 1:
                    told = [word for word in words[1:] if re.fullmatch(r"(--)?[a-z][a-z-]+", word)]
                    found.add((words[0], *told))
    return found


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("Ventanilla*.md")} == alerts().keys()


@pytest.mark.parametrize("name", alerts())
def test_a_page_has_the_headings_in_their_order_and_something_below_each(name: str) -> None:
    text = page(name)
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert all(part.strip() for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:])


@pytest.mark.parametrize("name", alerts())
def test_a_page_names_only_programs_that_an_operator_has(name: str) -> None:
    for block, _ in _CODE.findall(page(name)):
        for line in block.splitlines():
            assert line.split()[0] in {*OURS, *THEIRS}, line


@pytest.mark.parametrize("name", alerts())
def test_a_page_leads_only_to_alerts_that_exist(name: str) -> None:
    assert set(re.findall(r"\bVentanilla[A-Z]\w+", page(name))) <= alerts().keys()


def _command_tree(program: str) -> object:
    """The program's own commands, without a process for each: they are read off its Typer application."""
    package = {"ventanilla": "ventanilla_runtime"}.get(program, program.replace("-", "_"))
    module = importlib.import_module(f"{package}.__main__")
    found = [one for one in vars(module).values() if isinstance(one, typer.Typer)]
    # Beside its own there may be those that it imports for its groups.
    return typer.main.get_command(max(found, key=lambda one: len(one.registered_commands) + len(one.registered_groups)))


@pytest.mark.parametrize("words", sorted(commands()), ids=" ".join)
def test_a_command_in_a_page_exists(words: tuple[str, ...]) -> None:
    assert (BIN / words[0]).exists()
    command = _command_tree(words[0])
    for word in (one for one in words[1:] if not one.startswith("--")):
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            break
        assert word in subcommands, f"`{' '.join(words)}`: there is no {word}"
        command = subcommands[word]
    options = {"--help", *(name for parameter in getattr(command, "params", ()) for name in parameter.opts)}
    assert {one for one in words if one.startswith("--")} <= options


@pytest.mark.parametrize("name", alerts())
def test_a_command_to_look_with_can_be_typed_as_it_stands_and_ends(name: str) -> None:
    for block, _ in _CODE.findall(page(name)):
        for line in block.splitlines():
            program, *words = shlex.split(line)
            if program not in OURS or "--help" in words:
                continue
            command = _command_tree(program)
            while words and words[0] in getattr(command, "commands", {}):
                command = command.commands[words.pop(0)]  # type: ignore[attr-defined]  # a group has them
            command.make_context(line, words)  # type: ignore[attr-defined]  # says what is missing or unknown
            assert not words or words[0].startswith("-"), line
            assert "audit-timers" not in line or "--once" in line, f"without --once it goes on for ever: {line}"


@pytest.mark.parametrize("name", alerts())
def test_a_page_wakes_somebody_if_the_alert_does(name: str) -> None:
    critical = any(rule["labels"]["severity"] == "critical" for rule in alerts()[name])
    assert ("at any hour" in page(name)) == critical

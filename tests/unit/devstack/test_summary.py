"""The last page fits a terminal and says what to do."""

from pathlib import Path

import pytest

from ventanilla_devstack.summary import Addresses, TicketRow, reason_of, render_hints, render_tickets, status_page

ROW = TicketRow(
    channel="email",
    number=12,
    subject="URGENTE: la tienda no funciona, está todo caído [bold]desde las nueve[/bold]",
    priority="urgent",
    tier="2",
    team="technical",
    why="Priority urgent because the rule “outage” matched: the message mentions “caída” and “no funciona”. " * 4,
)


def test_the_table_fits_80_columns_without_control_codes() -> None:
    shown = render_tickets("The latest tickets", [ROW, ROW], 80, colour=False)

    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in shown
    assert lines[1].split() == ["channel", "ticket", "subject", "priority", "tier", "team"]
    assert lines[2].startswith("email    #12    URGENTE: la tienda no funciona")
    assert "urgent   2    technical" in lines[2]
    assert lines[3].strip().startswith("Priority urgent because")
    assert lines[5].endswith("…")
    assert len(lines) == 2 + 2 * 4


def test_brackets_and_control_characters_of_strangers_do_nothing() -> None:
    row = TicketRow("email", 1, "[red]a\x1b[2Jb", "low", "1", "team", "x\x07y")
    shown = render_tickets("t", [row], 80, colour=False)

    assert "[red]a [2Jb" in shown
    assert "x y" in shown


def test_a_terminal_gets_bold_heads() -> None:
    assert "\x1b[1m" in render_tickets("t", [ROW], 80, colour=True)


@pytest.mark.parametrize(
    ("routing", "reason"),
    [
        ({"sentence": {"en": "because", "es": "porque"}}, "because"),
        ({"sentence": {"es": "porque"}}, "porque"),
        ({"sentence": {}, "set_by": {"priority": "outage", "team": "outage", "tier": "vip"}}, "rules: outage, vip"),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_reason_is_the_sentence_or_else_the_rules(routing: object, reason: str) -> None:
    assert reason_of(routing, "en") == reason


def test_the_hints_can_be_copied() -> None:
    shown = render_hints(
        Addresses(
            smtp_port=8025,
            mailbox="soporte@desk.example",
            api="http://127.0.0.1:8001",
            portal="http://127.0.0.1:8000",
            token="vt_" + "x" * 40,
            slack="http://127.0.0.1:65503/",
            twilio="http://127.0.0.1:65504/",
            run_file=Path("/home/ana/a desk/.run/run.json"),
            logs=Path("/logs"),
            desk_file=Path("/data/desk.yaml"),
            outbox=Path("/outbox"),
            status_page=None,
        )
    )
    assert "swaks --server 127.0.0.1:8025 --to soporte@desk.example" in shown
    assert "Authorization: Bearer vt_xxx" in shown
    assert "http://127.0.0.1:8000/s/" in shown
    assert "'/home/ana/a desk/.run/run.json'" in shown
    assert [line for line in shown.splitlines() if "/data/desk.yaml" in line] == [
        "  teams, people /data/desk.yaml; docs/desk.md"
    ]
    assert "  Slack         http://127.0.0.1:65503/ as carmen or john: ask in #ayuda," in shown
    assert max(map(len, shown.splitlines())) <= 90
    assert max(len(line) for line in shown.splitlines() if "carmen" in line or "eva:" in line) <= 80


def test_the_status_page_is_that_of_the_first_ticket_that_has_one() -> None:
    assert status_page([{"number": 1}, {"links": {"status_page": "http://x/s/1"}}]) == "http://x/s/1"
    assert status_page([]) is None

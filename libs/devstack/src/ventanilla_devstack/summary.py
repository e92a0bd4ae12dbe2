"""The last page of a start: the tickets that came out, where everything is, what to try next. Fits 80 columns."""

import io
import shlex
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ventanilla_devstack.ports import HOST
from ventanilla_devstack.probes import ask

_WHY_INDENT = 8
_WHY_LINES = 3
_SLACK_HINT = """\
  Slack         {page} as carmen or john: ask in #ayuda,
                or Ventanilla directly; as eva: the card in #first-line,
                press Claim and Reply, or open Ventanilla's Home"""

_PHONE_HINT = """\
  phone         {page} call or text the desk as Carmen or John"""


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as the table shows it; `why` is the router's sentence."""

    channel: str
    number: int
    subject: str
    priority: str
    tier: str
    team: str
    why: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the desk can be reached, and how.

    Attributes:
        slack: where the local Slack has its page; None: there is none. twilio: where the local Twilio has its.
        status_page: the customer's page of one ticket, if there is one yet.
        desk_file: teams, people and promises as they were imported; None: the desk had some of its own.
        outbox: the Maildir of outgoing mail; None with a relay.
    """

    smtp_port: int
    mailbox: str
    api: str
    portal: str
    token: str
    slack: str | None
    twilio: str | None
    run_file: Path
    logs: Path
    desk_file: Path | None
    outbox: Path | None
    status_page: str | None


def ticket_rows(tickets: Sequence[dict[str, Any]], api: str, token: str, language: str = "en") -> list[TicketRow]:
    """The rows of some tickets, with the reason of each from its routing."""
    return [
        TicketRow(
            channel=str(ticket.get("channel", "")),
            number=int(ticket["number"]),
            subject=str(ticket.get("subject", "")),
            priority=str(ticket.get("priority", "")),
            tier=str(ticket.get("tier", "")),
            team=str(ticket.get("team", "")),
            why=reason_of(ask(f"{api}/api/v1/tickets/{ticket['number']}/routing", token).body, language),
        )
        for ticket in tickets
    ]


def reason_of(routing: Any, language: str) -> str:
    """Why a ticket was routed as it was: the sentence, or else the rules that decided; empty if nobody says."""
    if not isinstance(routing, dict):
        return ""
    sentence = routing.get("sentence")
    if isinstance(sentence, dict) and sentence:
        return str(sentence.get(language) or next(iter(sentence.values())))
    if isinstance(sentence, str):
        return sentence
    set_by = routing.get("set_by")
    if isinstance(set_by, dict) and set_by:
        return "rules: " + ", ".join(dict.fromkeys(map(str, set_by.values())))
    return ""


def render_tickets(title: str, rows: Sequence[TicketRow], width: int, *, colour: bool) -> str:
    """The table: one line for each ticket and below it why."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False, width=width)
    table.add_column("channel", width=8, no_wrap=True)
    table.add_column("ticket", width=6, no_wrap=True)
    table.add_column("subject", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("priority", width=8, no_wrap=True)
    table.add_column("tier", width=4, no_wrap=True)
    table.add_column("team", width=12, no_wrap=True, overflow="ellipsis")
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False)
    console.print(Text(title, style="bold"))
    # Untrusted words go in as Text: brackets in a subject are not markup.
    for row in rows:
        cells = (row.channel, f"#{row.number}", _plain(row.subject), row.priority, row.tier, row.team)
        table.add_row(*(Text(cell) for cell in cells))
    lines = _printed(table, width, colour=colour)
    console.print(Text.from_ansi(lines[0]))
    for row, line in zip(rows, lines[1:], strict=True):
        console.print(Text.from_ansi(line))
        if row.why:
            console.print(Text(_wrapped(row.why, width), style="dim"))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))


def render_hints(addresses: Addresses) -> str:
    """What to try next, as lines to copy."""
    swaks = (
        f"swaks --server {HOST}:{addresses.smtp_port} --to {addresses.mailbox} \\\n"
        "          --from ana@cliente.example --header 'Subject: Hola' --body 'No puedo entrar'"
    )
    curl = f"curl -H 'Authorization: Bearer {addresses.token}' \\\n          '{addresses.api}/api/v1/tickets?limit=10'"
    page = addresses.status_page or f"{addresses.portal}/s/… (the link is in each acknowledgement)"
    outbox = shlex.quote(str(addresses.outbox / "new")) if addresses.outbox else "goes to your relay"
    desk = [f"  teams, people {shlex.quote(str(addresses.desk_file))}; docs/desk.md"] if addresses.desk_file else []
    slack = [_SLACK_HINT.format(page=addresses.slack)] if addresses.slack else []
    if addresses.slack:
        slack.append(f"  agents' page  {addresses.portal}/desk/1 (sign in as an agent)")
    phone = [_PHONE_HINT.format(page=addresses.twilio)] if addresses.twilio else []
    return "\n".join(
        (
            "What to try next",
            f"  send a mail:\n      {swaks}",
            f"  see the tickets:\n      {curl}",
            f"  status page   {page}",
            *slack,
            *phone,
            *desk,
            f"  the API       {addresses.api}/openapi.json",
            f"  outgoing mail {outbox}",
            f"  for a shell   . {shlex.quote(str(addresses.run_file.with_name('env')))}",
            f"  for programs  {shlex.quote(str(addresses.run_file))}",
            f"  logs          {shlex.quote(str(addresses.logs))}",
            "Ctrl-C stops everything.",
        )
    )


def status_page(tickets: Sequence[dict[str, Any]]) -> str | None:
    """The customer's page of the first ticket that has one."""
    for ticket in tickets:
        links = ticket.get("links")
        if isinstance(links, dict) and links.get("status_page"):
            return str(links["status_page"])
    return None


def _printed(table: Table, width: int, *, colour: bool) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False).print(table)
    return out.getvalue().rstrip("\n").split("\n")


def _wrapped(text: str, width: int) -> str:
    lines = textwrap.wrap(_plain(text), width - _WHY_INDENT, max_lines=_WHY_LINES, placeholder=" …")
    return textwrap.indent("\n".join(lines), " " * _WHY_INDENT)


def _plain(text: str) -> str:
    """Without control characters, which could move the cursor of the operator's terminal."""
    return "".join(character if character.isprintable() else " " for character in text)

"""`ventanilla deadletters`: what services could not handle; look at it, and have it handled again after the repair."""

import base64
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from ventanilla_contracts.errors import Temporary
from ventanilla_runtime import letterbox
from ventanilla_runtime.commands.session import CommandFailed, OperatorSettings, connected, printable, run
from ventanilla_runtime.letterbox import Letter
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.publish import Publisher

app = typer.Typer(no_args_is_help=True, help="What services could not handle (docs/dead-letters.md).")

ASK_FROM = 10
"""More replays than this are asked about first."""
_COLUMNS = 80
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_Service = Annotated[str | None, typer.Option(help="Only letters of this service.")]
_Since = Annotated[str | None, typer.Option(help="Only since then: 30m, 12h, 7d, or 2026-11-23T08:00 (UTC).")]


@app.command("list", epilog="Example: ventanilla deadletters list --service router --since 24h")
def list_letters(
    context: typer.Context,
    service: _Service = None,
    since: _Since = None,
    limit: Annotated[int, typer.Option(help="Most letters to list: the newest.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List dead letters, newest last, without their bodies."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        earliest = parse_since(since)
        async with connected(settings) as broker:
            listing = await letterbox.newest(broker, service=service, since=earliest, limit=limit)
        if as_json:
            for letter in listing.letters:
                typer.echo(json.dumps(_described(letter), ensure_ascii=False))
            return 0
        if not listing.letters:
            typer.echo("no dead letters")
            return 0
        typer.echo("     SEQ  STORED (UTC)      SERVICE       ORIGIN           REASON")
        for letter in listing.letters:
            typer.echo(_row(letter))
        if not listing.complete:
            typer.echo("there may be older ones: give --limit or --since")
        return 0

    run(command)


@app.command(epilog="Example: ventanilla deadletters show 17 --body")
def show(
    context: typer.Context,
    sequence: Annotated[int, typer.Argument(help="The letter's number in the list.", min=1)],
    body: Annotated[bool, typer.Option("--body", help="Also the message itself: it holds personal data.")] = False,
) -> None:
    """Show why a message failed, its headers, and on request the message itself."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        async with connected(settings) as broker:
            letter = await letterbox.one(broker, sequence)
            if letter is None:
                raise CommandFailed(f"there is no dead letter {sequence}")
            for name, value in _described(letter).items():
                typer.echo(f"{name}: {printable(str(value))}")
            if letter.content is None:
                return 0
            for name, value in letter.content.headers.items():
                typer.echo(f"header {printable(name)}: {printable(value)}")
            held = letter.content.body_base64
            if not body:
                typer.echo(f"body: {'held by the letter' if held else 'in its stream'}; --body shows it")
                return 0
            data = base64.b64decode(held) if held else await letterbox.original_body(broker, letter.content)
        if data is None:
            raise CommandFailed("the letter does not hold the message, and its stream no longer has it")
        typer.echo(f"body: {len(data)} bytes\n{readable(data)}")
        return 0

    run(command)


@app.command(
    epilog="Example: ventanilla deadletters replay 17 18 · ventanilla deadletters replay --all-of router --yes"
)
def replay(
    context: typer.Context,
    sequences: Annotated[list[int] | None, typer.Argument(help="Numbers in the list.", metavar="[SEQ]...")] = None,
    all_of: Annotated[str | None, typer.Option(help="All letters of this service.", metavar="SERVICE")] = None,
    since: _Since = None,
    yes: Annotated[bool, typer.Option("--yes", help=f"Do not ask before more than {ASK_FROM}.")] = False,
) -> None:
    """Order the services to handle messages again. What was done already is not done twice."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        if bool(sequences) == bool(all_of):
            raise CommandFailed("give numbers of letters, or --all-of SERVICE")
        if all_of and not letterbox.takes_orders(all_of):
            raise CommandFailed(f"{all_of} is not a service that handles anything again")
        async with connected(settings) as broker:
            publisher = Publisher(broker)
            await publisher.start()
            letters: dict[int, Letter | None] = dict.fromkeys(sequences or ())
            for number in letters:
                letters[number] = await letterbox.one(broker, number)
            if all_of:
                limit = letterbox.SCAN_LIMIT
                listing = await letterbox.newest(broker, service=all_of, since=parse_since(since), limit=limit)
                letters = {letter.sequence: letter for letter in listing.letters}
            if not letters:
                typer.echo("no dead letters")
                return 0
            _ask(len(letters), yes)
            replayer = letterbox.Replayer(broker, publisher, settings.prefix)
            done = [await _replay_one(replayer, number, letter) for number, letter in letters.items()]
        typer.echo(f"{sum(done)} of {len(done)} ordered; what fails again becomes a new dead letter")
        return 0 if all(done) else 1

    run(command)


async def _replay_one(replayer: letterbox.Replayer, number: int, letter: Letter | None) -> bool:
    if letter is None:
        typer.echo(f"{number}: there is no such dead letter")
        return False
    try:
        fresh = await replayer.replay(letter)
    except (ValueError, Temporary) as error:
        typer.echo(f"{number}: not ordered: {printable(str(error))}")
        return False
    typer.echo(f"{number}: {letter.service} will handle it again" + ("" if fresh else " (ordered a moment ago)"))
    return True


def _ask(count: int, yes: bool) -> None:
    if count <= ASK_FROM or yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed(f"{count} letters are more than {ASK_FROM}: give --yes")
    if not typer.confirm(f"Replay {count} dead letters?"):
        raise CommandFailed("nothing was replayed")


def parse_since(text: str | None, now: datetime | None = None, *, option: str = "--since") -> datetime | None:
    """The time that `30m`, `12h`, `7d`, `2w` ago or an ISO time means, aware UTC; `option` is what it was given for.

    Raises:
        CommandFailed: it is none of them.
    """
    if text is None:
        return None
    if text[-1:] in _UNITS and text[:-1].isdigit():
        return (now or datetime.now(UTC)) - timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFailed(f"{option} {text}: give 30m, 12h, 7d or a time like 2026-11-23T08:00") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def readable(data: bytes) -> str:
    """A message's bytes for a terminal: JSON indented, other text as it is, anything else in base64."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return base64.encodebytes(data).decode()
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return "\n".join(map(printable, text.splitlines()))


def _described(letter: Letter) -> dict[str, Any]:
    """As the API names it: `sequence` is the letter's own, `stream_sequence` that of what could not be handled."""
    described: dict[str, Any] = {"sequence": letter.sequence, "stored_at": letter.stored_at.isoformat()}
    if letter.content is None:
        return {**described, "service": letter.service, "reason": "unreadable"}
    content = letter.content.model_dump(mode="json", exclude={"body_base64", "headers"})
    return {**described, "stream_sequence": content.pop("sequence"), **content}


def _row(letter: Letter) -> str:
    content = letter.content
    origin = f"{content.stream}/{content.sequence}" if content else "?"
    reason = f"{content.reason}: {content.detail}" if content and content.detail else content.reason if content else "?"
    row = (
        f"{letter.sequence:>8}  {letter.stored_at:%Y-%m-%d %H:%M}  {letter.service[:12]:<12}  {origin[:15]:<15}  "
        f"{redact_text(reason)}"
    )
    row = printable(row)
    return row if len(row) <= _COLUMNS else row[: _COLUMNS - 1] + "…"

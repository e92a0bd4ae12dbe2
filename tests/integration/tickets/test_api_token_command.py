"""`tickets token`, as an operator types it."""

import json
import subprocess
import sys
from pathlib import Path

import asyncpg

_PROGRAM = str(Path(sys.prefix) / "bin" / "tickets")


def tickets(dsn: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"TICKETS_POSTGRES_URL": dsn, "TICKETS_SECRET": "a secret of the tests"}
    return subprocess.run(
        [_PROGRAM, *arguments], env=environment, capture_output=True, text=True, input=given, check=False, timeout=30
    )


async def test_a_token_is_made_checked_listed_and_revoked(database: str) -> None:
    made = tickets(
        database, "token", "create", "--name", "ana", "--scope", "read", "--scope", "write", "--expires", "30d"
    )
    token = made.stdout.strip()

    assert (made.returncode, made.stderr, made.stdout.count("\n")) == (0, "", 1)
    assert token.startswith("vnt_")
    assert tickets(database, "token", "check", token).returncode == 0
    assert json.loads(tickets(database, "token", "check", "--json", given=token + "\n").stdout)["name"] == "ana"
    assert tickets(database, "token", "check", "vnt_guess").returncode == 1
    (listed,) = json.loads(tickets(database, "token", "list", "--json").stdout)
    assert (listed["name"], listed["scopes"], listed["state"]) == ("ana", ["read", "write"], "in force")
    assert token not in tickets(database, "token", "list").stdout
    assert tickets(database, "token", "revoke", str(listed["id"])).returncode == 0
    assert tickets(database, "token", "check", token).returncode == 1
    again = tickets(database, "token", "revoke", "ana")
    assert (again.returncode, again.stderr) == (1, "tickets token: no token 'ana' is in force\n")


async def test_a_bots_token_is_told_from_others_in_the_list(database: str) -> None:
    made = tickets(database, "token", "create", "--name", "web form", "--scope", "write", "--bot")
    tickets(database, "token", "create", "--name", "script", "--scope", "write")

    listed = json.loads(tickets(database, "token", "list", "--json").stdout)
    shown = tickets(database, "token", "list").stdout.splitlines()

    assert made.returncode == 0
    assert [(one["name"], one["bot"]) for one in listed] == [("web form", True), ("script", False)]
    assert [line.split()[-2] for line in shown[1:]] == ["bot", "program"]
    assert json.loads(tickets(database, "token", "check", "--json", given=made.stdout).stdout)["bot"] is True
    both = tickets(database, "token", "create", "--scope", "write", "--agent", "ana", "--bot")
    assert (both.returncode, "an agent's or a bot's" in both.stderr) == (2, True)


async def test_mistakes_are_one_line_that_says_what_to_do(database: str) -> None:
    wrong = {
        "is not one of read, write, admin, portal": ("token", "create", "--name", "a", "--scope", "root"),
        "for example 30d": ("token", "create", "--name", "a", "--scope", "read", "--expires", "soon"),
        "act lets a service act for agents": ("token", "create", "--agent", "eva", "--scope", "act"),
        "1 to 100 printable": ("token", "create", "--name", " ", "--scope", "read"),
    }
    for words, arguments in wrong.items():
        answer = tickets(database, *arguments)
        assert answer.returncode == 2
        assert words in answer.stderr
        assert (answer.stderr.count("\n"), answer.stdout) == (1, "")


async def test_a_database_that_is_away_or_empty_is_told_apart(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("drop table api_token")
    await connection.close()

    empty = tickets(database, "token", "list")
    away = tickets("postgresql://nobody@127.0.0.1:1/none", "token", "check", "vnt_x")

    assert (empty.returncode, empty.stderr) == (
        2,
        "tickets token: the database has no schema yet: run `tickets migrate`\n",
    )
    assert away.returncode == 2
    assert "TICKETS_POSTGRES_URL" in away.stderr
    assert away.stderr.count("\n") == 1

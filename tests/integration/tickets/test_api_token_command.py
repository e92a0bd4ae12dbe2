"""`tickets token`, as an operator types it."""

import json

import asyncpg

from tests.support.commands import Said, run


def tickets(dsn: str, *arguments: str, given: str = "") -> Said:
    environment = {"TICKETS_POSTGRES_URL": dsn, "TICKETS_SECRET": "a secret of the tests"}
    return run("tickets", *arguments, environment=environment, given=given)


async def test_a_token_is_made_checked_listed_and_revoked(database: str) -> None:
    made = tickets(
        database, "token", "create", "--name", "ana", "--scope", "read", "--scope", "write", "--expires", "30d"
    )
    token = made.out.strip()

    assert (made.code, made.err, made.out.count("\n")) == (0, "", 1)
    assert token.startswith("vnt_")
    assert tickets(database, "token", "check", token).code == 0
    assert json.loads(tickets(database, "token", "check", "--json", given=token + "\n").out)["name"] == "ana"
    assert tickets(database, "token", "check", "vnt_guess").code == 1
    (listed,) = json.loads(tickets(database, "token", "list", "--json").out)
    assert (listed["name"], listed["scopes"], listed["state"]) == ("ana", ["read", "write"], "in force")
    assert token not in tickets(database, "token", "list").out
    assert tickets(database, "token", "revoke", str(listed["id"])).code == 0
    assert tickets(database, "token", "check", token).code == 1
    again = tickets(database, "token", "revoke", "ana")
    assert (again.code, again.err) == (1, "tickets token: no token 'ana' is in force\n")


async def test_a_bots_token_is_told_from_others_in_the_list(database: str) -> None:
    made = tickets(database, "token", "create", "--name", "web form", "--scope", "write", "--bot")
    tickets(database, "token", "create", "--name", "script", "--scope", "write")

    listed = json.loads(tickets(database, "token", "list", "--json").out)
    shown = tickets(database, "token", "list").out.splitlines()

    assert made.code == 0
    assert [(one["name"], one["bot"]) for one in listed] == [("web form", True), ("script", False)]
    assert [line.split()[-3] for line in shown[1:]] == ["bot", "program"]
    assert json.loads(tickets(database, "token", "check", "--json", given=made.out).out)["bot"] is True
    both = tickets(database, "token", "create", "--scope", "write", "--agent", "ana", "--bot")
    assert (both.code, "an agent's or a bot's" in both.err) == (2, True)


async def test_mistakes_are_one_line_that_says_what_to_do(database: str) -> None:
    wrong = {
        "is not one of read, write, admin, portal": ("token", "create", "--name", "a", "--scope", "root"),
        "for example 30d": ("token", "create", "--name", "a", "--scope", "read", "--expires", "soon"),
        "act lets a service act for agents": ("token", "create", "--agent", "eva", "--scope", "act"),
        "1 to 100 printable": ("token", "create", "--name", " ", "--scope", "read"),
    }
    for words, arguments in wrong.items():
        answer = tickets(database, *arguments)
        assert answer.code == 2
        assert words in answer.err
        assert (answer.err.count("\n"), answer.out) == (1, "")


async def test_a_database_that_is_away_or_empty_is_told_apart(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("drop table api_token")
    await connection.close()

    empty = tickets(database, "token", "list")
    away = tickets("postgresql://nobody@127.0.0.1:1/none", "token", "check", "vnt_x")

    assert (empty.code, empty.err) == (
        2,
        "tickets token: the database has no schema yet: run `tickets migrate`\n",
    )
    assert away.code == 2
    assert "TICKETS_POSTGRES_URL" in away.err
    assert away.err.count("\n") == 1

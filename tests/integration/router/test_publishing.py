"""The commands about published rules as somebody types them, with the rights of the broker user `rules`."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from router.adapters.rule_file import default_rules_text
from router.adapters.rule_store import RuleStore
from tests.integration.router.bad_rules import DESK
from tests.integration.router.published import (
    BROKEN,
    ONE,
    THREE,
    TWO,
    Command,
    hash_of,
    put,
    put_in_force,
    store_of,
)
from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from tests.unit.router.samples import DEFAULT_RULES, file_with, message, rule_text
from ventanilla_contracts.routing import DESK_KEY, DeskFacts


@pytest.fixture
async def store(fresh_desk: Desk) -> RuleStore:
    return await store_of(fresh_desk)


@pytest.fixture
async def router(fresh_desk: Desk, tmp_path: Path) -> Command:
    return Command(fresh_desk, tmp_path)


async def test_publish_history_diff_and_rollback_as_they_are_typed(router: Command) -> None:
    one, two = router.file("one.yaml", ONE), router.file("two.yaml", TWO)

    assert "nothing was ever published" in (await router("history")).out
    first = await router("publish", one, "--note", "a start", "--by", "eva")
    again = await router("publish", one)
    second = await router("publish", "--json", two, "--by", "luis")
    history = await router("history")
    as_json = json.loads((await router("history", "--json")).out)
    diff = await router("diff", hash_of(ONE)[:8], "in-force")
    back = await router("rollback", "--by", "eva")

    assert first.out == f"rule set small {hash_of(ONE)}: in force now\n"
    assert "was in force already, published by eva" in again.out
    assert json.loads(second.out)["published"] is True
    newest, oldest = history.out.splitlines()
    assert f"small {hash_of(TWO)[:12]}" in newest
    assert "in force" in newest
    assert oldest.endswith("a start")
    assert [entry["published_by"] for entry in as_json] == ["luis", "eva"]
    assert [line for line in diff.out.splitlines() if line[0] != " "] == ["+ two (main 1)", "- one (main 1)"]
    assert back.out == f"rule set small {hash_of(ONE)}: in force now\n"
    last = json.loads((await router("history", "--json")).out)[0]
    assert (last["hash"], last["note"]) == (hash_of(ONE), f"rollback from {hash_of(TWO)[:12]}")


async def test_explain_and_test_take_what_is_published_by_its_name_or_hash(router: Command) -> None:
    one, two = router.file("one.yaml", ONE), router.file("two.yaml", TWO)
    event = router.file("event.json", message().model_dump_json())
    cases = router.file("cases.yaml", "cases:\n  - {name: a, given: {subject: x}, expect: {matched: [two]}}\n")
    before = await router("explain", "--rules", "in-force", event)
    for file in (one, two):
        assert (await router("publish", file)).code == 0

    explained = await router("explain", "--rules", "in-force", event)
    older = await router("explain", "--rules", hash_of(ONE)[:8], event)
    tried = await router("test", "--rules", "in-force", cases)
    failed = await router("test", "--rules", hash_of(ONE), cases)
    unknown = await router("test", "--rules", "00000000", cases)

    assert "decided by the rules default" in before.out
    assert f"decided by the rules small {hash_of(TWO)[:12]}" in explained.out
    assert f"decided by the rules small {hash_of(ONE)[:12]}" in older.out
    assert tried.out == f"1 case, all as expected; rule set small {hash_of(TWO)[:12]}\n"
    assert failed.code == 1
    assert (unknown.code, unknown.out) == (1, "")
    assert len(unknown.err.splitlines()) == 1


async def test_rules_by_name_need_a_broker_that_answers(router: Command) -> None:
    event = router.file("event.json", message().model_dump_json())

    away = await router("explain", "--rules", "in-force", event, ROUTER_NATS_URL="nats://127.0.0.1:1")
    no_file = await router("explain", "--rules", "absent.yaml", event, ROUTER_NATS_URL="nats://127.0.0.1:1")
    shipped = await router("explain", "--rules", "shipped", event, ROUTER_NATS_URL="nats://127.0.0.1:1")

    assert (away.code, away.err) == (
        1, "router: no NATS server answers at nats://127.0.0.1:1; set ROUTER_NATS_URL\n",
    )  # fmt: skip
    assert "absent.yaml:1:1: cannot be read: No such file" in no_file.err
    assert shipped.code == 0


async def test_behind_the_first_published_set_lie_the_rules_that_come_with_the_router(router: Command) -> None:
    assert (await router("publish", router.file("one.yaml", ONE))).code == 0

    back = await router("rollback")

    assert back.out == f"rule set default {DEFAULT_RULES.hash}: in force now\n"
    assert (await router("rollback", hash_of(ONE)[:8])).out.startswith(f"rule set small {hash_of(ONE)}")
    assert (await router("rollback", "shipped")).out == back.out


async def test_each_rollback_goes_further_back_and_what_was_taken_back_is_as_if_it_had_never_been(
    router: Command,
) -> None:
    for name, source in (("one.yaml", ONE), ("two.yaml", TWO), ("three.yaml", THREE)):
        assert (await router("publish", router.file(name, source))).code == 0

    twice = [(await router("rollback")).out.split()[3].rstrip(":") for _ in range(2)]
    assert (await router("publish", router.file("three.yaml", THREE))).code == 0
    further = [(await router("rollback")).out.split()[3].rstrip(":") for _ in range(2)]
    last = await router("rollback")

    assert twice == [hash_of(TWO), hash_of(ONE)]
    assert further == [hash_of(ONE), DEFAULT_RULES.hash]
    assert (last.code, "nothing is known" in last.err) == (1, True)


async def test_rules_that_name_what_the_desk_no_longer_has_come_back_only_if_that_is_wanted(
    router: Command, fresh_desk: Desk
) -> None:
    old = file_with(rule_text("old", then="{team: technical}"))
    new = file_with(rule_text("new", then="{team: first-line}"))
    await put(fresh_desk, "routing_facts", DESK_KEY, DESK.model_dump_json().encode())
    for name, source in (("old.yaml", old), ("new.yaml", new)):
        assert (await router("publish", router.file(name, source))).code == 0
    without = DESK.model_copy(update={"teams": ("first-line",)})
    await put(fresh_desk, "routing_facts", DESK_KEY, without.model_dump_json().encode())

    refused = await router("rollback")
    kept = json.loads((await router("history", "--json")).out)[0]
    wanted = await router("rollback", "--unchecked")

    assert (refused.code, kept["hash"]) == (1, hash_of(new))
    assert "the desk has no team technical" in refused.err
    assert "with --unchecked" in refused.err
    assert wanted.out == f"rule set small {hash_of(old)}: in force now\n"


async def test_after_the_key_was_taken_away_or_spoilt_rules_can_be_published_again(
    router: Command, fresh_desk: Desk
) -> None:
    one, two = router.file("one.yaml", ONE), router.file("two.yaml", TWO)
    assert (await router("publish", one)).code == 0
    await put(fresh_desk, "routing_rules", "in_force", b"nonsense")

    spoilt = json.loads((await router("history", "--json")).out)
    published = await router("publish", two)
    history = json.loads((await router("history", "--json")).out)

    assert [entry["in_force"] for entry in spoilt] == [False]
    assert published.out == f"rule set small {hash_of(TWO)}: in force now\n"
    assert [entry["in_force"] for entry in history] == [True, False]


async def test_diff_of_files_needs_no_broker(router: Command) -> None:
    one, two = router.file("one.yaml", ONE), router.file("two.yaml", TWO)

    said = await router("diff", "--json", one, two, ROUTER_NATS_URL="nats://127.0.0.1:1")

    assert [found["kind"] for found in json.loads(said.out)["differences"]] == ["added", "removed"]
    assert (await router("diff", "shipped", router.file("same.yaml", default_rules_text()))).out == "no difference\n"


async def test_rules_with_mistakes_are_not_published(router: Command, store: RuleStore) -> None:
    never = file_with(rule_text("never", when="[{message.channel: sms}, {message.channel: email}]"))

    broken = await router("publish", router.file("broken.yaml", BROKEN))
    unreachable = await router("publish", router.file("never.yaml", never))

    assert (broken.code, unreachable.code) == (1, 1)
    assert broken.err.startswith("broken.yaml:23:22: rule broken: nobody is no team")
    assert "rule never: the rule can never match" in unreachable.err
    assert broken.err.endswith("router: not published: the rules in force stay\n")
    assert await store.in_force() is None


async def test_rules_are_held_against_what_the_desk_has(router: Command, fresh_desk: Desk) -> None:
    await put(fresh_desk, "routing_facts", DESK_KEY, DeskFacts(teams=("first-line",)).model_dump_json().encode())
    one = router.file("one.yaml", ONE)

    published, checked = await router("publish", one), await router("check", "--desk", "kv", one)

    assert "one.yaml:23:22: rule one: the desk has no team technical; it has first-line" in published.err
    assert "rule one: the desk has no team technical" in checked.out
    assert (published.code, checked.code) == (1, 1)


async def test_where_nobody_knows_the_desk_publishing_says_so_unless_it_is_told_not_to(
    router: Command, fresh_desk: Desk
) -> None:
    one, two = router.file("one.yaml", ONE), router.file("two.yaml", TWO)

    unknown = await router("publish", one)
    as_json = await router("publish", "--json", two)
    silent = await router("publish", "--unchecked", one)
    await put(fresh_desk, "routing_facts", DESK_KEY, DESK.model_dump_json().encode())
    known = await router("publish", two)

    assert [said.code for said in (unknown, as_json, silent, known)] == [0, 0, 0, 0]
    assert unknown.err.startswith("router: warning: the broker knows nothing of the desk, so nobody has held teams")
    assert "--unchecked" in unknown.err
    assert unknown.out == f"rule set small {hash_of(ONE)}: in force now\n"
    assert json.loads(as_json.out)["desk_known"] is False
    assert (silent.err, known.err) == ("", "")


async def test_what_an_earlier_rule_leaves_nothing_to_is_published_with_a_warning(router: Command) -> None:
    late = file_with(rule_text("wide", when="{message.channel: [email, sms]}"), rule_text("late"), match="first")

    said = await router("publish", "--unchecked", router.file("late.yaml", late))

    assert (said.code, said.out) == (0, f"rule set small {hash_of(late)}: in force now\n")
    assert said.err.startswith("late.yaml:24:9: warning: rule late: the rule can never match")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("publish", "absent.yaml"), "cannot be read"),
        (("publish", "one.yaml", "--origin", "moon"), "moon is no origin; known are hand, deploy"),
        (("publish", "one.yaml", "--note", "x" * 501), "may have 500 characters"),
        (("rollback",), "nothing was ever published"),
        (("rollback", "abcdef"), "nothing was ever published"),
        (("diff", "nonsense"), "nonsense is no file, no hash"),
        (("diff", "abcdef"), "no published rule set begins with abcdef"),
        (("check", "--desk", "kv", "one.yaml"), "the broker knows nothing of the desk"),
    ],
)
async def test_what_cannot_be_done_gets_one_clear_line(
    router: Command, arguments: tuple[str, ...], reason: str
) -> None:
    router.file("one.yaml", ONE)

    said = await router(*arguments)

    assert said.code == 1
    assert reason in said.err
    assert "Traceback" not in said.err


async def test_a_broker_that_is_not_there_or_refuses_gets_one_clear_line(router: Command, fresh_desk: Desk) -> None:
    one = router.file("one.yaml", ONE)
    router_user = {"ROUTER_NATS_USER": "router", "ROUTER_NATS_PASSWORD": fresh_desk.password("router")}

    refused = await router("history", ROUTER_NATS_PASSWORD="wrong")
    no_right = await router("publish", one, **router_user)

    assert (refused.code, no_right.code) == (1, 1)
    assert "the broker refuses the user rules" in refused.err
    assert "needs the rights of the user rules" in no_right.err


async def warnings_of(service: ServiceProcess) -> str:
    async with httpx.AsyncClient() as client:
        answer = (await client.get(f"{service.url}/readyz")).json()
    assert answer["ready"]
    return str(answer.get("warnings"))


async def test_every_replica_takes_published_rules_over_and_tells_of_those_it_cannot_load(
    router: Command, fresh_desk: Desk, processes: Processes
) -> None:
    services = [await processes.start("router", fresh_desk.environment("router")) for _ in range(2)]
    one = router.file("one.yaml", ONE)

    async def decide_by(hash_: str) -> bool:
        async with httpx.AsyncClient() as client:
            metrics = [(await client.get(f"{service.url}/metrics")).text for service in services]
        return all(f'hash="{hash_}"' in found for found in metrics)

    assert await decide_by(DEFAULT_RULES.hash)
    published = datetime.now(UTC)
    assert (await router("publish", one)).code == 0
    await eventually(lambda: decide_by(hash_of(ONE)), 10)
    assert (datetime.now(UTC) - published).total_seconds() < 8

    await put_in_force(fresh_desk, BROKEN)

    async def both_tell() -> bool:
        return all(["published rules were refused" in await warnings_of(service) for service in services])

    await eventually(both_tell, 10)
    assert await decide_by(hash_of(ONE))
    assert (await router("rollback", hash_of(ONE)[:12])).code == 0
    await eventually(lambda: decide_by(hash_of(ONE)), 10)

    async def nobody_tells() -> bool:
        return all([await warnings_of(service) == "None" for service in services])

    await eventually(nobody_tells, 10)


async def test_a_job_publishes_the_same_file_again_and_again_and_waits_for_a_place_for_it(
    router: Command, fresh_desk: Desk
) -> None:
    operator = await fresh_desk.connect()
    await operator.api("STREAM.DELETE.KV_routing_rules")
    file = router.file("rules.yaml", ONE)
    deploy = ("publish", file, "--origin", "deploy", "--wait")

    none_yet = await router(*deploy, "0.2")
    publishing = asyncio.create_task(router(*deploy, "60"))
    await asyncio.wait([publishing], timeout=1.0)
    assert not publishing.done()
    await fresh_desk.apply_topology()
    first, again = await publishing, await router(*deploy, "60", "--json")
    refused = await router("publish", router.file("broken.yaml", "rules: 7\n"), "--wait", "60")

    assert none_yet.code == 2
    assert first.code == 0, first.err
    assert "router: waiting, 60 s more at most: " in first.err
    assert (again.code, json.loads(again.out)["published"]) == (0, False)
    assert len(json.loads((await router("history", "--json")).out)) == 1
    assert refused.code == 1
    assert "waiting" not in refused.err

"""What must not stop an erasure: how names and lines of the audit log are written, and other orders that fail."""

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.test_erasing_others import of_the_command
from tests.support.broker import Desk as BrokerDesk
from tests.support.commands import run
from tickets.adapters.postgres.address import address_of
from tickets.adapters.postgres.erasure_store import Erasure, ErasureStore
from tickets.adapters.postgres.person_store import PersonReads
from tickets.commands import erasing_work
from tickets.commands.erasing_work import ErasingWork
from tickets.commands.privacy_session import open_reading
from tickets.domain.privacy.person import BLACK, Identity, Person, person_of
from tickets.errors import DatabaseAway
from tickets.handlers.privacy.erase import Erasing
from ventanilla_runtime.errors import BrokerAway

ANA = Identity("email", "a@b.example")
PHONE = Identity("phone", "+34600111222")
ANA_TAGG = person_of([ANA, PHONE], ["Ána Tagg", "Tagg Ana Maria de la O"])


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def note(api: ApiDesk, why: str, detail: str = "{}") -> None:
    await api.database.execute(
        "insert into desk_decision (actor, action, detail, why) values ('agent:eva', 'x', $1::jsonb, $2)", detail, why
    )


async def erase_outside(api: ApiDesk, person: Person) -> list[Any]:
    async with api.deps.writes.transaction() as transaction:
        await transaction.persons.erase_outside(person, [], [], await api.database.now())
    return await api.database.fetch("select detail::text, why from desk_decision order by id")


_FORMS = (
    "by <b>Ána</b> <i>Tagg</i> a@b.example",
    "Ána&nbsp;Tagg, Tagg,\u00a0Ána <br/> TAGG, <p class='x'>ÁNA</p>",
    unicodedata.normalize("NFD", "Ána Tagg"),
    "100%_off \\ a@b.example\\n_a@b.example_ a%40b.example a&#64;b.example",
    f"{BLACK} a@b.example{BLACK}█ +34 600-111 222",
    "a@b.example, Ána Tagg; " * 2_000,
    "Tagg<i> </i>Ana <b>Maria</b> de la&#160;O\n\ta@b.example",
)


async def test_the_audit_log_takes_every_line_without_them_in_whatever_form_they_stood(api: ApiDesk) -> None:
    for form in _FORMS:
        await note(api, f"{form} (a@b.example)", json.dumps({form: [form, {"a@b.example": form}], "n": None}))

    rows = await erase_outside(api, ANA_TAGG)

    for row in rows:
        assert not ANA_TAGG.stands_in(row["why"] + row["detail"])
    assert rows[0]["why"] == f"by <b>{BLACK}</i> {BLACK} ({BLACK})", "tags between their names go with them"


async def test_keys_that_become_one_stay_as_many_and_numbers_stay_as_they_were(api: ApiDesk) -> None:
    keys = ["a@b.example", "A@b.example", "a%40b.example", "A@B.example", "a@B.example", BLACK]
    numbers = "[1e400, 1.10, 12345678901234567890.123456789, 7, " + "9" * 5_000 + "]"
    written = ", ".join(f'"{key}": {at}' for at, key in enumerate(keys))
    await note(api, "", f'{{{written}, "numbers": {numbers}}}')

    await erase_outside(api, ANA_TAGG)

    [row] = await api.database.fetch(
        "select detail -> 'numbers' = $1::jsonb as same, detail - 'numbers' as rest from desk_decision", numbers
    )
    rest = json.loads(row["rest"])
    assert row["same"]
    assert (sorted(rest.values()), {key.strip("█") for key in rest}) == ([*range(len(keys))], {""})


async def test_a_longer_address_beside_the_same_name_is_somebody_else_in_the_audit_log(api: ApiDesk) -> None:
    words = "case of jo-a@b.example, Ána Tagg of the other firm"
    await note(api, words, json.dumps({"why": words}))
    [row] = await erase_outside(api, ANA_TAGG)

    assert (row["why"], json.loads(row["detail"])) == (words, {"why": words})


@pytest.mark.parametrize(("names", "words"), [(1, 40), (40, 3), (12, 10), (200, 2)])
async def test_whoever_calls_themselves_whatever_is_found_by_it_at_once(api: ApiDesk, names: int, words: int) -> None:
    called = [" ".join(f"Wört{name}x{at}" for at in range(words)) for name in range(names)]
    person = person_of([ANA, PHONE], called)
    await note(api, f"a@b.example and {called[0]}")
    await note(api, f"{called[-1].replace(' ', ' <b>')} alone")
    await note(api, called[0].replace(" ", " of "))

    async with asyncio.timeout(20), api.database.connection() as connection:
        left = await PersonReads(connection).still_named(person, set())

    assert left.by_address == {"desk_decision.why": 1}
    assert left.by_name == {"desk_decision.why": 1}


class _Streams:
    async def writers(self) -> Mapping[Identity, Any]:
        return {}


async def of_two_orders(
    api: ApiDesk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> tuple[list[Mapping[str, Any]], dict[str, str]]:
    """Reports of two open orders of which the first fails, and what was said of those that did."""
    store = ErasureStore(api.database, [b"key"])
    first = await store.order([ANA], "token:dpo", "request 7")
    await store.order([PHONE], "token:dpo", "request 8")

    async def erased(order: Erasure, parts: Erasing, *, only_given: bool) -> Mapping[str, Any]:
        if order.id == first.id:
            await parts.store.wait(order.id, {"messages_blackened": 3}, "running")
            raise error
        await parts.store.finish(order.id, {"state": "done"})
        return {"state": "done"}

    monkeypatch.setattr(erasing_work, "erase_person", erased)
    parts = SimpleNamespace(database=api.database, store=store, streams=_Streams(), say=lambda _: None, reads=None)
    failed: dict[str, str] = {}
    done = await ErasingWork(cast("Erasing", parts), "operator:eva", "", None).again(
        [], lambda order, why: failed.update({order.why: type(why).__name__})
    )
    return [report for _, report in done], failed


@pytest.mark.parametrize(
    "error",
    [asyncpg.InvalidRegularExpressionError("too complex"), DatabaseAway("gone"), BrokerAway("gone"), KeyError("a bug")],
)
async def test_an_order_that_fails_keeps_no_other_from_being_carried_out(
    api: ApiDesk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    reports, failed = await of_two_orders(api, monkeypatch, error)

    assert [report["state"] for report in reports] == ["waiting", "done"]
    assert failed == {"request 7": type(error).__name__}
    [left] = await ErasureStore(api.database, [b"key"]).open()
    assert type(error).__name__ in left.report["waiting_for"][0]
    assert left.report["messages_blackened"] == 3, "what was done before it failed"
    noted = await api.database.fetch("select action from desk_decision order by id")
    assert [row["action"] for row in noted] == ["person.erasure_waits", "person.erased"]


async def test_a_connection_that_breaks_under_one_order_is_followed_by_another(database: str) -> None:
    reading = await open_reading(address_of(database))
    try:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await reading.fetchval("select pg_terminate_backend(pg_backend_pid())")
        assert await PersonReads(reading).known([ANA]) == set()
    finally:
        await reading.close()


@pytest.mark.long
async def test_the_command_says_which_order_failed_and_carries_out_the_others(database: str, nats: BrokerDesk) -> None:
    environment = of_the_command(database, nats)
    async with open_api_desk(database) as desk:
        store = ErasureStore(desk.database, [b"key"])
        broken, other = await store.order([ANA], "token:dpo", ""), await store.order([PHONE], "token:dpo", "")
        await desk.database.execute(
            "create function break() returns trigger language plpgsql as $$ begin raise exception 'cannot'; end $$"
        )
        await desk.database.execute(
            "create trigger break before update on erasure for each row when (old.identities::text like '%a@b.example%'"
            " and new.state <> 'waiting') execute function break()"
        )

    ended = run("tickets", "erase-person", "--again", "--no-provider", "--wait", "0", environment=environment)

    assert (ended.code, f"tickets erase-person: {broken.id}: " in ended.err, "cannot" in ended.err) == (2, True, True)
    assert f"{broken.id}: waiting" in ended.out
    carried_out = ended.out.partition(f"{other.id}: waiting")[2]
    assert "the ticket service has not told the others yet" in carried_out, "which does not run here"

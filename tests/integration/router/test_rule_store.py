"""Published rules at the real broker: stored, in force, followed by running routers."""

import asyncio

import pytest
from structlog.testing import capture_logs

from router.adapters.rule_store import Publication, RuleStore
from router.adapters.stored_rules import StoredRules
from router.errors import PublicationRefused
from router.metrics import RULES_REFUSED
from tests.integration.router.published import (
    BROKEN,
    DEPLOY,
    HAND,
    ONE,
    THREE,
    TWO,
    hash_of,
    publish,
    put,
    put_in_force,
    store_of,
)
from tests.support.broker import Desk
from tests.unit.router.samples import DEFAULT_RULES, NOON
from ventanilla_contracts.routing import IN_FORCE_KEY, RulesInForce


@pytest.fixture
async def store(fresh_desk: Desk) -> RuleStore:
    return await store_of(fresh_desk)


async def test_a_published_set_is_in_force_and_its_text_is_kept(store: RuleStore) -> None:
    assert await store.in_force() is None

    await publish(store, ONE, Publication("eva", note="first"))

    entry = await store.in_force()
    assert entry is not None
    assert (entry.rules.hash, entry.rules.published_by, entry.rules.origin) == (hash_of(ONE), "eva", "hand")
    assert (entry.rules.note, entry.rules.replaces, entry.rules.published_at) == ("first", None, NOON)
    assert await store.source(hash_of(ONE)) == ONE


async def test_the_history_names_each_change_the_newest_first(store: RuleStore) -> None:
    for source in (ONE, TWO, ONE):
        await publish(store, source)

    history = [(entry.rules.hash, entry.rules.replaces) for entry in await store.history()]

    assert history == [
        (hash_of(ONE), hash_of(TWO)), (hash_of(TWO), hash_of(ONE)), (hash_of(ONE), None)
    ]  # fmt: skip


async def test_the_same_set_again_changes_nothing(store: RuleStore) -> None:
    await publish(store, ONE)
    await publish(store, "# a comment\n" + ONE, DEPLOY)

    assert [entry.rules.origin for entry in await store.history()] == ["hand"]


async def test_a_deployment_does_not_overwrite_what_somebody_published_by_hand(store: RuleStore) -> None:
    await publish(store, ONE, Publication("eva", note="hot fix"))

    with pytest.raises(PublicationRefused) as refused:
        await publish(store, TWO, DEPLOY)

    text = str(refused.value)
    assert "published by eva (hand) on 2026-11-23 11:00 UTC (“hot fix”)" in text
    assert f"publish with --replaces {hash_of(ONE)[:12]}" in text
    entry = await store.in_force()
    assert entry is not None
    assert entry.rules.hash == hash_of(ONE)


@pytest.mark.parametrize("named", [hash_of(ONE), hash_of(ONE)[:8]])
async def test_a_deployment_that_names_what_it_replaces_may(store: RuleStore, named: str) -> None:
    await publish(store, ONE)

    await publish(store, TWO, Publication("ci", "deploy", replaces=named))

    assert (await store.history())[0].rules.hash == hash_of(TWO)


@pytest.mark.parametrize("named", [hash_of(TWO), "", hash_of(ONE)[:3]])
async def test_naming_another_set_or_hardly_any_is_not_enough(store: RuleStore, named: str) -> None:
    await publish(store, ONE)

    with pytest.raises(PublicationRefused):
        await publish(store, THREE, Publication("ci", "deploy", replaces=named))


async def test_a_deployment_follows_a_deployment_and_a_person_may_always(store: RuleStore) -> None:
    await publish(store, ONE, DEPLOY)
    await publish(store, TWO, DEPLOY)
    await publish(store, THREE, HAND)

    assert [entry.rules.origin for entry in await store.history()] == ["hand", "deploy", "deploy"]


async def test_of_two_who_publish_at_the_same_moment_one_wins_and_the_other_is_told(fresh_desk: Desk) -> None:
    first, second = await store_of(fresh_desk), await store_of(fresh_desk)

    results = await asyncio.gather(publish(first, ONE), publish(second, TWO), return_exceptions=True)

    refused = [result for result in results if result is not None]
    assert len(await first.history()) == 2 - len(refused)
    assert all(isinstance(one, PublicationRefused) and "at this moment" in str(one) for one in refused)


async def test_a_set_that_is_too_large_is_refused(store: RuleStore) -> None:
    with pytest.raises(PublicationRefused, match="900000 can be published"):
        await publish(store, ONE + "#" * 900_000)


async def test_a_hash_is_found_by_its_start(store: RuleStore) -> None:
    await publish(store, ONE)

    assert await store.find(hash_of(ONE)[:6]) == hash_of(ONE)
    for prefix in ("abc", "0123456789"):
        with pytest.raises(PublicationRefused):
            await store.find(prefix)


async def test_the_routers_user_may_not_publish(fresh_desk: Desk) -> None:
    from ventanilla_runtime.errors import BrokerAway

    with pytest.raises(BrokerAway):
        await publish(await store_of(fresh_desk, "router"), ONE)
    assert await (await store_of(fresh_desk)).in_force() is None


async def test_a_running_router_follows_what_is_in_force(fresh_desk: Desk) -> None:
    store, rules = await store_of(fresh_desk), StoredRules(await store_of(fresh_desk, "router"), DEFAULT_RULES)
    await rules.start(asyncio.Event())
    assert rules.current is DEFAULT_RULES

    for source in (ONE, TWO, ONE):
        await publish(store, source)
        await rules.refresh()
        assert rules.current.hash == hash_of(source)
    before = rules.current
    await rules.refresh()
    assert rules.current is before
    assert rules.problem is None


async def test_a_set_that_cannot_be_loaded_is_refused_told_once_and_the_one_in_force_stays(fresh_desk: Desk) -> None:
    store, rules = await store_of(fresh_desk), StoredRules(await store_of(fresh_desk, "router"), DEFAULT_RULES)
    await publish(store, ONE)
    await rules.start(asyncio.Event())
    refused = RULES_REFUSED._value.get()

    with capture_logs() as logged:
        await put_in_force(fresh_desk, BROKEN)
        await rules.refresh()
        await rules.refresh()
        assert rules.current.hash == hash_of(ONE)
        assert rules.problem is not None
        assert "rule broken: nobody is no team" in rules.problem

        await publish(store, TWO)
        await rules.refresh()

    assert rules.problem is None
    assert rules.current.hash == hash_of(TWO)
    assert [line["event"] for line in logged] == ["rules.refused", "rules.changed"]
    assert RULES_REFUSED._value.get() == refused + 1


async def test_a_router_that_starts_on_a_broken_set_decides_with_the_one_before(fresh_desk: Desk) -> None:
    store = await store_of(fresh_desk)
    await publish(store, ONE)
    await publish(store, TWO)
    await put_in_force(fresh_desk, BROKEN)
    rules = StoredRules(await store_of(fresh_desk, "router"), DEFAULT_RULES)

    await rules.start(asyncio.Event())

    assert rules.current.hash == hash_of(TWO)
    assert rules.problem is not None


async def test_a_set_that_is_named_and_not_stored_is_refused(fresh_desk: Desk) -> None:
    rules = StoredRules(await store_of(fresh_desk, "router"), DEFAULT_RULES)
    entry = RulesInForce(hash="c" * 64, name="x", published_by="x", origin="hand", published_at=NOON)
    await put(fresh_desk, "routing_rules", IN_FORCE_KEY, entry.model_dump_json().encode())

    await rules.start(asyncio.Event())
    assert rules.current is DEFAULT_RULES
    assert "not stored" in str(rules.problem)

    await put(fresh_desk, "routing_rules", IN_FORCE_KEY, b"nonsense")
    await rules.refresh()
    assert "cannot be read" in str(rules.problem)


async def test_an_entry_that_nobody_can_read_is_passed_over_and_may_be_overwritten_by_hand(fresh_desk: Desk) -> None:
    store, rules = await store_of(fresh_desk), StoredRules(await store_of(fresh_desk, "router"), DEFAULT_RULES)
    await publish(store, ONE)
    await put(fresh_desk, "routing_rules", IN_FORCE_KEY, b"nonsense")

    await rules.start(asyncio.Event())
    assert rules.current.hash == hash_of(ONE)
    with pytest.raises(PublicationRefused, match="publish rules by hand"):
        await publish(store, TWO, DEPLOY)
    await publish(store, TWO)
    await rules.refresh()

    assert rules.current.hash == hash_of(TWO)
    assert rules.problem is None


async def test_a_broker_without_the_bucket_leaves_the_shipped_rules_and_says_what_to_do(fresh_desk: Desk) -> None:
    rules = StoredRules(await store_of(fresh_desk, "router"), DEFAULT_RULES)
    await (await fresh_desk.connect("topology")).api("STREAM.DELETE.KV_routing_rules")

    await rules.start(asyncio.Event())

    assert rules.current is DEFAULT_RULES
    assert "run `ventanilla topology apply`" in str(rules.problem)
    await fresh_desk.apply_topology()
    await rules.refresh()
    assert rules.problem is None


async def test_a_key_that_was_taken_away_brings_the_shipped_rules_back(fresh_desk: Desk) -> None:
    store, rules = await store_of(fresh_desk), StoredRules(await store_of(fresh_desk, "router"), DEFAULT_RULES)
    await publish(store, ONE)
    await rules.start(asyncio.Event())
    bucket = await (await fresh_desk.connect()).client.jetstream().key_value("routing_rules")
    await bucket.delete(IN_FORCE_KEY)

    await rules.refresh()
    assert rules.current is DEFAULT_RULES

    await publish(store, TWO)
    await rules.refresh()
    assert rules.current.hash == hash_of(TWO)

"""Bad rule files at a real broker: each refused with its place, its rule and its reason; what is in force stays."""

import time

import pytest

from router.adapters.rule_store import Publication, RuleStore
from router.errors import RulesRefused
from router.publishing import publish_source
from tests.integration.router.bad_rules import BAD, DESK
from tests.integration.router.published import ONE, hash_of, publish, put, store_of
from tests.support.broker import Desk
from ventanilla_contracts.routing import DESK_KEY


@pytest.fixture
async def store(fresh_desk: Desk) -> RuleStore:
    await put(fresh_desk, "routing_facts", DESK_KEY, DESK.model_dump_json().encode())
    store = await store_of(fresh_desk)
    await publish(store, ONE)
    return store


async def test_each_is_refused_with_place_rule_and_reason_and_the_set_in_force_stays(
    store: RuleStore, fresh_desk: Desk
) -> None:
    broker = await fresh_desk.connect("rules")
    assert len(BAD) > 60

    for name, source, expected in BAD:
        started = time.process_time()
        with pytest.raises(RulesRefused) as refused:
            await publish_source(broker, source, "bad.yaml", Publication("eva"))

        assert str(refused.value).startswith(f"bad.yaml:{expected}"), name
        assert time.process_time() - started < 1, name
    in_force = await store.in_force()
    assert in_force is not None
    assert in_force.rules.hash == hash_of(ONE)
    assert len(await store.history()) == 1


def test_every_one_of_them_is_another_mistake() -> None:
    assert len({source for _, source, _ in BAD}) == len(BAD)
    assert len({name for name, _, _ in BAD}) == len(BAD)
    assert all(expected for _, _, expected in BAD)

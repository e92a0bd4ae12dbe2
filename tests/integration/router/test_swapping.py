"""Two replicas take new rules over while two hundred messages a second come in: none is decided by half of a set."""

import asyncio
import itertools
import json
from collections import Counter

from router.adapters.rule_store import Publication, RuleStore
from tests.integration.router.published import hash_of, publish, store_of
from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.processes import Processes
from tests.support.streams import stored
from tests.unit.router.samples import HEAD, message, rule_text
from ventanilla_contracts.decisions import RuleTexts
from ventanilla_contracts.traces import unfolded
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

A_SECOND = 200
SECONDS = 8


def set_of(word: str, team: str) -> str:
    """A set every group of which leaves its mark."""
    groups = [
        f"  - name: {group}\n    match: all\n    rules:\n"
        + rule_text(f"{word}-{group}", then=f"{{team: {team}, tags: {word}-{group}}}")
        for group in ("first", "middle", "last")
    ]
    return HEAD + "".join(groups)


ONE, TWO = set_of("one", "first-line"), set_of("two", "technical")


def received(number: int) -> Outgoing:
    body = message("Asunto", f"Mensaje {number}", id=f"message.received.v1:m{number}").model_dump_json().encode()
    return Outgoing("INTAKE", "desk.message.received.v1.email", body, {MSG_ID: f"m{number}"})


async def send_steadily(publisher: Publisher, seconds: float) -> int:
    """Send so many a second, whatever else happens; returns how many that were."""
    clock = asyncio.get_running_loop()
    started, sent = clock.time(), 0
    while (elapsed := clock.time() - started) < seconds:
        due = int(elapsed * A_SECOND)
        if due > sent:
            await publisher.publish_all([received(number) for number in range(sent, due)])
            sent = due
        await asyncio.sleep(0.05)
    return sent


async def swap(store: RuleStore, done: asyncio.Event) -> int:
    """Put one and the other set into force until it is enough; returns how often."""
    swaps = 0
    while not done.is_set():
        swaps += 1
        await publish(store, (ONE, TWO)[swaps % 2], Publication("eva", note=str(swaps)))
        with_time = asyncio.create_task(done.wait())
        await asyncio.wait([with_time], timeout=1.1)
        with_time.cancel()
    return swaps


async def test_two_replicas_swap_between_two_messages_under_load(fresh_desk: Desk, processes: Processes) -> None:
    store = await store_of(fresh_desk)
    await publish(store, ONE)
    for _ in range(2):
        await processes.start("router", fresh_desk.environment("router"))
    operator = await fresh_desk.connect("operator")
    publisher = Publisher(operator)
    await publisher.start()
    done = asyncio.Event()
    swapping = asyncio.create_task(swap(store, done))

    sent = await send_steadily(publisher, SECONDS)
    done.set()
    swaps = await swapping

    async def all_routed() -> bool:
        return (await operator.stream_state("ROUTED")).messages >= sent

    await eventually(all_routed, 20)
    events = [json.loads(one.body) for one in await stored(operator, "ROUTED")]
    assert swaps >= 5
    assert sorted(event["id"] for event in events) == sorted(f"message.routed.v1:m{number}" for number in range(sent))
    by_set = Counter(event["rule_set"]["hash"] for event in events)
    assert by_set.keys() == {hash_of(ONE), hash_of(TWO)}
    texts = {told["id"]: RuleTexts.model_validate(told) for event in events if (told := event.get("rule_texts"))}
    for event in events:
        word, team = ("one", "first-line") if event["rule_set"]["hash"] == hash_of(ONE) else ("two", "technical")
        marks = [f"{word}-first", f"{word}-middle", f"{word}-last"]
        assert event["decision"]["tags"] == marks
        assert event["decision"]["team"] == team
        assert [entry.rule for entry in unfolded(event, texts[event["rule_set"]["texts"]])] == marks
    hashes = [
        event["rule_set"]["hash"] for event in sorted(events, key=lambda event: int(event["id"].rpartition("m")[2]))
    ]
    changes = sum(one != other for one, other in itertools.pairwise(hashes))
    assert changes >= 3

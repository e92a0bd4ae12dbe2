import asyncio

from router.adapters.key_watch import set_within, watch_keys
from tests.support.polling import eventually


async def test_each_key_is_looked_at_again_at_its_own_pace_until_the_service_stops() -> None:
    looked: list[str] = []
    stopping = asyncio.Event()

    async def often() -> None:
        looked.append("often")

    async def seldom() -> None:
        looked.append("seldom")

    task = asyncio.create_task(watch_keys([(often, 0.01), (seldom, 0.05)], stopping))
    await eventually(lambda: looked.count("seldom") >= 2)
    stopping.set()
    await asyncio.wait_for(task, 5)

    assert looked.count("often") > looked.count("seldom")
    assert looked[0] == "often"


async def test_waiting_ends_with_the_event_or_with_the_time() -> None:
    event = asyncio.Event()

    assert await set_within(event, 0.01) is False
    event.set()
    assert await set_within(event, 0) is True

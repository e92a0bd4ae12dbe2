"""Channels that could not be heard for a while (archived, without the app, without a right), and what comes of it."""

import asyncio
from datetime import timedelta

import pytest

from intake_chat.domain.slack.channel_changes import changed_channel
from intake_chat.domain.slack.entry.heard_threads import heard_key
from intake_chat.errors import SlackRefused
from intake_chat.handlers.catching_up import catch_up as module
from intake_chat.handlers.catching_up import looks as looks_module
from tests.support.polling import eventually
from tests.unit.intake_chat.history_words import NOW, Json, said
from tests.unit.intake_chat.test_catch_up import History, Place, World


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.005)
    monkeypatch.setattr(module, "_KEEP_EVERY", timedelta(0))


async def test_a_channel_whose_app_was_put_out_goes_on_when_it_is_invited_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looks_module, "PAUSES_SECONDS", (0.0, 0.0))
    history = History({"C1": [], "C2": [said(90, "antes")], "D1": []})
    world = World(history)
    await world.to_the_end()
    assert world.position.heard == {"C1", "C2"}
    history.hidden.add("C2")
    history.messages["C2"].append(said(-5, "fuera"))
    history.messages["C1"].append(said(-6, "de este habla su acontecimiento"))
    catch_up = world.catch_up()
    catch_up._now = lambda: NOW + timedelta(minutes=10)
    task = asyncio.create_task(catch_up.run())
    await eventually(lambda: world.progress.worry() == "C2: the app is no member: invite it", 5)
    await eventually(lambda: not world.position.holes, 5)
    history.read.clear()
    history.hidden.clear()
    await eventually(lambda: "fuera" in world.words(), 5)
    await eventually(lambda: not world.progress.worry(), 5)
    catch_up.stop()
    await task

    assert {channel for channel, _ in history.read} == {"C2"}, "nothing is read of the others for it"
    assert world.words().count("fuera") == 1


async def test_a_channel_that_is_brought_back_is_no_worry_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks_module, "PAUSES_SECONDS", (0.0,))
    history = History({"C1": [], "C2": []}, archived={"C2"})
    world = World(history)
    catch_up = world.catch_up()
    task = asyncio.create_task(catch_up.run())
    await eventually(lambda: world.progress.worry() == "C2: it is archived", 5)
    history.archived.clear()
    await eventually(lambda: not world.progress.worry(), 5)
    catch_up.stop()
    await task


async def test_what_a_missing_right_kept_from_being_read_is_read_when_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looks_module, "PAUSES_SECONDS", (0.05,))
    history = History({"C1": [said(50, "uno")], "C2": []})
    history.errors = [SlackRefused("conversations.history", "missing_scope")] * 2
    world = World(history)
    clock = [0]
    catch_up = world.catch_up()
    catch_up._now = lambda: NOW + timedelta(seconds=clock[0])  # time goes on for it
    task = asyncio.create_task(catch_up.run())
    await eventually(lambda: "missing_scope" in str(world.progress.worry()), 5)

    async def read() -> bool:
        clock[0] += 1
        return world.words() == ["uno"]

    await eventually(read, 5)
    catch_up.stop()
    await task


async def test_troubles_are_looked_after_ever_more_seldom() -> None:
    history = History({"C1": []})
    world = World(history)
    catch_up, clock = world.catch_up(), [0]
    catch_up._now = lambda: NOW + timedelta(seconds=clock[0])
    looks: list[int] = []
    places = history.places

    async def counted(*, direct: bool = True) -> list[Place]:
        looks.append(clock[0])
        return await places(direct=direct)

    history.places = counted  # type: ignore[method-assign]  # noted
    for clock[0] in range(1_000):
        world.at = clock[0]
        catch_up._outages.note()
        await catch_up._go_on()

    assert looks == [0, 60, 180, 480, 780]


async def test_a_channel_that_is_lost_while_all_goes_well_is_noticed_without_a_word_of_slack() -> None:
    history = History({"C1": [], "C2": [], "D1": []})
    world = World(history)
    catch_up, clock = world.catch_up(), [0]
    catch_up._now = lambda: NOW + timedelta(seconds=clock[0])

    async def pass_by(until: int) -> None:
        for second in range(clock[0], until, 5):
            world.at = clock[0] = second
            catch_up._outages.note()
            while await catch_up._go_on():
                pass

    await pass_by(100)
    assert world.progress.worry() is None
    history.hidden.add("C2")
    await pass_by(400)
    assert world.progress.worry() == "C2: the app is no member: invite it"
    history.messages["C2"].append(said(-6, "fuera"))
    history.hidden.clear()
    await pass_by(600)

    assert world.progress.worry() is None
    assert world.words() == ["fuera"]


async def test_what_somebody_has_noticed_of_a_channel_is_looked_at_at_once() -> None:
    history = History({"C1": [], "C2": []})
    world = World(history)
    world.heard = {heard_key("C9", "7.000001"): b"1", heard_key("C8", "8.000001"): b"1"}
    world.calls = ["C1"]  # before anybody looked
    await world.to_the_end()
    catch_up, clock = world.catch_up(), [0]
    catch_up._now = lambda: NOW + timedelta(seconds=clock[0])

    async def pass_by(until: int) -> None:
        for second in range(clock[0], until):
            world.at = clock[0] = second
            catch_up._outages.note()
            while await catch_up._go_on():
                pass

    await pass_by(10)
    history.read.clear()
    history.messages["C2"].append(said(-0.1, "entre dos miradas"))
    history.threads["7.000001"] = [said(-0.1, "en el hilo", thread_ts="7.000001")]
    world.calls += ["C2", "C9"]  # left and joined again
    await pass_by(20)

    assert {channel for channel, _ in history.read} == {"C2", "C9"}
    assert sorted(map(str, world.words())) == ["en el hilo", "entre dos miradas"]


@pytest.mark.parametrize(
    ("event", "channel"),
    [
        ({"type": "channel_archive", "channel": "C1", "user": "U1"}, "C1"),
        ({"type": "group_left", "channel": "G1"}, "G1"),
        ({"type": "member_joined_channel", "channel": "C1", "user": "UBOT"}, "C1"),
        ({"type": "member_joined_channel", "channel": "C1", "user": "U1"}, None),
        ({"type": "channel_archive", "channel": {"id": "C1"}}, None),
        ({"type": "channel_archive", "channel": "C1.>"}, None),
        ({"type": "message", "channel": "C1"}, None),
    ],
)
def test_events_of_channels_are_told_apart(event: Json, channel: str | None) -> None:
    envelope = {
        "type": "event_callback",
        "event": event,
        "authorizations": [{"is_bot": True, "user_id": "UBOT"}, {"is_bot": False, "user_id": "U1"}],
    }

    assert changed_channel(envelope) == channel

"""One mailbox from the server to the acceptance, over a socket: what is taken in, when, and what the server is told."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from intake_email.domain.envelope import UNKNOWN_SENDER
from intake_email.domain.imap import mailbox
from intake_email.domain.imap.mailbox import Then
from intake_email.errors import NotAccepted
from tests.integration.intake_email.reading import TIMES, Desk, end, mail, scripted_desk
from tests.support.imap_script import Proxy
from tests.support.polling import eventually


@pytest.fixture(autouse=True)
def quick_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake_email.handlers.fetch.back_off_seconds", lambda *_, **__: 0.05)
    monkeypatch.setattr("intake_email.handlers.fetch.ROOM_PAUSE_SECONDS", 0.1)


@pytest.fixture
async def desk(stack: AsyncExitStack) -> Desk:
    return await scripted_desk(stack)


async def test_mail_is_taken_in_as_it_comes_and_flagged_afterwards(desk: Desk) -> None:
    desk.accept.gate = asyncio.Event()
    desk.imap.put(mail(1))
    desk.read()
    await eventually(lambda: desk.accept.waiting)
    assert desk.imap.flags[1] == set()
    desk.accept.gate.set()
    await eventually(lambda: desk.imap.flags[1] == {"\\Seen", "VentanillaDone"})
    await eventually(lambda: desk.imap.idling)
    desk.imap.put(mail(2))
    await desk.until_taken(1, 2)
    addressed = desk.accept.mails[0][1][0]
    assert addressed.account == "soporte@desk.example"
    assert addressed.envelope.sender == UNKNOWN_SENDER
    assert addressed.envelope.door == "imap"


async def test_of_a_new_mailbox_only_what_is_unseen_is_taken_in_and_later_all_that_comes(desk: Desk) -> None:
    for number in range(1, 40):
        desk.imap.put(mail(number), "\\Seen")
    desk.imap.put(mail(40))
    desk.read()
    await desk.until_taken(40)
    assert f"SINCE {(desk.today - mailbox.timedelta(days=14)).day}-" in " ".join(desk.imap.commands)
    await eventually(lambda: desk.imap.idling)
    desk.imap.put(mail(41), "\\Seen")
    await desk.until_taken(40, 41)


@pytest.mark.parametrize("permanent", [r"(\Seen \*)", r"(\Seen)", None])
async def test_what_came_during_an_outage_is_taken_in_even_if_somebody_read_it(desk: Desk, permanent: str) -> None:
    desk.imap.permanent = permanent
    desk.imap.put(mail(1))
    _, task = desk.read()
    await desk.until_taken(1)
    await eventually(lambda: desk.memory.kept and next(iter(desk.memory.kept.values())).settled == 1)
    await end(task)
    desk.imap.put(mail(2), "\\Seen")
    desk.read()
    await desk.until_taken(1, 2)


async def test_a_folder_that_was_renumbered_loses_nothing_and_repeats_only_what_is_new(desk: Desk) -> None:
    desk.imap.permanent = r"(\Seen)"
    for number in range(1, 4):
        desk.imap.put(mail(number))
    _, task = desk.read()
    await desk.until_taken(1, 2, 3)
    await eventually(lambda: desk.memory.kept and next(iter(desk.memory.kept.values())).settled == 3)
    await end(task)
    desk.imap.put(mail(4), "\\Seen")
    desk.imap.renumber(first=100)
    desk.read()
    # The scripted server knows no dates: everything is of yesterday, which is what is looked at again.
    await desk.until_taken(1, 1, 2, 2, 3, 3, 4)


async def test_keywords_survive_a_renumbering_and_spare_the_repeats(desk: Desk) -> None:
    for number in range(1, 4):
        desk.imap.put(mail(number))
    _, task = desk.read()
    await desk.until_taken(1, 2, 3)
    await eventually(lambda: all("VentanillaDone" in flags for flags in desk.imap.flags.values()))
    await end(task)
    desk.imap.put(mail(4), "\\Seen")
    desk.imap.renumber(first=100)
    desk.read()
    await desk.until_taken(1, 2, 3, 4)


async def test_mail_is_moved_only_after_it_was_accepted(desk: Desk) -> None:
    desk.accept.failure = NotAccepted("no broker")
    desk.imap.put(mail(1))
    desk.read(then=Then.MOVE, move_to="Listo")
    await eventually(lambda: desk.accept.waiting >= 3)
    assert desk.imap.mails
    assert desk.imap.flags[1] == set()
    desk.accept.failure = None
    await desk.until_taken(1)
    await eventually(lambda: not desk.imap.mails)
    assert desk.imap.moved == {"Listo": [mail(1)]}


async def test_a_server_without_idle_is_polled(desk: Desk) -> None:
    desk.imap.capabilities = "AUTH=PLAIN"
    desk.read()
    await eventually(lambda: desk.imap.commands.count("NOOP") >= 2)
    desk.imap.put(mail(1))
    await desk.until_taken(1)


async def test_a_push_that_never_came_costs_one_idle_round(desk: Desk) -> None:
    desk.imap.mute.add("PUSH")
    desk.read()
    await eventually(lambda: desk.imap.idling)
    desk.imap.put(mail(1))
    await desk.until_taken(1, within=TIMES.idle + 1.0)


async def test_what_the_server_told_of_while_it_answered_something_else_does_not_wait_for_idle_to_end(
    desk: Desk,
) -> None:
    desk.times = replace(TIMES, idle=60.0)
    desk.imap.put(mail(1))
    desk.imap.late.append(mail(2))
    desk.read()
    await desk.until_taken(1, 2, within=2.0)


@pytest.mark.parametrize("way", ["hang_up", "black_hole"])
async def test_a_connection_that_ends_in_idle_is_made_anew(desk: Desk, way: str) -> None:
    proxy = Proxy(desk.imap.port)
    await proxy.listen()
    desk.stack.push_async_callback(proxy.close)
    desk.read(port=proxy.port)
    await eventually(lambda: desk.imap.idling)
    if way == "black_hole":
        silenced, proxy.silent = proxy.silent, asyncio.Event()
        silenced.set()
    else:
        await desk.imap.hang_up()
    desk.imap.put(mail(1))
    await desk.until_taken(1, within=TIMES.idle + TIMES.silence + 10)
    assert proxy.connections == 2


async def test_the_wish_to_stop_lets_the_mail_in_hand_be_flagged(desk: Desk) -> None:
    desk.accept.gate = asyncio.Event()
    desk.imap.put(mail(1))
    desk.imap.put(mail(2))
    reader, task = desk.read()
    await eventually(lambda: desk.accept.waiting)
    reader.stop()
    desk.accept.gate.set()
    await asyncio.wait_for(task, 5)
    assert desk.taken() == [mail(1)]
    assert "VentanillaDone" in desk.imap.flags[1]
    assert desk.imap.flags[2] == set()


async def test_the_wish_to_stop_ends_an_idle_at_once(desk: Desk) -> None:
    desk.times = replace(TIMES, idle=60.0)
    reader, task = desk.read()
    await eventually(lambda: desk.imap.idling)
    reader.stop()
    await asyncio.wait_for(task, 10)

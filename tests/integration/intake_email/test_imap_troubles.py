"""Mails and mailboxes that make trouble, over a socket: none holds up the others, and none is lost without a word."""

import time
from contextlib import AsyncExitStack

import pytest

from tests.integration.intake_email.reading import Desk, HurriedClock, mail, scripted_desk
from tests.support.imap_script import ScriptedImap
from tests.support.polling import eventually


@pytest.fixture(autouse=True)
def quick_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake_email.handlers.fetch.back_off_seconds", lambda *_, **__: 0.05)
    monkeypatch.setattr("intake_email.handlers.fetch.ROOM_PAUSE_SECONDS", 0.1)


@pytest.fixture
async def desk(stack: AsyncExitStack) -> Desk:
    return await scripted_desk(stack)


async def test_a_mail_too_large_is_put_aside_and_those_behind_it_come_in(desk: Desk) -> None:
    desk.imap.put(b"x" * 50_000)
    desk.imap.put(b"y" * 15_000)
    desk.imap.sizes[2] = 10
    desk.imap.put(mail(3))
    desk.read()
    await desk.until_taken(3)
    await eventually(lambda: "VentanillaRefused" in desk.imap.flags[1] & desk.imap.flags[2])
    assert "\\Seen" not in desk.imap.flags[1]
    assert desk.imap.connections == 1


async def test_what_is_put_aside_can_be_moved(desk: Desk) -> None:
    desk.imap.put(b"x" * 50_000)
    desk.read(refused_to="Demasiado grande")
    await eventually(lambda: list(desk.imap.moved) == ["Demasiado grande"])


async def test_a_mail_that_cannot_be_fetched_is_tried_again_and_then_put_aside(desk: Desk) -> None:
    hurried = HurriedClock()
    desk.clock = hurried
    desk.imap.put(mail(1))
    desk.imap.unfetchable.add(1)
    desk.imap.put(mail(2))
    desk.read()
    await desk.until_taken(2)
    assert "VentanillaRefused" not in desk.imap.flags[1]
    hurried.factor = 1000.0
    await eventually(lambda: "VentanillaRefused" in desk.imap.flags[1], 15)
    assert desk.imap.commands.count("UID FETCH 1 (UID BODY.PEEK[])") == 4


async def test_a_mail_whose_fetch_ends_the_connection_holds_up_no_other(desk: Desk) -> None:
    hurried = HurriedClock()
    desk.clock = hurried
    desk.imap.put(mail(1))
    desk.imap.deadly.add(1)
    for number in (2, 3, 4):
        desk.imap.put(mail(number))
    desk.read()
    await desk.until_taken(2, 3, 4)
    assert "VentanillaRefused" not in desk.imap.flags[1]
    hurried.factor = 3000.0
    await eventually(lambda: "VentanillaRefused" in desk.imap.flags[1], 20)
    assert desk.imap.commands.count("UID FETCH 1 (UID BODY.PEEK[])") >= 6


async def test_a_mail_that_the_server_cannot_measure_holds_up_no_other(desk: Desk) -> None:
    desk.imap.put(mail(1))
    desk.imap.sizes[1] = -1
    desk.imap.put(mail(2))
    desk.read()
    await desk.until_taken(1, 2)


async def test_a_mail_that_became_fetchable_is_taken_in(desk: Desk) -> None:
    hurried = HurriedClock()
    desk.clock = hurried
    desk.imap.put(mail(1))
    desk.imap.deadly.add(1)
    desk.read()
    await eventually(lambda: desk.imap.connections >= 2)
    desk.imap.deadly.clear()
    hurried.factor = 300.0
    await desk.until_taken(1)


async def test_without_room_in_the_budget_mail_waits_on_the_server(desk: Desk) -> None:
    assert desk.budget.take(990_000)
    desk.imap.put(mail(1))
    desk.read()
    await eventually(lambda: desk.imap.commands.count("NOOP") >= 3)
    assert not desk.taken()
    desk.budget.give_back(990_000)
    await desk.until_taken(1)
    await eventually(lambda: desk.budget.held_bytes == 0)


async def test_a_server_that_forgets_the_keywords_gets_each_mail_taken_in_once(desk: Desk) -> None:
    desk.imap.put(mail(1))
    desk.imap.raw["UID STORE"] = b"TAG OK\r\n"
    desk.read()
    await desk.until_taken(1)
    await eventually(lambda: desk.imap.commands.count("NOOP") >= 4)
    assert len(desk.taken()) == 1


async def test_flags_that_could_not_be_set_are_set_later_and_the_mail_is_not_fetched_again(desk: Desk) -> None:
    desk.imap.put(mail(1))
    desk.imap.mute.add("UID STORE")
    desk.read()
    await desk.until_taken(1)
    desk.imap.mute.clear()
    await eventually(lambda: "VentanillaDone" in desk.imap.flags[1])
    assert len(desk.taken()) == 1


async def test_a_server_that_has_no_room_for_a_keyword_gets_the_flag_alone(desk: Desk) -> None:
    desk.imap.full = True
    desk.imap.put(mail(1))
    desk.read()
    await eventually(lambda: desk.imap.flags[1] == {"\\Seen"})
    assert desk.status.failing is None


async def test_a_wedged_mailbox_does_not_hold_up_another(desk: Desk) -> None:
    wedged = ScriptedImap()
    wedged.mute.add("SELECT")
    await wedged.listen()
    desk.stack.push_async_callback(wedged.close)
    other = Desk(wedged, desk.stack)
    other.read()
    await eventually(lambda: "SELECT" in " ".join(wedged.commands))
    desk.read()
    for number in range(20):
        desk.imap.put(mail(number))
    await desk.until_taken(*range(20), within=1.0)
    await eventually(lambda: other.status.failing)
    assert desk.status.failing is None


async def test_a_refused_login_shows_and_recovers_when_the_password_is_right_again(desk: Desk) -> None:
    desk.imap.password = "changed"
    desk.imap.put(mail(1))
    desk.read()
    await eventually(lambda: desk.status.failing)
    assert "refuses the login" in (desk.status.failing or "")
    assert "refuses the login" in (desk.status.problem(time.monotonic() + 400, 300.0) or "")
    assert desk.status.problem(time.monotonic() + 100, 300.0) is None
    desk.imap.password = "secret"
    await desk.until_taken(1)
    assert desk.status.failing is None
    [told] = desk.warnings.told
    assert "refuses the login" in told


async def test_an_absent_broker_hears_of_a_refused_login_once_it_is_back_and_only_once(desk: Desk) -> None:
    desk.imap.password = "changed"
    desk.warnings.away = True
    reader, _ = desk.read()
    await eventually(lambda: desk.status.failing)
    assert not desk.warnings.told
    desk.warnings.away = False
    desk.imap.password = "secret"
    desk.imap.put(mail(1))
    await desk.until_taken(1)
    assert not desk.warnings.told, "it is mended: there is nothing to warn of"
    reader.stop()

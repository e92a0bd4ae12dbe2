"""One ticket's card: in its team's channel, once, at its last state, whatever is cut off, refused or killed."""

import contextlib

import pytest

from intake_chat.errors import InDoubt, Overtaken, SlackAway, SlackRefused
from intake_chat.handlers.cards.record import FOREIGN_DOUBT_SECONDS, OWN_DOUBT_SECONDS
from intake_chat.handlers.cards.wishes import renew_menu
from intake_chat.ports.cards import Make
from tests.unit.intake_chat.card_world import World
from ventanilla_runtime.errors import WrongSequence


async def test_a_card_is_posted_once_and_an_unchanged_one_costs_no_call() -> None:
    world = World()
    await world.keep()
    await world.keep()

    assert world.slack.calls == ["post C1"]
    assert world.slack.cards("C1") == ["#7 (nuevo) La red se cae"]
    assert world.bucket.values["thread.C1.1.000001"][0] == b"7"
    assert world.desk.looks == 1


async def test_a_used_menu_is_drawn_anew_once() -> None:
    world = World()
    await world.keep()
    await renew_menu(world.bucket, "7")
    await world.keep()
    await world.keep()

    assert world.slack.calls == ["post C1", "update C1"]


async def test_a_card_that_waits_shows_the_last_state() -> None:
    world = World()
    await world.keep()
    world.desk.now["priority"] = "urgent"
    update = world.slack.update

    async def waits(channel: str, ts: str, make: object, **order: float) -> bool:
        world.desk.now["status"] = "open"  # while the call waits for its turn
        return await update(channel, ts, make, **order)  # type: ignore[arg-type]  # as it came

    world.slack.update = waits  # type: ignore[method-assign]  # one call of it
    await world.keep()
    await world.keep()

    assert world.slack.calls == ["post C1", "update C1"]
    assert world.slack.cards("C1") == ["#7 (abierto) La red se cae"]


@pytest.mark.parametrize("killed", [False, True])
async def test_a_ticket_that_looks_as_before_an_update_whose_end_nobody_saw_is_shown_again(killed: bool) -> None:
    world = World()
    await world.keep()
    world.desk.now["status"] = "open"
    if killed:
        world.bucket.dies_at = "thread."
        with pytest.raises(KeyboardInterrupt):
            await world.keep()
        world.bucket.dies_at, world.keeper = "", world.new_keeper("two")
    else:
        world.slack.lost = ["update"]
        with pytest.raises(SlackAway):
            await world.keep()
    assert world.slack.cards("C1") == ["#7 (abierto) La red se cae"]

    world.desk.now["status"] = "new"
    await world.keep()

    assert world.slack.cards("C1") == ["#7 (nuevo) La red se cae"]


async def test_an_update_that_was_refused_once_and_then_not_needed_is_made_when_it_is() -> None:
    world = World()
    await world.keep()
    world.desk.now["status"] = "open"
    update = world.slack.update

    async def refuses_once(channel: str, ts: str, make: Make, **order: float) -> bool:
        await make()  # and Slack says that it wants a pause, in which the ticket changes back
        world.desk.now["status"] = "new"
        return await update(channel, ts, make, **order)

    world.slack.update = refuses_once  # type: ignore[method-assign]  # one call of it
    await world.keep()
    world.slack.update = update  # type: ignore[method-assign]  # the rest as ever
    assert world.slack.calls == ["post C1"]
    world.desk.now["status"] = "open"
    await world.keep()

    assert world.slack.cards("C1") == ["#7 (abierto) La red se cae"]


async def test_a_ticket_that_is_done_gets_no_new_card_and_its_old_one_says_so() -> None:
    world = World()
    world.desk.now["status"] = "solved"
    await world.keep()
    assert world.slack.calls == []

    world.desk.now["status"] = "open"
    await world.keep()
    world.desk.now |= {"status": "closed", "team": "network"}
    await world.keep()
    assert world.slack.calls == ["post C1", "update C1"]


@pytest.mark.parametrize("killed", [False, True])
async def test_a_post_whose_end_nobody_saw_is_found_in_the_history(killed: bool) -> None:
    world = World()
    if killed:
        world.bucket.dies_at = "thread."
        with pytest.raises(KeyboardInterrupt):
            await world.keep()
        world.bucket.dies_at = ""
        world.keeper = world.new_keeper("two")
    else:
        world.slack.lost.append("post")
        with pytest.raises(SlackAway):
            await world.keep()

    with pytest.raises(InDoubt) as doubt:
        await world.keep()
    assert doubt.value.seconds == (FOREIGN_DOUBT_SECONDS if killed else OWN_DOUBT_SECONDS)
    world.at += doubt.value.seconds
    await world.keep()

    assert len(world.slack.cards("C1")) == 1
    assert world.slack.calls[:2] == ["post C1", "find C1"]
    assert world.bucket.kept().ts == "1.000001"


async def test_a_post_that_did_not_happen_happens_then() -> None:
    world = World()
    world.slack.lost.append("post")
    with pytest.raises(SlackAway):
        await world.keep()
    world.slack.channels.clear()
    world.at += 60
    await world.keep()

    assert len(world.slack.cards("C1")) == 1
    assert world.bucket.kept().posting is None


async def test_of_two_keepers_at_once_only_one_posts() -> None:
    world, post = World(), World().slack.post
    second = world.new_keeper("two")
    post = world.slack.post

    async def meanwhile(channel: str, make: object) -> str | None:
        world.slack.post = post  # type: ignore[method-assign]  # this once
        await second.keep(7, lines=False)
        return await post(channel, make)  # type: ignore[arg-type]  # as it came

    world.slack.post = meanwhile  # type: ignore[method-assign]  # this once
    with pytest.raises(WrongSequence):
        await world.keep()
    await world.keep()

    assert len(world.slack.cards("C1")) == 1


async def test_a_ticket_that_moves_takes_its_card_along_and_leaves_word() -> None:
    world = World()
    await world.keep()
    world.desk.now |= {"team": "network", "tier": "2"}
    await world.keep()
    await world.keep()

    assert world.slack.cards("C1") == ["#7 está ahora con Redes, en <#C2>."]
    assert world.slack.cards("C2") == ["#7 (nuevo) La red se cae"]
    assert world.slack.calls == ["post C1", "post C2", "update C1", "say C1"]
    assert world.slack.lines() == ["#7 está ahora con Redes, en <#C2>."]
    assert world.bucket.kept().older == ()
    assert world.desk.looks == 1


async def test_a_ticket_that_moves_while_its_card_waits_is_looked_at_again() -> None:
    world = World()
    post = world.slack.post

    async def waits(channel: str, make: object) -> str | None:
        world.desk.now["team"] = "network"
        return await post(channel, make)  # type: ignore[arg-type]  # as it came

    world.slack.post = waits  # type: ignore[method-assign]  # this once
    with pytest.raises(Overtaken):
        await world.keep()
    await world.keep()

    assert world.slack.calls == ["post C2"]


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel", "is_archived"])
async def test_a_channel_that_cannot_be_used_leads_to_the_one_for_the_rest_until_it_can(code: str) -> None:
    world = World()
    world.slack.gone["C1"] = code
    await world.keep()
    await world.keep()
    assert world.slack.calls == ["post C1", "post C9"]

    world.slack.gone.clear()
    world.at += 61
    await world.keep()
    assert world.slack.cards("C1") == ["#7 (nuevo) La red se cae"]
    assert world.slack.cards("C9") == ["#7 está ahora con Primera línea, en <#C1>."]


async def test_a_card_that_can_stand_nowhere_is_remembered_and_posted_later() -> None:
    world = World("first-line=C1")
    world.slack.gone["C1"] = "is_archived"
    await world.keep()
    await world.keep()
    assert (world.bucket.kept().unposted, world.bucket.values["unposted.7"][0]) == ("is_archived", b"1")
    assert world.slack.calls == ["post C1"]

    world.slack.gone.clear()
    world.at += 61
    await world.keep()
    assert (world.bucket.kept().unposted, world.bucket.values["unposted.7"][0]) == ("", b"")
    assert len(world.slack.cards("C1")) == 1


async def test_a_card_whose_new_channel_is_closed_goes_on_where_it_stands() -> None:
    world = World("first-line=C1,network=C2")
    await world.keep()
    world.slack.gone["C2"] = "is_archived"
    world.desk.now["team"] = "network"
    await world.keep()

    assert world.slack.calls == ["post C1", "post C2", "update C1"]
    assert world.slack.cards("C1") == ["#7 (nuevo) La red se cae"]
    assert world.bucket.kept().unposted == "is_archived"


@pytest.mark.parametrize("code", ["is_archived", "no_permission", "edit_window_closed", "invalid_blocks"])
async def test_a_card_that_slack_lets_nobody_change_is_remembered_with_the_place_where_it_stands(code: str) -> None:
    world = World("first-line=C1")
    await world.keep()
    kept = world.bucket.kept()
    world.slack.refuse["update"] = code
    world.desk.now["status"] = "closed"
    with contextlib.suppress(SlackRefused):
        await world.keep()

    assert world.bucket.kept().stuck == ((kept.channel, kept.ts, code),)


async def test_a_card_that_can_be_changed_after_all_is_stuck_no_more() -> None:
    world = World()
    await world.keep()
    world.slack.refuse["update"] = "invalid_blocks"
    world.desk.now["priority"] = "low"
    with pytest.raises(SlackRefused):
        await world.keep()
    await world.keep()

    assert world.bucket.kept().stuck == ()


async def test_a_card_that_the_ticket_has_left_and_that_keeps_its_words_is_remembered() -> None:
    world = World("first-line=C1,network=C2")
    await world.keep()
    left = world.bucket.kept()
    world.desk.now["team"] = "network"
    world.slack.gone["C1"] = "is_archived"
    await world.keep()

    kept = world.bucket.kept()
    assert (kept.channel, kept.older, kept.stuck) == ("C2", (), ((left.channel, left.ts, "is_archived"),))


async def test_a_card_that_somebody_deleted_comes_back() -> None:
    world = World()
    await world.keep()
    world.slack.channels.clear()
    world.desk.now["priority"] = "low"
    await world.keep()

    assert world.slack.calls == ["post C1", "update C1", "post C1"]


async def test_without_a_token_everything_waits() -> None:
    world = World()
    world.slack.refuse["post"] = "token_revoked"
    with pytest.raises(SlackAway):
        await world.keep()
    await world.keep()

    assert len(world.slack.cards("C1")) == 1
    assert world.bucket.kept().unposted == ""


async def test_what_slack_will_never_take_is_said_and_not_repeated_as_in_doubt() -> None:
    world = World()
    world.slack.refuse["post"] = "invalid_blocks"
    with pytest.raises(SlackRefused):
        await world.keep()

    assert world.bucket.kept().posting is None

"""A call in its team's channel: one message that follows it, whatever is heard twice, late or never, whatever dies."""

import itertools

import pytest

from intake_chat.errors import InDoubt, SlackAway
from intake_chat.handlers.calls.pops import OLD_SECONDS
from intake_chat.handlers.cards.record import thread_key
from tests.unit.intake_chat.call_rig import BEGUN, CALL, TAG, CallWorld, batch_of, event
from ventanilla_contracts.parts import Party

WAITING = event("waiting", ticket=4711, tickets=(4711, 4690))
ANSWERED = event("answered", at=BEGUN + 21, agent="eva", seconds=21, ticket=4711, tickets=(4711, 4690))
OVER = event("over", at=BEGUN + 221, agent="eva", seconds=200, message_id="m1")
LEFT = event("over", at=BEGUN + 45, seconds=45, message_id="m1")
PAGE = "https://desk.example/desk"


WHO = {"es": "Ana Roldán (+34600111222, número sin comprobar)", "en": "Ana Roldán (+34600111222, number not proved)"}
SAID = {
    "es": (
        "📞 {who} espera a *Primera línea* · español · sobre la {about} · abiertas: {open}",
        "📞 <@UEVA> habla con {who}, tras 21 s de espera · español · sobre la {about} · abiertas: {open}",
        "📞 {who} habló con <@UEVA>: 3:20 · está en la {became}",
    ),
    "en": (
        "📞 {who} is waiting for *First line* · Spanish · about ticket {about} · open: {open}",
        "📞 <@UEVA> is talking to {who}, after 21 s · Spanish · about ticket {about} · open: {open}",
        "📞 {who} was answered by <@UEVA>: 3:20 · see {became}",
    ),
}


@pytest.mark.parametrize("language", ["es", "en"])
async def test_one_message_follows_a_call_to_its_ticket(language: str) -> None:
    links = {name: f"<{PAGE}/{at}|#{at}>" for name, at in (("about", 4711), ("open", 4690), ("became", 4712))}
    waiting, answered, over = (said.format(who=WHO[language], **links) for said in SAID[language])
    world = CallWorld(language)
    assert await world.shows(WAITING) is None
    assert world.read() == [waiting]

    await world.shows(ANSWERED)
    assert world.read() == [answered]

    again = await world.shows(OVER)
    assert again is not None, "the ticket is not there yet"
    world.desk.tickets["m1"] = 4712
    assert await world.pops.tend(TAG) is None
    assert world.read() == [over]


async def test_what_is_written_below_a_call_is_below_its_ticket_from_then_on() -> None:
    world = CallWorld()
    await world.shows(WAITING)
    world.desk.tickets["m1"] = 4712
    await world.shows(OVER)

    [ts] = world.slack.channels["C1"]
    assert await world.bucket.get(thread_key("C1", ts)) == b"4712"


async def test_who_gave_up_waiting_is_seen_too() -> None:
    world = CallWorld("en")
    await world.shows(WAITING)
    await world.shows(LEFT)

    [message] = world.read()
    assert "stopped waiting for *First line* after 45 s" in message


@pytest.mark.parametrize("order", list(itertools.permutations((WAITING, ANSWERED, OVER))))
async def test_events_in_any_order_and_twice_leave_the_last_state(order: tuple[object, ...]) -> None:
    world = CallWorld()
    await world.shows(WAITING)
    world.desk.tickets["m1"] = 4712
    for one in (*order, *order):
        await world.shows(one)  # type: ignore[arg-type]  # permutations keep no type of their own

    [message] = world.read()
    assert "habló con <@UEVA>: 3:20" in message
    assert world.call.state == "over"


async def test_a_batch_with_all_of_a_call_is_one_write() -> None:
    world = CallWorld()
    await world.hears(ANSWERED, OVER, WAITING)

    assert (world.bucket.sequence, world.call.state, world.call.waited) == (1, "over", 21)


@pytest.mark.parametrize(
    ("late", "shown"),
    [(OLD_SECONDS - 1, 1), (OLD_SECONDS + 1, 0)],
)
async def test_what_happened_long_ago_calls_nobody_to_the_telephone(late: float, shown: int) -> None:
    world = CallWorld()
    world.at = BEGUN + late
    await world.shows(WAITING)

    assert len(world.read()) == shown


async def test_a_call_that_is_over_before_anybody_saw_it_is_told_by_its_ticket_alone() -> None:
    world = CallWorld()
    await world.shows(WAITING, LEFT)

    assert world.read() == []


async def test_a_call_that_is_over_while_its_message_waits_for_slack_is_not_posted() -> None:
    world = CallWorld()

    class Busy(type(world.slack)):  # type: ignore[misc]  # the class of a stand-in
        async def post(self, channel, make):  # type: ignore[no-untyped-def]  # as the stand-in's
            await world.hears(LEFT)
            return await super().post(channel, make)

    world.slack = Busy()
    world.new_keeper()
    await world.shows(WAITING)

    assert world.read() == []


@pytest.mark.parametrize("method", ["post", "update"])
async def test_a_call_of_slack_whose_end_nobody_saw_is_not_made_twice(method: str) -> None:
    world = CallWorld()
    if method == "update":
        await world.shows(WAITING)
    world.slack.lost = [method]
    with pytest.raises(SlackAway):
        await world.shows(ANSWERED)
    world.new_keeper("two")
    if method == "post":
        with pytest.raises(InDoubt):
            await world.pops.tend(TAG)
        world.at += 21
    await world.pops.tend(TAG)

    assert ["habla con" in one for one in world.read()] == [True]


@pytest.mark.parametrize("dies_at", ["screenpop."])
async def test_a_keeper_that_dies_before_it_posts_leaves_it_to_the_next(dies_at: str) -> None:
    world = CallWorld()
    world.bucket.dies_at = ""
    await world.hears(WAITING)
    world.bucket.dies_at = dies_at
    with pytest.raises(KeyboardInterrupt):
        await world.pops.tend(TAG)
    world.bucket.dies_at = ""
    world.new_keeper("two")
    await world.pops.tend(TAG)

    assert len(world.read()) == 1


async def test_a_keeper_that_dies_right_behind_the_post_has_posted_it_for_all_others() -> None:
    world = CallWorld()
    await world.hears(WAITING)
    posted = world.slack.post

    async def and_die(channel: str, make: object) -> str | None:
        await posted(channel, make)  # type: ignore[arg-type]  # handed through
        raise KeyboardInterrupt

    world.slack.post = and_die  # type: ignore[method-assign]  # one death
    with pytest.raises(KeyboardInterrupt):
        await world.pops.tend(TAG)
    world.slack.post = posted  # type: ignore[method-assign]  # and the next one lives
    world.new_keeper("two")
    world.at += 25
    await world.shows(ANSWERED)

    assert ["habla con" in one for one in world.read()] == [True]


async def test_of_two_keepers_one_posts() -> None:
    world = CallWorld()
    await world.hears(WAITING)
    first = world.pops
    world.new_keeper("two")
    await world.pops.tend(TAG)
    await first.tend(TAG)

    assert len(world.read()) == 1


async def test_a_channel_that_refuses_leaves_the_call_to_the_one_for_the_rest() -> None:
    world = CallWorld()
    world.slack.gone["C1"] = "is_archived"
    await world.shows(WAITING)

    assert (world.read("C1"), len(world.read("C9"))) == ([], 1)


async def test_a_message_that_somebody_deleted_does_not_come_back() -> None:
    world = CallWorld()
    await world.shows(WAITING)
    world.slack.channels["C1"].clear()
    await world.shows(ANSWERED)
    await world.shows(OVER)

    assert world.read() == []


@pytest.mark.parametrize("trouble", ["away", "slow"])
async def test_a_desk_that_does_not_answer_keeps_no_call_from_being_shown(trouble: str) -> None:
    world = CallWorld()
    setattr(world.desk, trouble, True)
    await world.shows(WAITING)

    assert "espera a *first-line*" in world.read()[0]


@pytest.mark.parametrize(
    ("caller", "said"),
    [
        (Party(address=""), "Alguien con número oculto espera"),
        (Party(address="+34600111222"), "+34600111222 (número sin comprobar) espera"),
        (
            Party(address="+34600111222", name="<!channel> *Ana* ✓ · _x_"),
            "&lt;!channel&gt; *\u2060Ana*\u2060 ? - _\u2060x_\u2060 (+34600111222, número sin comprobar) espera",
        ),
    ],
)
async def test_a_caller_is_named_without_markup_or_not_at_all(caller: Party, said: str) -> None:
    world = CallWorld()
    await world.shows(event("waiting", caller=caller))

    assert said in world.read()[0]


async def test_a_ticket_that_never_comes_is_looked_for_less_and_less_often_and_not_for_ever() -> None:
    world = CallWorld()
    await world.shows(WAITING)
    again = await world.shows(OVER)
    while again is not None:
        world.at += again
        again = await world.pops.tend(TAG)

    assert world.at < BEGUN + 1_000
    assert world.desk.looks < 70
    assert ["habló con" in one for one in world.read()] == [True]


async def test_what_is_no_event_of_a_call_is_refused_without_holding_up_the_others() -> None:
    world = CallWorld()
    batch = batch_of(b"{}", b"not even json", event("waiting", call=""), event("rung_elsewhere"), WAITING)
    await world.heard.handle(batch)

    assert len(batch.rejected) == 3
    assert list(world.bucket.values) == [f"call.{TAG}"]
    assert CALL not in str(world.bucket.values)

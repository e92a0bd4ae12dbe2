"""Threads that are heard by themselves, in channels that are not: caught up with like everything else."""

from datetime import timedelta

import pytest

from intake_chat.domain.slack.entry.happenings import HandedIn
from intake_chat.domain.slack.entry.heard_threads import author_in, heard_key, heard_value, renewed, thread_in
from intake_chat.domain.slack.events import Author, Revised
from intake_chat.handlers.catching_up import catch_up as module
from tests.unit.intake_chat.entry_rig import CARMEN, EVA, HOME, Rig, line
from tests.unit.intake_chat.history_words import said, ts
from tests.unit.intake_chat.test_catch_up import History, World

ROOT = ts(200)
CAFE = "C9"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.005)
    monkeypatch.setattr(module, "_KEEP_EVERY", timedelta(0))


def world_of(history: History, value: bytes = b"1") -> World:
    return World(history, heard={heard_key(CAFE, ROOT): value, heard_key("C1", ROOT): value})


async def test_replies_in_a_thread_that_was_handed_in_are_found_after_an_outage_once() -> None:
    reply, earlier = said(15, "sigue sin ir", thread_ts=ROOT), said(70, "antes", thread_ts=ROOT)
    history = History({"C1": [], "C2": []}, {ROOT: [earlier, reply]}, roots={ROOT: said(200, "no va")})
    world = world_of(history)
    await world.to_the_end()

    assert world.words() == ["sigue sin ir"]
    assert (world.accepted[0].where.channel, world.accepted[0].where.root) == (CAFE, ROOT)
    assert [place for place in history.read if place[1] == ROOT] == [(CAFE, ROOT)], "that of a channel is read there"
    world.accepted.clear()
    await world.to_the_end()
    assert world.accepted == []


async def test_an_edit_of_its_first_message_is_found_too() -> None:
    root = said(200, "no va nada", edited={"user": "U1", "ts": ts(10)})
    world = world_of(History({"C1": [], "C2": []}, roots={ROOT: root}))
    await world.to_the_end()

    assert [type(one) for one in world.accepted] == [Revised]
    assert world.words() == ["no va nada"]


@pytest.mark.parametrize("gone", [False, True], ids=["with replies", "without replies"])
async def test_that_its_first_message_was_deleted_is_told_though_no_event_ever_told_of_it(gone: bool) -> None:
    history = History({"C1": [], "C2": []}, hidden={ROOT} if gone else set())
    history.roots[ROOT] = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "ts": ROOT}
    world = world_of(history, heard_value(ROOT, Author(HOME, CARMEN)))
    await world.to_the_end()

    [revised] = world.accepted
    assert isinstance(revised, Revised)
    assert (revised.text, revised.ts, revised.author) == (None, ROOT, Author(HOME, CARMEN))
    assert revised.where.root == ROOT
    assert world.progress.worry() is None or CAFE not in str(world.progress.worry())


def test_what_is_kept_of_a_thread_says_on_which_day_it_was_used_and_whose_it_is() -> None:
    author = Author("T1", "U1")
    value = heard_value("86400.000001", author)

    assert thread_in(heard_key("C9", "7.000001")) == ("C9", "7.000001")
    assert [thread_in(key) for key in ("wanted.7", "heard", "heard.C9")] == [None, None, None]
    assert author_in(value) == author
    assert [renewed(value, at) for at in ("86400.000001", "172799.000001", "100.000001")] == [None, None, None]
    later = renewed(value, "172800.000001")
    assert later is not None
    assert author_in(later) == author
    assert [author_in(old) for old in (b"1", None, b"")] == [None, None, None]  # of releases before
    assert renewed(b"1", "172800.000001") == b"2"


async def test_a_thread_in_use_is_written_anew_once_a_day() -> None:
    rig = Rig()
    first = line("100000.000001", CAFE, kind="channel")
    await rig.heard(HandedIn(Author(HOME, EVA), CAFE, first.ts, "100010.000001", first))
    [(key, before)] = [(key, value[0]) for key, value in rig.state.values.items() if key.startswith("heard.")]
    assert author_in(before) == first.author

    assert await rig.ways.hears(line("100020.000001", CAFE, root=first.ts, kind="channel"))
    same = rig.state.values[key][0]
    assert await rig.ways.hears(line("300000.000001", CAFE, root=first.ts, kind="channel"))

    assert same == before != rig.state.values[key][0]
    assert author_in(rig.state.values[key][0]) == first.author

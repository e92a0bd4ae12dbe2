"""What cards ask the ticket service: page by page, and no more than there is."""

from typing import Any

import pytest

from intake_chat.adapters.ticket_facts import TicketFacts
from intake_chat.errors import DeskRefused

Pages = dict[tuple[str, str | None], Any]


class Desk:
    """Answers by path and cursor; whatever it does not know is 404."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.asked: list[tuple[str, str | None]] = []

    async def get(self, path: str, **parameters: str) -> Any:
        self.asked.append((path, parameters.get("cursor")))
        found = self.pages.get(self.asked[-1], DeskRefused(404, "not_found", ""))
        if isinstance(found, Exception):
            raise found
        return found


def facts(pages: Pages, clock: Any = lambda: 0.0) -> tuple[TicketFacts, Desk]:
    async def home() -> str:
        return "T1"

    desk = Desk(pages)
    return TicketFacts(desk, home, clock), desk  # type: ignore[arg-type]  # as much of a desk as is asked


def entries(*ids: int) -> list[dict[str, int]]:
    return [{"id": one} for one in ids]


async def test_a_history_is_gone_on_with_where_it_was_left() -> None:
    path = "/tickets/7/history"
    asking, desk = facts(
        {(path, "a"): {"items": entries(3, 4), "next": "b"}, (path, "b"): {"items": entries(5), "next": None}}
    )

    assert await asking.history(7, 3, "a") == (entries(4, 5), "b")
    assert await asking.history(7, 5, "b") == ([], "b")
    assert len(desk.asked) == 3


async def test_a_cursor_that_the_desk_does_not_know_any_more_begins_anew_and_tells_nothing_twice() -> None:
    path = "/tickets/7/history"
    refused = DeskRefused(422, "invalid", "cursor")
    asking, _ = facts({(path, "old"): refused, (path, None): {"items": entries(1, 2, 3), "next": None}})

    assert await asking.history(7, 2, "old") == (entries(3), None)
    with pytest.raises(DeskRefused):
        await facts({(path, None): refused})[0].history(7, 2, None)


async def test_only_the_messages_that_are_wanted_are_looked_for() -> None:
    path = "/tickets/7/messages"
    asking, desk = facts(
        {(path, None): {"items": [{"id": "m1"}, {"id": "m2"}], "next": "b"}, (path, "b"): {"items": [], "next": None}}
    )

    assert await asking.messages(7, {"m2"}) == {"m2": {"id": "m2"}}
    assert await asking.messages(7, set()) == {}
    assert len(desk.asked) == 1
    assert await asking.messages(7, {"gone"}) == {}


async def test_a_ticket_that_nobody_routed_has_a_card_without_a_why() -> None:
    similar = {"number": 3, "subject": "s" * 900, "resolution": "r", "cause": None}
    asking, _ = facts(
        {
            ("/tickets/7/messages", None): {"items": [{"reply_text": "uno\n\ndos\ntres"}]},
            ("/tickets/7/similar", None): {"items": [similar]},
        }
    )
    look = await asking.look(7, "es")

    assert (look.extract, look.why) == ("uno\ndos…", "")
    assert look.similar == ({"number": 3, "subject": "s" * 300, "resolution": "r"},)
    assert await asking.ticket(7) is None


async def test_what_an_agent_noted_first_is_no_word_of_the_customer() -> None:
    asking, _ = facts({("/tickets/7/messages", None): {"items": [{"kind": "note", "reply_text": "Eva escribe"}]}})

    assert (await asking.look(7, "es")).extract == ""


async def test_an_agent_is_mentioned_only_in_their_own_workspace_and_while_they_are_at_work() -> None:
    there = {"name": "Eva Ruiz", "active": True, "slack": [{"team_id": "T2", "user_id": "U9"}]}
    ours = {**there, "slack": [*there["slack"], {"team_id": "T1", "user_id": "U1"}]}  # type: ignore[misc]  # a list
    asking, _ = facts(
        {("/agents/a", None): there, ("/agents/b", None): ours, ("/agents/c", None): {**ours, "active": False}}
    )
    seen = [await asking.agent(handle) for handle in ("a", "b", "c", "nobody/known")]

    assert [(one.name, one.user) for one in seen] == [
        ("Eva Ruiz", ""), ("Eva Ruiz", "U1"), ("Eva Ruiz", ""), ("nobody/known", ""),
    ]  # fmt: skip


async def test_whoever_has_just_been_linked_is_called_within_seconds() -> None:
    now = [0.0]
    unlinked = {"name": "Eva", "active": True, "slack": []}
    asking, desk = facts({("/agents/eva", None): unlinked}, lambda: now[0])
    first, again = await asking.agent("eva"), await asking.agent("eva")
    desk.pages["/agents/eva", None] = {**unlinked, "slack": [{"team_id": "T1", "user_id": "U1"}]}
    now[0] = 3.0

    assert (first.user, again.user, (await asking.agent("eva")).user) == ("", "", "U1")
    assert len(desk.asked) == 2


async def test_whoever_never_used_the_app_is_looked_for_by_mail_now_and_then() -> None:
    now, looked = [0.0], list[tuple[str, str]]()
    unlinked = {"name": "Omar", "active": True, "email": "Omar@desk.example", "slack": []}
    pages = {("/agents/omar", None): unlinked, ("/agents/gone", None): {**unlinked, "active": False}}
    asking, _ = facts(pages, lambda: now[0])

    async def user_of(handle: str, mail: str) -> str:
        looked.append((handle, mail))
        return "U7" if len(looked) > 1 else ""

    asking._user_of = user_of
    first = await asking.agent("omar")
    now[0] = 300.0
    second = await asking.agent("omar")
    now[0] = 700.0

    assert (first.user, second.user, (await asking.agent("omar")).user) == ("", "", "U7")
    assert looked == [("omar", "omar@desk.example")] * 2
    assert (await asking.agent("gone")).user == ""


async def test_a_ticket_begins_with_what_it_began_with_as_long_as_that_is_there() -> None:
    path = "/tickets/7/messages"
    page = {"items": [{"id": "m1"}, {"id": "m2"}], "next": None}
    asking, desk = facts({(path, None): page})

    assert await asking.opening(7) == {"id": "m1"}
    assert await asking.opening(7, "m1") == {"id": "m1"}
    assert len(desk.asked) == 2, "one question where nothing has come before it"
    assert await asking.opening(7, "m2") == {"id": "m2"}
    assert await asking.opening(7, "gone") == {"id": "m1"}
    assert await facts({})[0].opening(7, "m1") is None


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ({"items": [{"number": 4712}], "next": None}, 4712),
        ({"items": [], "next": None}, None),
        (DeskRefused(422, "invalid", "message: extra inputs are not permitted"), None),
    ],
)
async def test_the_ticket_of_a_message_is_found_where_it_is_there_and_the_desk_can_say(
    answer: Any, number: int | None
) -> None:
    asking, _ = facts({("/tickets", None): answer})

    assert await asking.ticket_of("message.received.v1:call-1") == number

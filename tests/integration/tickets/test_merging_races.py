"""Merging while replicas settle, and merging against merging: everything is there once, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history
from tests.integration.tickets.merging_desk import (
    ANA,
    answer_by_token,
    mails,
    merge,
    subjects,
    ticket,
    two_tickets,
    unmerge,
)
from tests.integration.tickets.routed_mails import ledger, routed, settle

ROUNDS = 12


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.mark.parametrize(("number", "into"), [(1, 2), (2, 1)])
async def test_an_answer_at_the_moment_of_merging_is_in_one_of_the_two(api: ApiDesk, number: int, into: int) -> None:
    ana = await two_tickets(api)
    sequence = 10
    for _ in range(ROUNDS):
        letters = [answer_by_token(api, sequence + n, (number, into)[n % 2]) for n in range(4)]
        sequence += 4
        answer, *_ = await asyncio.gather(
            merge(ana, number, into, tell_customer=False), *(settle(api, letter) for letter in letters)
        )
        assert answer.status_code == 200, answer.text
        here, there = await subjects(ana, number), await subjects(ana, into)
        assert len(here) + len(there) == sequence - 10 + 2
        assert len({subject for subject, _ in here + there}) == sequence - 10 + 2
        assert {came_by for _, came_by in there} <= {None, number}
        assert (await unmerge(ana, number)).status_code == 200
    assert [outcome for outcome, _, _ in await ledger(api)] == ["created"] * 2 + ["appended"] * (sequence - 10)
    assert len(await subjects(ana, number)) == len(await subjects(ana, into)) == 1 + 2 * ROUNDS


@pytest.mark.parametrize(("number", "into"), [(1, 2), (2, 1)])
async def test_an_answer_at_the_moment_of_un_merging_ends_where_it_belongs(
    api: ApiDesk, number: int, into: int
) -> None:
    ana = await two_tickets(api)
    sequence = 10
    for _ in range(ROUNDS):
        assert (await merge(ana, number, into, tell_customer=False)).status_code == 200
        batch = [answer_by_token(api, sequence + n, (number, into)[n % 2]) for n in range(4)]
        sequence += 4
        answer, *_ = await asyncio.gather(
            unmerge(ana, number), settle(api, *batch[:2]), settle(api, batch[2]), settle(api, batch[3])
        )
        assert answer.status_code == 200, answer.text
    assert await subjects(ana, into) == [(subject, None) for subject, _ in await subjects(ana, into)]
    assert len(await subjects(ana, number)) == len(await subjects(ana, into)) == 1 + 2 * ROUNDS


async def test_of_two_that_cross_one_wins(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    for _ in range(ROUNDS):
        answers = await asyncio.gather(merge(ana, 1, 2, tell_customer=False), merge(ana, 2, 1, tell_customer=False))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        winner = answers[0].status_code == 200
        assert "they are one" in answers[winner].json()["detail"]
        assert (await unmerge(ana, 1 if winner else 2)).status_code == 200


async def test_two_with_one_key_are_one(api: ApiDesk) -> None:
    ana = await two_tickets(api)

    answers = await asyncio.gather(*(merge(ana, 1, 2, key="once") for _ in range(4)))
    back = await asyncio.gather(*(unmerge(ana, 1, key="back") for _ in range(4)))

    assert [answer.status_code for answer in (*answers, *back)] == [200] * 8
    actions = [line["action"] for line in await history(ana, 1)]
    assert (actions.count("ticket.merged"), actions.count("ticket.unmerged")) == (1, 1)
    assert len(await mails(api, ANA)) == 2


async def test_many_at_once_into_one_are_all_in_it(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await settle(api, *(routed(3 + n) for n in range(6)))
    bob = await agent(api, "bob")

    letters = [answer_by_token(api, 50 + n, 3 + n) for n in range(6)]
    answers, _ = await asyncio.gather(
        asyncio.gather(*(merge((ana, bob)[n % 2], 3 + n, 2, tell_customer=False) for n in range(6))),
        asyncio.gather(*(settle(api, letter) for letter in letters)),
    )

    assert [answer.status_code for answer in answers] == [200] * 6
    assert (await ticket(ana, 2))["merged"] == [3, 4, 5, 6, 7, 8]
    everywhere = [subject for number in range(2, 9) for subject, _ in await subjects(ana, number)]
    assert sorted(everywhere) == sorted({f"Asunto {n}" for n in (*range(2, 9), *range(50, 56))})


async def test_lines_on_the_page_and_mails_at_the_moment_of_merging_are_all_there_once(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    portal = await api.client("portal")
    path = f"/api/v1/status/{api.desk.signer.status_token(2)}/replies"

    answers = await asyncio.gather(
        merge(ana, 2, 1),
        *(portal.post(path, json={"text": f"Línea {n}", "key": f"{n}" * 22}) for n in range(5)),
        *(portal.post(path, json={"text": f"Línea {n}", "key": f"{n}" * 22}) for n in range(5)),
        settle(api, answer_by_token(api, 10, 2), answer_by_token(api, 11, 1)),
    )

    assert {answer.status_code for answer in answers[1:-1]} == {201}
    everything = [*await subjects(ana, 1), *await subjects(ana, 2)]
    assert len(everything) == 2 + 5 + 2

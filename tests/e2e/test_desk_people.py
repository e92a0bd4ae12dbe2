"""A desk with people, whole: from a file to who has which ticket, up the tiers, and what the router knows."""

import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.commands import run_beside
from tests.support.desk import RunningDesk, mail
from tests.support.polling import eventually
from ventanilla_contracts.routing import DESK_KEY, FACTS_BUCKET, CustomerFacts, DeskFacts, customer_key
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.state import StateBucket

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = """\
teams:
  - {name: first-line, title: {es: Primera línea, en: First line}, assignment: round_robin}
  - {name: network, title: {es: Redes, en: Networks}, tier: 2}
agents:
  - {handle: ana, name: Ana Gil, email: ana@desk.example, teams: [first-line], capacity: {email: 500}}
  - {handle: bob, name: Bob Hall, email: bob@desk.example, teams: [first-line], capacity: {email: 500}}
  - {handle: eva, name: Eva Ruiz, email: eva@desk.example, teams: [network]}
organisations:
  - {name: ACME, domains: [acme.example], vip: true, plan: gold}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(servers_folder: Path) -> AsyncIterator[RunningDesk]:
    """A desk of two ticket services."""
    running = RunningDesk(servers_folder / "people")
    try:
        async with running.running():
            await running.add("tickets", "tickets-2")
            (running.folder / "desk.yaml").write_text(PEOPLE)
            assert "6 changes made" in await tickets(running, "import-desk", file="desk.yaml")
            yield running
    finally:
        shutil.rmtree(running.folder, ignore_errors=True)


async def tickets(desk: RunningDesk, *arguments: str, file: str = "") -> str:
    """What a command of the service says."""
    given = [*arguments, *([str(desk.folder / file)] if file else [])]
    said = await run_beside("tickets", *given, environment=desk.services["tickets"].environment)
    assert said.code == 0, said.err
    return said.out.strip()


async def bucket(desk: RunningDesk) -> StateBucket:
    broker = await desk.broker.connect("router")
    return StateBucket(broker, Publisher(broker), FACTS_BUCKET)


async def test_the_router_knows_the_desk_and_its_customers(desk: RunningDesk) -> None:
    facts = await bucket(desk)
    letter = mail("Alta", "Quiero darme de alta.", sender="Pía <pia@acme.example>", message_id="<alta@acme.example>")
    await desk.send_later(letter, sender="pia@acme.example")

    async def known() -> CustomerFacts | None:
        value = await facts.get(customer_key("email", "pia@acme.example"))
        return CustomerFacts.model_validate_json(value) if value else None

    customer = await eventually(known, 20)
    value = await facts.get(DESK_KEY)

    assert customer.organisation is not None
    assert (customer.organisation.name, customer.organisation.vip, customer.open_tickets) == ("ACME", True, 1)
    assert DeskFacts.model_validate_json(value or b"{}").teams == ("first-line", "network")


async def test_tickets_go_by_turns_at_two_replicas_of_which_one_is_killed(desk: RunningDesk) -> None:
    async def nobody_waits() -> bool:
        return not await desk.query("select from ticket where assignee is null and status in ('new', 'open')")

    # Until both replicas know that the team hands out by turns, a ticket waits, and would take somebody's turn below.
    await eventually(nobody_waits, 20)
    before = len(await desk.query("select from ticket"))
    letters = [mail(f"Turno {n}", "No va.", message_id=f"<turno-{n}@cliente.example>") for n in range(40)]
    for n, letter in enumerate(letters):
        await desk.send_later(letter)
        if n == 20:
            await desk.services["tickets-2"].kill()
            await desk.services["tickets-2"].start()

    async def all_assigned() -> Counter[str]:
        rows = await desk.query("select assignee from ticket where number > $1", before)
        found = Counter(row["assignee"] for row in rows)
        assert sum(found.values()) == 40, found
        assert None not in found
        return found

    shares = await eventually(all_assigned, 40, every_seconds=0.2)

    assert abs(shares["ana"] - shares["bob"]) <= 1


async def test_an_agents_escalation_reaches_the_customer_and_the_next_team(desk: RunningDesk) -> None:
    letter = mail(
        "La red se cae",
        "La red de la oficina se cae cada diez minutos desde ayer por la tarde.",
        sender="Leo <leo@cliente.example>",
        message_id="<red@cliente.example>",
    )
    await desk.send_later(letter, sender="leo@cliente.example")
    await desk.sent_to("leo@cliente.example")
    [ticket] = (await desk.api("GET", "/tickets", params={"requester": "leo@cliente.example"}))["items"]
    token = await tickets(desk, "token", "create", "--agent", ticket["assignee"], "--scope", "read", "--scope", "write")
    eva = await tickets(desk, "token", "create", "--agent", "eva", "--scope", "read", "--scope", "write")
    path, back = f"/tickets/{ticket['number']}", {"reason": "it was the cable", "note": "Changed the cable twice."}
    up = {"tier": "2", "reason": "needs the network team", "note": "The link still drops."}

    moved = await desk.api("POST", f"{path}/escalate", json=up, headers={"Authorization": f"Bearer {token}"})
    await desk.api("POST", f"{path}/return", json=back, headers={"Authorization": f"Bearer {eva}"})

    assert (moved["team"], moved["tier"], moved["assignee"]) == ("network", "2", None)
    told = await desk.sent_to("leo@cliente.example", 3)
    body = told[1].get_body(("plain",))
    assert body is not None
    assert "en manos de Redes" in body.get_content()
    follower = await desk.sent_to(f"{ticket['assignee']}@desk.example", 1)
    assert "De vuelta en" in str(follower[0]["Subject"])
    assert follower[0]["Reply-To"] is None

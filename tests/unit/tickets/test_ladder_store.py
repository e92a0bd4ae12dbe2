"""What following ladders asks the database for when tickets are new; the rest is tested against Postgres."""

from tests.unit.tickets.builders import ticket
from tests.unit.tickets.climbing import ladder, line
from tickets.adapters.postgres.ladder_store import Ladders
from tickets.adapters.postgres.level_documents import Levels
from tickets.domain.rows import Settlement


async def test_new_tickets_on_which_nothing_begins_cost_no_statement() -> None:
    urgent_only = ladder(starts=[{"on": "arrival", "priorities": ["urgent"]}, {"on": "breach"}])
    levels = Levels(ladders={("default", 1): urgent_only}, climbed={"default": 1})
    arrived = line("ticket.created", "customer")
    rows = Settlement(created=[ticket(arrived.ticket_number, priority="normal")], history=[arrived])

    await Ladders(None, levels).follow(rows)  # without a connection: any statement would fail

    assert rows.history == [arrived]
    assert not rows.timers

"""What rules change in a ticket when a message joins it."""

from dataclasses import replace

import pytest

from tests.unit.tickets.builders import incoming, settler, ticket
from tickets.domain.assign import Assignment
from tickets.domain.assigning import Dispatch
from tickets.domain.on_reply import wanted_on_reply
from tickets.domain.people import Agent, Team
from ventanilla_contracts.decisions import ReplyChanges


def test_only_what_differs_is_changed_and_tags_are_added() -> None:
    changes = ReplyChanges(priority="urgent", team="first-line", tags=("vip", "old"), service_level_policy="gold")

    wanted = wanted_on_reply(ticket(tags=("old",)), changes)

    assert wanted == {"priority": "urgent", "policy": "gold", "tags": ("old", "vip")}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (ReplyChanges(at_least={"priority": "high"}), {"priority": "high"}),
        (ReplyChanges(at_least={"priority": "low"}), {}),
        (ReplyChanges(at_least={"priority": "normal"}), {}),
        (ReplyChanges(at_most={"priority": "low"}), {"priority": "low"}),
        (ReplyChanges(at_most={"priority": "urgent"}), {}),
        (ReplyChanges(at_least={"tier": "2"}, at_most={"priority": "low"}), {"tier": "2", "priority": "low"}),
        (ReplyChanges(at_least={"priority": "loud", "team": "z"}), {}),
        (ReplyChanges(priority="low", at_least={"priority": "high"}), {"priority": "low"}),
    ],
)
def test_a_bound_moves_a_value_only_as_far_as_needed(changes: ReplyChanges, wanted: dict[str, str]) -> None:
    assert wanted_on_reply(ticket(priority="normal", tier="1"), changes) == wanted


def test_a_reply_from_a_vip_may_raise_the_priority_and_never_lowers_it() -> None:
    wants = {"at_least": {"priority": "high"}, "rules": ["vip-answers"]}
    message = incoming(1, decision={"on_reply": wants})

    raised = settler(tickets={7: ticket(priority="low")}).settle([Assignment(message, "appended", "token", target=7)])
    kept = settler(tickets={7: ticket(priority="urgent")}).settle([Assignment(message, "appended", "token", target=7)])

    assert raised.changed[7].priority == "high"
    assert kept.changed[7].priority == "urgent"
    assert [row.action for row in kept.history] == ["message.added"]


def test_a_reply_changes_the_ticket_with_a_line_that_names_the_rules() -> None:
    on_reply = {"priority": "urgent", "tags": ["angry"], "rules": ["angry-words", "vip"]}
    message = incoming(1, decision={"on_reply": on_reply})
    settling = settler(tickets={7: ticket()})

    rows = settling.settle([Assignment(message, "appended", "token", target=7)])

    changed = [row for row in rows.history if row.action == "ticket.changed"]
    assert [(row.detail["field"], row.why) for row in changed] == [
        ("priority", "rules: angry-words, vip"),
        ("tags", "rules: angry-words, vip"),
    ]
    assert (rows.changed[7].priority, rows.changed[7].tags) == ("urgent", ("angry",))
    assert settling.rerouted == {7}
    assert rows.retagged == {7}
    (event,) = [row for row in rows.outbox if row.type == "ticket.changed.v1"]
    assert event.payload["ticket"]["priority"] == "urgent"


def test_a_ticket_that_goes_to_another_team_is_free_of_whoever_had_it() -> None:
    message = incoming(1, decision={"on_reply": {"team": "network", "tier": "2", "rules": ["outage"]}})
    settling = settler(tickets={7: ticket(assignee="bob")})

    rows = settling.settle([Assignment(message, "appended", "token", target=7)])

    assert (rows.changed[7].team, rows.changed[7].tier, rows.changed[7].assignee) == ("network", "2", None)


def test_a_team_that_hands_out_its_tickets_does_so_with_what_rules_send_it() -> None:
    message = incoming(1, decision={"on_reply": {"team": "network", "rules": ["outage"]}})
    dispatch = Dispatch(
        {"network": Team("network", assignment="round_robin")},
        {"network": ["eva"]},
        {"eva": Agent("eva", "Eva", "eva@desk.example")},
        {},
        {},
        {"network": None},
        message.accepted_at,
    )
    settling = settler(tickets={7: ticket(assignee="bob")}, dispatch=dispatch)

    rows = settling.settle([Assignment(message, "appended", "token", target=7)])

    assert rows.changed[7].assignee == "eva"
    assert rows.history[-1].why == "rules: outage; by turns"


def test_a_bounce_changes_nothing_whatever_rules_want_of_it() -> None:
    message = incoming(1, automation="bounce", decision={"on_reply": {"priority": "urgent", "rules": ["x"]}})
    bounce = replace(message, claim=replace(message.claim, is_report=True))

    rows = settler(tickets={7: ticket()}).settle([Assignment(bounce, "appended", "token", target=7)])

    assert rows.changed[7].priority == "normal"


def test_a_new_ticket_has_nothing_to_change() -> None:
    message = incoming(1, decision={"on_reply": {"priority": "urgent", "rules": ["x"]}})

    rows = settler().settle([Assignment(message, "created", target=-1)])

    assert rows.created[0].priority == "normal"

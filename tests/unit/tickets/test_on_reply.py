"""What rules change in a ticket when a message joins it."""

from dataclasses import replace

import pytest

from tests.unit.tickets.builders import incoming, settler, ticket
from tickets.domain.settling.matching import Assignment
from tickets.domain.settling.on_reply import wanted_on_reply
from tickets.domain.staffing.people import Team
from tickets.domain.staffing.rule_moves import RuleMove, kind_of_move, move_of, stays_with_its_team, tier_of_move
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


def test_where_rules_want_a_ticket_elsewhere_it_stays_until_it_is_handed_on() -> None:
    on_reply = {"team": "network", "tier": "2", "category": "outage", "rules": ["outage"]}
    message = incoming(1, decision={"on_reply": on_reply})
    settling = settler(tickets={7: ticket(assignee="bob")})

    rows = settling.settle([Assignment(message, "appended", "token", target=7)])

    changed = rows.changed[7]
    assert (changed.team, changed.tier, changed.assignee, changed.category) == ("first-line", "1", "bob", "outage")
    ((number, kind, timer),) = rows.waits
    assert (number, kind, timer.due_at) == (7, "rule_move", settling.now)
    assert move_of(timer.detail) == RuleMove("network", "2", "rules: outage", str(message.id))
    assert timer.detail["alone"] == "rule_move"


@pytest.mark.parametrize(
    ("move", "team", "tier", "kind"),
    [
        ({"team": "network"}, Team("network", tier="2"), "2", "escalate"),
        ({"team": "network", "tier": "3"}, Team("network", tier="2"), "3", "escalate"),
        ({"team": "storage"}, Team("storage", tier="1"), "1", "escalate"),
        ({"tier": "2"}, None, "2", "escalate"),
    ],
)
def test_what_rules_want_elsewhere_goes_up_unless_its_tier_is_lower(
    move: dict[str, str], team: Team | None, tier: str, kind: str
) -> None:
    wants = RuleMove(move.get("team"), move.get("tier"), "a rule", "m")

    assert tier_of_move(wants, team, ticket(tier="1")) == tier
    assert kind_of_move(tier, ticket(tier="1")) == kind
    assert kind_of_move("1", ticket(tier="2")) == "de_escalate"


@pytest.mark.parametrize(
    ("here", "there", "stays"),
    [
        (Team("first-line"), [Team("network", tier="2")], False),
        (None, [Team("network", tier="2")], False),
        (Team("first-line"), [], True),
        (Team("first-line"), [Team("network", tier="2"), Team("storage", tier="2")], True),
        (Team("first-line", tier="2"), [Team("first-line", tier="2")], True),
    ],
)
def test_with_a_tier_alone_a_ticket_goes_to_the_one_team_that_works_there(
    here: Team | None, there: list[Team], stays: bool
) -> None:
    assert stays_with_its_team(RuleMove(None, "2", "a rule", "m"), here, there) is stays


def test_a_bounce_changes_nothing_whatever_rules_want_of_it() -> None:
    message = incoming(1, automation="bounce", decision={"on_reply": {"priority": "urgent", "rules": ["x"]}})
    bounce = replace(message, claim=replace(message.claim, is_report=True))

    rows = settler(tickets={7: ticket()}).settle([Assignment(bounce, "appended", "token", target=7)])

    assert rows.changed[7].priority == "normal"


def test_a_new_ticket_has_nothing_to_change() -> None:
    message = incoming(1, decision={"on_reply": {"priority": "urgent", "rules": ["x"]}})

    rows = settler().settle([Assignment(message, "created", target=-1)])

    assert rows.created[0].priority == "normal"

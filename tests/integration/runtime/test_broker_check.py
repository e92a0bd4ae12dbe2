"""What a doctor says of the broker: a right that is missing is told as one, and not as a missing stream."""

from tests.support.broker import Desk
from ventanilla_runtime.broker_check import broker_findings
from ventanilla_runtime.findings import OK


async def test_a_user_without_a_right_is_named_and_sent_to_the_servers_users(fresh_desk: Desk) -> None:
    found = await broker_findings("router", fresh_desk.settings("rules"), "ROUTER_", ())

    assert len(found) == 2
    assert all("user rules: permissions violation" in one.says for one in found), found
    assert all("topology users" in one.do and "apply" not in one.do for one in found), found


async def test_a_consumer_that_is_not_there_is_made_by_the_topology(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    await operator.api("CONSUMER.DELETE.INTAKE.router")

    found = await broker_findings("router", fresh_desk.settings("router"), "ROUTER_", ("routing_rules",))

    assert [(one.says, "topology apply" in one.do) for one in found] == [("router is missing", True)]
    assert all(one.state != OK for one in found)

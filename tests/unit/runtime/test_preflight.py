"""`ventanilla preflight`: what one doctor stumbles over hides nothing of the others."""

import pytest

from ventanilla_runtime.commands.preflight import _asked
from ventanilla_runtime.findings import PROBLEM, Finding
from ventanilla_runtime.logs import server_of


async def test_a_doctor_that_breaks_off_is_a_finding_and_not_the_end() -> None:
    async def broken() -> list[Finding]:
        raise KeyError("teams")

    (found,) = await _asked("intake-chat", broken, quiet=True)

    assert found.state == PROBLEM
    assert "KeyError" in found.says
    assert "intake-chat doctor" in found.do


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://operator:s3cret-word@10.0.0.7:4222", "nats://10.0.0.7:4222"),
        ("nats://nats.desk.svc:4222", "nats://nats.desk.svc:4222"),
        ("tls://a.example:4222,tls://b.example:4222", "tls://a.example:4222,tls://b.example:4222"),
        ("nats://me:s3cret@word@a.example", "nats:[address]"),
    ],
)
def test_a_server_is_shown_by_its_address_and_never_with_a_password(url: str, shown: str) -> None:
    assert server_of(url) == shown

"""`portal doctor` names the scope that a token lacks, of the two that agents' pages need."""

from collections.abc import Callable
from functools import partial

import httpx
import pytest
from pydantic import SecretStr

from portal.commands import doctor as doctor_command
from portal.settings import PortalSettings
from ventanilla_runtime.findings import OK, PROBLEM

Scopes = frozenset[str]


def tickets_with(scopes: Scopes) -> Callable[[httpx.Request], httpx.Response]:
    """The ticket service as the doctor sees it: it looks at rights first, then at who the agent is."""

    def answer(request: httpx.Request) -> httpx.Response:
        acts = "ventanilla-agent" in request.headers
        needed = ("act", "read") if acts else ("read",)
        if lacks := next((scope for scope in needed if scope not in scopes), None):
            return httpx.Response(403, json={"missing_scope": lacks})
        return httpx.Response(403 if acts else 200, json={"type": "urn:ventanilla:problem:agent_unknown"})

    return answer


@pytest.mark.parametrize(
    ("scopes", "says"),
    [
        (frozenset({"read"}), "lacks the scope act"),
        (frozenset({"act"}), "lacks the scope read"),
        (frozenset({"read", "act"}), "takes PORTAL_DESK_TOKEN"),
    ],
)
async def test_a_token_that_may_not_do_all_is_told_what_it_lacks(
    scopes: Scopes, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(tickets_with(scopes)))
    monkeypatch.setattr(doctor_command.httpx, "AsyncClient", client)
    settings = PortalSettings(tickets_token=SecretStr("t"), tickets_url="http://tickets.example")

    found = await doctor_command._asked(settings, SecretStr("t"), "agents?limit=1", "PORTAL_DESK_TOKEN", "read and act")

    assert says in found.says
    assert found.state == (OK if len(scopes) == 2 else PROBLEM)

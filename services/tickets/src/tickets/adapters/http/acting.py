"""Acting for an agent: a service in which agents work says for which of them it asks, and on which way they came.

The agent was recognised there, so the service is believed: it holds a token with the scope `act`, which no agent's own
token has. What it asks for is then done with that agent's rights. What else the token may do, `admin` above all, is not
lent.
"""

import re
from dataclasses import replace
from typing import Final

from fastapi import Request

from tickets.adapters.http.problems import Problem, wrong_header
from tickets.adapters.postgres.tokens import ACT, Caller, TokenStore

AGENT: Final = "Ventanilla-Agent"
VIA: Final = "Ventanilla-Via"
_LENT: Final = frozenset({"read", "write", ACT})
_LONGEST_HANDLE: Final = 60
_VIA: Final = re.compile(r"[a-z][a-z0-9-]{0,30}:[A-Za-z0-9][A-Za-z0-9._/-]{0,120}\Z")


async def acting(request: Request, caller: Caller, tokens: TokenStore) -> Caller:
    """Whoever acts: the agent whom the request names, or the caller where it names none.

    Raises:
        Problem: the token may not act for others, or there is no such agent any more.
    """
    handle, via = request.headers.get(AGENT), request.headers.get(VIA)
    if handle is None and via is None:
        return caller
    if ACT not in caller.scopes or caller.agent is not None:
        raise Problem(
            403,
            "scope_missing",
            f"to act for an agent needs the scope {ACT}, which the token {caller.name!r} does not have;"
            f" leave out {AGENT} and {VIA}",
            extra={"missing_scope": ACT},
        )
    if handle is None:
        raise wrong_header(VIA, f"goes together with {AGENT}")
    if via is not None and not _VIA.match(via):
        raise wrong_header(VIA, "must be a way and who came by it, for example slack:T0123/U0456")
    return await _as_agent(_read(handle), via, caller, tokens)


async def _as_agent(handle: str, via: str | None, caller: Caller, tokens: TokenStore) -> Caller:
    found = await tokens.agent(handle)
    if found is None:
        raise Problem(403, "agent_unknown", f"nobody at this desk has the handle {handle!r}")
    if not found.active:
        raise Problem(403, "agent_retired", f"{handle} is retired and does nothing here any more")
    return replace(caller, name=found.name, scopes=caller.scopes & _LENT, agent=handle, service=caller.name, via=via)


def _read(header: str) -> str:
    """A handle out of a header: in UTF-8 if it is not plain."""
    try:
        handle = header.encode("latin-1").decode()
    except UnicodeError:
        handle = ""
    if not handle.strip() or len(handle) > _LONGEST_HANDLE or not handle.isprintable():
        raise wrong_header(AGENT, f"must be the handle of an agent, in UTF-8, of {_LONGEST_HANDLE} characters at most")
    return handle

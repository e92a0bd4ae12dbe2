"""What is asked of a million tickets: the listed combinations, and a few extremes beside them."""

from dataclasses import dataclass
from typing import Final

from tests.bench.search.population import COMMON_WORD, MIDDLE_WORD, RARE_WORD, address_of


@dataclass(frozen=True, slots=True)
class Combination:
    """A list that is asked for; `listed` ones must answer in time."""

    name: str
    query: dict[str, str]
    listed: bool = True


_FEW, _MANY = address_of(99_999), address_of(0)

COMBINATIONS: Final = (
    Combination("all", {}),
    Combination("status=open", {"status": "open"}),
    Combination("status=new,open,pending", {"status": "new,open,pending"}),
    Combination("status=on_hold (few)", {"status": "on_hold"}),
    Combination("status=closed (none among the newest)", {"status": "closed"}),
    Combination("priority=urgent", {"priority": "urgent"}),
    Combination("tier=3", {"tier": "3"}),
    Combination("type=incident", {"type": "incident"}),
    Combination("category=security", {"category": "security"}),
    Combination("team=legal (40 old ones)", {"team": "legal"}),
    Combination("assignee=none", {"assignee": "none"}),
    Combination("assignee=ines (40 old ones)", {"assignee": "ines"}),
    Combination("channel=portal", {"channel": "portal"}),
    Combination("requester with many", {"requester": _MANY}),
    Combination("requester with few", {"requester": _FEW}),
    Combination("q commonest word", {"q": COMMON_WORD}),
    Combination("q with accent", {"q": MIDDLE_WORD}),
    Combination("q without accent", {"q": "facturacion"}),
    Combination("q rare word", {"q": RARE_WORD}),
    Combination("q word that nobody wrote", {"q": "nadieescribiólo"}),
    Combination("q two words", {"q": f"{COMMON_WORD} {MIDDLE_WORD}"}),
    Combination("q commonest, status=closed", {"q": COMMON_WORD, "status": "closed"}),
    Combination("q commonest, status=open", {"q": COMMON_WORD, "status": "open"}),
    Combination("q commonest, priority=urgent", {"q": COMMON_WORD, "priority": "urgent"}),
    Combination("q commonest, team=legal", {"q": COMMON_WORD, "team": "legal"}),
    Combination("q commonest, requester with few", {"q": COMMON_WORD, "requester": _FEW}),
    Combination("q with accent, tier=3", {"q": MIDDLE_WORD, "tier": "3"}),
    Combination("q rare word, status=closed", {"q": RARE_WORD, "status": "closed"}),
    Combination("q a ticket's number", {"q": "4711"}),
    Combination("q two languages' commonest: none", {"q": f"{COMMON_WORD} the"}, listed=False),
    Combination("type=incident, category=billing: none", {"type": "incident", "category": "billing"}, listed=False),
)

"""Teams as people call them: their titles, of which handles stand only where a team has none."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from ventanilla_contracts.history_values import Names

_SHORTEST_BEGINNING = 3


def title_of(team: Mapping[str, Any], language: str) -> str:
    """What a team, as the desk answers it, is called in a language; in the other one where it has no title in this."""
    titles = team.get("title") or {}
    return str(titles.get(language) or next((one for one in titles.values() if one), "") or team["name"])


def own_teams(agent: Mapping[str, Any], language: str) -> dict[str, str]:
    """Handle → title of an agent's teams; the handle beside it where two are called the same.

    Args:
        agent: as the desk answers them; an older ticket service tells no titles.
    """
    names = Names.of(agent, language)
    called = {str(one["team"]): names.team(str(one["team"])) for one in agent.get("teams") or ()}
    titles = list(called.values())
    return {team: title if titles.count(title) == 1 else f"{title} ({team})" for team, title in called.items()}


def team_meant(written: str, agent: Mapping[str, Any]) -> str | None:
    """The handle of an agent's team, named by handle or by title in any language, or by how one of them begins.

    None: none of theirs is called so, or more than one is.
    """
    wanted = _plain(written)
    titles = (agent.get("names") or {}).get("teams") or {}
    names: dict[str, str] = {}
    for one in agent.get("teams") or ():
        team = str(one["team"])
        names |= dict.fromkeys((_plain(team), *map(_plain, map(str, (titles.get(team) or {}).values()))), team)
    if wanted in names:
        return names[wanted]
    begun = {team for name, team in names.items() if name.startswith(wanted)}
    return begun.pop() if len(begun) == 1 and len(wanted) >= _SHORTEST_BEGINNING else None


def _plain(text: str) -> str:
    """A name without accents, capitals and signs: as people write it in a hurry."""
    letters = (one for one in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(one))
    return " ".join("".join(one if one.isalnum() else " " for one in letters).split())

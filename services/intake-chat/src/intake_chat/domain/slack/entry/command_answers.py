"""What `/desk` answers: messages that only the agent sees."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from intake_chat.domain.slack.blocks import cut, marked
from intake_chat.domain.slack.home.queue_lines import lines_of
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.mrkdwn import inert

Json = dict[str, Any]
MOST_LISTED: Final = 10
_LONGEST: Final = 3_000


def answer(text: str) -> Json:
    """A sentence in Slack's words."""
    return {"response_type": "ephemeral", "text": cut(text, _LONGEST)}


def listed(head: str, items: Sequence[Mapping[str, Any]], language: str, address: str, *, more: bool) -> Json:
    """Tickets below a sentence; what does not fit is in App Home.

    Args:
        address: of the desk's pages, to which a ticket's number is added; "": there are none.
    """
    blocks = [marked(head), *(marked(lines_of(item, language, address)) for item in items[:MOST_LISTED])]
    if more:
        blocks.append(marked(home_word("desk.more", language)))
    numbers = ", ".join(f"#{item['number']}" for item in items[:MOST_LISTED])
    return {**answer(f"{head} {numbers}"), "blocks": blocks}


def help_for(example: str, language: str) -> Json:
    """What can be asked for; before it what was wrong, with an example."""
    told = home_word("desk.help", language)
    return answer(f"{home_word(f'desk.wrong.{example}', language)}\n\n{told}" if example else told)


def quoted(text: str) -> str:
    """Words of somebody, within a sentence of ours: they show as they were typed, whatever signs are in them."""
    return inert(cut(" ".join(text.split()), 200))

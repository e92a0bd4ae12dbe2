"""How somebody who is no agent asks for help: their App Home, and the dialog of `/ticket`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from intake_chat.domain.slack.blocks import button, buttons, fitted, header, marked, modal, sentence, small, text_field
from intake_chat.domain.slack.entry.happenings import LONGEST_REQUEST
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.words import word

Json = dict[str, Any]
ASK: Final = "ask"
"""Action id of the button, and callback id of the dialog."""
TEXT: Final = "text"
MOST_SHOWN: Final = 10
MOST_COUNTED: Final = 200
"""The desk gives no more at once; how many there are beyond is not said."""
_A_PARAGRAPH: Final = 2_500
_MOST_PARAGRAPHS: Final = 20
"""Slack lets nobody write so much."""
NOT_DONE: Final = ("new", "open", "pending", "on_hold")


def customer_home(tickets: Sequence[Mapping[str, Any]] | None, language: str) -> Json:
    """App Home of somebody who is no agent: how to ask, and what they have asked for.

    Args:
        tickets: theirs that are not done, as the desk answers them: newest first, at most `MOST_COUNTED`; None: it does
            not answer now.
    """
    ask = button(ASK, home_word("customer.ask", language), "now", style="primary")
    blocks = [
        header(home_word("customer.title", language)),
        marked(home_word("customer.how", language)),
        buttons("home_actions", [ask]),
        header(home_word("customer.open", language)),
    ]
    if tickets is None:
        blocks.append(sentence(home_word("home.away", language)))
    elif not tickets:
        blocks.append(sentence(home_word("customer.none", language)))
    blocks += [_own(ticket, language) for ticket in (tickets or ())[:MOST_SHOWN]]
    if tickets is not None and len(tickets) > MOST_SHOWN:
        more = len(tickets) - MOST_SHOWN
        least = f"{more}+" if len(tickets) >= MOST_COUNTED else str(more)
        blocks.append(small(home_word("customer.more", language, count=least)))
    return {"type": "home", "private_metadata": "", "blocks": fitted(blocks)}


def ask_dialog(language: str, text: str = "") -> Json:
    """The dialog in which somebody says what the matter is; what does not fit into it stands below, to be copied."""
    rest = text[LONGEST_REQUEST:]
    left_out = [rest[start : start + _A_PARAGRAPH] for start in range(0, len(rest), _A_PARAGRAPH)][:_MOST_PARAGRAPHS]
    if left_out:
        left_out.insert(0, home_word("ask.too_long", language, most=str(LONGEST_REQUEST)))
    field = text_field(
        TEXT,
        home_word("ask.text", language),
        lines=True,
        most=LONGEST_REQUEST,
        initial=text[:LONGEST_REQUEST],
        hint=home_word("ask.hint", language),
    )
    return modal(
        home_word("ask.title", language),
        [field, *map(sentence, left_out)],
        close=home_word("ask.cancel", language),
        submit=home_word("ask.send", language),
        callback=ASK,
    )


def asked_text(view: Mapping[str, Any]) -> str:
    """What was written in the dialog.

    Raises:
        KeyError, TypeError: it is no dialog of ours.
    """
    return str(view["state"]["values"][TEXT][TEXT]["value"] or "").strip()


def _own(ticket: Mapping[str, Any], language: str) -> Json:
    line = f"#{ticket['number']} · {ticket['subject']}\n{word('status.' + str(ticket['status']), language)}"
    page = (ticket.get("links") or {}).get("status_page")
    accessory = (
        button(f"open:{ticket['number']}", home_word("customer.page", language), url=str(page)) if page else None
    )
    return sentence(line, accessory)


def shown_root(text: str, language: str) -> str:
    """Slack's words for the first message of the conversation that a request becomes."""
    quoted = "\n".join(f">{escaped(line)}" for line in text.splitlines()) or ">"
    return f"{home_word('ask.root', language)}\n{quoted}"

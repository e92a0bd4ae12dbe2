"""Agents who write where their customer does: in the thread of Slack that is the ticket's conversation.

They have answered publicly, for anybody in the thread has read it: it is the ticket's message, stops the clock of the
first response and wakes nothing. Nothing is sent, because it is there already.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from tickets.domain.changes import FieldChange
from tickets.domain.lifecycle import status_after_agent_reply
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import Incoming, Staff, TicketRow
from tickets.domain.settling.threads import Thread

SLACK: Final = "slack"
"""The channel in which agents and customers are in one place."""
_PROOFS: Final = frozenset({"conversation", "customer_message_id", "shared_reference"})
"""That a message stands in the thread; a number in a subject proves nothing of the kind."""


def slack_writers(messages: Iterable[Incoming]) -> list[tuple[str, str]]:
    """(team, user) of everybody who wrote one of these messages in Slack; of a batch of mails nobody."""
    writers = {message.sender_address for message in messages if message.channel == SLACK}
    parted = (one.partition("/") for one in writers)
    return sorted((team, user) for team, slash, user in parted if slash and user)


def staff_who_wrote(message: Incoming, thread: Thread, known: Mapping[str, Staff]) -> Staff | None:
    """The agent who answers with this message; None: it is a customer's, a machine's, or stands in no ticket's thread.

    Args:
        known: team/user → agent at work, of those who wrote in Slack.
    """
    if not known or message.channel != SLACK or message.automatic or message.grade != "verified":
        return None
    if thread.ticket_number is None or thread.proof not in _PROOFS:
        return None
    return known.get(message.sender_address)


def answered_in_thread(
    before: TicketRow, message: Incoming, staff: Staff, proof: str, came_by: int | None
) -> tuple[TicketRow, list[HistoryRow]]:
    """The ticket after an agent's answer in its thread, and the lines of its history: those of any public reply."""
    at, actor = message.accepted_at, f"agent:{staff.handle}"
    status = status_after_agent_reply(before.status, None)
    ticket = replace(
        before,
        version=before.version + 1,
        status=status,
        updated_at=max(before.updated_at, at),
        first_response_at=before.first_response_at or at,
    )
    detail: dict[str, Any] = {
        "message": str(message.id),
        "channel": message.channel,
        "via": f"{message.channel}:{message.sender_address}",
    }
    if came_by:
        detail["came_by"] = came_by
    lines = [HistoryRow(before.number, at, actor, "reply.sent", detail, proof)]
    if status != before.status:
        changed = {**FieldChange("status", before.status, status).as_data(), "via": detail["via"]}
        lines.append(HistoryRow(before.number, at, actor, "ticket.changed", changed))
    return ticket, lines

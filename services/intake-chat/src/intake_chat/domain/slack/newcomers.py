"""Whether somebody in Slack can be the one who asks in a ticket: a person, who is there and reads its thread. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What Slack says of somebody who was chosen.

    Attributes:
        team_id: the workspace that they belong to, which for people of Slack Connect is not ours.
        name: as they are called there, with the company of people of another one.
        machine: a bot, an app (the desk's own among them), a workflow.
        gone: they have left, or were invited and have not come yet.
        reads: they are in the ticket's channel; guests and people of other companies read nothing else.
    """

    team_id: str
    name: str
    machine: bool
    gone: bool
    reads: bool


def why_not(newcomer: Newcomer | None) -> str | None:
    """Key of the words why somebody cannot ask in a ticket; None: they can.

    Args:
        newcomer: None: Slack knows nobody of that id.
    """
    if newcomer is None:
        return "requester.unknown"
    if newcomer.machine:
        return "requester.machine"
    if newcomer.gone:
        return "requester.gone"
    return None if newcomer.reads else "requester.outside"

"""Who does something in Slack, as values."""

from dataclasses import dataclass

from intake_chat.domain.actors import Actor


@dataclass(frozen=True, slots=True)
class Presser:
    """An agent who does something in Slack: checked, and linked to their Slack user.

    Attributes:
        language: `es` or `en`, by the locale of their Slack.
        zone: of the clock that their Slack shows, such as `Europe/Madrid`.
    """

    actor: Actor
    team_id: str
    user_id: str
    language: str
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Somebody:
    """Whoever does something in Slack, before anybody has looked who it is.

    Attributes:
        team_id: the workspace that they belong to, which for guests of Slack Connect is not ours.
        language: `es` or `en`, as far as known.
    """

    team_id: str
    user_id: str
    language: str = "es"

    def __str__(self) -> str:
        return f"{self.team_id}/{self.user_id}"


@dataclass(frozen=True, slots=True)
class Member:
    """What Slack says of somebody.

    Attributes:
        mail: "" where Slack does not give it.
        full: neither a guest, a bot, a stranger nor somebody who has left.
        zone: "" where Slack does not tell it.
    """

    team_id: str
    mail: str
    mail_confirmed: bool
    locale: str
    full: bool
    zone: str = ""

    @property
    def language(self) -> str:
        """The desk's language that is nearest to theirs."""
        return language_of(self.locale)

    def may_be_agent_in(self, home: str) -> bool:
        """Whether they may be an agent at all: of our own workspace, with all rights of a member."""
        return self.full and self.team_id == home

    def proves(self) -> bool:
        """Whether their mail address says who they are."""
        return self.mail_confirmed and "@" in self.mail


def language_of(locale: str) -> str:
    """`es` or `en` for a locale of Slack such as `es-ES`, `ca-ES`; English for all others."""
    return "es" if locale[:2].lower() in ("es", "ca", "gl", "eu") else "en"

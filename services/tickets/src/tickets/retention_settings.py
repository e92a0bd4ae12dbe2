"""How long the desk keeps what is over: `TICKETS_RETENTION_*`. Unless told so it keeps everything."""

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from tickets.domain.privacy.retention import Retention
from tickets.postgres_settings import PostgresSettings


class RetentionSettings(PostgresSettings):
    """The part of the settings that says what is forgotten when. 0 days: never."""

    model_config = SettingsConfigDict(env_prefix="TICKETS_")

    retention_closed_days: float = Field(0, ge=0)
    """So long after it was closed a ticket is forgotten."""
    retention_closed_action: Literal["anonymise", "delete"] = "anonymise"
    """`anonymise`: its skeleton stays, with number, times, category and clocks; `delete`: a row to count by stays."""
    retention_spam_days: float = Field(0, ge=0)
    """The same, of what was closed as spam; it is deleted."""
    retention_files_days: float = Field(0, ge=0)
    """So long after a ticket was closed its files and originals are deleted; its words stay."""
    retention_quarantine_days: float = Field(0, ge=0)
    """So long after it was rejected a message in quarantine is deleted."""
    retention_audit_days: float = Field(0, ge=0)
    """So long lines of the audit log are kept; never less than 30 days."""

    def retention(self) -> Retention:
        """How long what is kept."""
        return Retention(
            closed_days=self.retention_closed_days,
            deletes=self.retention_closed_action == "delete",
            spam_days=self.retention_spam_days,
            files_days=self.retention_files_days,
            quarantine_days=self.retention_quarantine_days,
            audit_days=self.retention_audit_days,
        )

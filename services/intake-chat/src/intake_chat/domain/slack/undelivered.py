"""Why something did not reach a customer, for the agents who have to find another way: as the desk's page says it."""

from ventanilla_contracts.undelivered_text import why_undelivered

__all__ = ["why_undelivered"]

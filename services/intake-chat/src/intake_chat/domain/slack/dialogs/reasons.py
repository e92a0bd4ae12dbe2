"""Why something happened, where the desk itself said so: in the history it stands in English, for every reader of it.

What a person gave as a reason is theirs, and shown as they wrote it.
"""

from ventanilla_contracts.history_reasons import reason_said


def reason_in_words(action: str, why: str, language: str) -> str:
    """Why, for a person.

    Args:
        action: what happened.
        why: as the history has it, one reason after the other.
    """
    return reason_said(action, why, language)

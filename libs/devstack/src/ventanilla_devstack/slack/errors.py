"""What Slack refuses, by its own code."""

from typing import Any


class Refused(Exception):
    """A request was refused. The text is Slack's own error code (`channel_not_found`), which clients compare.

    Attributes:
        code: the error code.
        fields: what else the answer holds beside `ok` and `error`.
    """

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields

    @classmethod
    def with_messages(cls, code: str, messages: list[str]) -> "Refused":
        """A refusal that says in `response_metadata.messages` what is wrong, as those of blocks and arguments do."""
        return cls(code, response_metadata={"messages": messages})

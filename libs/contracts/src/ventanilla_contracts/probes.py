"""The words of a synthetic probe. By them anybody can see that a message says it is one; whether it is, `tickets` alone
can tell, by the token that it has issued.
"""

import re
from typing import Final

TOKEN_DIGITS: Final = 32
_SAYS: Final = "This is a synthetic probe of the help desk, nobody needs to answer: vnt-probe-"
_SENTENCE: Final = re.compile(re.escape(_SAYS) + rf"([0-9a-f]{{{TOKEN_DIGITS}}})\Z")


def sentence(token: str) -> str:
    """All that a probe says. It fits into one SMS."""
    return f"{_SAYS}{token}"


def token_said(text: str) -> str | None:
    """The token of a text that is a probe's sentence and nothing else; whoever copies it can say the same."""
    if not text.startswith(_SAYS):
        return None
    match = _SENTENCE.match(text.rstrip())
    return match[1] if match else None

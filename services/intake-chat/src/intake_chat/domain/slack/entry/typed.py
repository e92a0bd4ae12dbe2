"""What somebody typed behind a slash command, as they meant it.

Slack escapes three characters in it, as in messages, and writes people, channels and links as in messages where the
app's settings say so. An angle bracket that is of neither is taken for what it is: once it came unescaped.
"""

import html
import re
from typing import Final

from intake_chat.domain.slack.mrkdwn import plain_text

_TOKEN: Final = re.compile(
    r"<(?:[@#!][^<>\s|]{1,100}(?:\|[^<>]{0,200})?|(?:https?|mailto|tel):[^<>\s]{1,2000}(?:\|[^<>]{0,500})?)>"
)


def typed(text: str) -> str:
    """The words as plain text: people and channels by name, links by their address."""
    return html.unescape(_TOKEN.sub(lambda found: plain_text(found[0], {}).replace("&", "&amp;"), text)).strip()

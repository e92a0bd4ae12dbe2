"""A mail as it was read: decoded, nothing judged yet. The values that all of `domain/` works on."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address as a header names it, not yet cleaned."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A part that is not the words of the mail.

    Attributes:
        filename: as the mail names it, decoded; empty if it does not.
        content: decoded bytes.
        inline: the mail wants it shown among its words.
        content_id: by which the HTML refers to it, without angle brackets.
    """

    filename: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail consists of, decoded.

    Attributes:
        headers: lower-case name → values in order, unfolded and decoded.
        senders, sender, return_path, reply_to, to, cc: the address headers (`senders` is From); empty where they
            cannot be read.
        date: with the offset that the mail gives; UTC where it gives none.
        text: the whole message as plain text, unbounded.
        html: the whole message as HTML, as it came; None where it has none.
        from_html: `text` was converted from HTML, because there are no plain words.
        texts, htmls: plain and HTML bodies in the order of their parts.
        files: everything else, in order.
        protection: `pgp-encrypted`, `pgp-signed`, `smime-encrypted`, `smime-signed`, or None.
        defects: short names of what had to be repaired or left out.
    """

    headers: dict[str, list[str]]
    senders: list[Mailbox] = field(default_factory=list)
    sender: list[Mailbox] = field(default_factory=list)
    return_path: list[Mailbox] = field(default_factory=list)
    reply_to: list[Mailbox] = field(default_factory=list)
    to: list[Mailbox] = field(default_factory=list)
    cc: list[Mailbox] = field(default_factory=list)
    date: datetime | None = None
    text: str = ""
    html: str | None = None
    from_html: bool = False
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    protection: str | None = None
    defects: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """First value of a header, or nothing."""
        values = self.headers.get(name)
        return values[0] if values else ""

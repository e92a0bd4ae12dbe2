"""Where a notice ends and the returned mail begins, and which lines of a notice are not about recipients."""

import re
from typing import Final

from intake_email.domain.bounces.limits import LINE_LIMIT, LINE_LIMIT_CHARS, TEXT_LIMIT_CHARS

_RULE: Final = "-=*_#+~>| \t"
_BEGINNINGS: Final = (
    "below this line is", "below is a copy", "this is a copy of", "here is a copy", "a copy of the original",
    "copy of the original", "copy of your message",
    "original message follows", "original message", "original mail", "original text", "original headers",
    "the original message follows", "the original message headers",
    "the header of the original", "the headers of the original", "the header from the original", "returned message",
    "returned mail", "return message", "unsent message", "no message was collected", "unsent mail",
    "undelivered message", "message header", "message headers", "message text follows", "message follows",
    "message body follows", "enclosed is", "enclosed mail", "begin message",
    "beginning of message", "start of returned", "start of message", "start of original", "included is a copy",
    "included message", "failed message follows", "your original message", "your message follows",
    "your message reads", "the text of your message",
    "text of your message", "mail follows", "rejected message", "forwarded message", "the first ", "first 20 lines",
    "the body of the message", "header follows", "headers follow", "message contents follow", "contents of message",
    "a summary of the undelivered message",
    "the original mail", "body of message", "mensaje original", "mensaje devuelto", "copia del mensaje",
    "a continuación se incluye", "encabezados de mensaje originales", "encabezados del mensaje original",
    "mensagem original", "cabeçalhos da mensagem original", "cópia da mensagem",
    "message d'origine", "message original", "en-têtes de message d'origine", "en-têtes du message d'origine",
    "ci-dessous", "copie du message", "messaggio originale", "intestazioni del messaggio originale",
    "intestazioni messaggio originale", "ursprüngliche nachricht", "ursprüngliche nachrichtenkopfzeilen",
    "originalnachricht", "ursprüngliche nachrichtenköpfe",
    "originele berichtkoppen", "oorspronkelijk bericht", "oorspronkelijke berichtkoppen", "oryginalna wiadomość",
    "исходное сообщение", "оригинальное сообщение", "заголовки исходного", "opprinnelige meldingshoder",
    "ursprungliga meddelanderubriker", "oprindelige brevhoveder", "以下为原始", "原始邮件", "原始郵件",
    "元のメッセージ", "元のメール",
    "オリジナル", "원본 메시지",
)  # fmt: skip
_NOT_YET: Final = (
    "original message was received", "original message was sent", "the original message was", "original message id",
    "message headers:   ",
)  # fmt: skip
_RETURNED_HEADER: Final = ("return-path:", "received:", "dkim-signature:", "x-original-to:", "delivered-to:")
_OTHER_PARTIES: Final = (
    "message-id", "references:", "in-reply-to:", "from:", "sender:", "reply-to:", "reply to:", "received-from",
    "envelope-from", "mail from",
    "return-path", "errors-to", "cc:", "list-", "x-", "de:", "von:", "da:", "expéditeur", "absender", "remitente",
    "mittente", "original sender",
    "date:", "subject:", ">>> mail", "<<< mail",
)  # fmt: skip
_CONTACT: Final = (
    "postmaster", "contact", "support", "assistance", "help", "please send mail to", "send email to", "send mail to",
    "administrator", "mailto:", "http:", "https:", "questions", "forward this", "report this", "if you feel",
    "write to", "from ", "sent by", "a message from", "sender",
    "administrador", "contacte", "póngase en contacto", "contactez", "administrateur", "kontaktieren", "contattare",
)  # fmt: skip
_MIME_BOUNDARY: Final = re.compile(r"--[\w=.'()+,/:?\-]{8,70}(?:--)?\s*\Z")


def notice_lines(text: str) -> list[str]:
    """The lines of a text down to where the returned mail begins, each cut to a bound."""
    lines: list[str] = []
    for number, line in enumerate(text[:TEXT_LIMIT_CHARS].splitlines()[:LINE_LIMIT]):
        lower = line[:200].strip(_RULE).lower()
        if number > 0 and _ends_notice(line, lower):
            break
        lines.append(line[:LINE_LIMIT_CHARS].rstrip())
    return lines


def returned_part(text: str) -> str:
    """What stands behind the notice: the returned mail, if the text carries it."""
    text = text[:TEXT_LIMIT_CHARS]
    place = 0
    for number, line in enumerate(text.splitlines(keepends=True)[: 4 * LINE_LIMIT]):
        lower = line[:200].strip(_RULE).strip().lower()
        if number > 0 and _ends_notice(line, lower):
            return text[place:]
        place += len(line)
    return ""


def names_other_party(line: str) -> bool:
    """Whether a line speaks of the sender, of ids or of dates, so that an address in it is no recipient's."""
    return line.lstrip(" \t>*-|").lower().startswith(_OTHER_PARTIES)


def names_contact(line: str) -> bool:
    """Whether a line says whom to ask."""
    lower = line.lower()
    return any(word in lower for word in _CONTACT)


def is_separator(line: str) -> bool:
    """Whether a line is a rule, a boundary or a heading between rules."""
    stripped = line.strip()
    if len(stripped) < 3:
        return False
    if stripped.startswith("-----") or (stripped.startswith("---") and stripped.endswith("---")):
        return True
    return not stripped.strip(_RULE) or _MIME_BOUNDARY.match(stripped) is not None


def _ends_notice(line: str, lower: str) -> bool:
    if lower.startswith(_RETURNED_HEADER):
        return not line.startswith((">>>", "<<<"))
    return lower.startswith(_BEGINNINGS) and not lower.startswith(_NOT_YET) and len(lower) < 150

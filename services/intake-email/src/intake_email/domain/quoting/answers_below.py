"""Whether the author says that answers stand inside of the older message: then that is shown, whole, though unmarked.

Outlook marks nothing: an answer between the lines of the older message looks like that message. Showing too much is
better than losing what a customer wrote.
"""

import re
from typing import Final

from intake_email.domain.quoting.phrases import phrases_of

_ANNOUNCED_WITHIN = 1_000
_GREETING_CHARS = 50
_GREETING_WORDS = 5
_GREETINGS: Final = phrases_of(
    """
hi|hello|hey|dear|good morning|good afternoon|good evening|hallo|guten|sehr geehrte|liebe|lieber|moin|servus|grüezi|
hola|buenos días|buenas|estimad|querid|bonjour|bonsoir|salut|cher|chère|madame|monsieur|ciao|buongiorno|buonasera|
salve|gentile|egregio|spett|olá|bom dia|boa tarde|boa noite|prezad|car|beste|geachte|dag|goedemorgen|goedemiddag|
hej|god morgon|god dag|hei|kjære|kære|hyvä|terve|cześć|dzień dobry|szanown|witam|ahoj|dobrý den|vážen|kedves|
tisztelt|jó napot|bună|stimat|merhaba|sayın|γεια|καλημέρα|αγαπητ|здравствуйте|добрый|привет|уважаем|вітаю|шановн|
добрий|שלום|مرحبا|السلام|عزيزي|您好|你好|안녕|
"""
)
# What stands inside: the beginnings of the words for answers and remarks …
_ANSWERS: Final = phrases_of(
    """
answer|reply|replies|replied|respon|comment|remark|antwort|kommentar|anmerkung|répon|remarque|respuesta|respond|
comentario|contest|rispost|commenti|respost|comentári|antwoord|opmerking|svar|odpowied|komentarz|ответ|комментари|
відповід|vastau|odpověd|odpoved|válasz|răspuns|cevap|yanıt|
"""
)
# … and how people say where.
_PLACES: Final = phrases_of(
    """
inline|in-line|in line|in red|in blue|in green|in bold|in colour|in color|in capitals|between the lines|interspersed|
im text|in rot|in blau|in grün|en rouge|en bleu|en vert|dans le texte|en rojo|en azul|en verde|en el texto|
entre líneas|in rosso|in blu|in verde|nel testo|em vermelho|em azul|no texto|in het rood|in rood|in blauw|in de tekst|
i rött|i texten|i rødt|i teksten|na czerwono|w tekście|в тексте|красным|у тексті|punaisella|tekstin seassa|červeně|
v textu|pirossal|szövegben|cu roșu|în text|kırmızı|
"""
)
_ANSWER: Final = f"(?:{'|'.join(map(re.escape, _ANSWERS))})"
_PLACE: Final = rf"(?<!\w)(?:{'|'.join(map(re.escape, _PLACES))})(?!\w)"
_SAYS_SO: Final = re.compile(rf"(?<!\w){_ANSWER}[^.!?\n]{{0,40}}{_PLACE}|{_PLACE}[^.!?\n]{{0,30}}(?<!\w){_ANSWER}")


def goes_on_below(written: str) -> bool:
    """Whether what is written above an unmarked older message is no more than the beginning of what the author says."""
    return _is_greeting(written) or _SAYS_SO.search(written[:_ANNOUNCED_WITHIN].lower()) is not None


def _is_greeting(text: str) -> bool:
    """Nobody sends a greeting and no more: the rest stands below."""
    if not 0 < len(text) <= _GREETING_CHARS or text[-1] not in ",，،:" or text.count(" ") >= _GREETING_WORDS:
        return False
    return "\n" not in text and text.lower().startswith(_GREETINGS)

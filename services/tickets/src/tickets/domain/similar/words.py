"""The lexemes by which tickets are compared: stems without accents, without the words that every letter has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from tickets.domain.settling.search_terms import fold, stem_of

MOST_WORDS: Final = 120
"""Of one text; what comes behind them is seldom about the matter."""
_LONGEST_LOOKED_AT: Final = 4_000
_LONGEST_WORD: Final = 40
_LONGEST_NUMBER: Final = 6
"""Longer ones are telephones, orders and customers: the same number is not the same problem."""
_MOST_PAIRS: Final = 40
_WORD: Final = re.compile(r"\w+")
# Words of grammar and of politeness, without accents.
_GRAMMAR: Final = """
a al ante aqui asi aun aunque bien buen buena buenas buenos cada como con cual cuando cuanto de del desde donde
dos e el ella ello ellos en entre era es esa ese eso esta estaba estamos estan estar este esto estoy fue gracias
ha haber hace hacer hacia han hasta hay he hemos hola la las le les lo los mas me mi mis mucho muy ni no nos
nosotros o ola os otra otro para pero poco por porque pues puede puedo que quien saludo saludos se sea ser si
sido sin sobre solo somos son soy su sus tal tambien tan tanto te tenemos tener tengo ti tiene tienen toda todas
todo todos tu un una uno unos usted ustedes va vamos van veces vez voy y ya yo dia dias favor podeis podriais
ayuda ahora entonces luego am an and any are as at be been but by can cannot cant could did do does doesn doesnt
don dont for from get go goes going got had has have hello help her hi his how i if im in into is isn isnt it
its ive just like my not of off on one only or our out please regards she since so some t s m ve re ll thank
thanks than that the their them then there these they this to too up us was we were what when where which who
why will with would you your dear sent iphone android
"""
_EMPTY: Final = frozenset(_GRAMMAR.split())
_TOLD_BY_DEVICES: Final = re.compile(r"^(?:sent from my|enviado desde mi)\b.*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """A solved ticket as lexemes.

    Attributes:
        subject, text: of the customer.
        answer: of resolution and cause.
    """

    subject: frozenset[str]
    text: frozenset[str]
    answer: frozenset[str] = frozenset()

    @property
    def asked(self) -> frozenset[str]:
        """All that the customer said."""
        return self.subject | self.text

    @property
    def everything(self) -> frozenset[str]:
        """Every lexeme that it is found by."""
        return self.asked | self.answer


@dataclass(frozen=True, slots=True)
class Question:
    """A new ticket as lexemes, each with how much it counts.

    Attributes:
        also: how others may have written it: neighbouring words as one ("one drive"), and words as they are stemmed in
            the other language, for names.
    """

    weights: Mapping[str, float]
    also: Sequence[str] = field(default=())


def lexemes_of(text: str, language: str) -> list[str]:
    """The lexemes of a text in their order, each once."""
    words = (word for word in _words(text) if word not in _EMPTY)
    return list(dict.fromkeys(stem_of(word, language) for word in words))[:MOST_WORDS]


def document_of(subject: str, text: str, answer: str, language: str) -> Document:
    """A solved ticket."""
    return Document(*(frozenset(lexemes_of(part, language)) for part in (subject, text, answer)))


def question_of(subject: str, text: str, language: str) -> Question:
    """A new ticket; a word of its subject counts a little more."""
    weights = dict.fromkeys(lexemes_of(text, language), 1.0)
    for lexeme in lexemes_of(subject, language):
        weights[lexeme] = 1.3 if lexeme in weights else 1.1
    other = "en" if language == "es" else "es"
    neighbours = (*pairwise(_words(subject)), *pairwise(_words(text)))
    pairs = [first + second for first, second in neighbours[:_MOST_PAIRS]]
    joined = [stem_of(pair, tongue) for pair in pairs for tongue in (language, other)]
    also = dict.fromkeys([*lexemes_of(subject, other), *lexemes_of(text, other), *joined])
    return Question(weights, [lexeme for lexeme in also if lexeme not in weights])


def _words(text: str) -> list[str]:
    found = []
    for word in _WORD.findall(_TOLD_BY_DEVICES.sub("", text[:_LONGEST_LOOKED_AT]).replace("_", " ")):
        folded = fold(word)
        if 2 <= len(folded) <= (_LONGEST_NUMBER if folded.isdigit() else _LONGEST_WORD):
            found.append(folded)
    return found

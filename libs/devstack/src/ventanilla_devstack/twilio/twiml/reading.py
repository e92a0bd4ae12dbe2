"""From what the desk answered to verbs: the content type, the size, the XML, then each element against the schema.

A document that is none ends the call (or goes to the fallback); whatever is only odd in it is left out, with a warning.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field

from ventanilla_devstack.twilio.errors import DocumentFailed, Trouble
from ventanilla_devstack.twilio.twiml.schema import NOUNS, SCHEMA, VOICE, Rule
from ventanilla_devstack.twilio.webhooks import DOCUMENT_BYTES

_XML = frozenset({"text/xml", "application/xml", "text/html", "application/xhtml+xml", "application/rss+xml"})
_SSML_BREAK = " "
_SAY_SIGNS = 4096


@dataclass(frozen=True, slots=True)
class Verb:
    """One element.

    Attributes:
        text: its own text, without the white space around it.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Verb", ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """An attribute that is there and valid, or the default."""
        return self.attributes.get(name, default)

    def number(self, name: str, default: float) -> float:
        """An attribute as a number; `auto` and nothing are the default."""
        value = self.attributes.get(name, "")
        return float(value) if value.isdigit() else default


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be done, and where it came from.

    Attributes:
        url: relative addresses in it start here.
        method: by which it was had; what has no action of its own comes back to it.
    """

    verbs: tuple[Verb, ...]
    url: str
    warnings: tuple[Trouble, ...] = ()


def read(
    body: bytes, content_type: str, url: str, rules: Mapping[str, Rule] = VOICE, *, messaging: bool = False
) -> Document:
    """The document in an answer.

    Raises:
        DocumentFailed: it is none: 11750, 12100, 12102, 12300.
    """
    if len(body) > DOCUMENT_BYTES:
        raise DocumentFailed(Trouble(11750, f"more than {DOCUMENT_BYTES} bytes", fatal=True))
    kind = content_type.partition(";")[0].strip().lower()
    if messaging and not body.strip():
        return Document((), url)
    if kind == "text/plain":
        text = body.decode(errors="replace").strip()
        return Document((Verb("Message" if messaging else "Say", {}, text),) if text else (), url)
    if kind.startswith("audio/") and not messaging:
        return Document((Verb("Play", {}, url),), url)
    if kind not in _XML:
        raise DocumentFailed(Trouble(12300, f"{content_type or 'none'} of {url}", fatal=True))
    root = _parsed(body)
    if root.tag != "Response":
        raise DocumentFailed(Trouble(12102, f"{root.tag} of {url}", fatal=True))
    warnings = [
        Trouble(SCHEMA, f"Attribute '{name}' is not allowed to appear in element 'Response'.") for name in root.attrib
    ]
    if (root.text or "").strip() or any((child.tail or "").strip() for child in root):
        warnings.append(Trouble(SCHEMA, "Element 'Response' cannot have character data."))
    known = frozenset(rules) - NOUNS
    verbs = tuple(verb for child in root if (verb := _element(child, known, SCHEMA, rules, warnings)) is not None)
    return Document(verbs, url, tuple(warnings))


def _parsed(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body[:2048]:
        raise DocumentFailed(Trouble(12100, "a document type is not allowed", fatal=True))
    try:
        return ET.fromstring(body)  # noqa: S314  # 64 KB, no document type: no entities
    except (ET.ParseError, ValueError, LookupError) as error:
        raise DocumentFailed(Trouble(12100, str(error), fatal=True)) from error


def _element(
    element: ET.Element, allowed: frozenset[str], nested: int, rules: Mapping[str, Rule], warnings: list[Trouble]
) -> Verb | None:
    name = str(element.tag)
    if name not in allowed or name not in rules:
        warnings.append(Trouble(nested, f"Invalid content was found starting with element '{name}'."))
        return None
    rule = rules[name]
    attributes = {}
    for each, value in element.attrib.items():
        if each not in rule.attributes:
            warnings.append(Trouble(SCHEMA, f"Attribute '{each}' is not allowed to appear in element '{name}'."))
            continue
        check, code = rule.attributes[each]
        if check(value):
            attributes[each] = value
        else:
            warnings.append(Trouble(code, f"{name}: '{value}' is not valid for '{each}'."))
    if name == "Say":
        text = " ".join("".join(_spoken(element)).split())
        if not text or len(text) > _SAY_SIGNS:
            warnings.append(Trouble(13520, f"{len(text)} signs"))
            return None
        return Verb(name, attributes, text)
    children = tuple(
        verb for child in element if (verb := _element(child, rule.children, rule.nested, rules, warnings)) is not None
    )
    text = " ".join("".join([element.text or "", *(child.tail or "" for child in element)]).split())
    if name in ("Body", "Message"):
        text = (element.text or "").strip()
    return Verb(name, attributes, text, children)


def _spoken(element: ET.Element) -> list[str]:
    """The words of a Say with the marks of SSML left out."""
    said = [element.text or ""]
    for child in element:
        if child.tag == "sub" and child.get("alias"):
            said.append(child.get("alias", ""))
        else:
            said += _spoken(child)
        said += [_SSML_BREAK if child.tag == "break" else "", child.tail or ""]
    return said

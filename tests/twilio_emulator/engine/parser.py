"""TwiML as strictly as Twilio's schema: what it would only warn of in its debugger is refused here with its code."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from tests.twilio_emulator.engine.grammar import GRAMMAR, PLACES, value_is_right
from tests.twilio_emulator.hooks import Document

NOT_XML = 12100
NOT_TWIML = 12200
WRONG_TYPE = 12300
LONGEST_SAY = 4096
LONGEST_QUEUE_NAME = 64
#: Elements that are nothing without their text.
_NEEDS_TEXT = {"Conference", "Number", "Queue", "Enqueue"}
_TWIML_TYPES = {"text/xml", "application/xml", "text/html"}


class TwimlError(Exception):
    """A document that Twilio would not run. `code`: 12100 no XML, 12200 no TwiML, 12300 no known content type."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code


@dataclass(frozen=True)
class Verb:
    """One element: `text` stripped, `children` in order."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple[Verb, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def seconds(self, name: str, default: int) -> int:
        return int(self.attributes.get(name) or default)

    def on(self, name: str, default: bool = False) -> bool:
        """A flag."""
        return self.attributes.get(name, str(default).lower()) == "true"


def read(document: Document, place: str) -> tuple[Verb, ...]:
    """What a webhook's answer asks for, by its content type.

    Raises: TwimlError.
    """
    kind = document.content_type.split(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return (Verb("Play", text=document.url),)
    if kind == "text/plain":
        try:
            return parse(document.text, place)
        except TwimlError as error:
            if error.code != NOT_XML:
                raise
            return (Verb("Say", text=document.text.strip()),)
    if kind not in _TWIML_TYPES:
        raise TwimlError(WRONG_TYPE, f"{document.url} answered {kind or 'no content type'}")
    return parse(document.text, place)


def parse(text: str, place: str = "call") -> tuple[Verb, ...]:
    """The verbs of a document that is run at `place` (a key of grammar.PLACES).

    Raises: TwimlError.
    """
    try:
        root = ET.fromstring(text.strip().encode())  # noqa: S314  what the product under test answers
    except ET.ParseError as error:
        raise TwimlError(NOT_XML, f"no XML: {error}") from error
    if root.tag != "Response":
        raise TwimlError(NOT_TWIML, f"the root is <{root.tag}>")
    if root.attrib:
        raise TwimlError(NOT_TWIML, "<Response> takes no attributes")
    _no_loose_text(root)
    return tuple(_element(child, PLACES[place], f"a {place} document") for child in root)


def _element(node: ET.Element, allowed: frozenset[str], inside: str) -> Verb:
    tag = str(node.tag)
    if tag not in GRAMMAR:
        raise TwimlError(NOT_TWIML, f"no such verb: <{tag}>")
    if tag not in allowed:
        raise TwimlError(NOT_TWIML, f"<{tag}> is not allowed in {inside}")
    for name, value in node.attrib.items():
        if name not in GRAMMAR[tag].attributes:
            raise TwimlError(NOT_TWIML, f"<{tag}> has no attribute {name}")
        if not value_is_right(tag, name, value):
            raise TwimlError(NOT_TWIML, f"<{tag} {name}> cannot be {value!r}")
    said = "".join(node.itertext()).strip() if tag == "Say" else (node.text or "").strip()
    if GRAMMAR[tag].children and tag not in {"Say", "Dial", "Client", "Enqueue", "Number"}:
        _no_loose_text(node)
    children = tuple(_element(child, GRAMMAR[tag].children, f"<{tag}>") for child in node)
    verb = Verb(tag, dict(node.attrib), said, children)
    _whole(verb)
    return verb


def _no_loose_text(node: ET.Element) -> None:
    if any((text or "").strip() for text in [node.text, *(child.tail for child in node)]):
        raise TwimlError(NOT_TWIML, f"text between the elements of <{node.tag}>")


def _whole(verb: Verb) -> None:
    """What the signatures do not tell: lengths, and what must be there.

    Raises: TwimlError.
    """
    if verb.name == "Say" and not 0 < len(verb.text) <= LONGEST_SAY:
        raise TwimlError(NOT_TWIML, f"<Say> of {len(verb.text)} characters")
    if verb.name in _NEEDS_TEXT and not verb.text:
        raise TwimlError(NOT_TWIML, f"<{verb.name}> without text")
    if verb.name == "Play" and not verb.text and not verb.get("digits"):
        raise TwimlError(NOT_TWIML, "<Play> of nothing")
    if verb.name == "Enqueue" and len(verb.text) > LONGEST_QUEUE_NAME:
        raise TwimlError(NOT_TWIML, "the name of a queue has at most 64 characters")
    if verb.name == "Dial" and not verb.text and not verb.children:
        raise TwimlError(NOT_TWIML, "<Dial> of nobody")
    alone = {child.name for child in verb.children} & {"Conference", "Queue"}
    if verb.name == "Dial" and alone and len(verb.children) > 1:
        raise TwimlError(NOT_TWIML, "a conference or a queue is dialled alone")
    if verb.name == "Client" and not verb.text and not any(child.name == "Identity" for child in verb.children):
        raise TwimlError(NOT_TWIML, "<Client> without an identity")

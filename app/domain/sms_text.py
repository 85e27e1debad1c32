"""What a text message costs, which answers are commands, and how a template is filled in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# 3GPP TS 23.038: the default alphabet, and the extension table reached by an escape (two septets each).
GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("|^€{}[]~\\\f")


class Encoding(StrEnum):
    """How the network carries the text."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


# Units in a single message, and in each part of a longer one (the rest is the header that joins the parts).
SINGLE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}


@dataclass(frozen=True, slots=True)
class Size:
    """``units``: septets (GSM-7) or UTF-16 units (UCS-2); ``left``: units until one more part is paid."""

    encoding: Encoding
    units: int
    segments: int
    left: int


def measure(text: str) -> Size:
    """Encoding and number of parts that ``text`` is charged as; an empty text has no parts.

    One character outside GSM-7 turns the whole message to UCS-2. A two-unit character (extension or surrogate
    pair) is never split over two parts, so a part may stay one unit short.
    """
    if all(sign in GSM7_BASIC or sign in GSM7_EXTENSION for sign in text):
        encoding = Encoding.GSM7
        widths = [2 if sign in GSM7_EXTENSION else 1 for sign in text]
    else:
        encoding = Encoding.UCS2
        widths = [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    units = sum(widths)
    if units <= SINGLE[encoding]:
        return Size(encoding, units, 1 if text else 0, SINGLE[encoding] - units)
    part, parts, used = PART[encoding], 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return Size(encoding, units, parts, part - used)


def cost(text: str, price_per_segment: Decimal) -> Decimal:
    """Price of ``text`` in the currency of ``price_per_segment``."""
    return measure(text).segments * price_per_segment


def outside_gsm7(text: str) -> tuple[str, ...]:
    """The distinct characters that make ``text`` UCS-2, in order: what to replace to halve the price."""
    return tuple(dict.fromkeys(sign for sign in text if sign not in GSM7_BASIC and sign not in GSM7_EXTENSION))


class Keyword(StrEnum):
    """A message that is a command to the sender."""

    STOP = "stop"
    START = "start"
    HELP = "help"


# From the documentation of Twilio, AWS, Telnyx, Braze and OneSignal, and the words used in China. YES is left
# out on purpose: some platforms take it as opt-in, but people also write it as an answer.
_STOP_WORDS = (
    "stop|stopall|stop all|unsubscribe|cancel|end|quit|revoke|optout|opt-out|opt out|remove|arret|"
    "td|t|回t|回td|回复t|回复td|回覆t|回覆td|退订|退訂|停止|取消|拒收"
)
_START_WORDS = "start|unstop|subscribe|开始|開始|订阅|訂閱"
_HELP_WORDS = "help|info|帮助|幫助"
_WORDS: Mapping[str, Keyword] = {
    **dict.fromkeys(_STOP_WORDS.split("|"), Keyword.STOP),
    **dict.fromkeys(_START_WORDS.split("|"), Keyword.START),
    **dict.fromkeys(_HELP_WORDS.split("|"), Keyword.HELP),
}


def keyword(text: str) -> Keyword | None:
    """The command that the whole message is, or None.

    Width, case, accents, spaces around and punctuation around do not matter ("ＳＴＯＰ。", "Arrêt!"); further
    words do, because "please don't stop" is not an opt-out. Test for it before anything else is read from a
    reply.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    plain = "".join(sign for sign in folded if unicodedata.category(sign) not in {"Mn", "Cf"})
    words = re.sub(r"\s+", " ", re.sub(r"^[\W_]+|[\W_]+$", "", plain))
    return _WORDS.get(words)


class TemplateError(ValueError):
    """A template cannot be filled in; ``names`` are the missing values, empty when a brace stands alone."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"missing: {', '.join(names)}" if names else "a brace without a name")
        self.names = names


_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """Names that ``template`` asks for, each once, in order.

    Raises:
        TemplateError: a brace is not part of a ``{name}``.
    """
    if re.search(r"[{}]", _PLACEHOLDER.sub("", template)):
        raise TemplateError(())
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def render(template: str, values: Mapping[str, str]) -> str:
    """``template`` with every ``{name}`` replaced by its value, in one pass: values are not read again.

    Only names are understood, no attributes, indexes or formats, so a template cannot reach into objects.

    Raises:
        TemplateError: values are missing, or a brace is not part of a ``{name}``.
    """
    missing = tuple(name for name in placeholders(template) if name not in values)
    if missing:
        raise TemplateError(missing)
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)

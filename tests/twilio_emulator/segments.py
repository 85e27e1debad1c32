"""How many segments an SMS has, counted apart from the product: its own count must agree with this one."""

from __future__ import annotations

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "^{}\\[~]|€\f"
_GSM = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENDED, 2)
#: Look-alikes that a service with smart encoding swaps.
_LOOK_ALIKE = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def encoded(body: str, smart: bool) -> str:
    """The text as it goes out."""
    return body.translate(_LOOK_ALIKE) if smart else body


def count(body: str) -> int:
    """Segments: 160 septets or 70 units alone, 153 or 67 when split; neither an escape nor a pair is torn apart."""
    gsm = all(character in _GSM for character in body)
    sizes = [_GSM[c] if gsm else len(c.encode("utf-16-le")) // 2 for c in body]
    alone, part = (160, 153) if gsm else (70, 67)
    if sum(sizes) <= alone:
        return 1
    segments, room = 1, part
    for size in sizes:
        if size > room:
            segments, room = segments + 1, part
        room -= size
    return segments

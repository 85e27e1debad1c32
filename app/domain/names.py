"""How names are shortened for avatars. Pure."""

from __future__ import annotations

import unicodedata
import zlib

TONES = ("accent", "violet", "info", "warn")


def initials(name: str | None) -> str:
    """One or two signs that stand for `name`: "Amelia Hart" -> "AH", "陈思雨 Siyu" -> "陈", "" -> "?"."""
    words = [word for word in (name or "").split() if unicodedata.category(word[0])[0] in "LN"]
    if not words:
        return "?"
    first = words[0][0]
    # Han, kana and hangul: one sign already fills the circle, and is the family name
    if unicodedata.east_asian_width(first) == "W":
        return first
    last = words[-1][0] if len(words) > 1 and unicodedata.east_asian_width(words[-1][0]) != "W" else ""
    return (first + last).upper()


def avatar_tone(name: str | None) -> str:
    """A tone for `name`: the same name has the same one, today and on every machine."""
    return TONES[zlib.crc32((name or "").encode()) % len(TONES)]

"""Search words of a text, for a PostgreSQL ``tsvector`` that is computed here and not by a dictionary in
the server.

Letters: width, case and accents do not matter (É, é, Ｅ and e are one). Chinese, Japanese and Korean have no
spaces: runs of them become pairs of neighbouring characters, so any part of two or more characters is
found, and single characters for those who search by one. Traditional characters fold to simplified ones
(see ``han_folding``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from app.domain.han_folding import to_simplified

LONGEST_WORD = 64  # only the beginning of a longer one counts: an index entry has a limit
SHORTEST_PHONE_PART = 4  # people remember and write the last four digits

# Letters that carry their stroke inside, so that taking accents off does not change them.
_STROKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})

_CJK = "぀-ヿ㐀-䶿一-鿿豈-﫿가-힯\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_CODE = re.compile(rf"[^\W_{_CJK}]+(?:[-/._][^\W_{_CJK}]+)+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_PHONE_LIKE = re.compile(r"\+?[\d\s().\-/]+")


def fold(text: str) -> str:
    """``text`` as it is compared: compatibility forms, case, accents and traditional characters folded."""
    plain = to_simplified(unicodedata.normalize("NFKC", text)).casefold().translate(_STROKED)
    if plain.isascii():
        return plain
    # Only what decomposes into a letter and accents is taken apart: kana and hangul keep their marks.
    return "".join(_without_accents(sign) for sign in plain if unicodedata.category(sign) != "Mn")


def tokens(text: str) -> list[str]:
    """The distinct words to index for ``text``, in order.

    A number with separators ("HB-2026-0123") is indexed in parts and as a whole without them; one that
    begins with zeros also without these, because telephone numbers and codes are typed both ways.
    """
    plain = fold(text)
    found: list[str] = []
    for word in _RUN.findall(plain):
        if _IS_CJK.match(word):
            found += word
            found += _pairs(word)
        else:
            found.append(word[:LONGEST_WORD])
            if word.isdigit() and word[0] == "0":
                found.append(word.lstrip("0")[:LONGEST_WORD])
    for code in _CODE.findall(plain):
        if any(sign.isdigit() for sign in code):
            found.append("".join(sign for sign in code if sign.isalnum())[:LONGEST_WORD])
    return [word for word in dict.fromkeys(found) if word]


def phone_tokens(e164: str) -> list[str]:
    """Every ending of the number from SHORTEST_PHONE_PART digits up, longest first: "6142" finds
    +447723456142."""
    digits = "".join(sign for sign in e164 if sign in "0123456789")
    return [digits[start:] for start in range(len(digits) - SHORTEST_PHONE_PART + 1)]


def query_tokens(text: str) -> list[str]:
    """The distinct words that must all be found for the query ``text``.

    A query of digits and separators only is one number: without separators, and without leading zeros or
    ``+`` when it is long enough to be a telephone number, so that 07723 456142 and +44 7723 456142 find the
    same.
    """
    plain = fold(text).strip()
    if _PHONE_LIKE.fullmatch(plain):
        digits = "".join(sign for sign in plain if sign.isdigit())
        number = digits.lstrip("0") if len(digits) >= 7 else digits
        return [number] if number else []
    found: list[str] = []
    for word in _RUN.findall(plain):
        if _IS_CJK.match(word):
            found += _pairs(word) or [word]
        else:
            found.append(word[:LONGEST_WORD])
    return list(dict.fromkeys(found))


def vector_text(words: Iterable[str]) -> str:
    """The words as input for ``::tsvector``, quoted."""
    return " ".join(_quoted(word) for word in dict.fromkeys(words))


def query_text(text: str) -> str:
    """The query as input for ``::tsquery``: all words, the last one also as a beginning; empty finds nothing.

    The last word is the one still being typed. Chinese pairs are whole, and a single character is one too.
    """
    words = query_tokens(text)
    if not words:
        return ""
    parts = [_quoted(word) for word in words]
    if not _IS_CJK.match(words[-1]):
        parts[-1] += ":*"
    return " & ".join(parts)


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _without_accents(sign: str) -> str:
    if _IS_CJK.match(sign):
        return sign
    return "".join(part for part in unicodedata.normalize("NFD", sign) if unicodedata.category(part) != "Mn")

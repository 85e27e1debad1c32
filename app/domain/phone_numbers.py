"""Telephone numbers as people write them and as the desk keeps them (E.164), by Google's numbering plans.

A number is stored when its length is possible; whether it lies in a range that is in use today (``valid``) is
only a warning, because plans change faster than libraries. Numbers of another country need ``+`` or ``00``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult


class Problem(StrEnum):
    """Why something is not a number that can be stored."""

    EMPTY = "empty"
    UNKNOWN_CHARACTER = "unknown_character"
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN_COUNTRY = "unknown_country"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """What was understood. ``e164`` is empty unless ``possible``; ``problem`` then says why.

    ``region`` is ISO 3166 alpha-2 or empty; ``kind`` is mobile, fixed, fixed_or_mobile, toll_free ... or
    unknown.
    """

    e164: str
    possible: bool
    valid: bool
    extension: str = ""
    region: str = ""
    kind: str = "unknown"
    problem: Problem | None = None


_WITHHELD_WORDS = (
    "anonymous restricted unavailable unknown private withheld blocked nocallerid callerunknown "
    "未知 匿名 私人 私人号码 隐藏号码 未知号码 私人號碼 隱藏號碼 未知號碼"
)
_WITHHELD = frozenset(_WITHHELD_WORDS.split())
# Providers spell the same words on a telephone keypad; nobody can be called back under these.
_WITHHELD_NUMBERS = frozenset({"266696687", "7378742833", "2562533", "8656696", "86282452253"})

_EXTENSION = re.compile(
    r"\s*(?:;ext=|extension|ext\.?|x|#|转|轉|分机号?|分機號?|内线|內線)\s*:?\s*(\d{1,11})$", re.IGNORECASE
)
#: As networks write numbers.
_PLAIN = re.compile(r"\+[0-9]{5,15}")
_WRITTEN = re.compile(r"\+?[\d\s().\-‐-―/]+")

_KINDS = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_LENGTH_PROBLEMS = {
    ValidationResult.TOO_SHORT: Problem.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Problem.TOO_SHORT,
    ValidationResult.TOO_LONG: Problem.TOO_LONG,
    ValidationResult.INVALID_COUNTRY_CODE: Problem.UNKNOWN_COUNTRY,
    ValidationResult.INVALID_LENGTH: Problem.NOT_A_NUMBER,
}
_PARSE_PROBLEMS = {
    NumberParseException.INVALID_COUNTRY_CODE: Problem.UNKNOWN_COUNTRY,
    NumberParseException.TOO_SHORT_AFTER_IDD: Problem.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: Problem.TOO_SHORT,
    NumberParseException.TOO_LONG: Problem.TOO_LONG,
}


def normalise(raw: str, default_region: str) -> PhoneNumber | None:
    """The number meant by ``raw``, or None when the caller withheld it and so has no identity.

    ``default_region`` (ISO 3166 alpha-2, "GB") is used for numbers without ``+`` or ``00``. Full-width
    digits, invisible characters, ``tel:`` and ``sip:`` addresses and extensions ("x12", "转12") are
    understood. Never raises: a call must not be lost because its number is odd; see ``problem``.
    """
    wide = unicodedata.normalize("NFKC", raw)
    text = "".join(sign for sign in wide if unicodedata.category(sign) != "Cf")
    text = re.sub(r"^(?:tel|sips?):", "", text.strip(), flags=re.I).split("@")[0].strip()
    if is_withheld(text):
        return None
    if not text:
        return _refused(Problem.EMPTY)
    extension = ""
    found = _EXTENSION.search(text)
    if found:
        extension, text = found[1], text[: found.start()]
    if not _WRITTEN.fullmatch(text) or ".." in text:
        return _refused(Problem.UNKNOWN_CHARACTER)
    if text.startswith("00"):
        text = "+" + text[2:]  # dialled like this in most of the world, and a number that begins so exists nowhere
    try:
        number = phonenumbers.parse(text, default_region)
    except NumberParseException as error:
        return _refused(_PARSE_PROBLEMS.get(error.error_type, Problem.NOT_A_NUMBER))
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != ValidationResult.IS_POSSIBLE:
        return _refused(_LENGTH_PROBLEMS.get(length, Problem.NOT_A_NUMBER))
    return PhoneNumber(
        e164=phonenumbers.format_number(number, PhoneNumberFormat.E164),
        possible=True,
        valid=phonenumbers.is_valid_number(number),
        extension=extension,
        region=_region(number),
        kind=_KINDS.get(phonenumbers.number_type(number), "unknown"),
    )


def e164_of(shown: str) -> str:
    """E.164 of a number as a network shows it ("+4477…"), empty when it is none or withheld, which is no identity.

    What `normalise` says of it, without region, kind and validity, which take ten times as long.
    """
    if not shown.startswith("+") or is_withheld(shown):
        return ""
    if not _PLAIN.fullmatch(shown):
        found = normalise(shown, "ZZ")
        return found.e164 if found is not None and found.possible else ""
    try:
        number = phonenumbers.parse(shown, None)
    except NumberParseException:
        return ""
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if possible else ""


def is_withheld(text: str) -> bool:
    """True for what networks send instead of a number, in letters or spelled on a keypad."""
    word = re.sub(r"[\s_\-]", "", unicodedata.normalize("NFKC", text)).casefold()
    return word in _WITHHELD or word.removeprefix("+") in _WITHHELD_NUMBERS


def pretty(e164: str) -> str:
    """The number grouped as abroad: "+44 7723 456789"; anything that is no number as it came."""
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def mask(e164: str) -> str:
    """The number with its middle hidden, "+44 77•• ••• 142": enough to recognise, not to dial.

    Country code, first two and last three digits stay; of national numbers under eight digits only the last
    two.
    """
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return "•" * len(e164)
    country = f"+{number.country_code} "
    national = phonenumbers.national_significant_number(number)
    if len(national) < 8:
        return f"{country}{'•' * (len(national) - 2)}{national[-2:]}"
    return f"{country}{national[:2]}•• {'•' * (len(national) - 7)} {national[-3:]}"


def _refused(problem: Problem) -> PhoneNumber:
    return PhoneNumber("", possible=False, valid=False, problem=problem)


def _region(number: phonenumbers.PhoneNumber) -> str:
    """Country of the number; one without a country of its own (+800, +881) has none."""
    region = phonenumbers.region_code_for_number(number) or ""
    return region if region.isalpha() and region != "ZZ" else ""

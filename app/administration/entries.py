"""What may stand in the forms of administration. Everything refused is gathered, so a form shows it all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _

from app.customers.fields import Refusals, clean
from app.i18n import LANGUAGES

__all__ = ["Refusals", "clean", "code_entry", "day_entry", "line_entry", "names_entry", "whole_entry"]

CODE = re.compile(r"^[a-z][a-z0-9_]*$")
LONGEST_NAME = 80


def line_entry(raw: Mapping[str, str], name: str, refusals: Refusals, *, limit: int, required: bool = False) -> str:
    """One line of text, at most `limit` characters."""
    text = clean(raw.get(name))
    if required and not text:
        refusals.add(name, _("Please fill this in."))
    if len(text) > limit:
        refusals.add(name, _("This is too long: %(limit)s characters fit.", limit=limit))
    return text


def names_entry(raw: Mapping[str, str], refusals: Refusals, *, limit: int = LONGEST_NAME) -> dict[str, str]:
    """Language -> name. English is needed; where another is empty, people read the English."""
    found = {
        language: line_entry(raw, f"name_{language}", refusals, limit=limit, required=language == "en")
        for language in LANGUAGES
    }
    return {language: text for language, text in found.items() if text}


def code_entry(raw: Mapping[str, str], refusals: Refusals, *, limit: int, made_of: str = "") -> str:
    """The short name that commands, links and the log use; empty is made of the English name."""
    text = clean(raw.get("code")).lower()
    if not text:
        text = re.sub(r"[^a-z0-9]+", "_", made_of.lower()).strip("_")[:limit].strip("_")
        if not CODE.match(text):
            refusals.add("code", _("Please give a code: small letters, digits and _, beginning with a letter."))
            return ""
    if not CODE.match(text) or len(text) > limit:
        refusals.add(
            "code",
            _("A code has small letters, digits and _, begins with a letter, and has at most %(limit)s.", limit=limit),
        )
    return text


def whole_entry(
    raw: Mapping[str, str], name: str, refusals: Refusals, low: int, high: int, *, optional: bool = False
) -> int | None:
    """A whole number from `low` to `high`; None when `optional` and empty."""
    text = clean(raw.get(name))
    if not text and optional:
        return None
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or len(text) > 12 or not low <= number <= high:
        refusals.add(name, _("Please give a whole number from %(low)s to %(high)s.", low=low, high=high))
        return None
    return number


def day_entry(raw: Mapping[str, str], name: str, refusals: Refusals, *, optional: bool = False) -> date | None:
    """A day as browsers send it, 2026-11-23; None when `optional` and empty."""
    text = clean(raw.get(name))
    if not text and optional:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2100:
        refusals.add(name, _("Please give a day, like 2026-11-23."))
        return None
    return day

"""Numbers as people type them, read into what a profile keeps, with a kind word when that fails."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from app.domain.phone_numbers import Problem, normalise
from app.errors import Invalid

LONGEST_RAW = 60


@dataclass(frozen=True, slots=True)
class NewPhone:
    """A number to put on a profile: E.164, and as it was typed (which keeps an extension)."""

    e164: str
    raw: str = ""
    label: str = ""


def read_phone(raw: str, default_region: str, label: str = "") -> NewPhone:
    """The number that `raw` means; a national number is read as one of `default_region` (ISO 3166).

    Raises:
        Invalid: it is withheld, empty, or no number; the message says what to mend.
    """
    number = normalise(raw[:200], default_region)
    if number is None:
        raise _refused(_("A withheld number can't be kept on a profile."))
    if number.problem is not None:
        raise _refused(problem_words(number.problem))
    return NewPhone(number.e164, " ".join(raw.split())[:LONGEST_RAW], label)


def problem_words(problem: Problem) -> str:
    """What is wrong with a number, and how to mend it."""
    return {
        Problem.EMPTY: _("Please give a number."),
        Problem.UNKNOWN_CHARACTER: _("A number has digits, spaces and a leading +. Example: +44 7700 900318"),
        Problem.UNKNOWN_COUNTRY: _("We don't know this country code. Example: +44 7700 900318"),
        Problem.TOO_SHORT: _("This number is too short to be complete. Is the area code missing?"),
        Problem.TOO_LONG: _("This number has too many digits. Please check it."),
        Problem.NOT_A_NUMBER: _("This is not a telephone number. Example: +44 7700 900318"),
    }[problem]


def _refused(message: str) -> Invalid:
    return Invalid(message, code="bad_number", fields={"number": message})

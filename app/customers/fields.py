"""What may stand in each field of a profile. One set of rules for the form, the desk and the import."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from flask_babel import gettext as _

from app.errors import Invalid

KINDS = ("person", "organisation")
TIERS = ("standard", "silver", "gold", "key")
LANGUAGES = ("en", "zh_Hans", "zh_Hant")
#: Read once: the module walks through all its files each time it is asked, and an import asks per row.
TIME_ZONES = frozenset(available_timezones())
PHONE_LABELS = ("mobile", "work", "home", "other")
#: Largest number of characters per field; the columns are as wide.
LIMITS = {
    "name": 200,
    "company": 200,
    "email": 254,
    "address": 300,
    "city": 100,
    "special_requirements": 2000,
    "note": 20_000,
}
#: Fields of several lines keep their line breaks.
LONG = frozenset({"special_requirements", "note"})
#: The local part may be nearly anything printable; the domain has a dot and no spaces (RFC 5321 is laxer).
EMAIL = re.compile(r"^[^\s@\"<>(),;:\\\[\]]{1,64}@[^\s@.]+(\.[^\s@.]+)+$")
TERRITORIES = frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha())
DEFAULT_TIME_ZONE = "Europe/London"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFields:
    """The checked and normalised fields that a person can edit."""

    name: str
    kind: str = "person"
    company: str = ""
    tier: str = "standard"
    language: str = ""
    time_zone: str = DEFAULT_TIME_ZONE
    email: str = ""
    address: str = ""
    city: str = ""
    country: str = ""
    special_requirements: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Refusals:
    """Field -> localised message, gathered so that a form shows everything at once."""

    fields: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, message: str) -> None:
        self.fields.setdefault(name, message)

    def raise_any(self) -> None:
        """Raises: Invalid: at least one field was refused."""
        if self.fields:
            raise Invalid(next(iter(self.fields.values())), fields=self.fields)


def clean(value: Any, *, long: bool = False) -> str:
    """`value` as one line (or several, when `long`): NFC, without control characters; emoji stay whole."""
    text = unicodedata.normalize("NFC", str(value or "")).replace("\r\n", "\n").replace("\r", "\n")
    if not long:
        text = " ".join(text.split())
    return "".join(c for c in text if unicodedata.category(c) != "Cc" or (long and c in "\n\t")).strip()


def too_long(name: str, text: str) -> str:
    """Why `text` does not fit into the field `name`; empty when it fits."""
    limit = LIMITS.get(name)
    if limit is None or len(text) <= limit:
        return ""
    return _(
        "This is %(length)s characters long; the longest that fits is %(limit)s. Please shorten it.",
        length=len(text),
        limit=limit,
    )


def profile_fields(raw: Mapping[str, Any], refusals: Refusals | None = None) -> ProfileFields:
    """The checked fields of `raw` (a form, a JSON body, a row of a file).

    Raises:
        Invalid: with every refused field, when the caller gathers no `refusals` of its own.
    """
    found = refusals if refusals is not None else Refusals()
    texts = {
        name: clean(raw.get(name), long=name in LONG)
        for name in ("name", "company", "email", "address", "city", "special_requirements")
    }
    for name, value in texts.items():
        message = too_long(name, value)
        if message:
            found.add(name, message)
    if not texts["name"]:
        found.add("name", _("Please give a name."))
    kind = _one_of(raw, "kind", KINDS, "person", found)
    tier = _one_of(raw, "tier", TIERS, "standard", found)
    language = _one_of(raw, "language", ("", *LANGUAGES), "", found)
    email = normal_email(texts["email"])
    if email and not EMAIL.match(email) and "email" not in found.fields:
        found.add("email", _("This doesn't look like an e-mail address. Example: amelia@example.com"))
    country = clean(raw.get("country")).upper()
    if country and country not in TERRITORIES:
        found.add("country", _("Please choose a country, or give its two-letter code (GB, CN, TW)."))
        country = ""
    time_zone = clean(raw.get("time_zone")) or DEFAULT_TIME_ZONE
    if time_zone not in TIME_ZONES:
        found.add("time_zone", _("We don't know this time zone. Example: Europe/London"))
        time_zone = DEFAULT_TIME_ZONE
    if refusals is None:
        found.raise_any()
    return ProfileFields(
        name=texts["name"],
        kind=kind,
        company=texts["company"],
        tier=tier,
        language=language,
        time_zone=time_zone,
        email=email,
        address=texts["address"],
        city=texts["city"],
        country=country,
        special_requirements=texts["special_requirements"],
    )


def normal_email(text: str) -> str:
    """`text` with the domain in lower case; the local part belongs to its server and stays as it is."""
    local, at, domain = text.rpartition("@")
    return f"{local}{at}{domain.lower()}" if at else text


def note_text(raw: Any) -> str:
    """The checked body of a note.

    Raises:
        Invalid: it is empty or longer than 20,000 characters.
    """
    body = clean(raw, long=True)
    if not body:
        raise Invalid(_("Please write a note first."), fields={"body": _("Please write a note first.")})
    message = too_long("note", body)
    if message:
        raise Invalid(message, fields={"body": message})
    return body


def _one_of(raw: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str, found: Refusals) -> str:
    value = clean(raw.get(name)) or default
    if value in allowed:
        return value
    found.add(name, _("Please choose one of the options."))
    return default

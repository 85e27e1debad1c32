"""Forms of tickets read into what the services take, with a kind word for each thing to mend."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask_babel import gettext as _

from app.errors import Invalid
from app.tickets.intake import LONGEST_SUBJECT, LONGEST_TEXT, Request, read_number
from app.tickets.models import CHANNELS

LANGUAGES = ("en", "zh_Hans", "zh_Hant")
LONGEST_NAME = 200
#: Head starts a colleague may give: code -> points (each is worth the queue's step of waiting).
PRIORITIES = {"normal": 0, "high": 30, "urgent": 240}
#: How colleagues say it came in: what comes by itself is not among them twice.
BY_HAND = ("phone", "email", "counter", "letter", "fax", "sms", "web")

_KEY = re.compile(r"[\w-]{8,40}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s.]{2,60}")


def form_key(form: Mapping[str, str]) -> str:
    """The key that makes the same form sent twice one.

    Raises:
        Invalid: the page has none.
    """
    key = form.get("key", "")
    if not _KEY.fullmatch(key):
        raise Invalid(_("This page is too old to send from. Please load it again."), code="no_key")
    return key


def read_request(
    form: Mapping[str, str], *, region: str, channel: str, reachable: bool = False
) -> tuple[Request, dict[str, str]]:
    """What the form asks for, and field -> what to mend; the request is only good when nothing is.

    `reachable` demands a way to answer: a number or an e-mail address.
    """
    errors: dict[str, str] = {}
    body = form.get("body", "").replace("\x00", "").replace("\r\n", "\n").strip()
    if not body:
        errors["body"] = _("Please write what it is about.")
    elif len(body) > LONGEST_TEXT:
        errors["body"] = _("This is too long: 5,000 characters fit. Nothing was cut off.")
    name, subject = form.get("name", "").strip(), form.get("subject", "").strip()
    if len(name) > LONGEST_NAME:
        errors["name"] = _("A name of up to 200 characters fits here.")
    if len(subject) > LONGEST_SUBJECT:
        errors["subject"] = _("A subject of up to 200 characters fits here.")
    number, email = read_address(form, region=region, reachable=reachable, errors=errors)
    language = form.get("language", "")
    return Request(
        channel=channel if channel in CHANNELS else "phone",
        body=body,
        subject=subject,
        name=name,
        number=number,
        email=email,
        language=language if language in LANGUAGES else "en",
        priority=PRIORITIES.get(form.get("priority", ""), 0),
    ), errors


def read_address(form: Mapping[str, str], *, region: str, reachable: bool, errors: dict[str, str]) -> tuple[str, str]:
    """(number as E.164, e-mail address) to answer to, each may be empty; what is to mend goes into `errors`."""
    email = form.get("email", "").strip()
    if email and not _EMAIL.fullmatch(email):
        errors["email"] = _("This does not look like an e-mail address.")
    number = read_number(form.get("number", ""), region)
    if number is None:
        errors["number"] = _(
            "We can't read this as a phone number. Please write it with its country code, like +44 20 7946 0018."
        )
    if reachable and not (number or email) and "number" not in errors and "email" not in errors:
        errors["number"] = _("Please give a phone number or an e-mail address, so that we can answer you.")
    return number or "", email

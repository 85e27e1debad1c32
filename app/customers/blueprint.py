"""The two blueprints of customers: pages, and the JSON that the desk asks for during a call."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from flask_babel import get_locale

from app.security.guard import current_user

customers = Blueprint("customers", __name__, url_prefix="/customers")
desk_customers = Blueprint("desk_customers", __name__, url_prefix="/desk/customers")

#: A note far beyond its limit is still read, so that it comes back into the form with a kind word.
LARGEST_FORM = 8 * 1024 * 1024


@customers.url_value_preprocessor
def read_long_forms(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Before anything reads the form (the check of its token does): take long texts."""
    request.max_form_memory_size = LARGEST_FORM


def default_region() -> str:
    """ISO 3166 region that numbers without a country code are read in."""
    return str(current_app.config["SETTINGS"].default_region)


def reads_blind() -> bool:
    """True for quality callers: who handled a contact is hidden from them until the customer has rated it."""
    return current_user().role == "quality"


def from_htmx() -> bool:
    """True when a part of a page is asked for, not a page."""
    return "HX-Request" in request.headers


def countries() -> list[tuple[str, str]]:
    """(ISO 3166 code, name in the language of the page) of every country, by name."""
    territories = get_locale().territories
    named = ((code, str(territories[code])) for code in territories if len(code) == 2 and code.isalpha())
    return sorted(named, key=lambda pair: pair[1])

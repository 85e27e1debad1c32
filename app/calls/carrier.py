"""Who rings a customer: the carrier that the desk was set up with, or their own page."""

from __future__ import annotations

from config import Settings

BROWSER = "browser"
_provider = [BROWSER]


def configure(settings: Settings) -> None:
    """Take the provider of voice from the settings of this process."""
    _provider[:] = [settings.voice_provider]


def rings_telephones() -> bool:
    """Whether this desk can ring a telephone at all."""
    return _provider[0] != BROWSER


def carrier_of(number: str) -> str:
    """Provider of a new call to `number` (E.164 or empty)."""
    return _provider[0] if number else BROWSER

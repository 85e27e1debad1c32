"""The edges to the world: voice and SMS, each behind a small Protocol of base.py."""

from __future__ import annotations

from app.providers.base import Sms

_sms: Sms | None = None


def use_sms(provider: Sms | None) -> Sms | None:
    """The SMS provider that this process had until now; from here on it is `provider`. Chosen at its start."""
    global _sms
    before, _sms = _sms, provider
    return before


def sms() -> Sms:
    """The SMS provider of this process.

    Raises:
        RuntimeError: none was chosen.
    """
    if _sms is None:
        raise RuntimeError("No SMS provider: call app.providers.use_sms(provider) first.")
    return _sms

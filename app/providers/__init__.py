"""The edges to the world: voice and SMS, each behind a small Protocol of base.py."""

from __future__ import annotations

from app.providers.base import Sms

_sms: Sms | None = None


def use_sms(provider: Sms) -> None:
    """Choose the SMS provider of this process, once at its start."""
    global _sms
    _sms = provider


def sms() -> Sms:
    """The SMS provider of this process.

    Raises:
        RuntimeError: none was chosen.
    """
    if _sms is None:
        raise RuntimeError("No SMS provider: call app.providers.use_sms(provider) first.")
    return _sms

"""Tiers, scopes and the result of the house as people read them."""

from __future__ import annotations

from flask_babel import gettext as _


def tier_name(tier: str) -> str:
    """A tier of reward."""
    return {"honour": _("Honour list"), "recognised": _("Recognised")}[tier]


def scope_name(scope: str) -> str:
    """What a reward hangs on."""
    return {
        "own": _("the own score"),
        "team": _("the score of the team"),
        "centre": _("the result of the whole house"),
        "none": _("no score"),
    }[scope]


def centre_words(result: str) -> tuple[str, str, str]:
    """Icon, tone and word of the result of the house."""
    return {
        "reached": ("circle-check", "ok", _("Target reached")),
        "missed": ("circle-x", "bad", _("Target missed")),
        "open": ("circle-dot", "warn", _("Not certain enough to say")),
    }[result]

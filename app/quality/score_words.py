"""What may be said of an agent, and how far a need goes, in words."""

from __future__ import annotations

from flask_babel import gettext as _


def verdict_words(word: str) -> tuple[str, str, str]:
    """Icon, tone and word of what may be said of an agent."""
    return {
        "in_line": ("circle-check", "", _("In line with the others")),
        "above_target": ("circle-check", "ok", _("Above the target")),
        "look_closer": ("search", "warn", _("Look closer")),
    }[word]


def share_words(code: str) -> str:
    """What customers said yes to."""
    return {"settled": _("Matter settled"), "satisfied": _("Satisfied customers")}[code]


def need_level_words(level: str) -> str:
    """How far a need is from what customers take for granted."""
    return {"basic": _("taken for granted"), "expected": _("expected"), "beyond": _("beyond expectation")}[level]

"""What may be said of an agent, and how far a need goes, in words."""

from __future__ import annotations

from flask_babel import gettext as _

from app.customers.words import tier_words
from app.domain.scoring.intervals import CONFIDENCE
from app.domain.scoring.nonresponse import REST
from app.domain.scoring.watch import Watch


def verdict_words(word: str) -> tuple[str, str, str]:
    """Icon, tone and word of what may be said of an agent."""
    return {
        "in_line": ("circle-check", "", _("In line with the others")),
        "above_target": ("circle-check", "ok", _("Above the target")),
        "look_closer": ("search", "warn", _("Look closer")),
        "mix": ("tags", "", _("Not sure, given the mix of contacts")),
    }[word]


def share_words(code: str) -> str:
    """What customers said yes to."""
    return {"settled": _("Matter settled"), "satisfied": _("Satisfied customers")}[code]


def need_level_words(level: str) -> str:
    """How far a need is from what customers take for granted."""
    return {"basic": _("taken for granted"), "expected": _("expected"), "beyond": _("beyond expectation")}[level]


def trend_words(p: float, slope: float) -> str:
    """What the trend of a share says."""
    if p >= 1 - CONFIDENCE:
        return _("No trend beyond chance.")
    return _("It rises.") if slope > 0 else _("It falls.")


def watch_words(found: Watch | None) -> tuple[str, str, str]:
    """Icon, tone and word of what a watch says now."""
    if found is None:
        return "clock", "", _("Too few months")
    if found.now == 0:
        return "circle-check", "", _("No change beyond chance")
    if found.now > 0:
        return "trending-up", "ok", _("Risen since %(month)s", month=found.since)
    return "trending-down", "warn", _("Fallen since %(month)s", month=found.since)


def fact_name(fact: str) -> str:
    """What was known of a contact before anybody rang."""
    return {
        "topic": _("Reason"),
        "wait": _("Wait in line"),
        "ended_as": _("How it ended"),
        "complaint": _("Complaint"),
        "tier": _("Segment"),
        "channel": _("How they came"),
    }[fact]


def level_name(fact: str, level: str) -> str:
    """The level of a fact; those whose names are the house's own (reason, how it ended) stand elsewhere."""
    if level == REST:
        return _("All others")
    if fact == "tier":
        return tier_words(level)[2]
    return {
        ("wait", "short"): _("up to 30 seconds"),
        ("wait", "middle"): _("up to 2 minutes"),
        ("wait", "long"): _("over 2 minutes"),
        ("complaint", "yes"): _("Complaint"),
        ("complaint", "no"): _("No complaint"),
        ("channel", "voice"): _("By telephone"),
        ("channel", "ticket"): _("In writing"),
    }.get((fact, level), level)

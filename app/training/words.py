"""Stages, kinds of entries and results, as people call them."""

from __future__ import annotations

from flask_babel import gettext as _


def stage_words(state: str) -> tuple[str, str, str]:
    """(icon, tone, words) of a stage."""
    return {
        "trainee": ("book", "info", _("In class")),
        "practice": ("headphones", "violet", _("In practice")),
        "exam": ("clipboard-check", "warn", _("At the exam")),
        "certified": ("certificate", "ok", _("Certified")),
    }[state]


def kind_name(kind: str) -> str:
    """What was done."""
    return {
        "class": _("Class, hours"),
        "shadowing": _("Calls listened to"),
        "supervised": _("Supervised contacts"),
    }[kind]


def part_name(part: str) -> str:
    """A part of the exam."""
    return {"theory": _("Theory"), "practice": _("Practice call")}[part]


def exam_words(state: str) -> tuple[str, str, str]:
    """(icon, tone, words) of an exam."""
    return {
        "open": ("hourglass", "info", _("Open")),
        "passed": ("circle-check", "ok", _("Passed")),
        "failed": ("circle-x", "bad", _("Not passed")),
    }[state]


def rule_name(name: str) -> str:
    """A setting of the road."""
    return {
        "class_months": _("Class, months at least"),
        "practice_months": _("Practice, months at least"),
        "supervised_contacts": _("Contacts under supervision before the exam"),
        "theory_weight": _("Weight of theory, percent"),
        "pass_mark": _("Passed from, points"),
        "part_floor": _("At least in each part, points"),
        "fewest_raters": _("Raters for each part, at least"),
        "certificate_months": _("A certificate holds, months"),
        "retest_days": _("Next exam after a failed one, days"),
    }[name]

"""Means, kinds, states and grounds as people read them."""

from __future__ import annotations

from flask_babel import gettext as _

from app.quality.words import rating_name


def topic_name(topic: str) -> str:
    """What a note or a course is about."""
    return rating_name(topic)


def means_name(means: str) -> str:
    """How something is learned."""
    return {
        "class": _("Class"),
        "drill": _("Drill in pairs"),
        "cases": _("Cases"),
        "online": _("Online course"),
    }[means]


def kind_name(kind: str) -> str:
    """Which text of an interview a comment is."""
    return {"need": _("Need"), "suggestion": _("Suggestion"), "note": _("The caller's note")}[kind]


def note_state(state: str, read: bool) -> tuple[str, str, str]:
    """Icon, tone and word of a note."""
    if state == "draft":
        return "pencil", "warn", _("Draft")
    return ("eye", "ok", _("Read")) if read else ("send", "info", _("Released"))


def grounds_name(grounds: str) -> str:
    """Why an interview is appealed."""
    return {
        "not_my_contact": _("It was not my contact"),
        "other_matter": _("The customer spoke of something else"),
        "out_of_hands": _("It was out of my hands"),
        "misheard": _("It was misheard or wrongly translated"),
        "other": _("Something else"),
    }[grounds]


def appeal_state(state: str) -> tuple[str, str, str]:
    """Icon, tone and word of an appeal."""
    return {
        "open": ("clock", "info", _("Being decided")),
        "upheld": ("circle-check", "ok", _("Upheld: the interview counts no more")),
        "rejected": ("circle-x", "", _("Rejected: the interview stands")),
    }[state]

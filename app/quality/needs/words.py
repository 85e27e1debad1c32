"""Kinds, levels, types and states of entries as people read them."""

from __future__ import annotations

from flask_babel import gettext as _

from app.quality.words import need_level_name


def kind_name(kind: str) -> str:
    """ "need" or "suggestion" in words."""
    return _("Need") if kind == "need" else _("Suggestion")


def kind_icon(kind: str) -> str:
    return "target" if kind == "need" else "message-2"


def level_name(level: str) -> str:
    """How far it goes beyond what is taken for granted."""
    return need_level_name(level) or _("Not judged yet")


def type_name(code: str) -> str:
    """What sort of service it asks for."""
    return {
        "basic_service": _("Basic service"),
        "value_added": _("Value added"),
        "individual": _("Individual (cold chain, dangerous goods)"),
        "green": _("Green"),
    }.get(code, _("Not judged yet"))


def state_words(state: str) -> tuple[str, str, str]:
    """Icon, tone and word of a state."""
    return {
        "open": ("circle-dot", "info", _("Open")),
        "planned": ("calendar-time", "violet", _("Planned")),
        "done": ("circle-check", "ok", _("Done")),
        "declined": ("circle-x", "", _("Declined")),
    }[state]


def blind_words(reason: str) -> str:
    """Why an entry is a blind spot."""
    return {
        "basic": _("Taken for granted, and nobody has it in hand"),
        "many": _("Several customers say so, and nobody has it in hand"),
        "forgotten": _("Nothing was decided for 30 days"),
    }[reason]


def standing_words(standing: str) -> str:
    """How a customer stands to an answer."""
    return {
        "willing": _("will get an SMS"),
        "answered": _("were told already"),
        "not_asked_for": _("did not allow us to come back"),
        "unwilling": _("want no SMS or no questions any more"),
    }[standing]

"""Words for the draw's states, roles and reasons."""

from __future__ import annotations

from flask_babel import gettext as _

from app.draws.queries import Progress


def state_words(state: str) -> tuple[str, str, str]:
    """(words, tone, icon) of a draw's state."""
    return {
        "open": (_("Collecting contacts"), "info", "clock"),
        "freezing": (_("Being frozen"), "info", "loader-2"),
        "frozen": (_("Frame frozen"), "warn", "lock"),
        "ready": (_("Being drawn"), "info", "loader-2"),
        "drawn": (_("Drawn"), "ok", "circle-check"),
        "given_up": (_("Given up"), "bad", "circle-x"),
    }[state]


def progress_words(progress: Progress) -> str:
    """How far a long step has come."""
    return _("%(done)s of %(all)s agents done", done=progress.done, all=progress.agents)


def role_words(role: str) -> str:
    """A role that makes a secret, in words."""
    return {"supervisor": _("Supervisors"), "quality": _("Quality callers")}[role]


def reason_words(reason: str) -> str:
    """Why a customer of the month could not be drawn."""
    return {
        "test_data": _("Played by the demo"),
        "do_not_contact": _("Asked not to be surveyed"),
        "voice_opt_out": _("Asked not to be called"),
        "no_number": _("No phone number"),
        "asked_recently": _("Drawn in the last 90 days"),
    }[reason]

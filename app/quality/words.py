"""States, outcomes and answers as people read them."""

from __future__ import annotations

from flask_babel import gettext as _


def state_words(state: str, outcome: str, in_hand: bool = False) -> tuple[str, str, str]:
    """Icon, tone and word of a callback."""
    if state == "open" and in_hand:
        return "phone-call", "info", _("Being called")
    if state == "open":
        return "phone-outgoing", "warn", _("To be called now")
    if state == "scheduled":
        return "calendar-time", "", _("Planned")
    if state == "linked":
        return "link", "info", _("Link sent")
    return outcome_words(outcome)


def outcome_words(outcome: str) -> tuple[str, str, str]:
    """Icon, tone and word of how an attempt or a callback ended."""
    return {
        "interviewed": ("circle-check", "ok", _("Interviewed")),
        "partial": ("circle-dot", "info", _("Interviewed in part")),
        "refused": ("ban", "bad", _("Refused")),
        "no_answer": ("phone-x", "warn", _("Not reached")),
        "voicemail": ("phone-x", "warn", _("A machine answered")),
        "wrong_number": ("phone-off", "bad", _("Wrong number")),
        "other_language": ("language", "warn", _("No language in common")),
        "appointment": ("calendar-time", "info", _("Appointment")),
        "link": ("link", "info", _("Asked for the link")),
        "no_reply": ("clock", "warn", _("Link not answered")),
        "canceled": ("x", "", _("Withdrawn")),
    }.get(outcome, ("clock", "", outcome))


def mode_words(mode: str) -> tuple[str, str]:
    """Icon and word of how an interview was given."""
    return ("link", _("By link")) if mode == "link" else ("phone", _("By telephone"))


def rating_name(code: str) -> str:
    """What a rating is about."""
    return {
        "attitude": _("Attitude"),
        "speed": _("Speed of the answer"),
        "correctness": _("Correctness"),
        "informed": _("Being kept informed"),
        "overall": _("All in all"),
    }[code]


def settled_words(settled: str) -> tuple[str, str, str]:
    """Icon, tone and word of whether the matter is settled."""
    return {
        "yes": ("circle-check", "ok", _("Settled")),
        "partly": ("circle-dot", "warn", _("Settled in part")),
        "no": ("circle-x", "bad", _("Not settled")),
    }.get(settled, ("help", "", _("Not answered")))


def need_level_name(level: str) -> str:
    """How far a need goes beyond what is taken for granted."""
    return {
        "basic": _("A matter of course"),
        "expected": _("Would be expected"),
        "beyond": _("Would be a surprise"),
    }.get(level, "")

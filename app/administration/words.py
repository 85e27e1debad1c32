"""How standings, rules and codes are said to people."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.administration.services.queues import NUMBERS, OPTIONAL_NUMBERS
from app.domain.certificates import Standing
from app.i18n import LANGUAGES


def standing_words(standing: Standing) -> tuple[str, str, str]:
    """(icon, tone, words) of a certificate's standing."""
    return {
        Standing.VALID: ("certificate", "ok", _("Certified")),
        Standing.ENDS_SOON: ("calendar-due", "warn", _("Ends soon")),
        Standing.NOT_YET: ("calendar-time", "info", _("Not yet valid")),
        Standing.EXPIRED: ("hourglass", "bad", _("Expired")),
        Standing.REVOKED: ("ban", "bad", _("Revoked")),
        Standing.NONE: ("circle-minus", "", _("No certificate")),
    }[standing]


def strategies() -> list[tuple[str, str]]:
    """(code, words) of the ways a queue chooses among free agents."""
    return [
        ("longest_idle", _("Who has been free for longest")),
        ("fewest_contacts_today", _("Who has had the fewest contacts today")),
        ("best_skill", _("Who is best at what is asked, then who has been free for longest")),
    ]


def recording_policies() -> list[tuple[str, str]]:
    """(code, words) of what a queue may record."""
    return [
        ("off", _("Not recorded")),
        ("on", _("Recorded, unless the caller refuses")),
        ("on_request", _("Recorded when the agent asks for it")),
    ]


def kinds_of_skill() -> list[tuple[str, str]]:
    """(code, words) of the kinds."""
    return [("skill", _("Skill")), ("language", _("Language"))]


def language_name(code: str) -> str:
    """A language by its own name."""
    return LANGUAGES[code][1] if code in LANGUAGES else code


def languages() -> list[tuple[str, str, str]]:
    """(code, tag, own name) of the languages that texts are written in."""
    return [(code, tag, name) for code, (tag, name) in LANGUAGES.items()]


def number_label(name: str) -> str:
    """The label of a queue's number."""
    return {
        "priority": _("Priority points"),
        "priority_step_s": _("One point is worth (s)"),
        "ring_s": _("An offer rings (s)"),
        "preferred_agent_s": _("Wait for the preferred agent (s)"),
        "miss_limit": _("Misses until “missed”"),
        "acw_s": _("After-call time (s)"),
        "acw_extension_s": _("One extension (s)"),
        "acw_cap_s": _("At most (s)"),
        "target_s": _("Answered within (s)"),
        "target_percent": _("Share aimed at (percent)"),
        "short_abandon_s": _("Short abandon below (s)"),
        "recording_days": _("Sound is deleted after (days)"),
        "callback_hours": _("A callback is kept for (hours)"),
        "position": _("Place in lists"),
        "language_relax_s": _("Language no longer asked for after (s)"),
    }[name]


def number_limits(name: str) -> tuple[int, int]:
    """Least and most of a queue's number."""
    return NUMBERS[name] if name in NUMBERS else OPTIONAL_NUMBERS[name]


def kind_words(kind: str) -> dict[str, str]:
    """Titles of a kind of codes."""
    return {
        "topics": {
            "title": _("Topics"),
            "lead": _("What callers choose on the call page. Each leads to one queue."),
            "new": _("New topic"),
            "icon": "tags",
            "empty": _("No topics yet"),
            "teach": _("Without a topic nobody can call: the call page offers topics, and each leads to a queue."),
        },
        "dispositions": {
            "title": _("Results"),
            "lead": _("How a contact ended. Agents choose one before they can save."),
            "new": _("New result"),
            "icon": "checklist",
            "empty": _("No results yet"),
            "teach": _("Agents need at least one result to finish a contact."),
        },
        "breaks": {
            "title": _("Breaks"),
            "lead": _("Reasons for not being ready, chosen with “Break”."),
            "new": _("New break"),
            "icon": "coffee",
            "empty": _("No breaks yet"),
            "teach": _("Agents choose one of these when they take a break."),
        },
    }[kind]


def field_labels() -> dict[str, str]:
    """Labels of the fields that forms here share, for the list of what is wrong."""
    labels: dict[str, str] = {name: number_label(name) for name in (*NUMBERS, *OPTIONAL_NUMBERS)}
    labels |= {f"name_{code}": _("Name (%(language)s)", language=name) for code, (_tag, name) in LANGUAGES.items()}
    labels |= {f"body_{code}": _("Text (%(language)s)", language=name) for code, (_tag, name) in LANGUAGES.items()}
    return labels | {
        "code": _("Code"),
        "strategy": _("Who gets the next contact"),
        "public": _("On the call page"),
        "recording": _("Recording of calls"),
        "queue": _("Queue"),
        "active": _("In use"),
        "team": _("Team"),
        "public_name": _("Name that customers see"),
        "max_voice": _("Calls"),
        "max_sms": _("SMS conversations"),
        "max_ticket": _("Tickets"),
        "language": _("Language"),
        "kind": _("Kind"),
        "expires_on": _("Last day"),
        "last_day": _("Last day"),
        "note": _("Note"),
        "reason": _("Reason"),
        "name": _("Name"),
        "form": "",
    }


def weekdays() -> list[tuple[str, str]]:
    """(field, name) of the days of a week."""
    names = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
    return [(f"day_{weekday}", name) for weekday, name in enumerate(names)]


def calendar_labels(lines: int) -> dict[str, str]:
    """Labels of the fields of a calendar with so many lines of special days."""
    labels = {"name": _("Name of the calendar"), "zone": _("Time zone"), "region": _("Closed on public holidays of")}
    labels |= dict(weekdays())
    for place in range(lines):
        labels |= {f"date-{place}": _("Day"), f"hours-{place}": _("Hours"), f"note-{place}": _("Note")}
    return labels | {"form": ""}


def waiting_labels() -> dict[str, str]:
    """Labels of the fields of a queue's hours and limits, and of announcements."""
    labels = {f"text_{code}": _("Text (%(language)s)", language=name) for code, (_tag, name) in LANGUAGES.items()}
    return labels | {
        "calendar": _("Calendar"),
        "max_waiting": _("Callers who may wait at once"),
        "max_wait_s": _("Longest wait (s)"),
        "overflow_queue": _("Where callers wait on"),
        "overflow_after_s": _("After (s)"),
        "answer_within_min": _("First answer in writing within (min)"),
        "active": _("On"),
        "form": "",
    }


def shown_value(value: Any) -> str:
    """A value of a form as a person reads it."""
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    return "–" if value in (None, "") else str(value)

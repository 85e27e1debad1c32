"""Versions, items and changes as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from app.domain.questionnaire_editing import Changes
from app.i18n import localised
from app.quality.words import rating_name


def state_words(state: str) -> tuple[str, str, str]:
    """Icon, tone and word of a version."""
    return {
        "draft": ("pencil", "warn", _("Draft")),
        "published": ("circle-check", "ok", _("Asked now")),
        "retired": ("history", "", _("Asked before")),
    }[state]


def part_name(name: str) -> str:
    """What is said around the questions."""
    return {
        "opening": _("Introduction"),
        "scale": _("Direction of the scale"),
        "low": _("Word for 1"),
        "high": _("Word for 5"),
        "closing": _("Farewell"),
    }[name]


def part_hint(name: str) -> str:
    """What belongs there."""
    return {
        "opening": _(
            "Who calls, why, how long it takes, and that it is recorded where it is. {day} and {topic} are filled in."
        ),
        "scale": _("Read out before the first rating. 1 is always the worst and 5 the best."),
        "closing": _("Read out at the end."),
    }.get(name, "")


def kind_name(kind: str) -> str:
    """How an item is answered."""
    return {
        "settled": _("Yes, partly, no"),
        "rating": _("Rating 1 to 5"),
        "yes_no": _("Yes or no"),
        "text": _("Free text"),
        "need": _("Free text with level"),
        "permission": _("Permission"),
    }[kind]


def dimension_name(code: str) -> str:
    """What an item is about; empty for none."""
    if code in ("safety", "price", "other", ""):
        return {"safety": _("Safety"), "price": _("Price"), "other": _("Something else"), "": ""}[code]
    return rating_name(code)


def key_name(key: str) -> str:
    """An item, or what is said around, by its short name; the house's own by their number."""
    fixed = {
        "settled": _("Matter settled"),
        "need": _("What is needed"),
        "suggestion": _("What to change"),
        "may_return": _("May we come back"),
        "scale": _("Scale and its words"),
        "opening": _("Introduction"),
        "closing": _("Farewell"),
    }
    if key in fixed:
        return fixed[key]
    if key.startswith("own"):
        return _("Own question %(number)s", number=key.removeprefix("own"))
    return rating_name(key)


def purpose(key: str) -> str:
    """What the answers are used for."""
    if key == "settled":
        return _("Who is not content gets a ticket at once.")
    return {
        "need": _("Goes into the register of needs."),
        "suggestion": _("Goes into the register of needs."),
        "may_return": _("Without a yes nobody is told what came of it."),
    }.get(key, "")


def change_words(found: Changes, texts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What differs, a sentence for each kind of change; `texts` are the wordings of the house's own items by key."""
    said = score_change_words(found)
    if found.new:
        said.append(_("Asked in addition: %(what)s", what=_list(found.new, texts)))
    if found.gone:
        said.append(_("Not asked any more: %(what)s", what=_list(found.gone, texts)))
    if found.reworded:
        said.append(_("Changed: %(what)s", what=_list(found.reworded, texts)))
    return said


def score_change_words(found: Changes) -> list[str]:
    """What differs in what scores rest on."""
    said = []
    if found.core:
        said.append(_("Other words in what scores rest on: %(what)s", what=_list(found.core)))
    if found.order:
        said.append(_("Something else is asked before or between the ratings."))
    return said


def _list(keys: tuple[str, ...], texts: Mapping[str, Mapping[str, str]] | None = None) -> str:
    own = {key: localised(words) for key, words in (texts or {}).items()}
    return _(", ").join(_("“%(words)s”", words=own[key]) if own.get(key) else key_name(key) for key in keys)

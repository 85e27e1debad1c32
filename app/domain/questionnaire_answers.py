"""What a customer answered, read by the version that they were asked with; what is no answer counts as not given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.quality_call import NEED_LEVELS, RATINGS, SETTLED
from app.domain.questionnaire import REQUIRABLE, Item, Kind, Questionnaire

LONGEST_TEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to one version; texts trimmed, nonsense left out. An item that was not asked has none."""

    #: yes, partly, no, or empty.
    settled: str = ""
    #: Every core rating -> 1 to 5, or None.
    ratings: Mapping[str, int | None] = field(default_factory=dict)
    need: str = ""
    need_level: str = ""
    suggestion: str = ""
    may_return: bool | None = None
    #: The house's own items: key -> number, true or false, or text; only those answered.
    extra: Mapping[str, int | bool | str] = field(default_factory=dict)


def given(questionnaire: Questionnaire, raw: Any) -> Answers:
    """The answers in `raw`: {settled, ratings: {...}, need, need_level, suggestion, may_return, extra: {...}}."""
    data: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    ratings, extra = _mapping(data.get("ratings")), _mapping(data.get("extra"))
    asked = {item.key for item in questionnaire.items}
    need = _text(data.get("need")) if "need" in asked else ""
    found = {item.key: _answer(item, extra.get(item.key)) for item in questionnaire.added}
    return Answers(
        settled=_one_of(data.get("settled"), SETTLED) if "settled" in asked else "",
        ratings={name: _rating(ratings.get(name)) if name in asked else None for name in RATINGS},
        need=need,
        need_level=_one_of(data.get("need_level"), NEED_LEVELS) if need else "",
        suggestion=_text(data.get("suggestion")) if "suggestion" in asked else "",
        may_return=_yes_no(data.get("may_return")) if "may_return" in asked else None,
        extra={key: answer for key, answer in found.items() if answer is not None and answer != ""},
    )


def unanswered(questionnaire: Questionnaire, answers: Answers) -> tuple[str, ...]:
    """Keys of the required items without an answer, in order; none: the interview is complete."""
    return tuple(item.key for item in questionnaire.items if item.required and not _is_given(item, answers))


def is_answered(answers: Answers) -> bool:
    """True when at least one question that can be counted was answered."""
    counted = any(not isinstance(value, str) for value in answers.extra.values())
    return bool(answers.settled) or any(value is not None for value in answers.ratings.values()) or counted


def _is_given(item: Item, answers: Answers) -> bool:
    if item.kind is Kind.SETTLED:
        return bool(answers.settled)
    if item.core:
        return answers.ratings.get(item.key) is not None
    if item.key == "may_return":
        return answers.may_return is not None
    return item.key in answers.extra or item.kind not in REQUIRABLE


def _answer(item: Item, value: Any) -> int | bool | str | None:
    if item.kind is Kind.RATING:
        return _rating(value)
    if item.kind is Kind.YES_NO:
        return _yes_no(value)
    return _text(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _one_of(value: Any, known: tuple[str, ...]) -> str:
    return value if isinstance(value, str) and value in known else ""


def _rating(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5 else None


def _yes_no(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str:
    return value.replace("\x00", "").strip()[:LONGEST_TEXT] if isinstance(value, str) else ""

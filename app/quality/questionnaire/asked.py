"""What is asked now, what was asked then, and answers checked by it: for the caller's desk and the customer's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.quality_call import RATINGS
from app.domain.questionnaire import Kind, Questionnaire, read
from app.domain.questionnaire_answers import Answers, given, is_answered, unanswered
from app.errors import Invalid, NotFound
from app.quality.questionnaire.models import QualityQuestionnaire

_YES_NO = {"yes": True, "no": False}


def current(session: Session) -> Questionnaire:
    """The version that whoever is asked from now on is asked with: the published one. There always is one."""
    row = session.scalars(select(QualityQuestionnaire).where(QualityQuestionnaire.state == "published")).one()
    return read(row.version, row.content)


def of_version(session: Session, version: int) -> Questionnaire:
    """One version, whatever its state.

    Raises:
        NotFound: there is none of this number.
    """
    row = session.get(QualityQuestionnaire, version)
    if row is None:
        raise NotFound(code="questionnaire_unknown")
    return read(row.version, row.content)


def checked(questionnaire: Questionnaire, answers: Any, *, partly: bool = False) -> Answers:
    """The answers, once nothing required is missing; `answers` as `questionnaire_answers.given` reads it.

    With `partly` any one answer is enough.

    Raises:
        Invalid: code "questionnaire_answers" (words: app/refusals.py); `fields` is key of the item -> what is missing.
    """
    found = given(questionnaire, answers)
    missing = unanswered(questionnaire, found)
    if missing and not (partly and is_answered(found)):
        raise Invalid(code="questionnaire_answers", fields=dict.fromkeys(missing, "required"))
    return found


def from_form(questionnaire: Questionnaire, form: Mapping[str, str]) -> dict[str, Any]:
    """A posted form of the macro `questions.items` (quality/_questions.html) as `checked` takes it."""
    ratings: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    found: dict[str, Any] = {"ratings": ratings, "extra": extra, "need_level": form.get("q-need_level", "")}
    for item in questionnaire.items:
        typed = form.get(f"q-{item.key}", "")
        value: Any = typed
        if item.kind is Kind.RATING:
            value = int(typed) if typed in ("1", "2", "3", "4", "5") else None
        elif item.kind in (Kind.YES_NO, Kind.PERMISSION):
            value = _YES_NO.get(typed)
        place = ratings if item.key in RATINGS else extra if item.added else found
        place[item.key] = value
    return found

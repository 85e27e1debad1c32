"""Versions for the list, and one with what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.questionnaire import Questionnaire, read
from app.domain.questionnaire_editing import Changes, changes
from app.errors import NotFound
from app.quality.models import QualityInterview
from app.quality.questionnaire.models import QualityQuestionnaire
from app.security.models import User


@dataclass(frozen=True, slots=True)
class Version:
    """One version as the pages show it."""

    row: QualityQuestionnaire
    asked: Questionnaire
    #: Interviews that were made with it.
    interviews: int
    #: Names of who began and who published it; empty for version 1, which came with the program.
    author: str
    publisher: str
    #: What it asks otherwise than the version before; None for the first.
    differs: Changes | None
    #: Wordings of the house's own items in this version and the one before, by key.
    own_texts: Mapping[str, Mapping[str, str]]


def versions(session: Session) -> list[Version]:
    """All versions, newest first."""
    rows = session.scalars(select(QualityQuestionnaire).order_by(QualityQuestionnaire.version)).all()
    counted = select(QualityInterview.version, func.count()).group_by(QualityInterview.version)
    interviews = {row[0]: row[1] for row in session.execute(counted)}
    people = {row.created_by for row in rows} | {row.published_by for row in rows}
    names = {row.id: row.display_name for row in session.scalars(select(User).where(User.id.in_(people - {None})))}
    asked = [read(row.version, row.content) for row in rows]
    found = [
        Version(
            row=row,
            asked=asked[place],
            interviews=interviews.get(row.version, 0),
            author=names.get(row.created_by or 0, ""),
            publisher=names.get(row.published_by or 0, ""),
            differs=changes(asked[place - 1], asked[place]) if place else None,
            own_texts={item.key: item.texts for each in asked[max(0, place - 1) : place + 1] for item in each.added},
        )
        for place, row in enumerate(rows)
    ]
    return found[::-1]


def version(session: Session, number: int) -> Version:
    """One version.

    Raises:
        NotFound: there is none of this number.
    """
    return one_of(versions(session), number)


def one_of(known: Sequence[Version], number: int) -> Version:
    """The version of this number among those known.

    Raises:
        NotFound: there is none.
    """
    for each in known:
        if each.row.version == number:
            return each
    raise NotFound(code="questionnaire_unknown")

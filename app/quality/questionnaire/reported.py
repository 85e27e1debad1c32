"""What a window of months must say about its questions: whether it mixes wordings, and what was asked in addition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.models import Interaction
from app.domain.quality_call import MODE_TELEPHONE
from app.domain.questionnaire import LANGUAGES, Item, Kind, Questionnaire, read
from app.domain.questionnaire_editing import Changes, changes
from app.quality.counted import month_of, taken_out
from app.quality.models import QualityCallback, QualityInterview
from app.quality.questionnaire.models import QualityQuestionnaire

#: Texts of one question that a page shows, newest first.
MOST_TEXTS = 20


@dataclass(frozen=True, slots=True)
class Used:
    """A version in a window: since when it was asked, and how many interviews were made with it."""

    version: int
    since: datetime
    interviews: int


@dataclass(frozen=True, slots=True)
class Mixed:
    """A window whose scores rest on questions in different words. `found` are the changes from one to the next."""

    used: tuple[Used, ...]
    found: tuple[tuple[int, Changes], ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """One own question in one wording: who was asked, and what they said. For the whole house only."""

    item: Item
    versions: tuple[int, ...]
    #: Interviews with it, and how many of them have an answer.
    asked: int
    answered: int
    #: Ratings: 1 to 5 -> number; yes or no: True and False -> number; empty for texts.
    counts: Mapping[int, int]
    #: Newest first, at most MOST_TEXTS.
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Both, of one window."""

    mixed: Mixed | None
    own: tuple[Reported, ...]


def report(session: Session, months: Collection[str], zone: str) -> Report:
    """What the interviews by telephone about `months` were asked with; without those taken out.

    Answers by link are counted apart (app/quality/modes.py): those to own questions stand with their interview.
    """
    rows = session.execute(
        select(QualityInterview.version, QualityInterview.extra)
        .join(QualityCallback, QualityCallback.id == QualityInterview.callback_id)
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .where(month_of(zone).in_(months), QualityInterview.mode == MODE_TELEPHONE, ~taken_out())
        .order_by(QualityInterview.id)
    ).all()
    counted = Counter(row.version for row in rows)
    found = select(QualityQuestionnaire).where(QualityQuestionnaire.version.in_(counted))
    known = session.scalars(found.order_by(QualityQuestionnaire.version)).all()
    asked = [read(each.version, each.content) for each in known]
    used = [Used(each.version, each.published_at, counted[each.version]) for each in known if each.published_at]
    return Report(_mixed(used, asked), tuple(_own(asked, [(row.version, row.extra) for row in rows])))


def _mixed(used: list[Used], asked: list[Questionnaire]) -> Mixed | None:
    steps = [(after.version, changes(before, after)) for before, after in pairwise(asked)]
    touching = tuple((version, each) for version, each in steps if each.touches_scores)
    return Mixed(tuple(used), touching) if touching else None


def _own(asked: list[Questionnaire], rows: list[tuple[int, Mapping[str, object]]]) -> Iterable[Reported]:
    """By question and wording: answers to other words are other answers."""
    wordings: dict[tuple[str, ...], list[tuple[int, Item]]] = {}
    for each in asked:
        for item in each.added:
            said = (item.key, *(item.text(code) for code in LANGUAGES))
            wordings.setdefault(said, []).append((each.version, item))
    for found in wordings.values():
        versions, item = tuple(version for version, _item in found), found[-1][1]
        extras = [extra for version, extra in rows if version in versions]
        answers = [extra[item.key] for extra in extras if item.key in extra]
        texts = [answer for answer in answers if isinstance(answer, str)]
        counts = Counter(answer for answer in answers if isinstance(answer, int))
        scale: tuple[int, ...] = {Kind.RATING: (1, 2, 3, 4, 5), Kind.YES_NO: (True, False)}.get(item.kind, ())
        yield Reported(
            item=item,
            versions=versions,
            asked=len(extras),
            answered=len(answers),
            counts={value: counts[value] for value in scale},
            texts=tuple(texts[::-1][:MOST_TEXTS]),
        )

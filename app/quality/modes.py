"""Answers by telephone and by link side by side: who answers on a page answers otherwise than who is rung."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.customers.models import Interaction
from app.domain.quality_call import MODES
from app.domain.scoring.intervals import Interval, wilson
from app.domain.scoring.response import Outcomes, response_rate
from app.quality.counted import TOGETHER, counted, month_of, outcomes_by_mode
from app.quality.links.models import QualityLink
from app.quality.models import QualityCallback
from app.quality.scores import SATISFIED, mean_of


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of answering in a window of months; None stands for "nothing to say yet"."""

    #: "telephone" or "link".
    mode: str
    #: Answers to "all in all", their mean and the share of those satisfied.
    answers: int
    overall: Interval | None
    satisfied: Interval | None
    outcomes: Outcomes
    response: float | None


@dataclass(frozen=True, slots=True)
class Modes:
    """Both ways, and both together: how many of the approached answered at all."""

    each: tuple[Mode, ...]
    outcomes: Outcomes
    response: float | None
    #: Links that may still be answered.
    waiting: int

    @property
    def any_link(self) -> bool:
        """Whether any link was sent about these months."""
        return bool(self.waiting or any(each.mode == "link" and each.outcomes.approached for each in self.each))


def by_mode(session: Session, months: tuple[str, ...], zone: str) -> Modes:
    """The two ways of answering about the contacts of `months`; `zone` is the organisation's."""
    outcomes = outcomes_by_mode(session, months, zone)
    waiting = session.scalar(
        select(func.count(QualityLink.id))
        .join(QualityCallback, QualityCallback.id == QualityLink.callback_id)
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .where(month_of(zone).in_(months), QualityCallback.state == "linked")
    )
    return Modes(
        each=tuple(_mode(session, months, zone, mode, outcomes[mode]) for mode in MODES),
        outcomes=outcomes[TOGETHER],
        response=response_rate(outcomes[TOGETHER]),
        waiting=waiting or 0,
    )


def _mode(session: Session, months: tuple[str, ...], zone: str, mode: str, outcomes: Outcomes) -> Mode:
    rated = [each.overall for each, _month in counted(session, months, zone, mode=mode) if each.overall is not None]
    good = sum(value >= SATISFIED for value in rated)
    return Mode(
        mode=mode,
        answers=len(rated),
        overall=mean_of(rated),
        satisfied=wilson(good, len(rated)) if rated else None,
        outcomes=outcomes,
        response=response_rate(outcomes),
    )

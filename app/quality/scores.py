"""What the interviews of a window of months allow to say: of the house, of its questions, and of agents if at all."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.customers.models import Interaction
from app.domain.quality_call import MODE_TELEPHONE, RATINGS
from app.domain.scoring.distributions import t_quantile
from app.domain.scoring.intervals import CONFIDENCE, HIGHEST, LOWEST, Interval, wilson
from app.domain.scoring.mix import Mix, by_mix, verdict_by_mix
from app.domain.scoring.pairs import Pairs, compare_pairs
from app.domain.scoring.pooling import Pooled, Variance, pool, variance
from app.domain.scoring.response import Outcomes, bounds, contact_rate, cooperation_rate, response_rate
from app.domain.scoring.trend import Trend, mann_kendall
from app.domain.scoring.verdict import ENOUGH_RELIABILITY, FEWEST_RELEASED, Word, funnel
from app.quality.counted import counted, month_of, outcomes_by_mode, taken_out
from app.quality.mix import rated_by_agent
from app.quality.models import QualityCallback, QualityInterview

#: What the house wants its customers to say, of 5.
TARGET = 4.2
#: From this rating on a customer counts as satisfied.
SATISFIED = 4
#: Months a window may have.
WINDOWS = (1, 6, 12)


@dataclass(frozen=True, slots=True)
class AgentScore:
    """One agent's figure, shown only where the answers are reliable enough."""

    agent_id: int
    name: str
    pooled: Pooled
    word: Word
    #: What others got for such contacts.
    mix: Mix | None


@dataclass(frozen=True, slots=True)
class Dot:
    """One agent in the funnel, without a name: number of answers and mean."""

    n: int
    mean: float


@dataclass(frozen=True, slots=True)
class Scores:
    """A window's figures; None stands for "nothing to say yet"."""

    months: tuple[str, ...]
    answers: int
    overall: Interval | None
    satisfied: Interval | None
    #: Share satisfied if all who could not be asked were unsatisfied, or all satisfied.
    satisfied_bounds: tuple[float, float] | None
    outcomes: Outcomes
    response: float | None
    dimensions: dict[str, Interval]
    between: Variance | None
    reliability: float
    #: Answers per agent that reliability would take, if agents differ as they seem to; None when they don't.
    answers_needed: int | None
    agents: tuple[AgentScore, ...]
    dots: tuple[Dot, ...]
    #: Month -> mean and number of answers, of the last twelve that have any.
    by_month: tuple[tuple[str, float, int], ...]
    trend: Trend | None
    #: Interviews of the window that count no more, since their appeal was upheld.
    taken_out: int
    pairs: Pairs | None
    #: Shares of the approached who were spoken with, and of those who completed.
    contact: float | None
    cooperation: float | None

    @property
    def may_name(self) -> bool:
        """Whether anything individual may be said at all."""
        return bool(self.agents)


def months_before(period: str, count: int) -> tuple[str, ...]:
    """The `count` months that end with `period` ("2026-10"), oldest first."""
    year, number = map(int, period.split("-"))
    numbers = range(year * 12 + number - count, year * 12 + number)
    return tuple(f"{each // 12}-{each % 12 + 1:02}" for each in numbers)


def scores(session: Session, period: str, count: int, zone: str) -> Scores:
    """The figures of the `count` months up to `period`, of answers by telephone (app/quality/modes.py has both modes).

    An interview belongs to the month of the contact it is about.

    `zone` is the organisation's: its midnight divides the months.
    """
    months = months_before(period, count)
    found = counted(session, months_before(period, max(12, count)), zone)
    rated = [(each.rated_agent_id, at, each.overall) for each, at in found if each.overall is not None]
    window = [each for each, at in found if at in months and each.overall is not None]
    outcomes = outcomes_by_mode(session, months, zone)[MODE_TELEPHONE]
    by_agent: dict[int, list[int]] = defaultdict(list)
    for agent, at, value in rated:
        if at in months:
            by_agent[agent].append(value)
    overall = [value for _agent, at, value in rated if at in months]
    good = sum(value >= SATISFIED for value in overall)
    missing = outcomes.approached - outcomes.complete - outcomes.partial
    between = variance({str(agent): own for agent, own in by_agent.items()})
    typical = len(overall) / len(by_agent) if by_agent else 0.0
    reliability = _reliability(between, typical)
    by_month = _by_month([(at, value) for _agent, at, value in rated])
    return Scores(
        months=months,
        answers=len(overall),
        overall=mean_of(overall),
        satisfied=wilson(good, len(overall)) if overall else None,
        satisfied_bounds=bounds(good, len(overall), missing) if overall else None,
        outcomes=outcomes,
        response=response_rate(outcomes),
        dimensions=_dimensions(window),
        between=between,
        reliability=reliability,
        answers_needed=_answers_needed(between),
        agents=_agents(session, by_agent, window),
        dots=tuple(Dot(len(own), fmean(own)) for _agent, own in sorted(by_agent.items())),
        by_month=by_month,
        trend=mann_kendall([mean for _month, mean, _n in by_month]),
        taken_out=_taken_out(session, months, zone),
        pairs=compare_pairs({str(agent): own for agent, own in by_agent.items()}, SATISFIED),
        contact=contact_rate(outcomes),
        cooperation=cooperation_rate(outcomes),
    )


def _taken_out(session: Session, months: tuple[str, ...], zone: str) -> int:
    found = (
        select(func.count(QualityInterview.id))
        .join(QualityCallback, QualityCallback.id == QualityInterview.callback_id)
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .where(month_of(zone).in_(months), taken_out())
    )
    return session.scalar(found) or 0


def latest_month(session: Session, zone: str) -> str | None:
    """The newest month that any interview is about."""
    return session.scalar(
        select(func.max(func.to_char(func.timezone(zone, Interaction.started_at), "YYYY-MM")))
        .join(QualityCallback, QualityCallback.interaction_id == Interaction.id)
        .join(QualityInterview, QualityInterview.callback_id == QualityCallback.id)
    )


@dataclass(frozen=True, slots=True)
class Voice:
    """One need or suggestion in the customer's words."""

    kind: str
    level: str
    text: str
    month: str
    #: "telephone" or "link".
    mode: str


def voices(session: Session, months: tuple[str, ...], zone: str, *, most: int = 50) -> list[Voice]:
    """Needs and suggestions of the window, newest first; nothing tells whom they were said about."""
    month = func.to_char(func.timezone(zone, Interaction.started_at), "YYYY-MM")
    rows = session.execute(
        select(
            QualityInterview.need,
            QualityInterview.need_level,
            QualityInterview.suggestion,
            QualityInterview.mode,
            month.label("month"),
        )
        .join(QualityCallback, QualityCallback.id == QualityInterview.callback_id)
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .where(month.in_(months), (QualityInterview.need != "") | (QualityInterview.suggestion != ""))
        .order_by(QualityInterview.id.desc())
        .limit(most)
    ).all()
    found = [Voice("need", row.need_level, row.need, row.month, row.mode) for row in rows if row.need]
    return found + [Voice("suggestion", "", row.suggestion, row.month, row.mode) for row in rows if row.suggestion]


def mean_of(values: list[int]) -> Interval | None:
    """Mean of the house with its interval from all answers: here n is large enough for their own spread."""
    n = len(values)
    if n < 2:
        return None
    mean = fmean(values)
    sd = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
    half = t_quantile(CONFIDENCE, n - 1) * sd / math.sqrt(n)
    return Interval(mean, max(LOWEST, mean - half), min(HIGHEST, mean + half))


def _dimensions(window: list[QualityInterview]) -> dict[str, Interval]:
    found = {name: mean_of([getattr(each, name) for each in window if getattr(each, name)]) for name in RATINGS}
    return {name: interval for name, interval in found.items() if interval is not None}


def _reliability(between: Variance | None, n: float) -> float:
    """lambda of the mean of `n` answers (Spearman-Brown); 0 where agents don't differ more than by chance."""
    return n * between.icc / (1 + (n - 1) * between.icc) if between is not None and n else 0.0


def _answers_needed(between: Variance | None) -> int | None:
    if between is None or not between.icc:
        return None
    return math.ceil(ENOUGH_RELIABILITY * (1 - between.icc) / ((1 - ENOUGH_RELIABILITY) * between.icc))


def _agents(session: Session, by_agent: dict[int, list[int]], window: list[QualityInterview]) -> tuple[AgentScore, ...]:
    """Agents of whom something may be said, by name: never by rank, nor for what their mix of contacts explains."""
    pooled = pool({str(agent): own for agent, own in by_agent.items()})
    if not any(each.reliability >= ENOUGH_RELIABILITY for each in pooled.values()):
        return ()
    mixes = by_mix(rated_by_agent(session, window))
    words = {
        int(agent): (each, verdict_by_mix(each, mixes.get(agent), TARGET), mixes.get(agent))
        for agent, each in pooled.items()
    }
    named = {
        agent: said for agent, said in words.items() if said[1] is not Word.NOT_ENOUGH and said[0].n >= FEWEST_RELEASED
    }
    rows = session.execute(
        select(Agent.id, Agent.public_name).where(Agent.id.in_(named)).order_by(Agent.public_name, Agent.id)
    )
    return tuple(AgentScore(row.id, row.public_name, *named[row.id]) for row in rows)


def _by_month(rated: list[tuple[str, int]]) -> tuple[tuple[str, float, int], ...]:
    months: dict[str, list[int]] = defaultdict(list)
    for month, value in rated:
        months[month].append(value)
    return tuple((month, fmean(values), len(values)) for month, values in sorted(months.items()))


def funnel_lines(found: Scores, *, most: int) -> list[tuple[int, float, float, float, float]]:
    """The funnel around the target for 1..`most` answers: (n, outer low, inner low, inner high, outer high)."""
    if found.between is None:
        return []
    sd = math.sqrt(found.between.ms_within)
    limits = [(n, funnel(TARGET, sd, n)) for n in range(1, most + 1)]
    return [(n, each.outer_low, each.inner_low, each.inner_high, each.outer_high) for n, each in limits]

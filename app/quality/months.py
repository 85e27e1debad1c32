"""What moves from month to month: shares with their trend, and whether the level of the house or a team has changed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from app.agents.models import Agent, Team
from app.customers.models import Interaction
from app.domain.quality_call import MODE_TELEPHONE
from app.domain.scoring.intervals import Interval, wilson
from app.domain.scoring.trend import ShareTrend, cochran_armitage
from app.domain.scoring.watch import Month, Watch, run_length, watch
from app.quality.counted import month_of, taken_out
from app.quality.models import QualityCallback, QualityInterview
from app.quality.score_details import FEWEST_IN_TEAM
from app.quality.scores import SATISFIED, months_before

#: Months that charts show, and that a watch goes back at most: it has to begin at the same month each time it is
#: looked at, or its run length would be another.
SHOWN = 12
WATCHED = 60


@dataclass(frozen=True, slots=True)
class MonthShare:
    """The share of one month, with Wilson's interval."""

    name: str
    share: Interval
    n: int


@dataclass(frozen=True, slots=True)
class ShareMonths:
    """A share by month: "settled" or "satisfied". `trend` is None where it is too little to tell."""

    code: str
    months: tuple[MonthShare, ...]
    trend: ShareTrend | None


@dataclass(frozen=True, slots=True)
class Watched:
    """The watch over the house, or over one team. `watch` is None while it has too few months."""

    #: Empty for the house.
    team: str
    agents: int
    #: Answers of all months that are watched, and of a typical month.
    n: int
    typical: int
    watch: Watch | None


@dataclass(frozen=True, slots=True)
class Months:
    """Both. `sd` is the spread of single answers inside months; run lengths are in months."""

    shares: tuple[ShareMonths, ...]
    house: Watched
    teams: tuple[Watched, ...]
    sd: float
    false_alarm: float
    #: Until a lasting change by one standard error of a month is noticed, where the level before is known well.
    noticed: float


@dataclass(slots=True)
class _Sums:
    """Answers of one month: numbers, and the ratings' sum and sum of squares."""

    n: int = 0
    total: int = 0
    squares: int = 0
    satisfied: int = 0
    asked_settled: int = 0
    settled: int = 0

    def add(self, n: int, total: int, squares: int, satisfied: int, asked_settled: int, settled: int) -> None:
        self.n += n
        self.total += total
        self.squares += squares
        self.satisfied += satisfied
        self.asked_settled += asked_settled
        self.settled += settled


def by_months(session: Session, period: str, zone: str) -> Months:
    """The months up to `period`, of answers by telephone; `zone` is the organisation's."""
    wanted = months_before(period, WATCHED)
    house: dict[str, _Sums] = defaultdict(_Sums)
    teams: dict[tuple[str, int], dict[str, _Sums]] = defaultdict(lambda: defaultdict(_Sums))
    people: dict[tuple[str, int], set[int]] = defaultdict(set)
    everybody: set[int] = set()
    for row in session.execute(_sums(zone).where(month_of(zone).in_(wanted))):
        sums = (row.n, row.total or 0, row.squares or 0, row.satisfied, row.asked_settled, row.settled)
        house[row.month].add(*sums)
        everybody.add(row.rated_agent_id)
        if row.team_id is not None:
            teams[row.team, row.team_id][row.month].add(*sums)
            people[row.team, row.team_id].add(row.rated_agent_id)
    sd = _spread(house.values())
    return Months(
        shares=tuple(
            each for each in (_share("settled", house, period), _share("satisfied", house, period)) if each is not None
        ),
        house=_watched("", len(everybody), house, sd),
        teams=tuple(
            _watched(team[0], len(people[team]), teams[team], sd)
            for team in sorted(teams)
            if len(people[team]) >= FEWEST_IN_TEAM
        ),
        sd=sd,
        false_alarm=run_length(),
        noticed=run_length(shift=1.0),
    )


def _sums(zone: str) -> Select[*tuple[Any, ...]]:
    """Month, agent, team, and what `_Sums.add` takes."""
    rating = QualityInterview.overall
    return (
        select(
            month_of(zone).label("month"),
            QualityInterview.rated_agent_id,
            Team.id.label("team_id"),
            Team.name.label("team"),
            func.count(rating).label("n"),
            func.sum(rating).label("total"),
            func.sum(rating * rating).label("squares"),
            func.count(case((rating >= SATISFIED, 1))).label("satisfied"),
            func.count(case((QualityInterview.settled != "", 1))).label("asked_settled"),
            func.count(case((QualityInterview.settled == "yes", 1))).label("settled"),
        )
        .join(QualityCallback, QualityCallback.id == QualityInterview.callback_id)
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .join(Agent, Agent.id == QualityInterview.rated_agent_id)
        .outerjoin(Team, Team.id == Agent.team_id)
        .where(QualityInterview.mode == MODE_TELEPHONE, ~taken_out())
        .group_by("month", QualityInterview.rated_agent_id, Team.id, Team.name)
    )


def _spread(months: Iterable[_Sums]) -> float:
    """The standard deviation of single answers inside months; 0 where there are not two in any."""
    known = [each for each in months if each.n]
    df = sum(each.n - 1 for each in known)
    squares = sum(each.squares - each.total**2 / each.n for each in known)
    return math.sqrt(max(0.0, squares) / df) if df > 0 else 0.0


def _share(code: str, house: dict[str, _Sums], period: str) -> ShareMonths | None:
    """The last SHOWN months; None with fewer than two that have answers."""
    shown = months_before(period, SHOWN)
    counts = []
    for place, month in enumerate(shown):
        sums = house.get(month, _Sums())
        yes, n = (sums.settled, sums.asked_settled) if code == "settled" else (sums.satisfied, sums.n)
        if n:
            counts.append((place, month, yes, n))
    if len(counts) < 2:
        return None
    return ShareMonths(
        code,
        tuple(MonthShare(month, wilson(yes, n), n) for _place, month, yes, n in counts),
        cochran_armitage([(place, yes, n) for place, _month, yes, n in counts]),
    )


def _watched(team: str, agents: int, sums: dict[str, _Sums], sd: float) -> Watched:
    months = [Month(name, each.n, each.total / each.n) for name, each in sorted(sums.items()) if each.n]
    answers = sorted(each.n for each in months)
    typical = answers[len(answers) // 2] if answers else 0
    return Watched(team, agents, sum(answers), typical, watch(months, sd))

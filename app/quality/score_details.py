"""What stands beside the scores: shares of yes, teams, how sure each month is, and who answered of the drawn five."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.agents.models import Agent, Team
from app.domain.quality_call import MODE_TELEPHONE
from app.domain.scoring.differences import detectable_gap
from app.domain.scoring.intervals import Interval, mean_interval, pooled_within, wilson
from app.domain.scoring.pooling import PooledShare, PooledShares, pool_shares, reliability
from app.domain.scoring.response import response_rate
from app.domain.scoring.verdict import ENOUGH_RELIABILITY, FEWEST_RELEASED
from app.draws.models import DrawAgent, QualityDraw
from app.quality.counted import counted, outcomes_by_mode
from app.quality.scores import SATISFIED, Scores, mean_of, months_before

#: Agents with answers from which a team's figure is no longer that of one person.
FEWEST_IN_TEAM = 3


@dataclass(frozen=True, slots=True)
class AgentShare:
    """One agent's share, which is reliable enough to be shown."""

    name: str
    pooled: PooledShare


@dataclass(frozen=True, slots=True)
class Share:
    """Customers who said yes: "settled" (the matter is) or "satisfied" (all in all, 4 or 5)."""

    code: str
    house: Interval
    n: int
    #: None where no two agents have two answers.
    pooled: PooledShares | None
    #: Of the mean number of answers per agent.
    reliability: float
    #: By name, never by rank; empty below the reliability of .7.
    agents: tuple[AgentShare, ...]


@dataclass(frozen=True, slots=True)
class TeamScore:
    """Mean of all answers about the agents of one team."""

    name: str
    agents: int
    n: int
    mean: Interval


@dataclass(frozen=True, slots=True)
class Details:
    """What the page of scores shows beside the scores."""

    shares: tuple[Share, ...]
    teams: tuple[TeamScore, ...]
    #: Agent -> mean with the spread of all agents; of those only whom `Scores.agents` names.
    own_means: dict[int, Interval]
    #: Month -> mean with the spread of all months.
    bands: dict[str, Interval]
    #: Response rate of the drawn five alone, without reserves, and how many of them were approached.
    first_response: float | None
    first_approached: int
    #: Answers per agent, and the difference of two agents that they would find; None where nothing is compared.
    gap: tuple[int, float] | None


def details(session: Session, found: Scores, zone: str) -> Details:
    """The details of the window of `found`; `zone` is the organisation's."""
    interviews = counted(session, months_before(found.months[-1], max(12, len(found.months))), zone)
    window = [each for each, month in interviews if month in found.months]
    by_agent: dict[str, list[float]] = defaultdict(list)
    for each in window:
        if each.overall is not None:
            by_agent[str(each.rated_agent_id)].append(each.overall)
    by_month: dict[str, list[float]] = defaultdict(list)
    for each, month in interviews:
        if each.overall is not None:
            by_month[month].append(each.overall)
    within, months_within = pooled_within(by_agent), pooled_within(by_month)
    sizes = _frame_sizes(session, found.months)
    typical = found.answers // len(by_agent) if by_agent else 0
    named = {each.agent_id for each in found.agents}
    first = outcomes_by_mode(session, found.months, zone, primaries_only=True)[MODE_TELEPHONE]
    settled = [(each.rated_agent_id, each.settled == "yes") for each in window if each.settled]
    satisfied = [(each.rated_agent_id, each.overall >= SATISFIED) for each in window if each.overall is not None]
    return Details(
        shares=tuple(
            _share(session, code, given) for code, given in (("settled", settled), ("satisfied", satisfied)) if given
        ),
        teams=_teams(session, by_agent),
        own_means={
            agent: mean_interval(by_agent[str(agent)], within, _size(sizes, agent, len(by_agent[str(agent)])))
            for agent in named
            if within is not None
        },
        bands={month: mean_interval(own, months_within) for month, own in by_month.items() if months_within},
        first_response=response_rate(first),
        first_approached=first.approached,
        gap=(typical, detectable_gap(typical, within.sd)) if within is not None and typical >= 2 else None,
    )


def _share(session: Session, code: str, given: Iterable[tuple[int, bool]]) -> Share:
    by_agent: dict[int, list[bool]] = defaultdict(list)
    for agent, yes in given:
        by_agent[agent].append(yes)
    total, good = sum(len(own) for own in by_agent.values()), sum(sum(own) for own in by_agent.values())
    pooled = pool_shares({str(agent): (sum(own), len(own)) for agent, own in by_agent.items()})
    sure = reliability(max(0.0, pooled.rho), total / len(by_agent)) if pooled else 0.0
    named = {
        int(agent): each
        for agent, each in (pooled.agents if pooled and sure >= ENOUGH_RELIABILITY else {}).items()
        if each.reliability >= ENOUGH_RELIABILITY and each.n >= FEWEST_RELEASED
    }
    names = session.execute(
        select(Agent.id, Agent.public_name).where(Agent.id.in_(named)).order_by(Agent.public_name, Agent.id)
    )
    agents = tuple(AgentShare(row.public_name, named[row.id]) for row in names)
    return Share(code, wilson(good, total), total, pooled, sure, agents)


def _teams(session: Session, by_agent: dict[str, list[float]]) -> tuple[TeamScore, ...]:
    """Teams by name, with the answers about three agents or more."""
    rows = session.execute(
        select(Team.id, Team.name, Agent.id.label("agent"))
        .join(Agent, Agent.team_id == Team.id)
        .where(Agent.id.in_([int(agent) for agent in by_agent]))
        .order_by(Team.name, Team.id, Agent.id)
    ).all()
    people: dict[tuple[int, str], list[str]] = defaultdict(list)
    for row in rows:
        people[row.id, row.name].append(str(row.agent))
    found = []
    for (_id, name), agents in people.items():
        given = [round(value) for agent in agents for value in by_agent[agent]]
        mean = mean_of(given)
        if mean is not None and len(agents) >= FEWEST_IN_TEAM:
            found.append(TeamScore(name, len(agents), len(given), mean))
    return tuple(found)


def _frame_sizes(session: Session, months: tuple[str, ...]) -> dict[int, int]:
    """Agent -> customers who could have been drawn in these months, where each of them has a draw."""
    last = (
        select(QualityDraw.period, func.max(QualityDraw.id).label("id"))
        .where(QualityDraw.period.in_(months), QualityDraw.state == "drawn")
        .group_by(QualityDraw.period)
    )
    newest = {row.period: row.id for row in session.execute(last)}
    if set(newest) != set(months):
        return {}
    rows = session.execute(
        select(DrawAgent.agent_id, func.sum(DrawAgent.customers))
        .where(DrawAgent.draw_id.in_(newest.values()))
        .group_by(DrawAgent.agent_id)
    )
    return {row[0]: row[1] for row in rows}


def _size(sizes: dict[int, int], agent: int, asked: int) -> int | None:
    """N of the frame; None where it is not known, or others were asked than it knows."""
    size = sizes.get(agent, 0)
    return size if size >= asked else None

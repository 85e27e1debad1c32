"""What the pages of the draw show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from app.agents.models import Agent
from app.domain.scoring.distributions import binomial_upper
from app.draws.models import DrawAgent, DrawExclusion, DrawSecret, QualityDraw
from app.errors import NotFound

#: An agent whose customers are left out this much more often than the centre's is looked at.
ODD_P = 0.01


@dataclass(slots=True)
class AgentLine:
    """What the draw found for one agent: numbers of customers."""

    agent_id: int
    name: str
    frame: int = 0
    primaries: int = 0
    reserves: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    #: More left out than chance explains (binomial, p < .01).
    odd: bool = False

    @property
    def served(self) -> int:
        return self.frame + sum(self.left_out.values())


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the long step of a draw has come: agents done, of all."""

    state: str
    done: int
    agents: int
    paused: bool


def progress(session: Session, row: QualityDraw) -> Progress:
    """How far `row` has come with the step of its state."""
    done = DrawAgent.agent_code if row.state == "freezing" else DrawAgent.primaries
    counted = session.execute(select(func.count(done), func.count()).where(DrawAgent.draw_id == row.id)).one()
    return Progress(row.state, counted[0], counted[1], row.paused_at is not None)


def draws(session: Session) -> list[QualityDraw]:
    """All draws, newest month first, further rounds above the first."""
    return list(session.scalars(select(QualityDraw).order_by(QualityDraw.period.desc(), QualityDraw.round.desc())))


def draw_of(session: Session, period: str, number: int, *, files: Sequence[str] = ("frame", "result")) -> QualityDraw:
    """The draw of a month and round, with those of its `files`: tens of megabytes each in a large house.

    Raises:
        NotFound: there is none.
    """
    row = session.scalar(
        select(QualityDraw)
        .where(QualityDraw.period == period, QualityDraw.round == number)
        .options(*(undefer(getattr(QualityDraw, name)) for name in files))
    )
    if row is None:
        raise NotFound(code="draw_unknown")
    return row


def secrets_of(session: Session, draw_id: int) -> dict[str, DrawSecret]:
    """Role -> what it committed to."""
    return {row.role: row for row in session.scalars(select(DrawSecret).where(DrawSecret.draw_id == draw_id))}


def lines(session: Session, draw_id: int) -> list[AgentLine]:
    """One line per agent with customers in the month, by name."""
    found: dict[int, AgentLine] = {}
    numbers = select(DrawAgent.agent_id, DrawAgent.customers, DrawAgent.primaries, DrawAgent.reserves).where(
        DrawAgent.draw_id == draw_id
    )
    left_out = select(DrawExclusion.agent_id, DrawExclusion.reason, DrawExclusion.customers).where(
        DrawExclusion.draw_id == _first_round(session, draw_id)
    )
    counted = session.execute(numbers).all()
    excluded = session.execute(left_out).all()
    ids = {row[0] for row in (*counted, *excluded)}
    for agent in session.scalars(select(Agent).where(Agent.id.in_(ids)).order_by(Agent.public_name)):
        found[agent.id] = AgentLine(agent.id, agent.public_name)
    for agent_id, customers, primaries, reserves in counted:
        line = found[agent_id]
        line.frame, line.primaries, line.reserves = customers, primaries or 0, reserves or 0
    for agent_id, reason, customers in excluded:
        found[agent_id].left_out[reason] = customers
    _mark_odd(list(found.values()))
    return list(found.values())


def _first_round(session: Session, draw_id: int) -> int:
    """A further round stands on the first one's frame, and so on its exclusions."""
    period = session.get_one(QualityDraw, draw_id).period
    first = select(QualityDraw.id).where(QualityDraw.period == period).order_by(QualityDraw.round)
    return session.scalars(first.limit(1)).one()


def _mark_odd(found: list[AgentLine]) -> None:
    totals: dict[str, int] = defaultdict(int)
    for line in found:
        totals["served"] += line.served
        totals["left_out"] += line.served - line.frame
    share = totals["left_out"] / totals["served"] if totals["served"] else 0.0
    for line in found:
        out = line.served - line.frame
        line.odd = out > 0 and binomial_upper(out, line.served, share) < ODD_P

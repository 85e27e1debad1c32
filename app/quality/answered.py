"""Who answered and who did not, of those the draw found, by what was known before anybody rang."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.agents.models import Agent, Team
from app.customers.models import Interaction
from app.domain.quality_call import MODE_TELEPHONE
from app.domain.scoring.nonresponse import REST, Asked, Compared, compare_facts
from app.quality.counted import APPROACHED, month_of, taken_out
from app.quality.links.models import QualityLink
from app.quality.models import QualityCallback, QualityInterview
from app.quality.score_details import FEWEST_IN_TEAM

#: Customers that a team must have asked, about FEWEST_IN_TEAM agents, before it is compared on its own.
FEWEST_OF_TEAM: Final = 60
#: Bands of the wait in line: their names, and up to how many seconds each goes.
WAITS: Final = (("short", 30), ("middle", 120), ("long", None))


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """A team with enough agents and customers to be looked at on its own."""

    id: int
    name: str
    asked: int


@dataclass(frozen=True, slots=True)
class WhoAnswered:
    """The comparison of some months, of the house or of one team."""

    asked: int
    answered: int
    #: Drawn, and not rung in the end: withdrawn, or no longer to be asked. In no comparison.
    never_rung: int
    #: Fact -> its comparison, in the order of FACTS; what was the same for everybody is left out.
    facts: Mapping[str, Compared]
    teams: tuple[TeamChoice, ...]


@dataclass(frozen=True, slots=True)
class _Rung:
    facts: Mapping[str, Any]
    answered: bool
    rating: float | None


def _wait(facts: Mapping[str, Any]) -> str:
    seconds = facts.get("wait_s")
    if seconds is None or facts.get("channel") == "ticket":  # nobody waits in line with a request in writing
        return REST
    return next(name for name, limit in WAITS if limit is None or seconds <= limit)


def _text(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda facts: str(facts[name]) if facts.get(name) is not None else REST


#: Fact -> its level for what is known of a contact. In the order of the page.
FACTS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "topic": _text("topic"),
    "wait": _wait,
    "ended_as": _text("ended_as"),
    "complaint": lambda facts: "yes" if facts.get("complaint") else "no",
    "tier": _text("tier"),
    "channel": _text("channel"),
}


def who_answered(session: Session, months: Sequence[str], zone: str, *, team_id: int | None = None) -> WhoAnswered:
    """Of the drawn who were rung about the contacts of `months`: answers by telephone, in part too, or none.

    Whoever answered by link did not answer the telephone, and is in no score. `zone` is the organisation's; a team that
    is too small gives an empty comparison.
    """
    rows = session.execute(
        select(
            QualityCallback.facts,
            QualityCallback.outcome,
            QualityCallback.rated_agent_id,
            QualityInterview.id.is_not(None).label("answered"),
            QualityInterview.overall.label("rating"),
            taken_out().label("taken_out"),
            QualityLink.id.is_not(None).label("has_link"),
            QualityCallback.attempts,
            Team.id.label("team_id"),
            Team.name.label("team"),
        )
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .join(Agent, Agent.id == QualityCallback.rated_agent_id)
        .outerjoin(Team, Team.id == Agent.team_id)
        .outerjoin(QualityLink, QualityLink.callback_id == QualityCallback.id)
        .outerjoin(
            QualityInterview,
            and_(QualityInterview.callback_id == QualityCallback.id, QualityInterview.mode == MODE_TELEPHONE),
        )
        .where(QualityCallback.source == "draw", month_of(zone).in_(months), QualityCallback.outcome != "")
        .order_by(QualityCallback.id)
    ).all()
    rung = [row for row in rows if row.outcome in APPROACHED and (row.attempts or not row.has_link)]
    people: dict[tuple[str, int], set[int]] = defaultdict(set)
    asked: dict[tuple[str, int], int] = defaultdict(int)
    for row in rung:
        if row.team_id is not None:
            people[row.team, row.team_id].add(row.rated_agent_id)
            asked[row.team, row.team_id] += 1
    teams = tuple(
        TeamChoice(team[1], team[0], asked[team])
        for team in sorted(people)
        if asked[team] >= FEWEST_OF_TEAM and len(people[team]) >= FEWEST_IN_TEAM
    )
    if team_id is not None:
        may = team_id in {each.id for each in teams}
        rung = [row for row in rung if may and row.team_id == team_id]
        rows = [row for row in rows if may and row.team_id == team_id]
    known = [_Rung(row.facts, row.answered, None if row.taken_out else row.rating) for row in rung]
    return WhoAnswered(
        asked=len(known),
        answered=sum(each.answered for each in known),
        never_rung=sum(row.outcome not in APPROACHED for row in rows),
        facts=_compared(known),
        teams=teams,
    )


def _compared(known: Sequence[_Rung]) -> dict[str, Compared]:
    levels = {
        name: [Asked(level(each.facts), each.answered, each.rating) for each in known] for name, level in FACTS.items()
    }
    differing = {name: asked for name, asked in levels.items() if len({each.level for each in asked}) > 1}
    return {name: compared for name, compared in compare_facts(differing).items() if len(compared.levels) > 1}

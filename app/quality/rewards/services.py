"""What the reward of a role hangs on, chosen by an administrator; and the tiers of a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.domain.rewards import SCOPES, TIERS, centre_result, tier
from app.errors import Invalid
from app.eventlog import Actor, record_event
from app.quality.rewards.models import RewardRule
from app.quality.scores import TARGET, AgentScore, Scores, scores

#: Months that a reward rests on.
YEAR = 12
_ONE_CHOOSES = text("SELECT pg_advisory_xact_lock(hashtext('reward rules'))")


def rules(session: Session) -> dict[str, str]:
    """Role -> what its reward hangs on; where nobody chose, the first scope of the role."""
    chosen = {row[0]: row[1] for row in session.execute(select(RewardRule.role, RewardRule.scope))}
    return {role: chosen.get(role, scopes[0]) for role, scopes in SCOPES.items()}


def choose(role: str, scope: str, *, actor: Actor) -> None:
    """From now on the reward of `role` hangs on `scope`. Interviews from then on heed it.

    Raises:
        Invalid: the role cannot be paid on that.
    """
    if scope not in SCOPES.get(role, ()):
        raise Invalid(code="reward_scope", fields={"scope": "unknown"})
    now = clock.now()
    with transaction() as session:
        session.execute(_ONE_CHOOSES)
        before = rules(session)[role]
        row = session.get(RewardRule, role) or RewardRule(role=role)
        row.scope, row.changed_by, row.changed_at = scope, actor.user_id or 0, now
        session.add(row)
        record_event(
            session,
            "reward.rule_changed",
            "user",
            actor.user_id or 0,
            actor=actor,
            before={"role": role, "scope": before},
            after={"role": role, "scope": scope},
        )


@dataclass(frozen=True, slots=True)
class Year:
    """What twelve months allow to reward. Names inside a tier are by the alphabet; who is in none is not listed."""

    months: tuple[str, ...]
    tiers: Sequence[tuple[str, Sequence[AgentScore]]]
    #: "reached", "missed" or "open": what managers' reward hangs on.
    centre: str
    found: Scores


def year_up_to(session: Session, period: str, zone: str) -> Year:
    """The tiers of the twelve months that end with `period`."""
    found = scores(session, period, YEAR, zone)
    by_tier = [(name, [each for each in found.agents if tier(each.pooled, TARGET) == name]) for name in TIERS]
    return Year(found.months, by_tier, centre_result(found.overall, TARGET), found)

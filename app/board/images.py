"""Live images of the board: one for the whole house, as it is now; one of the day, which changes slowly."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.board.balance import differences
from app.board.figures import AgentNow, QueueNow, by_quarter, day_start, limits_as_json, look, states
from app.board.models import BoardWatch, Breach
from app.domain.service_metrics import FORMULA_VERSION, Cohort, abandon_rate, service_level
from app.live import View, next_version
from app.security.models import User

#: The one image of each kind.
KEY = "all"
QUARTER_S = 900
#: Points of the small curves: two hours.
TREND_QUARTERS = 8

#: What each place of an agent's row means; `since` is in seconds since 1970.
AGENT_FIELDS = ("id", "name", "state", "since", "queue", "code", "free", "pending", "lost", "simulated", "override")

#: How many callers were in line at each of the last quarters: legs that had come and not yet gone.
_IN_LINE = text("""
SELECT count(w.id) AS n
FROM generate_series(0, :points) AS p(i)
LEFT JOIN work_items w ON w.kind = 'call' AND w.enqueued_at >= :since
    AND w.enqueued_at <= :now - p.i * interval '15 minutes'
    AND (coalesce(w.answered_at, w.ended_at) IS NULL
         OR coalesce(w.answered_at, w.ended_at) > :now - p.i * interval '15 minutes')
GROUP BY p.i ORDER BY p.i DESC""")


def board_image(session: Session, _key: str) -> dict[str, Any]:
    """Queues, agents and open breaches."""
    version = next_version(session)
    now = clock.now()
    house = look(session, now)
    return {
        "v": version,
        "now": now.isoformat(),
        "since": day_start(now).isoformat(),
        "watched_at": _iso(session.scalar(select(BoardWatch.looked_at))),
        "formula": FORMULA_VERSION,
        "limits": limits_as_json(house.limits),
        "house": {
            **_shares(house.cohort),
            "goal": house.goal_percent,
            "targets": sorted({queue.target_s for queue in house.queues}),
            "waiting": house.waiting,
            "at_risk": house.at_risk,
            "late": house.late,
            "free": house.free,
            "agents": len(house.agents),
            "groups": states(house.agents),
        },
        "queues": [_queue(queue) for queue in house.queues],
        "agent_fields": AGENT_FIELDS,
        "agents": [_agent(agent) for agent in house.agents],
        "breaches": open_breaches(session),
    }


def day_image(session: Session, _key: str) -> dict[str, Any]:
    """The day by quarters of an hour, the small curves of the tiles, and the balance of the queues."""
    version = next_version(session)
    now = clock.now()
    since = day_start(now)
    quarters = by_quarter(session, since)
    current = int((now - since).total_seconds()) // QUARTER_S
    cohorts = [quarters.get(index, Cohort()) for index in range(min(quarters, default=current), current + 1)]
    return {
        "v": version,
        "now": now.isoformat(),
        "from": (since + timedelta(seconds=QUARTER_S * (current + 1 - len(cohorts)))).isoformat(),
        "step_s": QUARTER_S,
        "offered": [cohort.offered for cohort in cohorts],
        "in_target": [cohort.answered_in_target for cohort in cohorts],
        "abandoned": [cohort.abandoned for cohort in cohorts],
        "trends": {**_trends(cohorts), "waiting": _in_line(session, since, now)},
        "differences": [asdict(difference) for difference in differences(session, since)],
    }


def _trends(cohorts: list[Cohort]) -> dict[str, list[float | None]]:
    """The day's level and abandon rate as they stood after each of the last quarters."""
    total = Cohort()
    levels, rates = [], []
    for cohort in cohorts:
        total = total + cohort
        levels.append(service_level(total))
        rates.append(abandon_rate(total))
    return {"level": levels[-TREND_QUARTERS - 1 :], "abandoned": rates[-TREND_QUARTERS - 1 :]}


def _in_line(session: Session, since: datetime, now: datetime) -> list[int]:
    points = min(TREND_QUARTERS, int((now - since).total_seconds()) // QUARTER_S)
    return list(session.scalars(_IN_LINE, {"since": since, "now": now, "points": points}))


def open_breaches(session: Session) -> list[dict[str, Any]]:
    """What is over its limit now, newest first."""
    rows = session.execute(
        select(Breach, User.display_name)
        .outerjoin(User, User.id == Breach.acknowledged_by)
        .where(Breach.ended_at.is_(None))
        .order_by(Breach.risen_at.desc(), Breach.id.desc())
    )
    return [
        {
            "id": row.Breach.id,
            "scope": row.Breach.scope,
            "subject": row.Breach.subject_id,
            "measure": row.Breach.measure,
            "tone": row.Breach.tone,
            "risen_at": row.Breach.risen_at.isoformat(),
            "seen_by": row.display_name if row.Breach.acknowledged_at else None,
        }
        for row in rows
    ]


def _queue(queue: QueueNow) -> dict[str, Any]:
    return {
        "id": queue.id,
        "names": queue.names,
        "target_s": queue.target_s,
        "goal": queue.goal_percent,
        "open": queue.is_open,
        "closed_at": _iso(queue.closed_at),
        "closed_reason": queue.closed_reason,
        **({"limits": limits_as_json(queue.limits)} if queue.own_limits else {}),
        "waiting": queue.waiting,
        "oldest": _iso(queue.oldest),
        "others": queue.others,
        **({"voicemails": queue.voicemails} if queue.voicemails else {}),
        **({"callbacks": queue.callbacks} if queue.callbacks else {}),
        **({"aside": queue.aside} if queue.aside else {}),
        **({"at_risk": queue.at_risk, "late": queue.late, "due": _iso(queue.due)} if queue.at_risk else {}),
        **_shares(queue.cohort),
        "free": queue.free,
        "ringing": queue.ringing,
        "talking": queue.talking,
        "wrap": queue.wrap,
        "away": queue.away,
        "elsewhere": queue.elsewhere,
    }


def _agent(agent: AgentNow) -> list[Any]:
    """One row of AGENT_FIELDS: with hundreds of agents the names of the fields would be most of the image."""
    return [
        agent.id,
        agent.name,
        agent.state,
        int(agent.since.timestamp()),
        agent.queue_id or 0,
        agent.code or "",
        agent.free,
        agent.pending or "",
        agent.lost,
        int(agent.simulated),
        agent.override.isoformat() if agent.override else "",
    ]


def _shares(cohort: Cohort) -> dict[str, Any]:
    level, lost = service_level(cohort), abandon_rate(cohort)
    return {
        "offered": cohort.offered,
        "answered": cohort.answered,
        "level": None if level is None else round(level, 4),
        "abandoned": None if lost is None else round(lost, 4),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


#: A busy house changes many times a second; a wall is read at a glance.
VIEWS_BOARD = {
    "board": View(
        board_image, "board.image", delay_s=0.5, follows=("queue", "team"), lists=("queues", "agents", "breaches")
    ),
    "board_day": View(day_image, "board.day", delay_s=5.0, follows=("queue",)),
}

"""What the board shows, read by a few set-based statements, whatever the number of queues and agents."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from app.board.models import BoardLimits
from app.domain.service_metrics import Cohort
from app.domain.thresholds import DEFAULTS, Limits
from app.tickets.models import UNANSWERED, VOICEMAIL_WAITING, Ticket

#: Calls in line. A caller who asked to be called back, a text and a ticket do not hold a receiver.
_LINES = text("""
SELECT queue_id, count(*) FILTER (WHERE kind = 'call') AS waiting,
    min(enqueued_at) FILTER (WHERE kind = 'call') AS oldest, count(*) FILTER (WHERE kind <> 'call') AS others
FROM work_items WHERE state IN ('queued','reserved') AND kind <> 'consult' GROUP BY queue_id""")

#: Voice messages that nobody has in hand yet.
_VOICEMAILS = select(Ticket.queue_id, func.count().label("n")).where(text(VOICEMAIL_WAITING)).group_by(Ticket.queue_id)

#: Requests in writing whose first answer is due within the hour, and those of them that it should have had by now.
_ANSWERS = (
    select(
        Ticket.queue_id,
        func.count().label("at_risk"),
        func.count().filter(Ticket.due_at <= bindparam("now")).label("late"),
        func.min(Ticket.due_at).label("due"),
    )
    .where(text(UNANSWERED), Ticket.due_at <= bindparam("soon"))
    .group_by(Ticket.queue_id)
)
AT_RISK = timedelta(hours=1)

#: Callbacks in line, and those set aside because their customer's page is closed or nobody answered there.
_CALLBACKS = text("""
SELECT w.queue_id, count(*) FILTER (WHERE w.state <> 'parked') AS in_line,
    count(*) FILTER (WHERE w.state = 'parked') AS aside
FROM callbacks b JOIN calls c ON c.id = b.call_id JOIN work_items w ON w.id = c.work_item_id
WHERE b.state = 'waiting' GROUP BY w.queue_id""")

#: The queue legs of calls that came in line since the day began: offered, answered in T, lost after S seconds.
_COHORTS = """
SELECT {grain} count(*) AS offered, count(answered_at) AS answered,
    count(*) FILTER (WHERE answered_at <= enqueued_at + make_interval(secs => q.target_s)) AS in_target,
    count(*) FILTER (WHERE {lost} AND NOT {short}) AS abandoned, count(*) FILTER (WHERE {lost} AND {short}) AS short
FROM queues q JOIN work_items w ON w.queue_id = q.id AND w.enqueued_at >= :since AND w.kind = 'call'
GROUP BY 1 ORDER BY 1"""
_LOST = "answered_at IS NULL AND reason IN ('abandoned','short_abandon','abandoned_while_ringing')"
#: A transferred caller had waited before: whoever leaves a later leg at once did not leave at once.
_SHORT = "(w.leg = 1 AND w.ended_at < w.enqueued_at + make_interval(secs => q.short_abandon_s))"
_BY_QUEUE = text(_COHORTS.format(grain="q.id AS grain,", lost=_LOST, short=_SHORT))
_BY_QUARTER = text(
    _COHORTS.format(
        grain="CAST(floor(extract(epoch FROM w.enqueued_at - :since) / 900) AS int) AS grain,", lost=_LOST, short=_SHORT
    )
)

_AGENTS = text("""
SELECT a.id, u.display_name AS name, i.state, i.started_at AS since, i.code, w.queue_id, c.state AS call_state,
    a.pending_intent, a.session_state, a.simulated,
    i.state = 'available' AND a.device_ready AND a.session_state = 'connected' AND a.pending_intent IS NULL AS free
FROM agents a
JOIN users u ON u.id = a.id AND u.active
JOIN agent_intervals i ON i.agent_id = a.id AND i.ended_at IS NULL AND i.state <> 'offline'
LEFT JOIN reservations r ON r.agent_id = a.id AND r.channel = 'voice'
    AND r.state IN ('pending','accepted','active','wrapping')
LEFT JOIN work_items w ON w.id = r.work_item_id
LEFT JOIN calls c ON c.work_item_id = w.id AND c.owner_id = a.id AND c.state IN ('held','consulting')
ORDER BY a.id""")

_SERVES = text("""
SELECT m.agent_id, m.queue_id, CASE WHEN bool_and(c.override) THEN max(c.expires_on) END AS override
FROM queue_members m JOIN certificates c
    ON c.agent_id = m.agent_id AND c.queue_id = m.queue_id AND c.revoked_at IS NULL
    AND c.granted_on <= :today AND (c.expires_on IS NULL OR c.expires_on >= :today)
WHERE m.agent_id = ANY(:agents) GROUP BY m.agent_id, m.queue_id""")

#: Open queues, and closed ones that somebody may want to open again: closed this week, or with callers left in line.
_QUEUES = text("""
SELECT q.id, q.names, q.target_s, q.target_percent, q.active, e.at AS closed_at, e.reason AS closed_reason
FROM queues q LEFT JOIN LATERAL (
    SELECT at, reason FROM events WHERE subject = 'queue' AND subject_id = q.id AND name = 'queue.closed'
    ORDER BY id DESC LIMIT 1) e ON NOT q.active
WHERE q.active OR e.at > :recently
    OR EXISTS (SELECT 1 FROM work_items w WHERE w.queue_id = q.id AND w.state IN ('queued','reserved'))
ORDER BY q.position, q.id""")

#: A queue closed longer ago than this is out of use, and off the board.
RECENTLY = timedelta(days=7)
_AWAY = frozenset({"break", "training", "coaching", "missed"})

_zone = ZoneInfo("UTC")


def configure(zone: str) -> None:
    """Let the day begin at midnight of this IANA zone."""
    global _zone
    _zone = ZoneInfo(zone)


def day_start(now: datetime) -> datetime:
    """The moment (UTC) the organisation's day began."""
    midnight = now.astimezone(_zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(now.tzinfo)


@dataclass(slots=True)
class QueueNow:
    """One queue as of now. `free` and `away` count those certified for it, the others those at work for it."""

    id: int
    names: dict[str, Any]
    target_s: int
    goal_percent: int
    is_open: bool
    closed_at: datetime | None
    closed_reason: str
    limits: Limits
    own_limits: bool
    waiting: int = 0
    #: Since when the caller who waits longest has been waiting.
    oldest: datetime | None = None
    #: Texts, tickets and callbacks in line.
    others: int = 0
    #: Those of them that were spoken: voice messages.
    voicemails: int = 0
    #: Callbacks in line, part of `others`; and those that wait for their customer.
    callbacks: int = 0
    aside: int = 0
    #: Requests whose answer is due within the hour, those among them that are late, and the first moment of all.
    at_risk: int = 0
    late: int = 0
    due: datetime | None = None
    cohort: Cohort = field(default_factory=Cohort)
    free: int = 0
    ringing: int = 0
    talking: int = 0
    wrap: int = 0
    away: int = 0
    #: Certified for this queue, and talking or wrapping up for another one.
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class AgentNow:
    """One agent on shift. `queue_id` is that of the call in hand."""

    id: int
    name: str
    #: What the board says: the interval's state, or "held" and "consulting" of the call.
    state: str
    since: datetime
    code: str | None
    queue_id: int | None
    pending: str | None
    lost: bool
    free: bool
    #: The demo plays this seat.
    simulated: bool = False
    #: Last day of an administrator's override, where the agent serves a queue by one alone.
    override: date | None = None


@dataclass(frozen=True, slots=True)
class House:
    """Everything a look at the board needs."""

    queues: list[QueueNow]
    agents: list[AgentNow]
    limits: Limits

    @property
    def free(self) -> int:
        return sum(agent.free for agent in self.agents)

    @property
    def waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues)

    @property
    def at_risk(self) -> int:
        return sum(queue.at_risk for queue in self.queues)

    @property
    def late(self) -> int:
        return sum(queue.late for queue in self.queues)

    @property
    def cohort(self) -> Cohort:
        return sum((queue.cohort for queue in self.queues), Cohort())

    @property
    def goal_percent(self) -> int:
        """The goal of the whole: the queues' own, weighted by what was offered."""
        offered = sum(queue.cohort.offered for queue in self.queues)
        if not offered:
            return max((queue.goal_percent for queue in self.queues), default=80)
        return round(sum(queue.goal_percent * queue.cohort.offered for queue in self.queues) / offered)


def limits_in_force(session: Session) -> tuple[Limits, dict[int, Limits]]:
    """The house's limits, and those of the queues that have their own."""
    rows = {row.queue_id: row for row in session.scalars(select(BoardLimits))}
    house = as_limits(rows[None]) if None in rows else DEFAULTS
    return house, {queue_id: as_limits(row) for queue_id, row in rows.items() if queue_id is not None}


def as_limits(row: BoardLimits) -> Limits:
    """The values of a row."""
    return Limits(**{column.name: getattr(row, column.name) for column in fields(Limits)})


def look(session: Session, now: datetime) -> House:
    """The house as of now: ten statements."""
    house, own = limits_in_force(session)
    queues = {
        row.id: QueueNow(
            row.id,
            row.names,
            row.target_s,
            row.target_percent,
            row.active,
            row.closed_at,
            row.closed_reason or "",
            own.get(row.id, house),
            row.id in own,
        )
        for row in session.execute(_QUEUES, {"recently": now - RECENTLY})
    }
    for row in session.execute(_LINES):
        if row.queue_id in queues:
            queue = queues[row.queue_id]
            queue.waiting, queue.oldest, queue.others = row.waiting, row.oldest, row.others
    for row in session.execute(_VOICEMAILS):
        if row.queue_id in queues:
            queues[row.queue_id].voicemails = row.n
    for row in session.execute(_CALLBACKS):
        if row.queue_id in queues:
            queues[row.queue_id].callbacks, queues[row.queue_id].aside = row.in_line, row.aside
    for row in session.execute(_ANSWERS, {"now": now, "soon": now + AT_RISK}):
        if row.queue_id in queues:
            queue = queues[row.queue_id]
            queue.at_risk, queue.late, queue.due = row.at_risk, row.late, row.due
    for row in session.execute(_BY_QUEUE, {"since": day_start(now)}):
        if row.grain in queues:
            queues[row.grain].cohort = as_cohort(row)
    agents = [_agent(row) for row in session.execute(_AGENTS)]
    served: dict[int, list[int]] = defaultdict(list)
    overrides: dict[int, date] = {}
    for row in session.execute(_SERVES, {"agents": [a.id for a in agents], "today": now.date()}):
        served[row.agent_id].append(row.queue_id)
        if row.override is not None:
            overrides[row.agent_id] = max(row.override, overrides.get(row.agent_id, row.override))
    agents = [replace(agent, override=overrides.get(agent.id)) for agent in agents] if overrides else agents
    _count_agents(queues, agents, served)
    return House(list(queues.values()), agents, house)


def as_cohort(row: Any) -> Cohort:
    """The counts of one row of a cohort statement."""
    return Cohort(row.offered, row.answered, row.in_target, row.abandoned, row.short)


def _agent(row: Any) -> AgentNow:
    state = row.call_state if row.state == "talking" and row.call_state else row.state
    return AgentNow(
        row.id,
        row.name,
        state,
        row.since,
        row.code,
        row.queue_id,
        row.pending_intent,
        row.session_state == "grace",
        row.free,
        row.simulated,
    )


def _count_agents(queues: Mapping[int, QueueNow], agents: Iterable[AgentNow], served: Mapping[int, list[int]]) -> None:
    for agent in agents:
        at_work = queues.get(agent.queue_id or 0)
        if at_work is not None:
            if agent.state == "wrap_up":
                at_work.wrap += 1
            elif agent.state == "ringing":
                at_work.ringing += 1
            else:
                at_work.talking += 1
        for queue_id in served.get(agent.id, ()):
            queue = queues.get(queue_id)
            if queue is None:
                continue
            queue.free += agent.free
            queue.away += agent.state in _AWAY
            queue.elsewhere += agent.queue_id is not None and agent.queue_id != queue_id


def states(agents: Iterable[AgentNow]) -> Counter[str]:
    """How many agents are in each group the board names: free, calls, wrap, away."""
    counted: Counter[str] = Counter()
    for agent in agents:
        if agent.free:
            counted["free"] += 1
        elif agent.state in _AWAY:
            counted["away"] += 1
        elif agent.state == "wrap_up":
            counted["wrap"] += 1
        elif agent.queue_id is not None:
            counted["calls"] += 1
    return counted


def by_quarter(session: Session, since: datetime) -> dict[int, Cohort]:
    """Quarter of an hour since `since` (0, 1, ...) -> cohort of all queues that came in line in it."""
    return {row.grain: as_cohort(row) for row in session.execute(_BY_QUARTER, {"since": since})}


def limits_as_json(limits: Limits) -> dict[str, int]:
    """The limits by name, for pages."""
    return asdict(limits)

"""Agents at their desks: which page is the telephone, what the agent wants, and what becomes of lost pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent, AgentSocket, BreakCode, WebProcess
from app.db import reading, transaction
from app.domain.timers import OFFER_GRACE_S, SOCKET_LOST_S
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import SWEEP, Actor, person, record_event
from app.live import touch
from app.queues.presence_marks import live_load, refresh_display
from app.queues.wake import wake_router
from app.security.models import User

#: Pages of the living demo carry names that begin so; only demo people's count.
SIMULATED_PAGE = "sim-"

#: What an agent may choose; "missed" is set by RONA only.
CHOICES = ("available", "break", "training", "coaching", "offline")


@dataclass(frozen=True, slots=True)
class Seat:
    """What a desk page is told when it says hello."""

    role: str
    epoch: int
    #: True when this page is a new load that took the telephone over: media links must start again.
    new_page: bool


def lock_agent(session: Session, agent_id: int) -> Agent:
    """The agent, locked until the end of the transaction.

    Raises:
        NotFound: the user takes no calls.
    """
    agent = session.get(Agent, agent_id, with_for_update=True, populate_existing=True)
    if agent is None:
        raise NotFound(code="agent_unknown")
    return agent


def require_epoch(session: Session, agent_id: int, epoch: int) -> None:
    """Refuse a command of a page that is no longer the agent's telephone (I14).

    Raises:
        Conflict: code "stale_epoch".
    """
    agent = session.get(Agent, agent_id)
    if agent is None or agent.epoch != epoch:
        raise Conflict(code="stale_epoch")


def touch_agent(session: Session, agent_id: int) -> None:
    """Mark the agent's desk and the team list stale."""
    touch(session, "agent", agent_id)
    touch(session, "team", "all")


def take_seat(
    session: Session, agent_id: int, *, sid: str, process_id: str, tab: str, page: str, take_over: bool
) -> Seat:
    """Register a desk page; it becomes the agent's telephone unless another live tab is. Participant.

    A reload keeps its tab name and takes over by itself; a second tab must ask (`take_over`). Where the demo plays the
    seat, a person gets it without asking; the demo gets a seat that nobody is in, or its own.
    """
    now = clock.now()
    agent = lock_agent(session, agent_id)
    simulated = page.startswith(SIMULATED_PAGE) and session.get_one(User, agent_id).demo
    session.merge(AgentSocket(sid=sid, agent_id=agent_id, process_id=process_id, tab=tab, page=page, connected_at=now))
    session.flush()
    other_alive = (
        agent.device_sid is not None
        and agent.device_sid != sid
        and agent.device_page != page
        and agent.device_tab != tab
        and session.get(AgentSocket, agent.device_sid) is not None
    )
    if simulated and not agent.simulated:
        taken = agent.session_state != "offline"
    else:
        taken = other_alive and not take_over and agent.simulated == simulated
    if taken:
        return Seat("viewer", agent.epoch, False)
    new_page = agent.device_page != page
    before = agent.session_state
    agent.device_tab, agent.device_page, agent.device_sid = tab, page, sid
    agent.session_state, agent.grace_until = "connected", None
    agent.simulated = simulated
    if new_page:
        agent.epoch += 1
        agent.device_ready = False
    session.flush()
    record_event(
        session,
        "agent.connected",
        "agent",
        agent_id,
        actor=person(agent_id),
        reason="take_over" if take_over else "hello",
        before={"session": before},
        after={"session": "connected", "epoch": agent.epoch, "simulated": simulated},
        at=now,
    )
    refresh_display(session, [agent_id], now)
    touch_agent(session, agent_id)
    wake_router(session)
    return Seat("device", agent.epoch, new_page)


def leave_seat(sid: str) -> None:
    """A desk page's socket is gone: the agent gets a grace period if it was the telephone."""
    now = clock.now()
    with transaction() as session:
        agent_id = session.scalar(select(AgentSocket.agent_id).where(AgentSocket.sid == sid))
        if agent_id is None:
            return
        agent = lock_agent(session, agent_id)
        session.execute(delete(AgentSocket).where(AgentSocket.sid == sid))
        if agent.device_sid == sid:
            _begin_grace(session, agent, now, reason="socket_lost")


def _begin_grace(session: Session, agent: Agent, now: datetime, *, reason: str) -> None:
    agent.device_sid = None
    if agent.session_state != "connected":
        return
    agent.session_state, agent.grace_until = "grace", now + timedelta(seconds=OFFER_GRACE_S)
    session.flush()
    record_event(
        session,
        "agent.connection_lost",
        "agent",
        agent.id,
        actor=SWEEP,
        reason=reason,
        before={"session": "connected"},
        after={"session": "grace"},
        at=now,
    )
    refresh_display(session, [agent.id], now)
    touch_agent(session, agent.id)


def set_device(agent_id: int, epoch: int, *, ready: bool) -> None:
    """The microphone check of the telephone page passed, or the microphone is gone.

    Raises:
        Conflict: the page is not the telephone any more.
    """
    now = clock.now()
    with transaction() as session:
        agent = lock_agent(session, agent_id)
        if agent.epoch != epoch:
            raise Conflict(code="stale_epoch")
        if agent.device_ready == ready:
            return
        agent.device_ready = ready
        session.flush()
        record_event(
            session,
            "agent.device_changed",
            "agent",
            agent_id,
            actor=person(agent_id),
            after={"ready": ready},
            at=now,
        )
        refresh_display(session, [agent_id], now)
        touch_agent(session, agent_id)
        wake_router(session)


def choose_intent(agent_id: int, intent: str, *, break_code: str | None = None, epoch: int | None = None) -> str:
    """What the agent wants from now, or after the work in hand; the intent in force.

    Raises:
        Invalid: no such intent or break code.
        Conflict: the page is not the telephone any more.
    """
    if intent not in CHOICES:
        raise Invalid(code="intent_unknown")
    now = clock.now()
    with transaction() as session:
        agent = lock_agent(session, agent_id)
        if epoch is not None and agent.epoch != epoch:
            raise Conflict(code="stale_epoch")
        return set_intent(session, agent, intent, break_code=break_code, now=now, actor=person(agent_id))


def set_intent(
    session: Session, agent: Agent, intent: str, *, break_code: str | None, now: datetime, actor: Actor
) -> str:
    """Apply an intent at once, or keep it until the load is zero. Participant; the agent is locked."""
    code_id = None
    if intent == "break":
        code_id = session.scalar(select(BreakCode.id).where(BreakCode.code == break_code, BreakCode.active))
        if code_id is None:
            raise Invalid(code="break_code_unknown")
    before = {"intent": agent.intent, "pending": agent.pending_intent}
    if intent != "available" and live_load(session, agent.id) > 0:
        agent.pending_intent, agent.pending_break_code_id = intent, code_id
    else:
        agent.pending_intent, agent.pending_break_code_id = None, None
        if agent.intent != intent or agent.break_code_id != code_id:
            agent.intent, agent.break_code_id, agent.intent_since = intent, code_id, now
        if intent == "available":
            agent.misses, agent.cool_down_until = 0, None
    session.flush()
    record_event(
        session,
        "agent.intent_changed",
        "agent",
        agent.id,
        actor=actor,
        reason=break_code or "",
        before=before,
        after={"intent": agent.intent, "pending": agent.pending_intent, "break": break_code},
        at=now,
    )
    refresh_display(session, [agent.id], now)
    touch_agent(session, agent.id)
    wake_router(session)
    return agent.intent


def beat(process_id: str) -> None:
    """The heart-beat of a web process: its sockets are alive as long as it comes."""
    now = clock.now()
    with transaction() as session:
        statement = insert(WebProcess).values(id=process_id, started_at=now, beat_at=now)
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"beat_at": now}))


def dead_processes(session: Session, now: datetime) -> Sequence[str]:
    """Web processes that stopped beating."""
    return session.scalars(
        select(WebProcess.id).where(WebProcess.beat_at < now - timedelta(seconds=SOCKET_LOST_S))
    ).all()


def sweep_presence() -> int:
    """Take sockets of dead processes away and end grace periods that ran out; how many agents moved."""
    now = clock.now()
    with reading() as session:
        dead = dead_processes(session, now)
        lost = session.scalars(select(AgentSocket.agent_id).where(AgentSocket.process_id.in_(dead)).distinct()).all()
        overdue = session.scalars(
            select(Agent.id).where(Agent.session_state == "grace", Agent.grace_until <= now)
        ).all()
    moved = 0
    for agent_id in sorted({*lost, *overdue}):
        with transaction() as session:  # one agent at a time: a sweep that holds many makes all of them wait
            moved += _sweep_agent(session, agent_id, dead, now)
    return moved


def forget_processes(session: Session, dead: Sequence[str]) -> None:
    """Drop processes that stopped beating, once no socket of theirs is left to be taken away. Participant."""
    session.execute(
        delete(WebProcess).where(
            WebProcess.id.in_(dead), ~exists().where(AgentSocket.process_id == WebProcess.id)
        )
    )


def _sweep_agent(session: Session, agent_id: int, dead: Sequence[str], now: datetime) -> int:
    agent = lock_agent(session, agent_id)
    session.execute(delete(AgentSocket).where(AgentSocket.agent_id == agent_id, AgentSocket.process_id.in_(dead)))
    if agent.device_sid is not None and session.get(AgentSocket, agent.device_sid) is None:
        _begin_grace(session, agent, now, reason="process_lost")
        return 1
    if agent.session_state != "grace" or agent.grace_until is None or agent.grace_until > now:
        return 0
    agent.session_state, agent.grace_until, agent.device_ready = "offline", None, False
    session.flush()
    record_event(
        session,
        "agent.disconnected",
        "agent",
        agent_id,
        actor=SWEEP,
        reason="grace_over",
        before={"session": "grace"},
        after={"session": "offline"},
        at=now,
    )
    refresh_display(session, [agent_id], now)
    touch_agent(session, agent_id)
    return 1


def sign_agent_off(session: Session, agent_id: int, *, now: datetime, actor: Actor) -> None:
    """Signing out ends the shift: the intent turns to offline, now or after the work in hand. Participant."""
    agent = session.get(Agent, agent_id, with_for_update=True, populate_existing=True)
    if agent is not None and agent.intent != "offline":
        set_intent(session, agent, "offline", break_code=None, now=now, actor=actor)

"""People in practice listen to live calls of the queues they are trained for, and what counts of it on their road."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent
from app.calls import listening
from app.calls.listening import LiveCall
from app.calls.locks import lock_call
from app.calls.models import Listening
from app.db import reading, transaction
from app.domain.listening import counts
from app.domain.road import Stage
from app.errors import Conflict, Forbidden
from app.eventlog import Actor, record_event
from app.security.models import User
from app.training.models import Road, RoadEntry

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Door:
    """What somebody finds at the door: the calls, or why there are none for them."""

    calls: Sequence[LiveCall]
    #: "no_practice", "busy", or empty.
    closed: str = ""


def queues_in_practice(session: Session, listener_id: int) -> list[int]:
    """The queues whose calls a person may listen to: where they are in practice."""
    mine = select(Road.queue_id).where(Road.agent_id == listener_id, Road.state == Stage.PRACTICE.value)
    return list(session.scalars(mine))


def door(listener_id: int) -> Door:
    """The live calls that somebody may listen to now."""
    with reading() as session:
        queues = queues_in_practice(session, listener_id)
        if not queues:
            return Door((), "no_practice")
        if listening.takes_calls(session, listener_id):
            return Door((), "busy")
        return Door(listening.live_calls(session, queues, listener_id))


def listen(listener_id: int, call_id: int, *, sid: str, process_id: str, page: str) -> int:
    """Id of the listening that begins; the agent is told in the same moment.

    Raises:
        Forbidden: the person is in practice for no queue.
        Conflict: not this call, or not any more.
        NotFound: no such call.
    """
    with transaction() as session:
        call = lock_call(session, call_id)
        queues = queues_in_practice(session, listener_id)
        if not queues:
            raise Forbidden(code="listen_no_practice")
        return listening.begin(session, call, listener_id, queues, sid=sid, process_id=process_id, page=page).id


def count_heard(session: Session, heard: Listening, now: datetime, actor: Actor) -> None:
    """A call heard for long enough is a shadowed call of the road, once. Participant; runs when a listening ends."""
    same = Listening.call_id == heard.call_id, Listening.listener_id == heard.listener_id
    total = session.scalar(select(func.sum(Listening.heard_s)).where(*same)) or 0
    if not counts(total):
        return
    known = select(RoadEntry.id).join(Listening, Listening.id == RoadEntry.listening_id).where(*same)
    road = session.scalar(
        select(Road).where(
            Road.agent_id == heard.listener_id, Road.queue_id == heard.queue_id, Road.state != Stage.TRAINEE.value
        )
    )
    if road is None or session.scalar(known.limit(1)) is not None:
        return
    entry = RoadEntry(road_id=road.id, kind="shadowing", day=now.date(), amount=1, listening_id=heard.id, at=now)
    session.add(entry)
    session.flush()
    after = {"road": road.id, "kind": "shadowing", "day": str(now.date()), "amount": 1, "listening": heard.id}
    record_event(
        session, "road.entered", "agent", road.agent_id, actor=actor, after=after, contact_id=heard.contact_id, at=now
    )


def choose_hosts(agent_ids: Collection[int], seen: Collection[int], *, actor: Actor) -> int:
    """How many agents take listeners from now on. Of those `seen` on the page, exactly `agent_ids` do.

    Raises:
        Conflict: somebody chosen takes no contacts.
    """
    chosen, shown = set(agent_ids), set(seen)
    with transaction() as session:
        asked = select(Agent.id, Agent.takes_listeners).where(Agent.id.in_(shown))
        known = {row.id: row.takes_listeners for row in session.execute(asked)}
        if not chosen <= known.keys():
            raise Conflict(_("Somebody you chose takes no contacts any more. Please look again."), code="moved_on")
        for agent_id in sorted(known):
            wanted = agent_id in chosen
            if known[agent_id] == wanted:
                continue
            session.execute(update(Agent).where(Agent.id == agent_id).values(takes_listeners=wanted))
            record_event(
                session,
                "agent.takes_listeners",
                "agent",
                agent_id,
                actor=actor,
                before={"takes_listeners": not wanted},
                after={"takes_listeners": wanted},
                at=clock.now(),
            )
        return len(chosen)


def logins_in_practice() -> frozenset[str]:
    """Logins of everybody who may listen in."""
    with reading() as session:
        people = select(User.login).join(Road, Road.agent_id == User.id).where(Road.state == Stage.PRACTICE.value)
        return frozenset(session.scalars(people))


def hosts(session: Session) -> list[tuple[int, str, bool]]:
    """(id, name, takes listeners) of everybody who has a seat and is active."""
    people = select(Agent.id, User.display_name, Agent.takes_listeners).join(User, User.id == Agent.id)
    return [
        (row.id, row.display_name, row.takes_listeners)
        for row in session.execute(people.where(User.active).order_by(User.display_name, User.id))
    ]


def listened_to(session: Session, *, agent_id: int) -> Sequence[tuple[Listening, str]]:
    """Who listened to this agent's calls, newest first, with their names."""
    asked = (
        select(Listening, User.display_name)
        .join(User, User.id == Listening.listener_id)
        .where(Listening.agent_id == agent_id)
    )
    return [
        (row.Listening, row.display_name) for row in session.execute(asked.order_by(Listening.id.desc()).limit(SHOWN))
    ]

"""Agents come to be: whoever may take contacts gets a seat of their own the first time it is needed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.db import reading, transaction
from app.errors import NotFound
from app.eventlog import Actor, record_event
from app.live import touch
from app.security.models import User
from app.security.roles import allows

LONGEST_PUBLIC_NAME = 60


def first_public_name(display_name: str) -> str:
    """How customers read an agent until somebody says otherwise: the first word of the name, never all of it."""
    return (display_name.split() or [""])[0][:LONGEST_PUBLIC_NAME]


def ensure_agent(session: Session, user_id: int, *, actor: Actor) -> Agent:
    """The agent of a user whose role takes contacts, made if there is none yet. Participant.

    A new agent serves no queue and holds no certificate: nothing is offered until somebody grants one.

    Raises:
        NotFound: there is no such user, or the role takes no contacts.
    """
    known = session.get(Agent, user_id)
    if known is not None:
        return known
    user = session.get(User, user_id)
    if user is None or not allows(user.role, "call.handle"):
        raise NotFound(code="agent_unknown")
    made = session.scalar(
        insert(Agent)
        .values(id=user_id, public_name=first_public_name(user.display_name))
        .on_conflict_do_nothing()
        .returning(Agent.id)
    )
    if made is not None:
        record_event(session, "agent.created", "agent", user_id, actor=actor, after={"login": user.login})
        touch(session, "team", "all")
    return session.get_one(Agent, user_id, populate_existing=True)


def take_up_work(user_id: int, *, actor: Actor) -> Agent:
    """The agent of a user who opens the desk: nobody has to be set up twice before they can sit down.

    Raises:
        NotFound: the user's role takes no contacts.
    """
    with reading() as session:
        known = session.scalar(select(Agent).where(Agent.id == user_id))
    if known is not None:
        return known
    with transaction() as session:
        return ensure_agent(session, user_id, actor=actor)

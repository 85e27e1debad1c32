"""Pages that leave while the database is away: it hears of them once it is back."""

from __future__ import annotations

from sqlalchemy import select

from app import db
from app.agents.models import Agent
from app.calls import presence
from app.calls.models import CallLeg
from app.db import reading
from app.sockets import leaving
from tests.fixtures.desk import Caller, Desk, create_agent, create_queue, ring_in, sit_down

NOWHERE = "postgresql+psycopg://nobody@/nowhere?host=/nonexistent"


def lost(caller: Caller, desk: Desk) -> tuple[bool, str]:
    """Whether the caller's page counts as lost, and how the agent's session stands."""
    with reading() as session:
        leg = session.scalars(select(CallLeg).where(CallLeg.call_id == caller.call_id)).one()
        return leg.lost_at is not None, session.get_one(Agent, desk.agent_id).session_state


def test_who_left_while_the_database_was_away_is_gone_when_it_is_back(database: str) -> None:
    desk, caller = sit_down(create_agent(create_queue())), ring_in()
    db.connect(NOWHERE)
    try:
        leaving.tell(presence.caller_is_gone, caller.sid)
        leaving.tell(presence.desk_is_gone, desk.sid)
    finally:
        db.connect(database)
    assert lost(caller, desk) == (False, "connected")
    leaving.tell_again()
    assert lost(caller, desk) == (True, "grace")
    leaving.tell_again()
    assert lost(caller, desk) == (True, "grace")

"""The two long steps of a draw, in pieces: who can be drawn is decided and named, and everybody gets a place.

The decision is one statement. All that follows from it (names, frame, places, result) is reckoned from what it wrote
down, an agent at a time: whoever stops on the way leaves whole agents behind, and whoever goes on, at whatever time,
comes to the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.db import copy_rows
from app.domain.sampling import AgentDraw, Draw, Pair, draw, frame_text, join_frames, sha256
from app.draws.frame import decide, opaque
from app.draws.models import DrawAgent, QualityDraw
from app.draws.replay import chosen_contact, result_text
from app.eventlog import SWEEP, Actor, record_event

#: Texts of tens of megabytes are made between two statements: longer than transactions may idle.
_TAKE_TIME = text("SET LOCAL idle_in_transaction_session_timeout = '10min'")
_COLUMNS = (
    "draw_id",
    "agent_id",
    "customer_id",
    "agent_code",
    "customer_code",
    "interaction_ids",
    "part",
    "place",
    "interaction_id",
)


def begin_freeze(session: Session, row: QualityDraw, *, zone: str, now: datetime) -> None:
    """Decide who can be drawn in the month of `row` (open), and why others can't. Participant.

    `zone` is the organisation's.
    """
    decide(session, row.id, row.period, zone, now=now)
    row.state = "freezing"
    tell(session, "draw.freezing", row, SWEEP, {})


def unnamed(session: Session, draw_id: int) -> list[int]:
    """Agents whose members have no names yet."""
    return list(
        session.scalars(
            select(DrawAgent.agent_id)
            .where(DrawAgent.draw_id == draw_id, DrawAgent.agent_code.is_(None))
            .order_by(DrawAgent.agent_id)
        )
    )


def name_members(session: Session, row: QualityDraw, agent_id: int, *, secret: str) -> None:
    """Give one agent and their customers the names they are published under, unless they have them. Participant."""
    members = session.scalar(
        select(DrawAgent.members).where(
            DrawAgent.draw_id == row.id, DrawAgent.agent_id == agent_id, DrawAgent.agent_code.is_(None)
        )
    )
    if members is None:
        return
    names = "\n".join(opaque(secret, row.period, "c", customer) for customer, _contacts in members)
    session.execute(
        update(DrawAgent)
        .where(DrawAgent.draw_id == row.id, DrawAgent.agent_id == agent_id, DrawAgent.agent_code.is_(None))
        .values(agent_code=opaque(secret, row.period, "a", agent_id), names=names)
    )


def end_freeze(session: Session, row: QualityDraw, now: datetime) -> None:
    """Publish the frame of a row whose agents are all named. Participant."""
    session.execute(_TAKE_TIME)
    named = session.execute(select(DrawAgent.agent_code, DrawAgent.names).where(DrawAgent.draw_id == row.id)).all()
    parts, pairs = [], 0
    for code, names in named:
        assert code is not None and names is not None  # noqa: S101 - whoever calls has looked
        customers = names.split("\n")
        parts.append(frame_text(row.period, (Pair(code, name) for name in customers)))
        pairs += len(customers)
    row.frame = join_frames(parts)
    row.frame_sha256, row.frozen_at, row.state = sha256(row.frame), now, "frozen"
    tell(session, "draw.frozen", row, SWEEP, {"frame_sha256": row.frame_sha256, "pairs": pairs})


def the_draw(row: QualityDraw) -> Draw:
    """Everybody's place, of a row that is ready: the same whoever reckons it, and however often."""
    assert row.frame is not None and row.beacon is not None  # noqa: S101 - kept by ck_quality_draws
    return draw(row.frame, row.beacon)


def unplaced(session: Session, draw_id: int) -> list[str]:
    """Names of the agents whose members have no places yet."""
    return [
        code
        for code in session.scalars(
            select(DrawAgent.agent_code)
            .where(DrawAgent.draw_id == draw_id, DrawAgent.primaries.is_(None))
            .order_by(DrawAgent.agent_code)
        )
        if code is not None
    ]


def place_members(session: Session, row: QualityDraw, code: str, seed: str, found: AgentDraw) -> None:
    """Write down one agent's members with their places, unless they are there, and which contact each would be asked
    about. Participant.
    """
    taken = session.execute(
        update(DrawAgent)
        .where(DrawAgent.draw_id == row.id, DrawAgent.agent_code == code, DrawAgent.primaries.is_(None))
        .values(primaries=len(found.primaries), reserves=len(found.reserves))
        .returning(DrawAgent.agent_id, DrawAgent.members, DrawAgent.names)
    ).first()
    if taken is not None:
        agent_id, members, names = taken
        copy_rows(session, "draw_members", _COLUMNS, _lines(row, agent_id, code, seed, found, members, names))


def end_draw(session: Session, row: QualityDraw, drawn: Draw, now: datetime) -> None:
    """Publish the result of a row whose agents' members all have their places. Participant."""
    session.execute(_TAKE_TIME)
    row.seed, row.result, row.drawn_at = drawn.seed, result_text(drawn), now
    row.result_sha256, row.state = sha256(row.result), "drawn"
    tell(session, "draw.drawn", row, SWEEP, {"seed": row.seed, "result_sha256": row.result_sha256})


def _lines(
    row: QualityDraw, agent_id: int, code: str, seed: str, found: AgentDraw, members: list[Any], names: str
) -> Iterator[str]:
    """Rows of draw_members in the text format of COPY, in order of places; last who is asked about another agent."""
    known = dict(zip(names.split("\n"), members, strict=True))
    for part, ordered in (("primary", found.primaries), ("reserve", found.reserves)):
        for place, name in enumerate(ordered, 1):
            customer_id, contacts = known.pop(name)
            chosen = chosen_contact(seed, row.period, code, name, contacts)
            of_month = ",".join(map(str, contacts))
            yield f"{row.id}\t{agent_id}\t{customer_id}\t{code}\t{name}\t{{{of_month}}}\t{part}\t{place}\t{chosen}\n"
    for name, (customer_id, contacts) in known.items():
        of_month = ",".join(map(str, contacts))
        yield f"{row.id}\t{agent_id}\t{customer_id}\t{code}\t{name}\t{{{of_month}}}\t\\N\t\\N\t\\N\n"


def tell(
    session: Session, name: str, row: QualityDraw, actor: Actor, after: dict[str, Any], *, reason: str = ""
) -> None:
    """Write an event of the draw into the log. Participant."""
    record_event(
        session,
        name,
        "quality_draw",
        row.id,
        actor=actor,
        after={"state": row.state, "period": row.period, **after},
        reason=reason,
    )

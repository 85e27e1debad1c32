"""The two long steps of a draw: the frame is written down, and everybody in it gets a place. Agent by agent.

Half a million pairs are never held twice: they stream from the tables into the frame, and back from it into places.
Each step is one transaction. Stopped on the way it has done nothing, and is begun anew.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import copy_rows
from app.domain.sampling import AgentDraw, Pair, draw, frame_text, join_frames, sha256
from app.draws.frame import REST_DAYS, opaque, served
from app.draws.models import DrawExclusion, DrawMember, QualityDraw
from app.draws.replay import chosen_contact, result_text
from app.eventlog import SWEEP, Actor, record_event

log = structlog.get_logger(__name__)

#: The log says how far a long step has come after every so many agents.
TELL_EVERY = 50
#: Names and hashes are reckoned between two statements: longer than transactions may idle.
_TAKE_TIME = text("SET LOCAL idle_in_transaction_session_timeout = '10min'")
_COLUMNS = ("draw_id", "agent_id", "customer_id", "agent_code", "customer_code", "interaction_ids")
_PLACE = text("""
UPDATE draw_members m SET part = r.part, place = r.place, interaction_id = r.contact
FROM unnest(CAST(:ids AS bigint[]), CAST(:parts AS text[]), CAST(:places AS integer[]), CAST(:contacts AS bigint[]))
    AS r(id, part, place, contact)
WHERE m.id = r.id""")


def freeze(session: Session, row: QualityDraw, *, zone: str, secret: str, now: datetime) -> None:
    """Fix who can be drawn in the month of `row`, and why others can't. Participant.

    `zone` is the organisation's, `secret` makes the opaque names.
    """
    session.execute(_TAKE_TIME)
    parts: list[str] = []
    left_out: Counter[tuple[int, str]] = Counter()
    pairs = 0
    rested = now - timedelta(days=REST_DAYS)
    for agents, (agent_id, customers) in enumerate(served(session, row.period, zone, now=now, rested=rested), start=1):
        code = opaque(secret, row.period, "a", agent_id)
        members = []
        for each in customers:
            if each.reason is None:
                members.append((each, opaque(secret, row.period, "c", each.customer_id)))
            else:
                left_out[agent_id, each.reason] += 1
        lines = (
            f"{row.id}\t{agent_id}\t{each.customer_id}\t{code}\t{name}\t{each.interaction_ids}\n"
            for each, name in members
        )
        copy_rows(session, "draw_members", _COLUMNS, lines)
        parts.append(frame_text(row.period, (Pair(code, name) for _each, name in members)))
        pairs += len(members)
        if agents % TELL_EVERY == 0:
            log.info("draw.freezing", period=row.period, agents=agents, pairs=pairs)
    session.add_all(
        DrawExclusion(draw_id=row.id, agent_id=agent, reason=reason, customers=customers)
        for (agent, reason), customers in left_out.items()
    )
    row.frame = join_frames(parts)
    row.frame_sha256, row.frozen_at, row.state = sha256(row.frame), now, "frozen"
    tell(session, "draw.frozen", row, SWEEP, {"frame_sha256": row.frame_sha256, "pairs": pairs})


def make(session: Session, row: QualityDraw, now: datetime) -> None:
    """The draw itself, of a row that is ready. An empty frame draws nobody, which is an answer too. Participant."""
    assert row.frame is not None and row.beacon is not None  # noqa: S101 - kept by ck_quality_draws
    session.execute(_TAKE_TIME)
    drawn = draw(row.frame, row.beacon)
    codes = select(DrawMember.agent_code, DrawMember.agent_id).where(DrawMember.draw_id == row.id).distinct()
    agent_ids = {row.agent_code: row.agent_id for row in session.execute(codes)}
    for agents, (code, found) in enumerate(drawn.agents.items(), start=1):
        _place(session, row, drawn.seed, code, agent_ids[code], found)
        if agents % TELL_EVERY == 0:
            log.info("draw.drawing", period=row.period, agents=agents, of=len(drawn.agents))
    row.seed, row.result, row.drawn_at = drawn.seed, result_text(drawn), now
    row.result_sha256, row.state = sha256(row.result), "drawn"
    tell(session, "draw.drawn", row, SWEEP, {"seed": row.seed, "result_sha256": row.result_sha256})


def _place(session: Session, row: QualityDraw, seed: str, code: str, agent_id: int, found: AgentDraw) -> None:
    """Write down the places of one agent's customers, and which contact each would be asked about."""
    members = session.execute(
        select(DrawMember.customer_code, DrawMember.id, DrawMember.interaction_ids).where(
            DrawMember.draw_id == row.id, DrawMember.agent_id == agent_id
        )
    )
    of_customer = {customer: (id_, contacts) for customer, id_, contacts in members}
    places: dict[str, list[Any]] = {"ids": [], "parts": [], "places": [], "contacts": []}
    for part, names in (("primary", found.primaries), ("reserve", found.reserves)):
        for place, customer in enumerate(names, 1):
            id_, contacts = of_customer[customer]
            places["ids"].append(id_)
            places["parts"].append(part)
            places["places"].append(place)
            places["contacts"].append(chosen_contact(seed, row.period, code, customer, contacts))
    session.execute(_PLACE, places)


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

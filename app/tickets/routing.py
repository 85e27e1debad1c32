"""What a router pass does to the tickets it gave away: they are in hand at once, nobody has to answer a ring."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.live import touch
from app.queues.router import Offered, WorkKind
from app.tickets.models import Ticket

#: pending -> accepted -> active and reserved -> assigned in one step, with an event for each: the log knows no jumps.
#: The tickets are locked already (lock_tickets).
_GIVE = text("""
WITH given AS (
    SELECT * FROM json_to_recordset(CAST(:given AS json)) AS g(reservation_id bigint, item_id bigint, agent_id bigint)),
active AS (
    UPDATE reservations r SET state = 'active', accepted_at = :now, active_at = :now, deadline = NULL
    FROM given g WHERE r.id = g.reservation_id AND r.state = 'pending'
    RETURNING r.id, r.work_item_id, r.agent_id, r.epoch),
assigned AS (
    UPDATE work_items w SET state = 'assigned', answered_at = :now, version = w.version + 1
    FROM active a WHERE w.id = a.work_item_id AND w.state = 'reserved' RETURNING w.id),
counted AS (
    UPDATE agents g SET contacts_today = CASE WHEN g.contacts_on = :today THEN g.contacts_today ELSE 0 END + n.n,
        contacts_on = :today
    FROM (SELECT agent_id, count(*) AS n FROM active GROUP BY agent_id) n WHERE g.id = n.agent_id),
known AS (
    SELECT k.id, k.contact_id, k.customer_id, k.state AS before, a.id AS reservation_id, a.agent_id, a.epoch
    FROM active a JOIN tickets k ON k.work_item_id = a.work_item_id),
owned AS (
    UPDATE tickets k SET state = 'open', owner_id = n.agent_id, team_id = a.team_id, version = k.version + 1
    FROM known n JOIN agents a ON a.id = n.agent_id WHERE k.id = n.id),
told AS (
    INSERT INTO ticket_entries (ticket_id, kind, data, at)
    SELECT id, 'assignment', jsonb_build_object('agent', agent_id, 'reason', 'router'), :now FROM known),
logged AS (
    INSERT INTO events (at, name, subject, subject_id, actor, reason, before, after, contact_id)
    SELECT :now, name, subject, subject_id, 'router', 'router', before, after, contact_id FROM (
        SELECT 1 AS step, 'reservation.accepted' AS name, 'reservation' AS subject, reservation_id AS subject_id,
            jsonb_build_object('state', 'pending') AS before, jsonb_build_object('state', 'accepted',
                'agent', agent_id, 'item', 'reserved', 'epoch', epoch) AS after, contact_id FROM known
        UNION ALL
        SELECT 2, 'reservation.active', 'reservation', reservation_id, jsonb_build_object('state', 'accepted'),
            jsonb_build_object('state', 'active', 'agent', agent_id, 'item', 'assigned', 'epoch', epoch),
            contact_id FROM known
        UNION ALL
        SELECT 3, 'ticket.assigned', 'ticket', id, jsonb_build_object('state', before),
            jsonb_build_object('state', 'open', 'owner', agent_id), contact_id FROM known) steps
    ORDER BY step, subject_id)
SELECT id, agent_id, customer_id FROM known""")


def lock_tickets(session: Session, items: Sequence[int]) -> set[int]:
    """Ids of the items whose ticket could be locked at once; the others wait for the next pass."""
    rows = session.execute(
        select(Ticket.work_item_id)
        .where(Ticket.work_item_id.in_(items))
        .order_by(Ticket.id)
        .with_for_update(skip_locked=True)
    )
    return {row.work_item_id for row in rows}


def give_tickets(session: Session, offers: Sequence[Offered], now: datetime) -> None:
    """Each ticket that was just given to an agent is accepted for them: in hand, on their list."""
    given = [{"reservation_id": o.reservation_id, "item_id": o.work_item_id, "agent_id": o.agent_id} for o in offers]
    values = {"given": json.dumps(given), "now": now, "today": now.date()}
    for row in session.execute(_GIVE, values):
        touch(session, "ticket", row.id)
        touch(session, "tickets", row.agent_id)
        if row.customer_id is not None:
            touch(session, "customer", row.customer_id)


KIND = WorkKind(lock=lock_tickets, offered=give_tickets)

"""What screens show of tickets: lists read by cursor, one ticket with its conversation, an agent's own work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.clock import now
from app.domain.search_tokens import query_text
from app.errors import Invalid, NotFound
from app.live import View, next_version
from app.tickets.models import OPEN, STATES, Ticket

PAGE_SIZE = 50
#: Longer input is no search; what follows is not read.
LONGEST_QUERY = 200
#: Filter of the page -> condition. Constants: they become part of statements.
SHOWN = {"active": OPEN, "any": "true", **{state: f"state = '{state}'" for state in STATES}}
VIEWS = ("mine", "team", "all")
#: Entries of one ticket that a page shows; older ones are far above what anybody scrolls to.
MOST_ENTRIES = 500

_COLUMNS = "id, touched_at"

_ROWS = """
SELECT k.id, k.reference, k.subject, k.state, k.channel, k.claimed_name, k.number, k.touched_at, k.reopened, k.queue_id,
    t.names AS topic_names,
    c.name AS customer_name, c.tier, u.display_name AS owner
FROM ({found}) f JOIN tickets k ON k.id = f.id
LEFT JOIN topics t ON t.id = k.topic_id
LEFT JOIN customers c ON c.id = k.customer_id
LEFT JOIN users u ON u.id = k.owner_id
ORDER BY f.touched_at DESC, f.id DESC"""

#: The newest of one index range; of several queues each gives its own newest, so that a busy neighbour costs nothing.
#: How many is a constant of the statement: of an unknown number PostgreSQL expects a tenth of all, and then plans anew
#: each time, which takes longer than the reading.
_RANGE = """SELECT {columns} FROM tickets WHERE {where} AND (touched_at, id) < (:at, :id)
    ORDER BY touched_at DESC, id DESC LIMIT {limit}"""
_QUEUES = """SELECT n.id, n.touched_at FROM unnest(CAST(:queues AS bigint[])) AS mine(queue_id) CROSS JOIN LATERAL (
        SELECT {columns} FROM tickets k WHERE k.queue_id = mine.queue_id AND {where} AND (touched_at, id) < (:at, :id)
        ORDER BY touched_at DESC, id DESC LIMIT {limit}) n
    ORDER BY n.touched_at DESC, n.id DESC LIMIT {limit}"""

_MY_QUEUES = text("SELECT queue_id FROM queue_members WHERE agent_id = :agent")

_OWN = text("""
SELECT count(*) FILTER (WHERE state = 'open') AS in_hand,
    count(*) FILTER (WHERE state IN ('pending_customer','on_hold')) AS set_aside,
    ARRAY(SELECT queue_id FROM queue_members WHERE agent_id = :agent) AS queues
FROM tickets WHERE owner_id = :agent AND state IN ('new','open','pending_customer','on_hold')""")

_ENTRIES = text("""
SELECT * FROM (
    SELECT e.id, e.kind, e.channel, e.body, e.at, e.data, e.author_id, u.display_name AS author,
        m.status, m.error, m.segments, m.carrier_status, m.not_before IS NOT NULL AS waits,
        a.display_name AS agent, q.names AS queue_names,
        CASE WHEN r.id IS NOT NULL THEN jsonb_build_object('public_id', r.public_id, 'kind', r.kind, 'state', r.state,
            'bytes', r.bytes, 'duration_s', r.duration_s, 'pauses', r.pauses, 'agent_id', r.agent_id,
            'deleted_at', r.deleted_at, 'deleted_reason', r.deleted_reason) END AS recording
    FROM ticket_entries e
    LEFT JOIN users u ON u.id = e.author_id
    LEFT JOIN messages m ON m.id = e.message_id
    LEFT JOIN recordings r ON r.id = e.recording_id
    LEFT JOIN users a ON a.id = CAST(e.data->>'agent' AS bigint)
    LEFT JOIN queues q ON q.id = CAST(e.data->>'queue' AS bigint)
    WHERE e.ticket_id = :ticket ORDER BY e.id DESC LIMIT :limit) newest
ORDER BY id""")

_PLACE = text("""
SELECT w.state, w.enqueued_at, w.leg, q.names AS queue_names, t.names AS topic_names, u.display_name AS owner,
    p.display_name AS preferred, w.preferred_until
FROM tickets k JOIN work_items w ON w.id = k.work_item_id JOIN queues q ON q.id = k.queue_id
LEFT JOIN topics t ON t.id = k.topic_id LEFT JOIN users u ON u.id = k.owner_id
LEFT JOIN users p ON p.id = w.preferred_agent_id
WHERE k.id = :ticket""")

#: Who may be given work of a queue, those present first.
_COLLEAGUES = text("""
SELECT a.id, u.display_name AS name, a.session_state = 'connected' AS present,
    a.max_ticket - coalesce((SELECT sum(r.weight) FROM reservations r WHERE r.agent_id = a.id AND r.channel = 'ticket'
        AND r.state IN ('pending','accepted','active','wrapping')), 0) AS room
FROM agents a JOIN users u ON u.id = a.id AND u.active
JOIN queue_members m ON m.agent_id = a.id AND m.queue_id = :queue
WHERE EXISTS (SELECT 1 FROM certificates c WHERE c.agent_id = a.id AND c.queue_id = :queue AND c.revoked_at IS NULL
    AND c.granted_on <= :today AND (c.expires_on IS NULL OR c.expires_on >= :today))
ORDER BY present DESC, u.display_name LIMIT 200""")

_PUBLIC_NAME = text("SELECT public_name FROM agents WHERE id = :agent")

_OTHERS = text("""
SELECT id, reference, subject, state, touched_at FROM tickets
WHERE (customer_id = :customer OR number = :number AND number <> '') AND id <> :ticket ORDER BY id DESC LIMIT 5""")

_MINE = text("""
SELECT k.id, k.reference, k.subject, k.state, k.channel, k.language, k.claimed_name, k.number, k.touched_at, k.due_at,
    q.names AS queue_names, c.name AS customer_name, c.tier, r.active_at AS since,
    (SELECT e.kind = 'message_in' FROM ticket_entries e WHERE e.ticket_id = k.id
        AND e.kind IN ('message_in','message_out') AND NOT e.data ? 'automatic'
        ORDER BY e.id DESC LIMIT 1) AS unanswered
FROM tickets k JOIN queues q ON q.id = k.queue_id
LEFT JOIN customers c ON c.id = k.customer_id
LEFT JOIN reservations r ON r.work_item_id = k.work_item_id AND r.state = 'active'
WHERE k.owner_id = :agent AND k.state IN ('open','pending_customer','on_hold')
ORDER BY k.state <> 'open', r.active_at, k.id LIMIT 50""")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is asked for. `view`: mine (owner), team (my queues), all; `shown`: a state, "active" or "any"."""

    view: str = "team"
    shown: str = "active"
    queue_id: int | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `older` is the cursor of the next, if there is one."""

    rows: list[Any]
    older: str | None


def _found(view: str, shown: str, by_queue: bool, searched: bool) -> str:
    conditions = [SHOWN[shown]]
    if searched:
        conditions.append("search @@ CAST(:query AS tsquery)")
    if view == "mine":
        conditions.insert(0, "owner_id = :agent")
    if by_queue:
        conditions.insert(0, "queue_id = :queue")
    several = view == "team" and not by_queue
    return (_QUEUES if several else _RANGE).format(
        columns=_COLUMNS, where=" AND ".join(conditions), limit=PAGE_SIZE + 1
    )


def _statement(view: str, shown: str, by_queue: bool, searched: bool) -> TextClause:
    # The parts are constants of this file; every value is bound.
    return text(_ROWS.format(found=_found(view, shown, by_queue, searched)))


_STATEMENTS = {
    (view, shown, by_queue, searched): _statement(view, shown, by_queue, searched)
    for view in VIEWS
    for shown in SHOWN
    for by_queue in (False, True)
    for searched in (False, True)
}


def list_tickets(session: Session, filters: Filters, *, agent_id: int, before: str | None = None) -> Page:
    """Tickets by their last activity, newest first, older than the cursor `before`.

    Raises:
        Invalid: `before` is not a cursor of a list, or a filter is unknown.
    """
    if filters.view not in VIEWS or filters.shown not in SHOWN:
        raise Invalid(code="unknown_filter")
    query = query_text(filters.query.strip()[:LONGEST_QUERY])
    if filters.query.strip() and not query:
        return Page([], None)
    at, ticket_id = _position(before)
    values: dict[str, Any] = {
        "agent": agent_id,
        "queue": filters.queue_id,
        "query": query,
        "at": at,
        "id": ticket_id,
    }
    if filters.view == "team" and filters.queue_id is None:
        values["queues"] = list(session.scalars(_MY_QUEUES, {"agent": agent_id}))
    statement = _STATEMENTS[filters.view, filters.shown, filters.queue_id is not None, bool(query)]
    rows = list(session.execute(statement, values))
    last = rows[PAGE_SIZE - 1] if len(rows) > PAGE_SIZE else None
    return Page(rows[:PAGE_SIZE], f"{last.touched_at.isoformat()}~{last.id}" if last is not None else None)


def _position(before: str | None) -> tuple[Any, int]:
    if not before:
        return "infinity", 0
    at, _, number = before.partition("~")
    try:
        moment, ticket_id = datetime.fromisoformat(at), int(number)
    except ValueError as error:
        raise Invalid(code="unknown_cursor") from error
    if moment.tzinfo is None or not 0 < ticket_id < 2**63:
        raise Invalid(code="unknown_cursor")
    return moment, ticket_id


def own(session: Session, agent_id: int) -> Any:
    """How many tickets the agent has in hand and set aside, and the ids of the queues they serve."""
    return session.execute(_OWN, {"agent": agent_id}).one()


def get_ticket(session: Session, ticket_id: int) -> Ticket:
    """The ticket of that id.

    Raises:
        NotFound: there is none.
    """
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound(code="ticket_unknown")
    return ticket


def entries(session: Session, ticket_id: int) -> list[Any]:
    """The conversation, oldest first, with the delivery of each SMS."""
    return list(session.execute(_ENTRIES, {"ticket": ticket_id, "limit": MOST_ENTRIES}))


def place(session: Session, ticket_id: int) -> Any:
    """Where the ticket is: its queue, its leg, who has it."""
    return session.execute(_PLACE, {"ticket": ticket_id}).one()


def colleagues(session: Session, queue_id: int) -> list[Any]:
    """Agents certified for the queue, those present first, with the room they have."""
    return list(session.execute(_COLLEAGUES, {"queue": queue_id, "today": now().date()}))


def open_to_take(ticket: Ticket, where: Any) -> bool:
    """True while the ticket waits in line for anybody certified."""
    return where.state == "queued" and ticket.state in ("new", "open")


def public_name(session: Session, agent_id: int) -> str:
    """The name customers know an agent by; empty for somebody who is none."""
    return session.scalar(_PUBLIC_NAME, {"agent": agent_id}) or ""


def has_number(session: Session, reference: str) -> bool:
    """Whether the ticket's customer can be reached by SMS."""
    return bool(session.scalar(text("SELECT number <> '' FROM tickets WHERE reference = :r"), {"r": reference}))


def of_customer(session: Session, ticket: Ticket) -> list[Any]:
    """The latest other tickets of the same customer or number."""
    values = {"ticket": ticket.id, "customer": ticket.customer_id, "number": ticket.number}
    return list(session.execute(_OTHERS, values))


def work_image(session: Session, key: str) -> dict[str, Any]:
    """The tickets an agent has in hand or set aside, for the list on the desk."""
    version = next_version(session)
    rows = session.execute(_MINE, {"agent": int(key)})
    return {
        "v": version,
        "tickets": [
            {
                "id": row.id,
                "reference": row.reference,
                "subject": row.subject,
                "state": row.state,
                "channel": row.channel,
                "language": row.language,
                "name": row.customer_name or row.claimed_name,
                "tier": row.tier or "",
                "queue_names": row.queue_names,
                "since": row.since.isoformat() if row.since else None,
                "touched_at": row.touched_at.isoformat(),
                "due_at": row.due_at.isoformat() if row.due_at else None,
                "unanswered": bool(row.unanswered),
            }
            for row in rows
        ],
    }


def ticket_image(session: Session, key: str) -> dict[str, Any] | None:
    """The version a ticket is at: an open page learns that there is more to read."""
    ticket = session.get(Ticket, int(key))
    return None if ticket is None else {"v": next_version(session), "id": ticket.id, "version": ticket.version}


#: Joined by the socket events "tickets.sync" (an agent's own list) and "ticket.join" (one page).
VIEWS_TICKETS = {
    "tickets": View(build=work_image, event="tickets.image"),
    "ticket": View(build=ticket_image, event="ticket.image"),
}

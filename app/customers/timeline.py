"""A customer's history as one list: contacts, SMS, tickets, notes and consent, newest first, read by cursor.

The rows belong to several features. They are read here in one statement over their tables, because the
profile comes before those features in the order of imports and only looks at what they wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Invalid

#: Filter of the page -> kinds of entries.
FILTERS = {
    "all": ("call", "sms", "ticket", "note", "consent"),
    "calls": ("call",),
    "tickets": ("ticket",),
    "messages": ("sms",),
    "notes": ("note",),
    "consent": ("consent",),
}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened; `data` holds what its kind has to tell."""

    #: "call" (any contact of the queues), "sms", "ticket", "note", "consent".
    kind: str
    id: int
    at: datetime
    data: dict[str, Any]

    @property
    def cursor(self) -> str:
        """Where this entry stands; give it as `before` to read what is older."""
        return f"{self.at.isoformat()}~{self.kind}~{self.id}"


# What came in without a known customer is shown with those who share the number, marked "by_number": it was
# one of them, and an agent must see it.
_CALLS = """
SELECT i.started_at AS at, 'call' AS kind, i.id, jsonb_build_object(
    'channel', i.channel, 'direction', i.direction, 'outcome', i.outcome, 'number', i.number,
    'wait_s', i.wait_s, 'talk_s', i.talk_s, 'hold_s', i.hold_s, 'acw_s', i.acw_s,
    'phase', i.phase, 'note', i.note, 'incomplete', i.incomplete, 'contact_id', i.contact_id,
    'agent', CASE WHEN h.hidden THEN NULL ELSE u.display_name END, 'served', i.agent_id IS NOT NULL,
    'queue_names', q.names, 'disposition_names', d.names, 'quality_call', coalesce(q.quality_calls, false),
    'topics', (SELECT coalesce(jsonb_agg(t.names ORDER BY t.position, t.id), '[]') FROM topics t
               WHERE i.topic_ids @> to_jsonb(t.id)),
    'recordings', (SELECT coalesce(jsonb_agg(jsonb_build_object('public_id', r.public_id, 'kind', r.kind,
            'state', r.state, 'bytes', r.bytes, 'duration_s', r.duration_s, 'pauses', r.pauses, 'agent_id', r.agent_id,
            'deleted_at', r.deleted_at, 'deleted_reason', r.deleted_reason) ORDER BY r.id), '[]')
        FROM recordings r WHERE r.contact_id = i.contact_id
            AND (r.reservation_id IS NULL OR r.reservation_id = i.reservation_id)),
    'by_number', i.customer_id IS NULL) AS data
FROM interactions i
LEFT JOIN users u ON u.id = i.agent_id
LEFT JOIN queues q ON q.id = i.queue_id
CROSS JOIN LATERAL (SELECT :blind AND EXISTS (SELECT 1 FROM quality_callbacks k
    WHERE k.interaction_id = i.id AND k.state IN ('scheduled','open','linked')) AS hidden) h
LEFT JOIN dispositions d ON d.id = i.disposition_id
WHERE (i.customer_id = :customer OR (i.customer_id IS NULL AND i.number = ANY(:numbers)))
  AND (i.started_at, 'call', i.id) < (:at, :kind, :id)
ORDER BY i.started_at DESC, i.id DESC LIMIT :limit"""

_SMS = """
SELECT m.created_at AS at, 'sms' AS kind, m.id, jsonb_build_object(
    'direction', m.direction, 'status', m.status, 'error', m.error, 'body', m.body, 'number', m.number,
    'carrier_status', m.carrier_status, 'waits', m.not_before IS NOT NULL,
    'agent', u.display_name, 'segments', m.segments, 'by_number', m.customer_id IS NULL) AS data
FROM messages m
LEFT JOIN users u ON u.id = m.author_id
WHERE (m.customer_id = :customer OR (m.customer_id IS NULL AND m.number = ANY(:numbers)))
  AND (m.created_at, 'sms', m.id) < (:at, :kind, :id)
ORDER BY m.created_at DESC, m.id DESC LIMIT :limit"""

_NOTES = """
SELECT n.created_at AS at, 'note' AS kind, n.id, jsonb_build_object(
    'body', n.body, 'pinned', n.pinned, 'agent', u.display_name) AS data
FROM customer_notes n
LEFT JOIN users u ON u.id = n.author_id
WHERE n.customer_id = :customer AND (n.created_at, 'note', n.id) < (:at, :kind, :id)
ORDER BY n.created_at DESC, n.id DESC LIMIT :limit"""

_CONSENT = """
SELECT c.at, 'consent' AS kind, c.id, jsonb_build_object(
    'address', c.address, 'purpose', c.purpose, 'state', c.state, 'source', c.source, 'proof', c.proof,
    'agent', u.display_name, 'by_number', c.customer_id IS NULL) AS data
FROM consents c
LEFT JOIN users u ON u.id = c.recorded_by
WHERE (c.customer_id = :customer OR (c.customer_id IS NULL AND c.address = ANY(:numbers)))
  AND (c.at, 'consent', c.id) < (:at, :kind, :id)
ORDER BY c.at DESC, c.id DESC LIMIT :limit"""

_TICKETS = """
SELECT k.created_at AS at, 'ticket' AS kind, k.id, jsonb_build_object(
    'reference', k.reference, 'subject', k.subject, 'state', k.state, 'channel', k.channel, 'queue_names', q.names,
    'agent', u.display_name, 'by_number', k.customer_id IS NULL,
    'recordings', (SELECT coalesce(jsonb_agg(jsonb_build_object('public_id', r.public_id, 'kind', r.kind,
            'state', r.state, 'bytes', r.bytes, 'duration_s', r.duration_s, 'pauses', r.pauses, 'agent_id', r.agent_id,
            'deleted_at', r.deleted_at, 'deleted_reason', r.deleted_reason) ORDER BY r.id), '[]')
        FROM ticket_entries e JOIN recordings r ON r.id = e.recording_id
        WHERE e.ticket_id = k.id AND k.channel = 'voicemail')) AS data
FROM tickets k
JOIN queues q ON q.id = k.queue_id
LEFT JOIN users u ON u.id = k.owner_id
WHERE (k.customer_id = :customer OR (k.customer_id IS NULL AND k.number = ANY(:numbers)))
  AND (k.created_at, 'ticket', k.id) < (:at, :kind, :id)
ORDER BY k.created_at DESC, k.id DESC LIMIT :limit"""

_PARTS = {"call": _CALLS, "sms": _SMS, "ticket": _TICKETS, "note": _NOTES, "consent": _CONSENT}


def _statement(kinds: tuple[str, ...]) -> Any:
    parts = "\nUNION ALL\n".join(f"({_PARTS[kind]})" for kind in kinds)
    # The parts are constants of this file; every value is bound.
    read = f"SELECT at, kind, id, data FROM ({parts}) AS entries"  # noqa: S608
    return text(f"{read} ORDER BY at DESC, kind DESC, id DESC LIMIT :limit")


_STATEMENTS = {name: _statement(kinds) for name, kinds in FILTERS.items()}


def timeline(
    session: Session,
    customer_id: int,
    *,
    before: str | None = None,
    limit: int = 30,
    only: str = "all",
    blind: bool = False,
) -> list[TimelineEntry]:
    """Entries of one customer, newest first, older than the cursor `before`.

    A `blind` reader is not told who handled a contact that a customer is still to be asked about.

    Raises:
        Invalid: `before` is not a cursor of an entry, or `only` is no filter.
    """
    if only not in FILTERS:
        raise Invalid(code="unknown_filter")
    at, kind, entry_id = _position(before)
    rows = session.execute(
        _STATEMENTS[only],
        {
            "customer": customer_id,
            "numbers": _numbers(session, customer_id),
            "at": at,
            "kind": kind,
            "id": entry_id,
            "limit": limit,
            "blind": blind,
        },
    )
    return [TimelineEntry(row.kind, row.id, row.at, row.data) for row in rows]


def _numbers(session: Session, customer_id: int) -> list[str]:
    return list(
        session.scalars(
            text("SELECT e164 FROM customer_phones WHERE customer_id = :customer"), {"customer": customer_id}
        )
    )


def _position(before: str | None) -> tuple[Any, str, int]:
    if not before:
        return "infinity", "", 0
    try:
        at, kind, entry_id = before.split("~")
        moment = datetime.fromisoformat(at)
        number = int(entry_id)
    except ValueError as error:
        raise Invalid(code="unknown_cursor") from error
    if moment.tzinfo is None or kind not in _PARTS or not 0 < number < 2**63:
        raise Invalid(code="unknown_cursor")
    return moment, kind, number

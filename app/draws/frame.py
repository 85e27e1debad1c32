"""Who can be drawn: the customers that each agent really served in a month, and why some are left out."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Seconds of talk from which a call was service.
SHORTEST_TALK_S = 20
#: Days in which nobody is asked twice.
REST_DAYS = 90

#: Pairs of the month with the first reason that keeps each out. Where two reasons hold, the earlier in this list
#: counts. An open complaint is no reason: leaving it out would hide bad service.
_SERVED = text("""
WITH served AS (
    SELECT i.agent_id, i.customer_id, CAST(array_agg(i.id ORDER BY i.id) AS text) AS interaction_ids,
        bool_and(COALESCE(w.pool, '') = 'simulated') AS played
    FROM interactions i LEFT JOIN work_items w ON w.id = i.work_item_id
    WHERE i.started_at >= :start AND i.started_at < :stop AND i.outcome = 'answered'
        AND i.agent_id IS NOT NULL AND i.customer_id IS NOT NULL AND i.direction = 'inbound'
        AND (i.channel = 'ticket' OR i.channel = 'voice' AND i.talk_s >= :shortest)
    GROUP BY i.agent_id, i.customer_id),
latest AS (
    SELECT DISTINCT ON (c.address, c.purpose) c.address, c.purpose, c.state FROM consents c
    WHERE c.purpose IN ('survey', 'call') AND c.at < :now ORDER BY c.address, c.purpose, c.id DESC),
unwilling AS (
    SELECT p.customer_id, bool_or(l.purpose = 'survey') AS survey, bool_or(l.purpose = 'call') AS call
    FROM latest l JOIN customer_phones p ON p.e164 = l.address WHERE l.state = 'withdrawn' GROUP BY p.customer_id),
asked AS (
    SELECT DISTINCT m.customer_id FROM draw_members m JOIN quality_draws d ON d.id = m.draw_id
    WHERE m.part = 'primary' AND d.drawn_at > :rested)
SELECT s.agent_id, s.customer_id, s.interaction_ids, CASE
    WHEN s.played THEN 'test_data'
    WHEN u.survey THEN 'do_not_contact'
    WHEN u.call THEN 'voice_opt_out'
    WHEN NOT EXISTS (SELECT 1 FROM customer_phones p WHERE p.customer_id = s.customer_id) THEN 'no_number'
    WHEN a.customer_id IS NOT NULL THEN 'asked_recently' END AS reason
FROM served s LEFT JOIN unwilling u ON u.customer_id = s.customer_id LEFT JOIN asked a ON a.customer_id = s.customer_id
ORDER BY s.agent_id, s.customer_id""")

#: The planner takes a cursor for somebody who wants the first rows only.
_ALL_ROWS = text("SET LOCAL cursor_tuple_fraction = 1")
#: Rows that are fetched at a time.
BATCH = 5_000

REASONS = ("test_data", "do_not_contact", "voice_opt_out", "no_number", "asked_recently")


class Served(NamedTuple):
    """An agent's customer of the month; `reason` says why they can't be drawn, None that they can."""

    agent_id: int
    customer_id: int
    #: As PostgreSQL writes them, "{4,9}": they only pass through.
    interaction_ids: str
    reason: str | None


def month(period: str, zone: str) -> tuple[datetime, datetime]:
    """Start and end (UTC) of "2026-10" in `zone`."""
    year, number = map(int, period.split("-"))
    first, next_first = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)
    start, stop = (datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for day in (first, next_first))
    return start, stop


def served(
    session: Session, period: str, zone: str, *, now: datetime, rested: datetime
) -> Iterator[tuple[int, list[Served]]]:
    """(agent, their customers of the month), agent after agent. `rested`: who was drawn later is left in peace."""
    start, stop = month(period, zone)
    values = {"start": start, "stop": stop, "shortest": SHORTEST_TALK_S, "now": now, "rested": rested}
    session.execute(_ALL_ROWS)
    streaming = {"stream_results": True, "yield_per": BATCH}
    rows = (Served(*row) for row in session.execute(_SERVED, values, execution_options=streaming))
    for agent_id, customers in groupby(rows, key=lambda each: each.agent_id):
        yield agent_id, list(customers)


def opaque(secret: str, period: str, kind: str, number: int) -> str:
    """A name that tells nobody who it is, and is another one each month: "a-…" for agents, "c-…" for customers.

    Fixed before anybody knows the beacon, so it can steer nothing.
    """
    digest = hmac.digest(secret.encode(), f"draw name|{period}|{kind}|{number}".encode(), "sha256")
    return f"{kind}-{digest.hex()[:16]}"

"""The conservation check (I11) of all queues at once: a figure that does not add up is shown with its difference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Both sides in one statement, so that both are of the same moment: legs that came in line by the event log, and
#: where they went by the rows. Only queues where the two differ come back.
_OFF = text("""
WITH logged AS (
    SELECT CAST(e.after->>'queue' AS bigint) AS queue_id, count(*) AS n FROM events e
    WHERE e.name IN ('work_item.queued','work_item.assigned') AND e.at >= :since AND e.after->>'queue' IS NOT NULL
        AND CAST(e.after->>'enqueued_at' AS timestamptz) >= :since
    GROUP BY 1),
found AS (
    SELECT w.queue_id, count(*) FILTER (WHERE w.answered_at IS NOT NULL
        OR w.state IN ('queued','reserved','parked','canceled')) AS n
    FROM queues q JOIN work_items w ON w.queue_id = q.id AND w.enqueued_at >= :since AND w.kind <> 'consult'
    GROUP BY 1)
SELECT coalesce(l.queue_id, f.queue_id) AS queue_id, coalesce(l.n, 0) AS offered, coalesce(f.n, 0) AS accounted
FROM logged l FULL JOIN found f ON f.queue_id = l.queue_id
WHERE coalesce(l.n, 0) <> coalesce(f.n, 0) ORDER BY 1""")


@dataclass(frozen=True, slots=True)
class Difference:
    """A queue whose legs do not add up: offered by the log, accounted for by the rows."""

    queue_id: int
    offered: int
    accounted: int


def differences(session: Session, since: datetime) -> list[Difference]:
    """The queues of which a leg got lost, or came from nowhere, since `since` (aware UTC)."""
    return [Difference(*row) for row in session.execute(_OFF, {"since": since})]

"""Figures about queues, each with the check that makes it believable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Queue legs that were offered, counted from the log and never from the rows that the outcomes are counted from:
#: an item that got lost, or one that came from nowhere, shows as a difference. `at` is only there for the index;
#: nothing is logged before it is in line.
_OFFERED = text("""
SELECT count(*) FROM events e
WHERE e.name IN ('work_item.queued','work_item.assigned')
    AND CAST(e.after->>'queue' AS bigint) = :queue
    AND (CAST(:since AS timestamptz) IS NULL
         OR e.at >= :since AND CAST(e.after->>'enqueued_at' AS timestamptz) >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR CAST(e.after->>'enqueued_at' AS timestamptz) < :until)""")

_OUTCOMES = text("""
SELECT count(*) FILTER (WHERE answered_at IS NOT NULL) AS answered,
    count(*) FILTER (WHERE answered_at IS NOT NULL AND reason = 'transferred') AS transferred,
    count(*) FILTER (WHERE leg_after = 'recovered') AS recovered,
    count(*) FILTER (WHERE lost AND reason = 'short_abandon') AS short_abandons,
    count(*) FILTER (WHERE lost AND reason = 'abandoned') AS abandons,
    count(*) FILTER (WHERE lost AND reason = 'abandoned_while_ringing') AS abandons_while_ringing,
    count(*) FILTER (WHERE lost AND reason = 'closed') AS closed,
    count(*) FILTER (WHERE lost AND reason = 'queue_full') AS queue_full,
    count(*) FILTER (WHERE lost AND reason = 'max_wait') AS max_wait,
    count(*) FILTER (WHERE lost AND reason = 'overflow') AS overflowed,
    count(*) FILTER (WHERE lost AND reason = 'voicemail') AS voicemails,
    count(*) FILTER (WHERE lost AND reason = 'callback_requested') AS callbacks,
    count(*) FILTER (WHERE lost AND reason NOT IN ('short_abandon','abandoned','abandoned_while_ringing',
        'closed','queue_full','max_wait','overflow','voicemail','callback_requested')) AS other_ends,
    count(*) FILTER (WHERE answered_at IS NULL AND state IN ('queued','reserved','parked')) AS waiting
FROM (
    SELECT w.state, w.reason, w.answered_at, w.answered_at IS NULL AND w.state = 'canceled' AS lost,
        CASE WHEN w.reason IN ('agent_lost','transfer_failed') THEN 'recovered' END AS leg_after
    FROM work_items w
    WHERE w.queue_id = :queue AND w.kind <> 'consult'
        AND (CAST(:since AS timestamptz) IS NULL OR w.enqueued_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR w.enqueued_at < :until)) legs""")


@dataclass(frozen=True, slots=True)
class Conservation:
    """Where the queue legs of a cohort went (I11). All are numbers of legs."""

    #: Legs that came in line, by the event log.
    offered: int
    #: Legs that reached an agent, by the rows; the next two are part of it.
    answered: int
    #: Answered, then passed on: the caller came in line again as another leg.
    transferred: int
    #: Answered, then the agent was lost: the caller came in line again, first.
    recovered: int
    short_abandons: int
    abandons: int
    abandons_while_ringing: int
    #: Refused at once: the queue was closed, or as many waited as it takes.
    closed: int
    queue_full: int
    #: Waited as long as anybody may; or went on waiting in another queue, where it is another leg.
    max_wait: int
    overflowed: int
    #: Left the line to leave a message instead; the message is a ticket, and a leg of its own.
    voicemails: int
    #: Left the line to be called back; the callback is a contact of its own, at the same place.
    callbacks: int
    #: Ended unanswered for another reason (failed, moved by hand, callbacks that reached nobody, ...).
    other_ends: int
    #: In line, ringing at an agent, or set aside until the customer's page is open.
    waiting: int

    @property
    def accounted(self) -> int:
        """Legs whose whereabouts are known."""
        left = self.short_abandons + self.abandons + self.abandons_while_ringing
        sent_away = self.closed + self.queue_full + self.max_wait + self.overflowed + self.other_ends
        return self.answered + left + sent_away + self.voicemails + self.callbacks + self.waiting

    @property
    def balanced(self) -> bool:
        """True when nothing was lost and nothing came from nowhere: a tile that is not shows the difference."""
        return self.offered == self.accounted


def conservation(
    session: Session, queue_id: int, *, since: datetime | None = None, until: datetime | None = None
) -> Conservation:
    """The balance of the queue's legs that came in line in [since, until); without bounds, of all. Aware UTC."""
    bounds = {"queue": queue_id, "since": since, "until": until}
    offered = session.scalar(_OFFERED, bounds) or 0
    return Conservation(offered=offered, **session.execute(_OUTCOMES, bounds).one()._mapping)

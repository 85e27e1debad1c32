"""What those who decide see of an appeal: what the customer said and what the agent says. No name, no rating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.quality.appeals.services import MAY_DECIDE

_APPEALS = text(f"""
SELECT a.id, a.grounds, a.words, a.state, a.made_at, a.decided_at, a.decision, i.settled, i.need, i.suggestion, i.note,
    i.language, x.channel, x.started_at AS contact_at, x.wait_s, x.talk_s, y.names AS queue_names,
    (SELECT t.names FROM topics t WHERE x.topic_ids @> to_jsonb(t.id) ORDER BY t.position, t.id LIMIT 1) AS topic_names
FROM quality_appeals a
JOIN quality_interviews i ON i.id = a.interview_id
JOIN quality_callbacks q ON q.id = i.callback_id
JOIN interactions x ON x.id = q.interaction_id
LEFT JOIN queues y ON y.id = x.queue_id
WHERE (:appeal = 0 OR a.id = :appeal) AND (:decided OR a.state = 'open') AND {MAY_DECIDE}
ORDER BY a.id""")  # noqa: S608 - fixed texts


def open_appeals(session: Session, person_id: int) -> Sequence[Any]:
    """Open appeals that this person may decide, oldest first."""
    return session.execute(_APPEALS, {"appeal": 0, "decided": False, "person": person_id}).all()


def appeal(session: Session, appeal_id: int, person_id: int) -> Any | None:
    """One appeal, decided or not; None when this person must not decide it."""
    return session.execute(_APPEALS, {"appeal": appeal_id, "decided": True, "person": person_id}).one_or_none()

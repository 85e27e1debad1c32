"""What the screens show of the register: the list with its blind spots, months, and one entry with its voices.

Whom something was said about is in none of it, and nobody sees which customer spoke about their own work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.needs import RECENT, Standing, blind_spot
from app.quality.needs.models import Need
from app.quality.needs.services import OWNERS
from app.security.models import User

#: Tab of the register -> states in it.
SHOWN = {"open": ("open",), "planned": ("planned",), "decided": ("done", "declined")}
BLIND = "blind"
PER_PAGE = 40

_ENTRIES = text("""
SELECT n.id, n.kind, n.title, n.level, n.type, n.state, n.changed_at, u.display_name AS owner, n.owner_id,
    count(v.id) AS voices, count(DISTINCT q.customer_id) AS customers,
    count(DISTINCT q.customer_id) FILTER (WHERE i.at > :recent) AS recently,
    min(i.at) AS first_seen, max(i.at) AS last_seen
FROM quality_needs n
LEFT JOIN quality_need_voices v ON v.need_id = n.id
LEFT JOIN quality_interviews i ON i.id = v.interview_id
LEFT JOIN quality_callbacks q ON q.id = i.callback_id
LEFT JOIN users u ON u.id = n.owner_id
WHERE n.state = ANY(:states) AND (:kind = '' OR n.kind = :kind) AND (:level = '' OR n.level = :level)
    AND (:id = 0 OR n.id = :id)
GROUP BY n.id, u.display_name
ORDER BY customers DESC, last_seen DESC NULLS LAST, n.id""")

_VOICES = text("""
SELECT v.id, v.kind, CASE v.kind WHEN 'need' THEN i.need ELSE i.suggestion END AS said, i.at, i.mode, i.may_return,
    q.rated_agent_id = :reader AS own,
    CASE WHEN q.rated_agent_id <> :reader THEN q.id END AS callback_id,
    CASE WHEN q.rated_agent_id <> :reader THEN c.name END AS customer_name,
    CASE WHEN q.rated_agent_id <> :reader THEN c.id END AS customer_id
FROM quality_need_voices v
JOIN quality_interviews i ON i.id = v.interview_id
JOIN quality_callbacks q ON q.id = i.callback_id
JOIN customers c ON c.id = q.customer_id
WHERE v.need_id = :need ORDER BY i.at DESC, v.id DESC""")

_MONTHS = text("""
SELECT to_char(timezone(:zone, i.at), 'YYYY-MM') AS month, v.kind, count(*) AS voices
FROM quality_need_voices v JOIN quality_interviews i ON i.id = v.interview_id
WHERE to_char(timezone(:zone, i.at), 'YYYY-MM') = ANY(:months) AND (:need = 0 OR v.need_id = :need)
GROUP BY 1, 2""")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the list; `blind` says why nobody sees to it, empty when somebody does."""

    entry: Any
    blind: str


def entries(session: Session, shown: str, *, kind: str, level: str, now: datetime) -> list[Row]:
    """Entries of one tab, those of most customers first; the tab of blind spots has only those."""
    states = list(SHOWN["open" if shown == BLIND else shown])
    values = {"states": states, "kind": kind, "level": level, "recent": now - RECENT, "id": 0}
    found = [Row(row, _blind(row, now)) for row in session.execute(_ENTRIES, values)]
    return [row for row in found if row.blind] if shown == BLIND else found


def one(session: Session, need_id: int, now: datetime) -> Row | None:
    """One entry with its figures; None when there is none, or it was joined with another."""
    states = [state for group in SHOWN.values() for state in group]
    values = {"states": states, "kind": "", "level": "", "recent": now - RECENT, "id": need_id}
    row = session.execute(_ENTRIES, values).one_or_none()
    return Row(row, _blind(row, now)) if row is not None else None


def _blind(row: Any, now: datetime) -> str:
    return blind_spot(Standing(row.state, row.level, row.owner_id is not None, row.recently, row.changed_at), now)


def voices_of(session: Session, need_id: int, *, reader_id: int) -> Sequence[Any]:
    """What customers said, newest first; of contacts of the reader's own the customer is left out."""
    return session.execute(_VOICES, {"need": need_id, "reader": reader_id}).all()


def by_month(session: Session, months: Sequence[str], zone: str, need_id: int = 0) -> list[tuple[str, int, int]]:
    """(month, needs, suggestions) said in each of `months`; of one entry, or of all."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for row in session.execute(_MONTHS, {"zone": zone, "months": list(months), "need": need_id}):
        counted[row.month][row.kind] = row.voices
    return [(month, counted[month].get("need", 0), counted[month].get("suggestion", 0)) for month in months]


def joined_into(session: Session, need_id: int) -> int | None:
    """Id of the entry that this one was joined with."""
    return session.scalar(select(Need.merged_into_id).where(Need.id == need_id))


def others(session: Session, need_id: int, most: int = 200) -> list[tuple[int, str]]:
    """(id, title) of entries that this one may be joined with, newest first."""
    rows = session.execute(
        select(Need.id, Need.title)
        .where(Need.id != need_id, Need.state != "merged")
        .order_by(Need.changed_at.desc(), Need.id.desc())
        .limit(most)
    )
    return [(row.id, row.title) for row in rows]


def owners(session: Session) -> list[tuple[int, str]]:
    """(id, name) of the people who may take an entry over."""
    rows = session.execute(
        select(User.id, User.display_name).where(User.role.in_(OWNERS), User.active).order_by(User.display_name)
    )
    return [(row.id, row.display_name) for row in rows]

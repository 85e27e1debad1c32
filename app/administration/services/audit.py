"""The log of what happened, read: newest first, narrowed by who, what, when and which contact."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.customers.models import Customer
from app.db import transaction
from app.eventlog import Actor, Event, record_event
from app.i18n import localised
from app.queues.models import Queue
from app.security.models import User

PAGE = 50
#: Lines of an export at most; who needs more narrows the dates.
LONGEST_EXPORT = 20_000
#: Actors that are no person.
MACHINES = ("router", "sweep", "customer", "provider", "cli")

#: One probe per subject instead of a scan of the whole log.
_SUBJECTS = text("""
WITH RECURSIVE found(subject) AS (
    (SELECT subject FROM events ORDER BY subject LIMIT 1)
    UNION ALL
    SELECT (SELECT e.subject FROM events e WHERE e.subject > found.subject ORDER BY e.subject LIMIT 1)
    FROM found WHERE found.subject IS NOT NULL)
SELECT subject FROM found WHERE subject IS NOT NULL""")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asks for; empty asks for nothing."""

    #: "user:<id>", or one of MACHINES.
    actor: str = ""
    subject: str = ""
    #: Beginning of an event's name.
    name: str = ""
    contact: str = ""
    #: First and last day, in the reader's zone.
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events of one page, newest first; `older` is the cursor of the next one, or None at the end."""

    events: list[Event]
    older: int | None


@dataclass(frozen=True, slots=True)
class Named:
    """Names of what events refer to."""

    users: dict[int, str]
    customers: dict[int, str]
    queues: dict[int, str]


def read_page(session: Session, filters: Filters, *, zone: str, before: int | None = None) -> Page:
    """Up to PAGE events older than `before`."""
    rows = list(session.scalars(_query(filters, zone, before).limit(PAGE + 1)))
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def subjects(session: Session) -> Sequence[str]:
    """Kinds of things that events happened to."""
    return session.scalars(_SUBJECTS).all()


def _query(filters: Filters, zone: str, before: int | None) -> Any:
    query = select(Event).order_by(Event.id.desc())
    if before is not None:
        query = query.where(Event.id < before)
    if filters.actor:
        person = filters.actor.removeprefix("user:")
        if filters.actor.startswith("user:") and person.isdecimal() and len(person) <= 18:
            query = query.where(Event.user_id == int(person))
        else:
            query = query.where(Event.actor == filters.actor)
    if filters.subject:
        query = query.where(Event.subject == filters.subject)
    if filters.name:
        query = query.where(Event.name.startswith(filters.name, autoescape=True))
    if filters.contact:
        query = query.where(Event.contact_id == filters.contact)
    if filters.since is not None:
        query = query.where(Event.at >= _midnight(filters.since, zone))
    if filters.until is not None:
        query = query.where(Event.at < _midnight(filters.until + timedelta(days=1), zone))
    return query


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def names_for(session: Session, events: Iterable[Event]) -> Named:
    """Names of the people, customers and queues that `events` refer to."""
    rows = list(events)
    users = {row.user_id for row in rows if row.user_id is not None}
    users |= {row.subject_id for row in rows if row.subject in ("user", "agent")}
    customers = {row.subject_id for row in rows if row.subject == "customer"}
    queues = session.execute(select(Queue.id, Queue.names))
    return Named(
        dict(session.execute(select(User.id, User.display_name).where(User.id.in_(users))).all()),
        dict(session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(customers))).all()),
        {queue_id: localised(names) for queue_id, names in queues},
    )


def export(filters: Filters, *, zone: str, actor: Actor) -> str:
    """The events as CSV, newest first, at most LONGEST_EXPORT; that somebody took them is an event itself."""
    with transaction() as session:
        rows = list(session.scalars(_query(filters, zone, None).limit(LONGEST_EXPORT)))
        asked = {key: str(value) for key, value in _asked(filters).items() if value}
        record_event(
            session,
            "audit.exported",
            "user",
            actor.user_id or 0,
            actor=actor,
            after={"rows": len(rows), "filters": asked},
        )
        names = names_for(session, rows)
    file = io.StringIO()
    writer = csv.writer(file)
    head = ("id", "at", "name", "subject", "subject_id", "actor", "person", "reason", "contact_id", "before", "after")
    writer.writerow(head)
    for row in rows:
        person = names.users.get(row.user_id or 0, "")
        cells = (row.id, row.at.isoformat(), row.name, row.subject, row.subject_id, row.actor, person, row.reason)
        sides = (_json(row.before), _json(row.after))
        writer.writerow([_harmless(cell) for cell in (*cells, row.contact_id or "", *sides)])
    return file.getvalue()


def _asked(filters: Filters) -> dict[str, Any]:
    return {name: getattr(filters, name) for name in ("actor", "subject", "name", "contact", "since", "until")}


def _json(side: dict[str, Any] | None) -> str:
    return "" if side is None else json.dumps(side, ensure_ascii=False, sort_keys=True)


def _harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell

"""Calendars of opening hours: made, changed, taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.administration.changes import Consequence, demand_consent, demand_unchanged, differences
from app.administration.entries import Refusals, clean, day_entry, line_entry
from app.administration.services.hours_text import read_hours, write_hours
from app.db import transaction
from app.domain.worktime import Calendar, Interval, is_open
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.i18n import localised
from app.live import touch
from app.queues.calendars import CalendarException, CalendarInterval, OpeningCalendar
from app.queues.hours import holidays_of, load_calendars
from app.queues.models import Queue

WEEKDAYS = range(7)
LONGEST_NAME, LONGEST_NOTE = 80, 200
#: More special days than a form could show are no calendar any more.
MOST_EXCEPTIONS = 100


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A checked calendar form."""

    name: str
    zone: str
    region: str
    week: dict[int, tuple[Interval, ...]]
    exceptions: dict[date, tuple[tuple[Interval, ...], str]]


def list_calendars(session: Session) -> list[tuple[OpeningCalendar, list[Queue]]]:
    """Every calendar with the queues that keep it."""
    queues = session.scalars(select(Queue).where(Queue.calendar_id.is_not(None)).order_by(Queue.position)).all()
    return [
        (row, [queue for queue in queues if queue.calendar_id == row.id])
        for row in session.scalars(select(OpeningCalendar).order_by(OpeningCalendar.name))
    ]


def calendar_values(session: Session, calendar_id: int) -> dict[str, Any]:
    """What the form of a calendar shows, by field; days of exceptions are numbered lines.

    Raises:
        NotFound: there is none.
    """
    row = session.get(OpeningCalendar, calendar_id, populate_existing=True)
    if row is None:
        raise NotFound()
    rules = load_calendars(session, [calendar_id], clock.now())[calendar_id]
    values: dict[str, Any] = {"name": row.name, "zone": row.zone, "region": row.region}
    values |= {f"day_{weekday}": write_hours(rules.week.get(weekday, ())) for weekday in WEEKDAYS}
    exceptions = session.scalars(
        select(CalendarException).where(CalendarException.calendar_id == calendar_id).order_by(CalendarException.day)
    )
    for place, each in enumerate(exceptions):
        values[f"date-{place}"] = each.day.isoformat()
        values[f"hours-{place}"] = write_hours(rules.exceptions[each.day])
        values[f"note-{place}"] = each.note
    return values


def calendar_entry(raw: Mapping[str, str], refusals: Refusals) -> CalendarEntry:
    """The checked fields of a calendar; what is wrong is gathered in `refusals`."""
    zone, region = clean(raw.get("zone")), clean(raw.get("region")).upper()
    if zone not in available_timezones():
        refusals.add("zone", _("Please choose one of the listed zones, like Europe/London."))
    if region and not _has_holidays(region):
        refusals.add("region", _("No public holidays are known for this. Write a country, or a part of it: GB-ENG."))
    week = {weekday: _hours(raw, f"day_{weekday}", refusals) for weekday in WEEKDAYS}
    exceptions: dict[date, tuple[tuple[Interval, ...], str]] = {}
    for place in range(MOST_EXCEPTIONS):
        if not clean(raw.get(f"date-{place}")):
            continue
        day = day_entry(raw, f"date-{place}", refusals)
        hours = _hours(raw, f"hours-{place}", refusals)
        note = line_entry(raw, f"note-{place}", refusals, limit=LONGEST_NOTE)
        if day in exceptions:
            refusals.add(f"date-{place}", _("This day is in the list twice."))
        elif day is not None:
            exceptions[day] = (hours, note)
    name = line_entry(raw, "name", refusals, limit=LONGEST_NAME, required=True)
    return CalendarEntry(name, zone, region, week, exceptions)


def _hours(raw: Mapping[str, str], name: str, refusals: Refusals) -> tuple[Interval, ...]:
    try:
        return read_hours(clean(raw.get(name)))
    except ValueError:
        refusals.add(name, _("Please write hours like 09:00-12:00, 13:00-18:00. Empty means closed."))
        return ()


def _has_holidays(region: str) -> bool:
    try:
        return bool(holidays_of(region, (clock.now().year,)))
    except ValueError:
        return False


def create_calendar(raw: Mapping[str, str], *, actor: Actor) -> int:
    """Id of a new calendar, which no queue keeps yet.

    Raises:
        Invalid: a field is refused, or the name is taken.
    """
    refusals = Refusals()
    entry = calendar_entry(raw, refusals)
    refusals.raise_any()
    try:
        with transaction() as session:
            row = OpeningCalendar(name=entry.name, zone=entry.zone, region=entry.region)
            session.add(row)
            session.flush()
            _write(session, row.id, entry)
            after = calendar_values(session, row.id)
            record_event(session, "calendar.created", "calendar", row.id, actor=actor, after=after)
            return row.id
    except IntegrityError as error:
        raise Invalid(fields={"name": _("This name is taken already.")}) from error


def change_calendar(
    calendar_id: int, raw: Mapping[str, str], *, seen: str | None, confirmed: str = "", actor: Actor
) -> None:
    """Save the form of a calendar, for all queues that keep it.

    Raises:
        NotFound: there is none.
        Invalid: a field is refused, or the name is taken.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: queues close or open at once by it, or would never open again.
    """
    refusals = Refusals()
    entry = calendar_entry(raw, refusals)
    refusals.raise_any()
    try:
        with transaction() as session:
            row = session.get(OpeningCalendar, calendar_id, with_for_update=True)
            before = calendar_values(session, calendar_id)
            demand_unchanged(before, seen)
            assert row is not None  # noqa: S101 - calendar_values has refused it otherwise
            queues = session.scalars(
                select(Queue).where(Queue.calendar_id == calendar_id).order_by(Queue.position)
            ).all()
            now = clock.now()
            old_rules = load_calendars(session, [calendar_id], now)[calendar_id]
            row.name, row.zone, row.region = entry.name, entry.zone, entry.region
            _write(session, calendar_id, entry)
            new_rules = load_calendars(session, [calendar_id], now)[calendar_id]
            demand_consent(opening_consequences(queues, old_rules, new_rules, now), confirmed)
            after = calendar_values(session, calendar_id)
            if after == before:
                return
            gone = {name: None for name in before if name not in after}
            old, new = differences(before, {**after, **gone})
            record_event(session, "calendar.changed", "calendar", calendar_id, actor=actor, before=old, after=new)
            for queue in queues:
                touch(session, "queue", queue.id)
    except IntegrityError as error:
        raise Invalid(fields={"name": _("This name is taken already.")}) from error


def delete_calendar(calendar_id: int, *, actor: Actor) -> None:
    """Take a calendar away that no queue keeps.

    Raises:
        NotFound: there is none.
        Conflict: queues keep it: they would be open round the clock without anybody having said so.
    """
    with transaction() as session:
        row = session.get(OpeningCalendar, calendar_id, with_for_update=True)
        before = calendar_values(session, calendar_id)
        queues = session.scalars(select(Queue).where(Queue.calendar_id == calendar_id)).all()
        if queues:
            names = ", ".join(localised(queue.names) for queue in queues)
            raise Conflict(
                _("These queues keep it: %(queues)s. Give them other hours first.", queues=names), code="in_use"
            )
        session.delete(row)
        record_event(session, "calendar.deleted", "calendar", calendar_id, actor=actor, before=before)


def _write(session: Session, calendar_id: int, entry: CalendarEntry) -> None:
    for model in (CalendarInterval, CalendarException):
        session.execute(delete(model).where(model.calendar_id == calendar_id))
    session.add_all(
        CalendarInterval(calendar_id=calendar_id, weekday=weekday, opens=each.opens, closes=each.closes)
        for weekday, hours in entry.week.items()
        for each in hours
    )
    session.add_all(
        CalendarException(
            calendar_id=calendar_id, day=day, hours=[[each.opens, each.closes] for each in hours], note=note
        )
        for day, (hours, note) in entry.exceptions.items()
    )
    session.flush()


def opening_consequences(
    queues: Sequence[Queue], old: Calendar | None, new: Calendar | None, now: datetime
) -> list[Consequence]:
    """What other hours do to these queues this moment; no calendar means open round the clock."""
    open_queues = [queue for queue in queues if queue.active]
    if not open_queues:
        return []
    names = ", ".join(localised(queue.names) for queue in open_queues)
    was = old is None or is_open(old, now).open
    state = is_open(new, now) if new is not None else None
    if state is not None and not state.open and state.next_open_at is None:
        return [Consequence("never_opens", _("By these hours it never opens again: %(queues)s.", queues=names), "bad")]
    if was and state is not None and not state.open:
        text = _(
            "Closes at once: %(queues)s. Who waits already is served; new callers are told the hours.", queues=names
        )
        return [Consequence("closes_now", text, "warn")]
    if not was and (state is None or state.open):
        return [Consequence("opens_now", _("Opens at once: %(queues)s.", queues=names))]
    return []


def rules_of(session: Session, calendar_id: int | None, now: datetime) -> Calendar | None:
    """The rules of a calendar, None for none."""
    return load_calendars(session, [calendar_id], now).get(calendar_id) if calendar_id else None


def coming_holidays(region: str, zone: str, now: datetime) -> list[tuple[date, str]]:
    """The next public holidays of a region, (day, name) in order."""
    if not region:
        return []
    today = now.astimezone(ZoneInfo(zone)).date()
    found = holidays_of(region, (now.year, now.year + 1))
    return sorted((day, name) for day, name in found.items() if day >= today)[:6]

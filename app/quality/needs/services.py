"""What a customer said becomes an entry; people group entries, take them over and decide on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.domain.needs import CHOICES, KINDS, LEVELS, LONGEST_TITLE, TYPES, title_of
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.quality.models import QualityInterview
from app.quality.needs.models import Need, NeedVoice
from app.security.models import User

#: Roles whose people may take an entry over.
OWNERS = ("supervisor", "quality", "administrator")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person may change of an entry."""

    title: str
    level: str
    type: str
    state: str
    owner_id: int | None


def enter_voices(session: Session, interview: QualityInterview, *, now: datetime, actor: Actor) -> list[Need]:
    """Entries for what the customer needs and suggests in `interview`, one for each text. Participant."""
    entered = []
    for kind in KINDS:
        said = interview.need if kind == "need" else interview.suggestion
        title = title_of(said)
        if not title:
            continue
        level = interview.need_level if kind == "need" else ""
        entry = Need(kind=kind, title=title, level=level, created_at=now, changed_at=now)
        session.add(entry)
        session.flush()
        session.add(NeedVoice(need_id=entry.id, interview_id=interview.id, kind=kind))
        _tell(session, entry, "entered", actor=actor)
        entered.append(entry)
    session.flush()
    return entered


def change(need_id: int, entry: Entry, *, version: int, actor: Actor) -> None:
    """Save what a person decided on the entry that they saw as `version`.

    Raises:
        NotFound: no such entry.
        Invalid: a field has no such value.
        Conflict: it was changed or joined with another in the meantime.
    """
    entry = replace(entry, title=" ".join(entry.title.split()))
    now = clock.now()
    with transaction() as session:
        row = locked(session, need_id)
        fields = _objections(session, entry)
        if fields:
            raise Invalid(code="need_form", fields=fields)
        if row.version != version:
            raise Conflict(code="need_changed")
        before = {"state": row.state, "owner": row.owner_id}
        row.title, row.level, row.type = entry.title, entry.level, entry.type
        row.state, row.owner_id = entry.state, entry.owner_id
        row.version, row.changed_at = row.version + 1, now
        _tell(session, row, "changed", actor=actor, before=before)


def join(need_id: int, into_id: int, *, actor: Actor) -> None:
    """`need_id` is the same as `into_id`: its voices count there from now on.

    Raises:
        NotFound: no such entry.
        Conflict: they are one already, or either was joined with another.
    """
    if need_id == into_id:
        raise Conflict(code="need_same")
    now = clock.now()
    with transaction() as session:
        # In the order of their numbers: two people joining the same two never wait for each other.
        first, second = (locked(session, each) for each in sorted((need_id, into_id)))
        row, into = (first, second) if first.id == need_id else (second, first)
        session.execute(update(NeedVoice).where(NeedVoice.need_id == row.id).values(need_id=into.id))
        session.execute(update(Need).where(Need.merged_into_id == row.id).values(merged_into_id=into.id))
        before = {"state": row.state}
        row.state, row.merged_into_id, row.version = "merged", into.id, row.version + 1
        into.version, into.changed_at = into.version + 1, now
        _tell(session, row, "joined", actor=actor, before=before, into=into.id)


def split(voice_id: int, *, actor: Actor) -> int:
    """Id of a new entry for one voice that does not belong with the others.

    Raises:
        NotFound: no such voice.
        Conflict: it is the only one of its entry.
    """
    now = clock.now()
    with transaction() as session:
        voice = session.get(NeedVoice, voice_id)
        if voice is None:
            raise NotFound(code="need_unknown")
        row = locked(session, voice.need_id)
        session.refresh(voice)
        others = session.scalar(select(func.count()).where(NeedVoice.need_id == row.id, NeedVoice.id != voice.id))
        if voice.need_id != row.id or not others:
            raise Conflict(code="need_changed" if others else "need_only_voice")
        interview = session.get_one(QualityInterview, voice.interview_id)
        said = interview.need if voice.kind == "need" else interview.suggestion
        level = interview.need_level if voice.kind == "need" else ""
        entry = Need(kind=voice.kind, title=title_of(said), level=level, created_at=now, changed_at=now)
        session.add(entry)
        session.flush()
        voice.need_id = entry.id
        row.version += 1
        _tell(session, entry, "split", actor=actor, out_of=row.id)
        return entry.id


def locked(session: Session, need_id: int) -> Need:
    """The entry, held until the transaction ends. Participant.

    Raises:
        NotFound: no such entry.
        Conflict: it was joined with another.
    """
    row = session.get(Need, need_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(code="need_unknown")
    if row.state == "merged":
        raise Conflict(code="need_merged")
    return row


def _objections(session: Session, entry: Entry) -> dict[str, str]:
    fields = {}
    if not entry.title or len(entry.title) > LONGEST_TITLE:
        fields["title"] = "text_missing" if not entry.title else "too_long"
    if entry.level not in ("", *LEVELS):
        fields["level"] = "unknown"
    if entry.type not in ("", *TYPES):
        fields["type"] = "unknown"
    if entry.state not in CHOICES:
        fields["state"] = "unknown"
    if entry.owner_id is not None:
        owner = session.get(User, entry.owner_id)
        if owner is None or owner.role not in OWNERS or not owner.active:
            fields["owner"] = "unknown"
    return fields


def _tell(
    session: Session, row: Need, verb: str, *, actor: Actor, before: Mapping[str, object] | None = None, **more: object
) -> None:
    after = {"state": row.state, "owner": row.owner_id, **more}
    record_event(
        session, f"need.{verb}", "need", row.id, actor=actor, before=dict(before) if before else None, after=after
    )

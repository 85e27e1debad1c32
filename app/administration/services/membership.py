"""Who serves which queue, and on what certificate."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.administration.changes import Consequence, EditConflict, demand_consent, demand_unchanged
from app.administration.services.counts import certified_for, in_hand, waiting_in
from app.agents.services import ensure_agent
from app.db import transaction
from app.domain.certificates import Span, best_standing
from app.domain.road import OVERRIDE_DAYS
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.i18n import localised
from app.live import room_of, send, touch
from app.queues.models import Certificate, Queue, QueueMember
from app.queues.opening import lock_queue
from app.queues.wake import wake_router
from app.security.models import User

LONGEST_NOTE = 300


def memberships(session: Session, agent_id: int) -> set[int]:
    """Ids of the queues an agent is a member of."""
    return set(session.scalars(select(QueueMember.queue_id).where(QueueMember.agent_id == agent_id)))


def membership_values(queue_ids: Collection[int]) -> dict[str, list[int]]:
    """Memberships as the fingerprint keeps them."""
    return {"queues": sorted(queue_ids)}


def add_member(session: Session, agent_id: int, queue_id: int, *, actor: Actor) -> bool:
    """Let an agent serve a queue, once certified; False when they did already. Participant.

    Raises:
        Conflict: quality callers serve the queue of quality calls only: who rates others handles no contacts.
    """
    role = session.scalar(select(User.role).where(User.id == agent_id))
    if role == "quality" and not session.get_one(Queue, queue_id).quality_calls:
        raise Conflict(_("Quality callers serve the queue of quality calls only."), code="quality_callers_only")
    made = session.execute(
        insert(QueueMember)
        .values(queue_id=queue_id, agent_id=agent_id)
        .on_conflict_do_nothing()
        .returning(QueueMember.queue_id)
    ).scalar()
    if made is None:
        return False
    record_event(session, "agent.queue_added", "agent", agent_id, actor=actor, after={"queue": queue_id})
    return True


def change_memberships(
    agent_id: int, queue_ids: Collection[int], *, seen: str | None, confirmed: str = "", actor: Actor
) -> None:
    """Make these the queues that an agent serves. Certificates stay: who comes back needs no new one.

    Raises:
        NotFound: no such agent or queue.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: a queue is left without anybody, or the agent is at work in it.
    """
    with transaction() as session:
        wanted = set(queue_ids)
        # All queues in one order, so that two changes never wait for each other; the agent's row comes after.
        before = memberships(session, agent_id)
        queues = {queue_id: lock_queue(session, queue_id) for queue_id in sorted(wanted | before)}
        ensure_agent(session, agent_id, actor=actor)
        before = memberships(session, agent_id)
        demand_unchanged(membership_values(before), seen)
        if before - set(queues):  # a queue was added while we waited for the locks
            raise EditConflict(membership_values(before))
        consequences = []
        for queue_id in sorted(before - wanted):
            consequences += leaving_consequences(session, agent_id, queues[queue_id])
        demand_consent(consequences, confirmed)
        for queue_id in sorted(wanted - before):
            add_member(session, agent_id, queue_id, actor=actor)
        for queue_id in sorted(before - wanted):
            session.execute(
                delete(QueueMember).where(QueueMember.queue_id == queue_id, QueueMember.agent_id == agent_id)
            )
            record_event(session, "agent.queue_removed", "agent", agent_id, actor=actor, before={"queue": queue_id})
        if wanted != before:
            tell_agent(session, agent_id, [queues[queue_id] for queue_id in wanted ^ before])


def leaving_consequences(session: Session, agent_id: int, queue: Queue) -> list[Consequence]:
    """What it does to `queue` when this agent is offered nothing from it any more."""
    found = []
    name = localised(queue.names)
    certified = certified_for(session, queue.id, clock.now().date())
    if certified == {agent_id} and queue.active:
        waiting = waiting_in(session, queue.id)
        text = ngettext(
            "Nobody else is certified for “%(queue)s”: %(num)s waiting contact and all new ones would find nobody.",
            "Nobody else is certified for “%(queue)s”: %(num)s waiting contacts and all new ones would find nobody.",
            waiting,
            queue=name,
        )
        found.append(Consequence(f"last_certified_{queue.id}", text, "bad"))
    elif agent_id in certified:
        text = ngettext(
            "“%(queue)s” keeps %(num)s certified agent.",
            "“%(queue)s” keeps %(num)s certified agents.",
            len(certified) - 1,
            queue=name,
        )
        found.append(Consequence(f"one_fewer_{queue.id}", text))
    if in_hand(session, agent_id, queue.id):
        text = _("A contact of “%(queue)s” is in hand right now: it is finished as it is.", queue=name)
        found.append(Consequence(f"in_hand_{queue.id}", text))
    return found


def grant(
    agent_id: int, queue_id: int, *, granted_on: date, expires_on: date | None, note: str = "", actor: Actor
) -> int:
    """Id of a new certificate for somebody whom the house knows as certified; they become a member of the queue.

    For the command line, when a house moves in: on the screens an exam certifies, or an `override`.

    Raises:
        NotFound: no such agent or queue.
        Invalid: it would end before it begins, or the note is too long.
    """
    fields = {}
    if expires_on is not None and expires_on < granted_on:
        fields["expires_on"] = _("The last day can't come before the first.")
    if len(note) > LONGEST_NOTE:
        fields["note"] = _("This is too long: %(limit)s characters fit.", limit=LONGEST_NOTE)
    if fields:
        raise Invalid(fields=fields)
    with transaction() as session:
        queue = lock_queue(session, queue_id)
        return certify(session, queue, agent_id, granted_on=granted_on, expires_on=expires_on, note=note, actor=actor)


def override(agent_id: int, queue_id: int, *, reason: str, last_day: date | None, actor: Actor) -> int:
    """Id of a certificate without an exam, from today for 14 days at most.

    Raises:
        NotFound: no such queue, or no such person who takes contacts.
        Invalid: no reason, or a day out of range.
        Conflict: one holds already, or it is for oneself.
    """
    today, fields = clock.now().date(), {}
    reason = " ".join(reason.split())
    if not reason:
        fields["reason"] = _("Please say why: the agent and the log will show it.")
    if len(reason) > LONGEST_NOTE:
        fields["reason"] = _("This is too long: %(limit)s characters fit.", limit=LONGEST_NOTE)
    if last_day is None or not today <= last_day < today + timedelta(days=OVERRIDE_DAYS):
        fields["last_day"] = _("Please choose a day within 14 days, today included.")
    if fields:
        raise Invalid(fields=fields)
    if actor.user_id == agent_id:
        raise Conflict(_("This is about yourself: somebody else has to do it."), code="own_road")
    with transaction() as session:
        queue = lock_queue(session, queue_id)
        if best_standing(list(_certificates(session, agent_id, queue_id).values()), today).counts:
            raise Conflict(_("A certificate for this queue holds already."), code="override_needless")
        return certify(
            session, queue, agent_id, granted_on=today, expires_on=last_day, note=reason, override=True, actor=actor
        )


def certify(
    session: Session,
    queue: Queue,
    agent_id: int,
    *,
    granted_on: date,
    expires_on: date | None,
    note: str = "",
    override: bool = False,
    actor: Actor,
) -> int:
    """Id of a new certificate for a queue that is locked; the agent becomes a member of it. Participant."""
    ensure_agent(session, agent_id, actor=actor)
    add_member(session, agent_id, queue.id, actor=actor)
    row = Certificate(
        agent_id=agent_id,
        queue_id=queue.id,
        granted_on=granted_on,
        expires_on=expires_on,
        granted_by=actor.user_id,
        note=note,
        override=override,
    )
    session.add(row)
    session.flush()
    after = {"certificate": row.id, "queue": queue.id, "granted_on": str(granted_on)}
    after |= {"expires_on": expires_on and str(expires_on)} | ({"override": True} if override else {})
    why = note if override else ""
    record_event(session, "certificate.granted", "agent", agent_id, actor=actor, reason=why, after=after)
    tell_agent(session, agent_id, [queue])
    return row.id


def move_end(certificate_id: int, expires_on: date | None, *, confirmed: str = "", actor: Actor) -> None:
    """Let a certificate end on an earlier day: an exam is what prolongs.

    Raises:
        NotFound: there is no such certificate.
        Conflict: it is revoked, an override, or would end later.
        Invalid: it would end before it began.
        ConfirmFirst: it would have ended already.
    """
    with transaction() as session:
        row, queue = _locked(session, certificate_id)
        if row.override:
            raise Conflict(_("An override keeps its end. It can be revoked."), code="override_ends")
        if expires_on is not None and expires_on < row.granted_on:
            raise Invalid(fields={"expires_on": _("The last day can't come before the first.")})
        if row.expires_on == expires_on:
            return
        if expires_on is None or (row.expires_on is not None and expires_on > row.expires_on):
            raise Conflict(_("A certificate is prolonged by an exam only."), code="exam_prolongs")
        today = clock.now().date()
        if expires_on < today:
            demand_consent(_losing_consequences(session, row, queue, today), confirmed)
        end_on(session, row, queue, expires_on, actor=actor)


def end_on(session: Session, row: Certificate, queue: Queue, expires_on: date | None, *, actor: Actor) -> None:
    """Move the last day of a certificate whose queue is locked. Participant."""
    before = {"expires_on": row.expires_on and str(row.expires_on)}
    row.expires_on = expires_on
    session.flush()
    after = {"certificate": row.id, "queue": queue.id, "expires_on": expires_on and str(expires_on)}
    record_event(session, "certificate.end_moved", "agent", row.agent_id, actor=actor, before=before, after=after)
    tell_agent(session, row.agent_id, [queue])


def revoke(certificate_id: int, *, reason: str, confirmed: str = "", actor: Actor) -> None:
    """Take a certificate back from the next offer on; what the agent has in hand is finished.

    Raises:
        NotFound: there is no such certificate.
        Conflict: it is revoked already.
        Invalid: no reason was given, or it is too long.
        ConfirmFirst: always, unless agreed to.
    """
    if not reason:
        raise Invalid(fields={"reason": _("Please say why: the agent and the log will show it.")})
    if len(reason) > LONGEST_NOTE:
        raise Invalid(fields={"reason": _("This is too long: %(limit)s characters fit.", limit=LONGEST_NOTE)})
    with transaction() as session:
        row, queue = _locked(session, certificate_id)
        demand_consent(_losing_consequences(session, row, queue, clock.now().date()), confirmed)
        withdraw(session, row, queue, reason=reason, actor=actor)


def withdraw(session: Session, row: Certificate, queue: Queue, *, reason: str, actor: Actor) -> None:
    """Take back a certificate whose queue is locked. Participant."""
    before, after = {"note": row.note}, {"certificate": row.id, "queue": queue.id}
    row.revoked_at, row.note = clock.now(), reason
    session.flush()
    record_event(
        session, "certificate.revoked", "agent", row.agent_id, actor=actor, reason=reason, before=before, after=after
    )
    tell_agent(session, row.agent_id, [queue])


def _locked(session: Session, certificate_id: int) -> tuple[Certificate, Queue]:
    queue_id = session.scalar(select(Certificate.queue_id).where(Certificate.id == certificate_id))
    if queue_id is None:
        raise NotFound()
    queue = lock_queue(session, queue_id)
    row = session.get_one(Certificate, certificate_id, with_for_update=True, populate_existing=True)
    if row.revoked_at is not None:
        raise Conflict(_("This certificate is revoked. Grant a new one instead."), code="certificate_revoked")
    return row, queue


def _losing_consequences(session: Session, row: Certificate, queue: Queue, today: date) -> list[Consequence]:
    others = [
        span for other_id, span in _certificates(session, row.agent_id, row.queue_id).items() if other_id != row.id
    ]
    if best_standing(others, today).counts:
        return [Consequence("another_holds", _("Another certificate for this queue still holds."))]
    text = _("From the next offer on, nothing from “%(queue)s” is offered to this agent.", queue=localised(queue.names))
    return [Consequence("next_offer", text, "warn"), *leaving_consequences(session, row.agent_id, queue)]


def _certificates(session: Session, agent_id: int, queue_id: int) -> dict[int, Span]:
    rows = session.scalars(
        select(Certificate).where(Certificate.agent_id == agent_id, Certificate.queue_id == queue_id)
    )
    return {row.id: span_of(row) for row in rows}


def span_of(row: Certificate) -> Span:
    """What a certificate says, for the rule of its standing."""
    return Span(row.granted_on, row.expires_on, row.revoked_at is not None)


def tell_agent(session: Session, agent_id: int, queues: Collection[Queue]) -> None:
    """Let the agent's desk join the lines it now sees, and the router look again."""
    touch(session, "agent", agent_id)
    touch(session, "team", "all")
    send(session, room_of("agent", agent_id), "live.resync", {})
    for pool in sorted({queue.pool for queue in queues}):
        wake_router(session, pool)


def join(agent_id: int, queue_id: int, *, actor: Actor) -> None:
    """Let an agent serve a queue; contacts are offered once they hold a certificate.

    Raises:
        NotFound: no such agent or queue.
    """
    with transaction() as session:
        queue = lock_queue(session, queue_id)
        ensure_agent(session, agent_id, actor=actor)
        if add_member(session, agent_id, queue_id, actor=actor):
            tell_agent(session, agent_id, [queue])

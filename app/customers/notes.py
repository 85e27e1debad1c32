"""Notes on a profile: added, never rewritten; one of them may be pinned on top."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.customers.lookup import demand_kept
from app.customers.models import Customer, CustomerNote
from app.db import transaction
from app.errors import NotFound
from app.eventlog import Actor, record_event
from app.live import touch


def add_note(customer_id: int, body: str, *, pinned: bool = False, actor: Actor) -> int:
    """Id of the new note; pinned, it takes the place of the note that was pinned before.

    Raises:
        NotFound: there is no such customer.
    """
    with transaction() as session:
        _hold(session, customer_id)
        if pinned:
            _unpin(session, customer_id)
        note = CustomerNote(customer_id=customer_id, author_id=actor.user_id, body=body, pinned=pinned)
        session.add(note)
        session.flush()
        record_event(
            session,
            "customer.note_added",
            "customer",
            customer_id,
            actor=actor,
            after={"note": note.id, "pinned": pinned},
        )
        touch(session, "customer", customer_id)
        return note.id


def pin_note(customer_id: int, note_id: int, *, pinned: bool, actor: Actor) -> None:
    """Pin a note on top of the profile in place of another, or take it down; twice is the same as once.

    Raises:
        NotFound: this profile has no such note.
    """
    with transaction() as session:
        _hold(session, customer_id)
        note = session.scalar(
            select(CustomerNote).where(CustomerNote.id == note_id, CustomerNote.customer_id == customer_id)
        )
        if note is None:
            raise NotFound(_("We can't find this note."))
        if note.pinned == pinned:
            return
        if pinned:
            _unpin(session, customer_id)
        note.pinned = pinned
        record_event(
            session,
            "customer.note_pinned" if pinned else "customer.note_unpinned",
            "customer",
            customer_id,
            actor=actor,
            after={"note": note_id},
        )
        touch(session, "customer", customer_id)


def _hold(session: Session, customer_id: int) -> None:
    """Lock the profile, so that two colleagues cannot both pin."""
    found = session.scalar(select(Customer).where(Customer.id == customer_id).with_for_update())
    if found is None:
        raise NotFound(_("We can't find this customer."))
    demand_kept(found)


def _unpin(session: Session, customer_id: int) -> None:
    session.execute(
        update(CustomerNote).where(CustomerNote.customer_id == customer_id, CustomerNote.pinned).values(pinned=False)
    )

"""The erasure of a customer: what is told about a person goes, what happened stays.

Rows stay where figures, references and the log rest on them; names, numbers, words and sound in them go. The triggers
of rows that never change let exactly that pass, for customers who are erased (migration 0028). What the carrier keeps
is deleted there by effects: recordings by app/recordings/carrier.py, texts by app/messages/erasing.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.clock import now
from app.customers.models import Customer
from app.db import transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.live import touch
from app.messages.erasing import erase_texts
from app.messages.services import lock_number
from app.recordings.keeping import erase_recordings

#: What speaks against it now: (code, how many).
_OBSTACLES = text("""
SELECT 'open_work' AS code, count(*) AS many FROM work_items w
WHERE w.state NOT IN ('closed','canceled') AND (w.customer_id = :customer
    OR w.contact_id IN (SELECT contact_id FROM calls WHERE customer_id = :customer))
UNION ALL SELECT 'live_call', count(*) FROM calls WHERE customer_id = :customer AND state <> 'ended'
UNION ALL SELECT 'quality', count(*) FROM quality_callbacks WHERE customer_id = :customer AND ended_at IS NULL
UNION ALL SELECT 'unsure_sms', count(*) FROM messages WHERE customer_id = :customer AND status IN ('sending','unknown')
""")

_FOUND = text("""
SELECT (SELECT count(*) FROM customer_phones WHERE customer_id = :customer) AS phones,
    (SELECT count(*) FROM customer_notes WHERE customer_id = :customer) AS notes,
    (SELECT count(*) FROM parcels WHERE customer_id = :customer) AS parcels,
    (SELECT count(*) FROM messages WHERE customer_id = :customer) AS texts,
    (SELECT count(*) FROM tickets WHERE customer_id = :customer) AS tickets,
    (SELECT count(*) FROM interactions WHERE customer_id = :customer) AS contacts,
    (SELECT count(*) FROM recordings r WHERE r.state <> 'deleted' AND r.contact_id IN (
        SELECT contact_id FROM interactions WHERE customer_id = :customer
        UNION SELECT contact_id FROM tickets WHERE customer_id = :customer AND channel = 'voicemail')) AS recordings
""")

#: Numbers of this profile that no other one has: what came from them without a name is theirs.
_OWN_NUMBERS = text("""
SELECT p.e164 FROM customer_phones p WHERE p.customer_id = :customer AND NOT EXISTS (
    SELECT 1 FROM customer_phones o WHERE o.e164 = p.e164 AND o.customer_id <> :customer) ORDER BY p.e164""")

_CLAIM = tuple(
    text(f"UPDATE {table} SET customer_id = :customer WHERE customer_id IS NULL AND {column} = ANY(:numbers)")  # noqa: S608
    for table, column in (
        ("interactions", "number"),
        ("messages", "number"),
        ("tickets", "number"),
        ("calls", "number"),
        ("consents", "address"),
    )
)

_CONTACTS = """SELECT contact_id FROM calls WHERE customer_id = :customer
    UNION SELECT contact_id FROM tickets WHERE customer_id = :customer
    UNION SELECT contact_id FROM interactions WHERE customer_id = :customer"""

#: In this order: tickets lose their words before their customer loses the name that they are found by.
_ERASE = tuple(
    text(statement)
    for statement in (
        f"""UPDATE reservations SET draft = '{{}}' WHERE draft <> '{{}}' AND work_item_id IN (
            SELECT id FROM work_items WHERE contact_id IN ({_CONTACTS}))""",  # noqa: S608
        f"UPDATE work_items SET handover = NULL WHERE handover IS NOT NULL AND contact_id IN ({_CONTACTS})",  # noqa: S608
        "UPDATE calls SET number = '', claimed_name = '', digits = '' WHERE customer_id = :customer",
        """UPDATE ticket_entries SET body = '' WHERE body <> ''
            AND ticket_id IN (SELECT id FROM tickets WHERE customer_id = :customer)""",
        """UPDATE tickets SET claimed_name = '', number = '', email = '', subject = reference, search = ''::tsvector,
            version = version + 1 WHERE customer_id = :customer""",
        "UPDATE interactions SET number = '', note = '' WHERE customer_id = :customer",
        """UPDATE quality_interviews SET need = '', suggestion = '', extra = '{}', note = ''
            WHERE (need, suggestion, extra, note) <> ('', '', '{}', '')
            AND callback_id IN (SELECT id FROM quality_callbacks WHERE customer_id = :customer)""",
        "UPDATE quality_callbacks SET number = '', note = '' WHERE customer_id = :customer",
        # A refusal stays with the address alone: nobody shall write or call again. Everything else about consent goes.
        """DELETE FROM consents c WHERE c.customer_id = :customer AND (c.state <> 'withdrawn' OR EXISTS (
            SELECT 1 FROM consents n WHERE n.address = c.address AND n.purpose = c.purpose AND n.id > c.id))""",
        "UPDATE consents SET customer_id = NULL, proof = '' WHERE customer_id = :customer",
        "DELETE FROM customer_notes WHERE customer_id = :customer",
        "DELETE FROM customer_phones WHERE customer_id = :customer",
        "DELETE FROM parcels WHERE customer_id = :customer",
        """UPDATE events SET before = NULL, after = NULL WHERE subject = 'customer' AND subject_id = :customer
            AND (before IS NOT NULL OR after IS NOT NULL)""",
    )
)


@dataclass(frozen=True, slots=True)
class Extent:
    """What an erasure would do to one customer."""

    phones: int
    notes: int
    parcels: int
    texts: int
    tickets: int
    contacts: int
    recordings: int
    #: (code, how many) of what must be finished before.
    obstacles: tuple[tuple[str, int], ...]


def extent_of(session: Session, customer_id: int) -> Extent:
    """What is there of the customer, and what speaks against erasing it now."""
    found = session.execute(_FOUND, {"customer": customer_id}).one()
    return Extent(**found._asdict(), obstacles=_obstacles(session, customer_id))


def _obstacles(session: Session, customer_id: int) -> tuple[tuple[str, int], ...]:
    rows = session.execute(_OBSTACLES, {"customer": customer_id})
    return tuple((row.code, row.many) for row in rows if row.many)


def erase_customer(customer_id: int, *, typed: str, actor: Actor) -> None:
    """Nothing tells any more who the customer was. Erasing twice is as once. There is no way back.

    `typed` is the customer's reference, as somebody typed it who means it.

    Raises:
        NotFound: there is no such customer.
        Invalid: `typed` is another reference.
        Conflict: something is under way with the customer.
    """
    with transaction() as session:
        customer = session.get(Customer, customer_id, with_for_update=True)
        if customer is None:
            raise NotFound(code="customer_unknown")
        if customer.erased_at is not None:
            return
        if typed.strip().casefold() != customer.reference.casefold():
            raise Invalid(code="erase_reference", fields={"reference": "erase_reference"})
        numbers = list(session.scalars(_OWN_NUMBERS, {"customer": customer_id}))
        for number in numbers:
            lock_number(session, number)
        for statement in _CLAIM:
            session.execute(statement, {"customer": customer_id, "numbers": numbers})
        if _obstacles(session, customer_id):
            raise Conflict(code="erase_not_now")
        found = extent_of(session, customer_id)
        moment = now()
        _forget_name(customer)
        customer.erased_at = customer.updated_at = moment
        session.flush()
        erase_recordings(session, customer_id, now=moment, actor=actor)
        erase_texts(session, customer_id, actor=actor)
        for statement in _ERASE:
            session.execute(statement, {"customer": customer_id})
        after = {"reference": customer.reference, "recordings": found.recordings, "texts": found.texts}
        record_event(session, "customer.erased", "customer", customer_id, actor=actor, after=after)
        touch(session, "customer", customer_id)


def _forget_name(customer: Customer) -> None:
    """The row stays for the figures, under its reference; the country stays as a figure too."""
    customer.name = customer.reference
    customer.company = customer.email = customer.address = customer.city = ""
    customer.special_requirements = ""
    customer.preferred_agent_id = None
    customer.search = text("''::tsvector")
    customer.version += 1

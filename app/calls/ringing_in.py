"""A telephone rings in: the carrier waits for the answer, so its call is written by one statement."""

from __future__ import annotations

import json
import secrets
import uuid
from datetime import datetime

from app.calls.inbound import SPOKEN_NOTICE_VERSION
from app.db import in_one_statement
from app.domain.call import CallEvent, CallState, advance
from app.eventlog import CUSTOMER

PROVIDER = "twilio"
_MENU = advance(CallState.INITIATED, CallEvent.GREET)

#: Call, the caller's leg and both events, or nothing when the call is known. The customer is the one whom the number
#: names alone. There is nobody to tell yet: no page shows a caller in the menu, and the network has nothing to be told
#: (app/domain/telephone.py).
_TAKE = """WITH given AS (
        SELECT %(public_id)s::text AS public_id, %(contact_id)s::text AS contact_id, %(sid)s::text AS sid,
               %(number)s::text AS number, %(state)s::text AS state, %(now)s::timestamptz AS now),
    new AS (
        INSERT INTO calls (public_id, contact_id, start_key, provider, state, number, number_verified, customer_id,
                           notice_version, started_at)
        SELECT public_id, contact_id, sid, %(provider)s, state, number, number <> '',
               (SELECT min(customer_id) FROM customer_phones
                WHERE e164 = given.number AND given.number <> '' HAVING count(*) = 1), %(notice)s, now
        FROM given
        ON CONFLICT (start_key) DO NOTHING RETURNING id),
    leg AS (
        INSERT INTO call_legs (call_id, role, state, joined_at, provider_sid, place)
        SELECT new.id, 'customer', 'joining', given.now, given.sid, 'menu' FROM new, given),
    told AS (
        INSERT INTO events (at, name, subject, subject_id, actor, before, after, contact_id)
        SELECT given.now, 'call.' || step.state, 'call', new.id, %(actor)s, step.before, step.after, given.contact_id
        FROM new, given, LATERAL (
            VALUES (1, %(first)s, 'null'::jsonb, %(initiated)s::jsonb),
                   (2, given.state, %(before)s::jsonb, %(after)s::jsonb)) AS step (n, state, before, after)
        ORDER BY step.n)
    SELECT id FROM new"""


def take_call(*, sid: str, number: str, now: datetime) -> str | None:
    """The public name of the new call that the carrier names `sid`, in the menu; None when it was there before.

    `number` is E.164 as the network shows it, empty if withheld. A use case: committed by the time it returns.
    """
    public_id = secrets.token_hex(16)
    first = CallState.INITIATED.value
    rows = in_one_statement(
        _TAKE,
        {
            "public_id": public_id,
            "contact_id": str(uuid.uuid4()),
            "sid": sid,
            "provider": PROVIDER,
            "number": number,
            "notice": SPOKEN_NOTICE_VERSION,
            "now": now,
            "actor": CUSTOMER.name,
            "first": first,
            "state": _MENU.value,
            "initiated": json.dumps({"state": first, "provider": PROVIDER, "notice": SPOKEN_NOTICE_VERSION}),
            "before": json.dumps({"state": first}),
            "after": json.dumps({"state": _MENU.value, "owner": None}),
        },
    )
    return public_id if rows else None

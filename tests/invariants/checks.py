"""What must hold after every commit: one query per invariant, which returns the rows that break it.

They are written against the tables and not with the program's own functions, so that a mistake there cannot hide
itself. Names are those of the list in docs/architecture.md.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.queues.figures import conservation
from app.queues.models import Queue

LIVE = "('pending','accepted','active','wrapping')"
TALKING = "('connected','held','consulting','transferred')"

CHECKS: dict[str, str] = {
    "I1 one live reservation per item": f"""
        SELECT work_item_id, count(*) FROM reservations WHERE state IN {LIVE}
        GROUP BY work_item_id HAVING count(*) > 1""",
    "I2 one voice contact per agent": f"""
        SELECT agent_id, count(*) FROM reservations WHERE state IN {LIVE} AND channel = 'voice'
        GROUP BY agent_id HAVING count(*) > 1""",
    "I3 a call that talks has exactly its owner": f"""
        SELECT c.id, c.state, c.owner_id FROM calls c WHERE c.state IN {TALKING} AND NOT (
            c.owner_id IS NOT NULL
            AND (SELECT count(*) FROM call_legs l WHERE l.call_id = c.id AND l.role = 'agent' AND l.state <> 'left') = 1
            AND EXISTS (SELECT 1 FROM call_legs l JOIN reservations r ON r.id = l.reservation_id
                WHERE l.call_id = c.id AND l.role = 'agent' AND l.state <> 'left' AND l.agent_id = c.owner_id
                AND r.agent_id = c.owner_id AND r.state = 'active' AND r.work_item_id = c.work_item_id))""",
    "I3 a call that waits has no owner": """
        SELECT id, state, owner_id FROM calls
        WHERE state IN ('queued','offering') AND owner_id IS NOT NULL OR state = 'bridging' AND owner_id IS NULL""",
    "I3 a consultee only while consulted": """
        SELECT c.id, c.state, l.id AS leg FROM calls c JOIN call_legs l ON l.call_id = c.id
        WHERE l.role = 'consultee' AND l.state <> 'left' AND c.state NOT IN ('consulting','transferred')""",
    "I3 nobody stays in an ended call": """
        SELECT c.id, l.role FROM calls c JOIN call_legs l ON l.call_id = c.id
        WHERE c.state = 'ended' AND l.state <> 'left'
        UNION ALL
        SELECT c.id, 'link' FROM calls c JOIN call_links k ON k.call_id = c.id
        WHERE c.state = 'ended' AND k.state <> 'closed'""",
    "I3 sound only between parties who take part": """
        SELECT k.id, a.state, b.state FROM call_links k JOIN call_legs a ON a.id = k.caller_leg_id
        JOIN call_legs b ON b.id = k.callee_leg_id
        WHERE k.state <> 'closed' AND (a.state = 'left' OR b.state = 'left' OR a.call_id <> b.call_id)""",
    "I20 a listener hears one call in talk, of its owner alone": f"""
        SELECT l.id, c.state, c.owner_id, l.agent_id, g.state AS leg FROM listenings l JOIN calls c ON c.id = l.call_id
        JOIN call_legs g ON g.id = l.leg_id
        WHERE g.role <> 'listener' OR g.call_id <> c.id OR g.agent_id <> l.listener_id
            OR (l.ended_at IS NULL) <> (g.state <> 'left')
            OR l.ended_at IS NULL AND (c.state NOT IN {TALKING} OR c.owner_id IS DISTINCT FROM l.agent_id)
        UNION ALL
        SELECT k.id, o.role, o.agent_id, NULL, g.state FROM call_links k JOIN call_legs g
            ON g.id IN (k.caller_leg_id, k.callee_leg_id) AND g.role = 'listener'
        JOIN call_legs o ON o.id IN (k.caller_leg_id, k.callee_leg_id) AND o.id <> g.id
        JOIN listenings l ON l.leg_id = g.id WHERE o.agent_id IS DISTINCT FROM l.agent_id OR o.role = 'listener'
        UNION ALL
        SELECT g.id, NULL, NULL, NULL, g.state FROM call_legs g
        WHERE g.role = 'listener' AND NOT EXISTS (SELECT 1 FROM listenings l WHERE l.leg_id = g.id)""",
    "I4 an item is as its reservation": f"""
        SELECT w.id, w.state, (SELECT array_agg(r.state) FROM reservations r
            WHERE r.work_item_id = w.id AND r.state IN {LIVE}) AS live
        FROM work_items w WHERE coalesce((SELECT array_agg(CASE WHEN r.state IN ('pending','accepted') THEN 'reserved'
                WHEN r.state = 'active' THEN 'assigned' ELSE 'wrapping' END)
            FROM reservations r WHERE r.work_item_id = w.id AND r.state IN {LIVE}), '{{}}')
        <> CASE WHEN w.state IN ('reserved','assigned','wrapping') THEN ARRAY[CAST(w.state AS text)]
            ELSE CAST('{{}}' AS text[]) END""",
    "I4 a call is as its item": f"""
        SELECT c.id, c.state, w.id AS item, w.state AS item_state, r.state AS offer FROM calls c
        LEFT JOIN work_items w ON w.id = c.work_item_id
        LEFT JOIN reservations r ON r.work_item_id = w.id AND r.state IN {LIVE}
        WHERE NOT CASE WHEN c.state IN ('initiated','ivr') THEN w.id IS NULL
            WHEN c.state = 'queued'
                THEN w.state = 'queued' OR w.state = 'parked' AND w.kind IN ('callback','quality')
            WHEN c.state = 'offering' THEN r.state = 'pending'
            WHEN c.state = 'bridging' THEN r.state = 'accepted'
            WHEN c.state IN {TALKING} THEN w.state = 'assigned'
            WHEN c.state = 'ended' THEN w.state IN ('wrapping','closed','canceled') ELSE false END""",
    "I4 earlier legs of a call are over": """
        SELECT w.id, w.state FROM calls c
        JOIN work_items w ON w.contact_id = c.contact_id AND w.kind IN ('call','callback','quality')
        WHERE w.id <> c.work_item_id AND w.state NOT IN ('wrapping','closed','canceled')""",
    "I4 a consult lives with its call": """
        SELECT w.id, w.state, c.state AS call FROM work_items w JOIN calls c ON c.contact_id = w.contact_id
        WHERE w.kind = 'consult' AND w.state NOT IN ('closed','canceled')
            AND c.state NOT IN ('consulting','transferred')
        UNION ALL
        SELECT c.id, 'none', c.state FROM calls c WHERE c.state IN ('consulting','transferred')
            AND (SELECT count(*) FROM work_items w WHERE w.contact_id = c.contact_id AND w.kind = 'consult'
                AND w.state IN ('reserved','assigned')) <> 1""",
    "I4 a callback is as its call": """
        SELECT b.id, b.state, c.state AS call, w.kind, w.state AS item FROM callbacks b JOIN calls c ON c.id = b.call_id
        LEFT JOIN work_items w ON w.id = c.work_item_id
        WHERE NOT CASE WHEN b.state = 'waiting' THEN c.state IN ('queued','offering') AND w.kind = b.kind
            WHEN b.state IN ('ringing','unanswered') THEN c.state = 'bridging'
                AND w.kind = CASE b.kind WHEN 'dialled' THEN 'callback' ELSE b.kind END
            WHEN b.state = 'connected' THEN c.state <> 'ended' AND (w.kind = 'call' OR c.answered_at IS NOT NULL
                OR c.state = 'bridging')
            ELSE c.state = 'ended' END
        UNION ALL
        SELECT c.id, 'none', c.state, NULL, NULL FROM calls c WHERE c.direction = 'outbound'
            AND NOT EXISTS (SELECT 1 FROM callbacks b WHERE b.call_id = c.id)""",
    "I4 nobody is offered a callback that nobody would hear": """
        SELECT b.id, w.state FROM callbacks b JOIN calls c ON c.id = b.call_id
        JOIN work_items w ON w.id = c.work_item_id
        JOIN call_legs l ON l.call_id = c.id AND l.role = 'customer'
        WHERE w.state = 'queued' AND w.kind = b.kind AND l.lost_at IS NOT NULL""",
    "I4 who is called back left the line for it": """
        SELECT b.id, c.state, c.end_reason FROM callbacks b JOIN calls c ON c.id = b.from_call_id
        JOIN calls o ON o.id = b.call_id JOIN work_items w ON w.id = c.work_item_id
        JOIN work_items n ON n.contact_id = o.contact_id AND n.leg = 1 AND n.kind <> 'consult'
        WHERE c.state <> 'ended' OR w.reason <> 'callback_requested' OR n.enqueued_at <> w.enqueued_at""",
    "I4 a ticket is as its item": f"""
        SELECT k.id, k.state, k.owner_id, w.state AS item, r.agent_id FROM tickets k
        JOIN work_items w ON w.id = k.work_item_id
        LEFT JOIN reservations r ON r.work_item_id = w.id AND r.state IN {LIVE}
        WHERE NOT CASE WHEN k.state = 'new' THEN w.state = 'queued' AND k.owner_id IS NULL
            WHEN k.state = 'open' AND k.owner_id IS NULL THEN w.state = 'queued'
            WHEN k.state = 'open' THEN w.state = 'assigned' AND r.state = 'active' AND r.agent_id = k.owner_id
            WHEN k.state IN ('pending_customer','on_hold') THEN w.state = 'parked' AND r.id IS NULL
            ELSE w.state = 'closed' END""",
    "I4 earlier legs of a ticket are over": """
        SELECT w.id, w.state FROM tickets k JOIN work_items w ON w.contact_id = k.contact_id
        WHERE w.id <> k.work_item_id AND w.state NOT IN ('closed','canceled')""",
    "I12 one text, one ticket": """
        SELECT message_id, count(*) FROM ticket_entries WHERE message_id IS NOT NULL
        GROUP BY message_id HAVING count(*) > 1""",
    "I13 tickets are what the log says": """
        SELECT k.id, k.state, last.state AS logged FROM tickets k LEFT JOIN LATERAL (
            SELECT e.after->>'state' AS state FROM events e WHERE e.subject = 'ticket' AND e.subject_id = k.id
            AND e.after ? 'state' ORDER BY e.id DESC LIMIT 1) last ON true
        WHERE last.state IS DISTINCT FROM k.state""",
    "I5 nobody carries more than the maximum": f"""
        SELECT a.id, r.channel, sum(r.weight) FROM agents a JOIN reservations r ON r.agent_id = a.id
        WHERE r.state IN {LIVE} GROUP BY a.id, r.channel
        HAVING sum(r.weight) > CASE r.channel WHEN 'voice' THEN a.max_voice WHEN 'sms' THEN a.max_sms
            ELSE a.max_ticket END""",
    "I6 nothing leaves a final state": """
        SELECT id, subject, subject_id, before, after FROM events
        WHERE subject = 'work_item' AND before->>'state' IN ('closed','canceled')
            OR subject = 'call' AND before->>'state' = 'ended'
            OR subject = 'reservation' AND before->>'state'
                IN ('completed','rejected','timed_out','canceled','rescinded','failed')""",
    "I6 what is over has its moment": f"""
        SELECT 'reservation' AS what, id FROM reservations WHERE (state NOT IN {LIVE}) <> (ended_at IS NOT NULL)
        UNION ALL
        SELECT 'work_item', id FROM work_items
        WHERE (state IN ('closed','canceled')) <> (ended_at IS NOT NULL)""",
    "I7 a leg keeps its place": """
        SELECT w.id, w.enqueued_at, e.after FROM work_items w JOIN events e
        ON e.subject = 'work_item' AND e.subject_id = w.id AND e.name IN ('work_item.queued','work_item.assigned')
        WHERE CAST(e.after->>'enqueued_at' AS timestamptz) <> w.enqueued_at
            OR w.rank_at > w.enqueued_at AND w.priority >= 0""",
    "I10 one open interval, without gap or overlap": """
        SELECT agent_id, started_at, ended_at, next FROM (
            SELECT agent_id, id, started_at, ended_at,
                lead(started_at) OVER (PARTITION BY agent_id ORDER BY started_at, id) AS next,
                lead(id) OVER (PARTITION BY agent_id ORDER BY started_at, id) AS next_id
            FROM agent_intervals) i
        WHERE (next_id IS NULL) <> (ended_at IS NULL) OR next IS DISTINCT FROM ended_at""",
    "I10 intervals add up to the time since the first": """
        SELECT agent_id FROM agent_intervals GROUP BY agent_id
        HAVING sum(coalesce(ended_at, CAST(:now AS timestamptz)) - started_at)
            <> CAST(:now AS timestamptz) - min(started_at)""",
    "I10 the state shown is the state": f"""
        SELECT a.id, i.state AS shown, s.state AS true_state FROM agents a
        LEFT JOIN agent_intervals i ON i.agent_id = a.id AND i.ended_at IS NULL
        LEFT JOIN reservations r ON r.agent_id = a.id AND r.channel = 'voice' AND r.state IN {LIVE}
        CROSS JOIN LATERAL (SELECT CASE
            WHEN r.state = 'active' THEN 'talking' WHEN r.state = 'accepted' THEN 'connecting'
            WHEN a.session_state = 'offline' THEN 'offline'
            WHEN r.state = 'pending' THEN 'ringing' WHEN r.state = 'wrapping' THEN 'wrap_up' ELSE a.intent END) s(state)
        WHERE coalesce(i.state, 'offline') <> s.state""",
    "I12 one message of a provider, one row, one effect": """
        SELECT m.provider, m.provider_id, count(*) FROM messages m
        LEFT JOIN events e ON e.subject = 'message' AND e.subject_id = m.id AND e.name = 'sms.received'
        WHERE m.direction = 'in' GROUP BY m.provider, m.provider_id HAVING count(*) <> 1 OR count(e.id) <> 1""",
    "I13 every event names its actor": "SELECT id, name FROM events WHERE actor = ''",
    "I13 calls are what the log says": """
        SELECT c.id, c.state, last.state AS logged FROM calls c LEFT JOIN LATERAL (
            SELECT e.after->>'state' AS state FROM events e WHERE e.subject = 'call' AND e.subject_id = c.id
            AND e.after ? 'state' ORDER BY e.id DESC LIMIT 1) last ON true
        WHERE last.state IS DISTINCT FROM c.state""",
    "I13 reservations are what the log says": """
        SELECT r.id, r.state, last.state AS logged FROM reservations r LEFT JOIN LATERAL (
            SELECT e.after->>'state' AS state FROM events e WHERE e.subject = 'reservation' AND e.subject_id = r.id
            AND e.after ? 'state' ORDER BY e.id DESC LIMIT 1) last ON true
        WHERE last.state IS DISTINCT FROM r.state""",
    "I13 work items are what the log says": """
        SELECT w.id, w.kind, w.state, last.state AS logged FROM work_items w LEFT JOIN LATERAL (
            SELECT state FROM (
                SELECT e.id, e.after->>'state' AS state FROM events e
                WHERE e.subject = 'work_item' AND e.subject_id = w.id AND e.after ? 'state'
                UNION ALL
                SELECT e.id, CASE e.name WHEN 'reservation.offered' THEN 'reserved' ELSE e.after->>'item' END
                FROM reservations r JOIN events e ON e.subject = 'reservation' AND e.subject_id = r.id
                WHERE r.work_item_id = w.id AND (e.name = 'reservation.offered' OR e.after ? 'item')) moves
            ORDER BY id DESC LIMIT 1) last ON true
        WHERE last.state IS DISTINCT FROM w.state""",
    "I13 agents are what the log says": """
        SELECT a.id, a.session_state, s.session, a.intent, i.intent AS logged_intent FROM agents a
        LEFT JOIN LATERAL (SELECT e.after->>'session' AS session FROM events e WHERE e.subject = 'agent'
            AND e.subject_id = a.id AND e.after ? 'session' ORDER BY e.id DESC LIMIT 1) s ON true
        LEFT JOIN LATERAL (SELECT e.after->>'intent' AS intent FROM events e WHERE e.subject = 'agent'
            AND e.subject_id = a.id AND e.after ? 'intent' ORDER BY e.id DESC LIMIT 1) i ON true
        WHERE coalesce(s.session, 'offline') <> a.session_state OR coalesce(i.intent, 'offline') <> a.intent""",
    "I13 each event begins where the one before ended": """
        SELECT id, name, subject_id, state_before, known FROM (
            SELECT e.id, e.name, e.subject_id, e.before->>'state' AS state_before,
                lag(e.after->>'state') OVER (PARTITION BY e.subject, e.subject_id ORDER BY e.id) AS known
            FROM events e WHERE e.subject IN ('call','reservation','work_item') AND e.after ? 'state') chain
        WHERE state_before IS NOT NULL AND known IS NOT NULL AND state_before <> known
            AND name NOT LIKE 'work_item.%'""",
    "I14 an offer is accepted under the epoch in force": """
        SELECT e.id, e.subject_id, e.after FROM events e WHERE e.name = 'reservation.accepted'
            AND CAST(e.after->>'epoch' AS int) IS DISTINCT FROM (
                SELECT CAST(s.after->>'epoch' AS int) FROM events s WHERE s.name = 'agent.connected'
                AND s.subject_id = CAST(e.after->>'agent' AS bigint) AND s.id < e.id ORDER BY s.id DESC LIMIT 1)""",
    "I15 nobody is offered work without a certificate": """
        SELECT r.id, r.agent_id, w.queue_id FROM reservations r JOIN work_items w ON w.id = r.work_item_id
        JOIN routing_decisions d ON d.reservation_id = r.id AND d.reason <> 'warm_transfer'
        WHERE NOT EXISTS (SELECT 1 FROM certificates c JOIN queue_members m
            ON m.agent_id = c.agent_id AND m.queue_id = c.queue_id
            WHERE c.agent_id = r.agent_id AND c.queue_id = w.queue_id
            AND c.granted_on <= CAST(r.offered_at AT TIME ZONE 'UTC' AS date)
            AND (c.expires_on IS NULL OR c.expires_on >= CAST(r.offered_at AT TIME ZONE 'UTC' AS date))
            AND (c.revoked_at IS NULL OR c.revoked_at >= r.offered_at))""",
    "I15 every offer has its reason": """
        SELECT r.id FROM reservations r WHERE NOT EXISTS (
            SELECT 1 FROM routing_decisions d WHERE d.reservation_id = r.id)""",
    "I16 nothing is sent to a number that said STOP": """
        SELECT m.id, m.number, e.id AS event FROM messages m
        JOIN events e ON e.subject = 'message' AND e.subject_id = m.id AND e.name = 'sms.sending'
        WHERE 'sms.opted_out' = (SELECT s.name FROM events s JOIN messages o ON o.id = s.subject_id
            WHERE s.subject = 'message' AND s.name IN ('sms.opted_out','sms.opted_in') AND o.number = m.number
            AND s.id < e.id ORDER BY s.id DESC LIMIT 1)""",
    "I16 no message waits for a number that said STOP": """
        SELECT m.id FROM messages m JOIN opt_outs o ON o.number = m.number AND o.ended_at IS NULL
        WHERE m.direction = 'out' AND m.status = 'queued'""",
    "I18 nobody handles a contact they are barred from": """
        SELECT b.contact_id, b.agent_id FROM barred_agents b WHERE EXISTS (
            SELECT 1 FROM reservations r JOIN work_items w ON w.id = r.work_item_id
            WHERE w.contact_id = b.contact_id AND r.agent_id = b.agent_id)
        OR EXISTS (SELECT 1 FROM calls c LEFT JOIN call_legs l ON l.call_id = c.id
            WHERE c.contact_id = b.contact_id AND b.agent_id IN (c.owner_id, l.agent_id))""",
}


def _speaks(agent: str, item: str) -> str:
    """The condition that an agent speaks the language of an item of the queue q, or need not any more."""
    return f"""(EXISTS (SELECT 1 FROM agent_skills k JOIN skills s ON s.id = k.skill_id
                WHERE k.agent_id = {agent} AND s.code = {item}.language)
            OR NOT EXISTS (SELECT 1 FROM skills s WHERE s.code = {item}.language AND s.kind = 'language')
            OR q.language_relax_s IS NOT NULL
                AND CAST(:now AS timestamptz) >= {item}.enqueued_at + make_interval(secs => q.language_relax_s))"""


#: The line of one lane is strict: what a pass gave while an older one of the same lane stayed, although the same
#: agent had not sent it back a moment ago, could talk with them, and it was not kept for somebody. A head start makes
#: somebody older in line who has not waited long enough yet to be served in another language. Only for the moment
#: after a pass.
PASSED_OVER = f"""
    SELECT given.work_item_id, older.id AS passed_over, d.pass_id FROM routing_decisions d
    JOIN reservations given ON given.id = d.reservation_id JOIN work_items w ON w.id = given.work_item_id
    JOIN work_items older ON older.lane = w.lane AND older.pool = w.pool AND older.state = 'queued'
        AND (older.rank_at, older.id) < (w.rank_at, w.id)
    JOIN queues q ON q.id = older.queue_id
    WHERE d.pass_id = (SELECT max(id) FROM routing_passes) AND {_speaks("given.agent_id", "older")}
        AND (older.preferred_until IS NULL OR older.preferred_until <= :now)
        AND NOT EXISTS (SELECT 1 FROM barred_agents b
            WHERE b.contact_id = older.contact_id AND b.agent_id = given.agent_id)
        AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.work_item_id = older.id
            AND r.agent_id = given.agent_id AND r.state IN ('rejected','timed_out','failed')
            AND r.ended_at > CAST(:now AS timestamptz) - interval '10 seconds')"""

#: Somebody could take something, and nobody gave it: only when the router has just run until it had nothing to do.
IDLE_WHILE_WAITING = f"""
    SELECT w.id, a.id AS agent, w.lane FROM work_items w JOIN queues q ON q.id = w.queue_id CROSS JOIN agents a
    WHERE w.state = 'queued' AND w.channel = 'voice' AND a.simulated = (w.pool = 'simulated')
        AND a.session_state = 'connected' AND a.intent = 'available' AND a.pending_intent IS NULL
        AND a.device_ready AND a.max_voice = 1 AND (a.cool_down_until IS NULL OR a.cool_down_until <= :now)
        AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.agent_id = a.id AND r.channel = 'voice'
            AND r.state IN {LIVE})
        AND EXISTS (SELECT 1 FROM queue_members m JOIN certificates c
            ON c.agent_id = m.agent_id AND c.queue_id = m.queue_id WHERE m.agent_id = a.id
            AND m.queue_id = w.queue_id AND c.revoked_at IS NULL AND c.granted_on <= CAST(:now AS date)
            AND (c.expires_on IS NULL OR c.expires_on >= CAST(:now AS date)))
        AND {_speaks("a.id", "w")}
        AND (w.preferred_until IS NULL OR w.preferred_until <= :now OR w.preferred_agent_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM barred_agents b WHERE b.contact_id = w.contact_id AND b.agent_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.work_item_id = w.id AND r.agent_id = a.id
            AND r.state IN ('rejected','timed_out','failed')
            AND r.ended_at > CAST(:now AS timestamptz) - interval '10 seconds')"""

#: All of them in one statement: the machine asks after every step.
_ALL = text(
    " UNION ALL ".join(
        f"SELECT '{name}' AS broken, to_jsonb(q) AS row FROM ({query}) q" for name, query in CHECKS.items()
    )
)
_PASSED_OVER, _IDLE = text(PASSED_OVER), text(IDLE_WHILE_WAITING)


class Broken(AssertionError):
    """An invariant does not hold."""


def assert_invariants(session: Session, now: datetime) -> None:
    """Look at everything as it is committed; `now` is the moment the intervals are added up to.

    Raises:
        Broken: some rows break an invariant; all of them are named.
    """
    found: dict[str, list[object]] = defaultdict(list)
    for name, row in session.execute(_ALL, {"now": now}):
        found[name].append(row)
    for queue_id in session.scalars(select(Queue.id)):
        balance = conservation(session, queue_id)
        if not balance.balanced:
            found[f"I11 conservation of queue {queue_id}"].append(balance)
    if found:
        raise Broken("\n".join(f"{name}: {rows}" for name, rows in found.items()))


def assert_in_order(session: Session, now: datetime) -> None:
    """I9, right after a router pass at `now`.

    Raises:
        Broken: the pass passed somebody over.
    """
    rows = session.execute(_PASSED_OVER, {"now": now}).all()
    if rows:
        raise Broken(f"I9 passed over: {rows}")


def assert_nobody_idle(session: Session, now: datetime) -> None:
    """I8, right after the router ran until it made no more offers at `now`.

    Raises:
        Broken: somebody waits for somebody who is free.
    """
    rows = session.execute(_IDLE, {"now": now}).all()
    if rows:
        raise Broken(f"I8 idle while waiting: {rows}")

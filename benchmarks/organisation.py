"""A large centre filled in by SQL: 20 queues that each ask for one skill, agents with 3 of the 20, waiting work."""

from __future__ import annotations

from benchmarks.cluster import execute

QUEUES = 20
#: The tables that one round fills; all others stay.
_ROUND = "work_items, reservations, routing_passes, routing_decisions, events, agent_intervals, live_payloads"


def fill_organisation(url: str, agents: int) -> None:
    """Queues, skills and certified agents, each a member of the three queues that ask for its three skills."""
    execute(
        url,
        f"""INSERT INTO skills (code, kind, names)
            SELECT 's' || n, 'skill', '{{}}' FROM generate_series(1, {QUEUES}) n""",
        "INSERT INTO skills (code, kind, names) VALUES ('en', 'language', '{}')",
        f"""INSERT INTO queues (code, names, pool) SELECT 'q' || n, '{{}}', 'main'
            FROM generate_series(1, {QUEUES}) n""",
        """INSERT INTO queue_skills (queue_id, skill_id, min_level) SELECT q.id, s.id, 2 FROM queues q
            JOIN skills s ON s.code = 's' || substr(q.code, 2)""",
        """INSERT INTO topics (code, names, queue_id) SELECT code, '{}', id FROM queues""",
        f"""INSERT INTO users (login, display_name, password_hash, role)
            SELECT 'agent' || n || '@bench', 'Agent ' || n, '!', 'agent' FROM generate_series(1, {agents}) n""",
        f"""INSERT INTO agents (id, intent, session_state, device_ready, public_name, idle_since)
            SELECT u.id, 'available', 'connected', true, u.display_name, now() - u.id * interval '1 second'
            FROM users u WHERE u.login LIKE 'agent%' LIMIT {agents}""",
        f"""CREATE TABLE bench_choice AS
            SELECT a.id AS agent_id, 'q' || 1 + (a.id * 7 + k * 5 + a.id / {QUEUES}) % {QUEUES} AS code
            FROM agents a, generate_series(0, 2) k""",
        """INSERT INTO queue_members (queue_id, agent_id) SELECT q.id, c.agent_id FROM bench_choice c
            JOIN queues q USING (code)""",
        """INSERT INTO certificates (agent_id, queue_id, granted_on)
            SELECT agent_id, queue_id, current_date - 30 FROM queue_members""",
        """INSERT INTO agent_skills (agent_id, skill_id, level) SELECT m.agent_id, s.skill_id, 2 + (m.agent_id % 4)
            FROM queue_members m JOIN queue_skills s USING (queue_id)""",
        """INSERT INTO agent_skills (agent_id, skill_id, level) SELECT a.id, s.id, 5 FROM agents a, skills s
            WHERE s.code = 'en'""",
        "DROP TABLE bench_choice",
    )


def clear_round(url: str, *, texts_at_once: int) -> None:
    """No work at all, every agent idle; `texts_at_once` is how many SMS each may hold."""
    execute(
        url,
        f"TRUNCATE {_ROUND} CASCADE",
        f"""UPDATE agents SET idle_since = now() - id * interval '1 second', max_sms = {texts_at_once},
            cool_down_until = NULL, pending_intent = NULL, intent = 'available', session_state = 'connected'""",
        "INSERT INTO agent_intervals (agent_id, state, started_at) SELECT id, 'available', now() FROM agents",
    )


def fill_waiting(url: str, items: int, *, kind: str = "sms", earlier: bool = False) -> None:
    """`items` more pieces of work waiting over all queues, in order of arrival; calls with their call rows.

    They come after those that wait already, or before all of them (`earlier`).
    """
    begin = "now() - interval '5 hours'" if earlier else "clock_timestamp() - interval '2 hours'"
    channel = "voice" if kind == "call" else kind
    statements = [
        f"""INSERT INTO work_items (kind, channel, contact_id, queue_id, lane, state, language, enqueued_at, rank_at)
            SELECT '{kind}', '{channel}', gen_random_uuid()::text, q.id, q.id || ':en', 'queued', 'en', t.at, t.at
            FROM generate_series(1, {items}) n
            JOIN queues q ON q.code = 'q' || 1 + (n * 13 + n / {QUEUES}) % {QUEUES}
            CROSS JOIN LATERAL (SELECT {begin} + n * interval '10 milliseconds' AS at) t""",
    ]
    if kind == "call":
        statements.append(
            """INSERT INTO calls (public_id, contact_id, start_key, state, number, language, notice_version,
                started_at, work_item_id)
            SELECT md5(contact_id), contact_id, contact_id, 'queued', '', 'en', 'bench', enqueued_at, id
            FROM work_items WHERE kind = 'call' AND state = 'queued'"""
        )
    execute(url, *statements)


def settle(url: str) -> None:
    """Vacuumed, analysed and written out, so that no round pays for the one before."""
    execute(url, "VACUUM ANALYZE", "CHECKPOINT")


def release_voice(url: str) -> None:
    """Every offered call ends at once and its agent is idle again: set-based, for rounds of many passes."""
    execute(
        url,
        "UPDATE reservations SET state = 'completed', ended_at = now() WHERE state = 'pending'",
        "UPDATE work_items SET state = 'closed', ended_at = now() WHERE state = 'reserved'",
        "UPDATE calls SET state = 'ended', ended_at = now() WHERE state = 'offering'",
        "UPDATE agents SET idle_since = clock_timestamp()",
    )


def release_texts(url: str) -> None:
    """Every offered text ends at once: set-based, like `release_voice`."""
    execute(
        url,
        "UPDATE reservations SET state = 'completed', ended_at = now() WHERE state = 'pending'",
        "UPDATE work_items SET state = 'closed', ended_at = now() WHERE state = 'reserved'",
    )

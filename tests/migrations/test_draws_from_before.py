"""Draws from before draws went in steps: what was decided, named and placed is the same on the way there and back."""

from __future__ import annotations

import psycopg

from app import migrate
from tests.migrations.test_migrations import empty

__all__ = ["empty"]

BEFORE, AFTER = "0029_listenings", "0031_draw_steps"
_MEMBERS = """
SELECT draw_id, agent_id, customer_id, agent_code, customer_code, interaction_ids, part, place, interaction_id
FROM draw_members ORDER BY draw_id, agent_id, customer_id"""


def test_there_and_back(empty: str) -> None:
    migrate.upgrade(empty, BEFORE)
    address = empty.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(address) as connection:
        connection.execute(_DRAWS)
        before = connection.execute(_MEMBERS).fetchall()
    assert len(before) == 10
    migrate.upgrade(empty, AFTER)
    with psycopg.connect(address) as connection:
        kept = connection.execute(_MEMBERS).fetchall()
        assert kept == [row for row in before if row[0] == 1]  # places of a draw that is made
        decided = connection.execute("SELECT * FROM draw_agents ORDER BY draw_id, agent_id").fetchall()
        assert decided[0] == (1, 1, 3, [[1, [11]], [2, [12, 13]], [3, [14]]], "a-1", "c-1\nc-2\nc-3", 2, 0)
        assert [row[:2] + row[-2:] for row in decided[1:]] == [(1, 2, 1, 1), (2, 1, None, None), (2, 2, None, None)]
    migrate.downgrade(empty, BEFORE)
    with psycopg.connect(address) as connection:
        assert connection.execute(_MEMBERS).fetchall() == before


#: One draw that is made and one that is frozen, over the same five pairs; customer 3 is asked about the other agent.
_DRAWS = """
INSERT INTO users (login, display_name, password_hash, role)
    SELECT 'a' || n, 'A', '!', 'agent' FROM generate_series(1, 2) n;
INSERT INTO agents (id, public_name) SELECT id, display_name FROM users;
INSERT INTO customers (name) SELECT 'C' FROM generate_series(1, 4);
INSERT INTO quality_draws (period, state, frame, frame_sha256, beacon, result, result_sha256)
    VALUES ('2031-03', 'drawn', 'f', 'f', 'b', 'r', 'r'), ('2031-04', 'frozen', 'f', 'f', NULL, NULL, NULL);
INSERT INTO draw_members (draw_id, agent_id, customer_id, agent_code, customer_code, interaction_ids, part, place,
    interaction_id)
VALUES (1, 1, 1, 'a-1', 'c-1', '{11}', 'primary', 1, 11), (1, 1, 2, 'a-1', 'c-2', '{12,13}', 'primary', 2, 13),
    (1, 1, 3, 'a-1', 'c-3', '{14}', NULL, NULL, NULL), (1, 2, 3, 'a-2', 'c-3', '{15}', 'primary', 1, 15),
    (1, 2, 4, 'a-2', 'c-4', '{16}', 'reserve', 1, 16);
INSERT INTO draw_members (draw_id, agent_id, customer_id, agent_code, customer_code, interaction_ids)
    SELECT 2, agent_id, customer_id, agent_code, customer_code, interaction_ids FROM draw_members"""

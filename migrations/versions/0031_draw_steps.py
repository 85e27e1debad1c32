"""A draw in steps: who can be drawn is decided once per agent, then named and placed agent by agent; it can pause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031_draw_steps"
down_revision = "0029_listenings"
branch_labels = None
depends_on = None

KEEP = """
CREATE FUNCTION keep_draw_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'who can be drawn, under which name and at which place stays as it is';
END $$"""
KEEP_DECISION = """
CREATE TRIGGER keep_draw_agent_members BEFORE DELETE OR UPDATE OF draw_id, agent_id, customers, members ON draw_agents
FOR EACH ROW EXECUTE FUNCTION keep_draw_agent()"""
KEEP_STEPS = """
CREATE TRIGGER keep_draw_agent_steps BEFORE UPDATE ON draw_agents FOR EACH ROW
WHEN (OLD.agent_code IS NOT NULL AND (OLD.agent_code, OLD.names) IS DISTINCT FROM (NEW.agent_code, NEW.names)
    OR OLD.primaries IS NOT NULL AND (OLD.primaries, OLD.reserves) IS DISTINCT FROM (NEW.primaries, NEW.reserves))
EXECUTE FUNCTION keep_draw_agent()"""

#: Draws from before: their members become decisions.
BRING = """
INSERT INTO draw_agents (draw_id, agent_id, customers, members, agent_code, names, primaries, reserves)
SELECT m.draw_id, m.agent_id, count(*),
    jsonb_agg(jsonb_build_array(m.customer_id, m.interaction_ids) ORDER BY m.customer_id), min(m.agent_code),
    string_agg(m.customer_code, E'\n' ORDER BY m.customer_id),
    CASE WHEN d.state = 'drawn' THEN count(*) FILTER (WHERE m.part = 'primary') END,
    CASE WHEN d.state = 'drawn' THEN count(*) FILTER (WHERE m.part = 'reserve') END
FROM draw_members m JOIN quality_draws d ON d.id = m.draw_id GROUP BY m.draw_id, m.agent_id, d.state"""
CLEAR = "DELETE FROM draw_members m USING quality_draws d WHERE d.id = m.draw_id AND d.state <> 'drawn'"
#: The way back: decisions of draws that are not made become members again, unfinished ones are undone.
BACK = """
INSERT INTO draw_members (draw_id, agent_id, customer_id, agent_code, customer_code, interaction_ids)
SELECT a.draw_id, a.agent_id, (m.pair ->> 0)::bigint, a.agent_code, n.name,
    ARRAY(SELECT jsonb_array_elements_text(m.pair -> 1)::bigint)
FROM draw_agents a JOIN quality_draws d ON d.id = a.draw_id,
    LATERAL jsonb_array_elements(a.members) WITH ORDINALITY m(pair, place)
    JOIN LATERAL unnest(string_to_array(a.names, E'\n')) WITH ORDINALITY n(name, place) ON n.place = m.place
WHERE d.state IN ('frozen', 'ready', 'given_up')"""
UNPLACE = "DELETE FROM draw_members m USING quality_draws d WHERE d.id = m.draw_id AND d.state = 'ready'"
UNDO = "DELETE FROM draw_exclusions e USING quality_draws d WHERE d.id = e.draw_id AND d.state = 'freezing'"


def upgrade() -> None:
    op.create_table(
        "draw_agents",
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("members", postgresql.JSONB(), nullable=False),
        sa.Column("agent_code", sa.String(length=20), nullable=True),
        sa.Column("names", sa.Text(), nullable=True),
        sa.Column("primaries", sa.Integer(), nullable=True),
        sa.Column("reserves", sa.Integer(), nullable=True),
        sa.CheckConstraint("(agent_code IS NULL) = (names IS NULL)", name=op.f("ck_draw_agents_named_whole")),
        sa.CheckConstraint("(primaries IS NULL) = (reserves IS NULL)", name=op.f("ck_draw_agents_placed_whole")),
        sa.CheckConstraint(
            "primaries IS NULL OR agent_code IS NOT NULL", name=op.f("ck_draw_agents_named_before_placed")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_draw_agents_agent_id_agents")),
        sa.ForeignKeyConstraint(["draw_id"], ["quality_draws.id"], name=op.f("fk_draw_agents_draw_id_quality_draws")),
        sa.PrimaryKeyConstraint("draw_id", "agent_id", name=op.f("pk_draw_agents")),
    )
    op.create_index("uq_draw_agents_agent_code", "draw_agents", ["draw_id", "agent_code"], unique=True)
    op.execute(BRING)
    op.execute(CLEAR)
    for statement in (KEEP, KEEP_DECISION, KEEP_STEPS):
        op.execute(statement)
    op.add_column("quality_draws", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    _states("'open','freezing','frozen','ready','drawn','given_up'", "'open','freezing'")
    op.drop_index("uq_draw_members_place", table_name="draw_members")
    op.create_index(
        "uq_draw_members_place",
        "draw_members",
        ["draw_id", "agent_id", "part", "place"],
        unique=True,
        postgresql_where=sa.text("place IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_draw_members_place", table_name="draw_members")
    op.create_index("uq_draw_members_place", "draw_members", ["draw_id", "agent_id", "part", "place"], unique=True)
    op.execute(UNPLACE)
    op.execute(BACK)
    op.execute(UNDO)
    op.execute("UPDATE quality_draws SET state = 'open' WHERE state = 'freezing'")
    _states("'open','frozen','ready','drawn','given_up'", "'open'")
    op.drop_column("quality_draws", "paused_at")
    op.drop_table("draw_agents")
    op.execute("DROP FUNCTION keep_draw_agent()")


def _states(known: str, unhashed: str) -> None:
    """Let draws have the states `known`, without a hash in those `unhashed`; both as SQL lists."""
    op.drop_constraint(op.f("ck_quality_draws_state_known"), "quality_draws")
    op.create_check_constraint(op.f("ck_quality_draws_state_known"), "quality_draws", f"state IN ({known})")
    op.drop_constraint(op.f("ck_quality_draws_frozen_has_frame"), "quality_draws")
    op.create_check_constraint(
        op.f("ck_quality_draws_frozen_has_frame"),
        "quality_draws",
        f"(state IN ({unhashed})) = (frame_sha256 IS NULL)",
    )
    op.drop_index("uq_quality_draws_running", table_name="quality_draws")
    running = ",".join(name for name in known.split(",") if name not in ("'drawn'", "'given_up'"))
    op.create_index(
        "uq_quality_draws_running",
        "quality_draws",
        ["period"],
        unique=True,
        postgresql_where=sa.text(f"state IN ({running})"),
    )

"""The monthly draw: frames, secrets, members, exclusions. What is proven can't be changed afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012_draws"
down_revision = "0009_quality"
branch_labels = None
depends_on = None

KEEP = """
CREATE FUNCTION keep_draw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a draw is never deleted';
    END IF;
    IF OLD.period <> NEW.period OR OLD.round <> NEW.round
        OR OLD.frame IS DISTINCT FROM NEW.frame AND OLD.frame IS NOT NULL
        OR OLD.frame_sha256 IS DISTINCT FROM NEW.frame_sha256 AND OLD.frame_sha256 IS NOT NULL
        OR OLD.beacon IS DISTINCT FROM NEW.beacon AND OLD.beacon IS NOT NULL
        OR OLD.result IS DISTINCT FROM NEW.result AND OLD.result IS NOT NULL
        OR OLD.seed IS DISTINCT FROM NEW.seed AND OLD.seed IS NOT NULL THEN
        RAISE EXCEPTION 'frame, beacon and result of a draw stay as they are';
    END IF;
    RETURN NEW;
END $$"""
KEEP_COMMITMENT = """
CREATE FUNCTION keep_draw_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.commitment <> NEW.commitment OR OLD.salt <> NEW.salt OR OLD.user_id <> NEW.user_id
        OR OLD.secret IS DISTINCT FROM NEW.secret AND OLD.secret IS NOT NULL THEN
        RAISE EXCEPTION 'a commitment stays as it is';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.create_table(
        "quality_draws",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("method", sa.String(length=15), server_default="commit_reveal", nullable=False),
        sa.Column("beacon_source", sa.String(length=200), server_default="", nullable=False),
        sa.Column("beacon_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frame", sa.Text(), nullable=True),
        sa.Column("frame_sha256", sa.String(length=64), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beacon", sa.String(length=200), nullable=True),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(state = 'drawn') = (result_sha256 IS NOT NULL)", name=op.f("ck_quality_draws_drawn_has_result")
        ),
        sa.CheckConstraint("(state = 'open') = (frame_sha256 IS NULL)", name=op.f("ck_quality_draws_frozen_has_frame")),
        sa.CheckConstraint("method IN ('commit_reveal','public_beacon')", name=op.f("ck_quality_draws_method_known")),
        sa.CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_quality_draws_period_form")),
        sa.CheckConstraint(
            "state IN ('open','frozen','ready','drawn','given_up')", name=op.f("ck_quality_draws_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('ready','drawn') OR beacon IS NOT NULL", name=op.f("ck_quality_draws_ready_has_beacon")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_draws")),
    )
    op.create_index("uq_quality_draws_period_round", "quality_draws", ["period", "round"], unique=True)
    op.create_index(
        "uq_quality_draws_running",
        "quality_draws",
        ["period"],
        unique=True,
        postgresql_where=sa.text("state IN ('open','frozen','ready')"),
    )
    op.create_table(
        "draw_secrets",
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("role IN ('quality','supervisor')", name=op.f("ck_draw_secrets_role_known")),
        sa.CheckConstraint("(secret IS NULL) = (revealed_at IS NULL)", name=op.f("ck_draw_secrets_revealed_has_time")),
        sa.ForeignKeyConstraint(["draw_id"], ["quality_draws.id"], name=op.f("fk_draw_secrets_draw_id_quality_draws")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_draw_secrets_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_secrets")),
    )
    op.create_index("uq_draw_secrets_draw_id_role", "draw_secrets", ["draw_id", "role"], unique=True)
    op.create_index("uq_draw_secrets_draw_id_user_id", "draw_secrets", ["draw_id", "user_id"], unique=True)
    op.create_table(
        "draw_exclusions",
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_draw_exclusions_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["quality_draws.id"], name=op.f("fk_draw_exclusions_draw_id_quality_draws")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_exclusions")),
    )
    op.create_index("uq_draw_exclusions_reason", "draw_exclusions", ["draw_id", "agent_id", "reason"], unique=True)
    op.create_table(
        "draw_members",
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_code", sa.String(length=20), nullable=False),
        sa.Column("customer_code", sa.String(length=20), nullable=False),
        sa.Column("interaction_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("interaction_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("part IN ('primary','reserve')", name=op.f("ck_draw_members_part_known")),
        sa.CheckConstraint("(part IS NULL) = (place IS NULL)", name=op.f("ck_draw_members_part_has_place")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_draw_members_agent_id_agents")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_draw_members_customer_id_customers")),
        sa.ForeignKeyConstraint(["draw_id"], ["quality_draws.id"], name=op.f("fk_draw_members_draw_id_quality_draws")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_members")),
    )
    op.create_index("ix_draw_members_customer_id", "draw_members", ["customer_id"], unique=False)
    op.create_index(
        "uq_draw_members_customer",
        "draw_members",
        ["draw_id", "customer_id"],
        unique=True,
        postgresql_where=sa.text("part = 'primary'"),
    )
    op.create_index("uq_draw_members_pair", "draw_members", ["draw_id", "agent_id", "customer_id"], unique=True)
    op.create_index("uq_draw_members_place", "draw_members", ["draw_id", "agent_id", "part", "place"], unique=True)
    op.execute(KEEP)
    op.execute(KEEP_COMMITMENT)
    op.execute(
        "CREATE TRIGGER keep_draw BEFORE UPDATE OR DELETE ON quality_draws FOR EACH ROW EXECUTE FUNCTION keep_draw()"
    )
    op.execute(
        "CREATE TRIGGER keep_draw_secret BEFORE UPDATE OR DELETE ON draw_secrets "
        "FOR EACH ROW EXECUTE FUNCTION keep_draw_secret()"
    )


def downgrade() -> None:
    for table in ("draw_members", "draw_exclusions", "draw_secrets", "quality_draws"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_draw_secret()")
    op.execute("DROP FUNCTION keep_draw()")

"""Promises to call back, and what the profile remembers of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_callbacks"
down_revision = "0008_voicemail"
branch_labels = None
depends_on = None

OUTCOMES = (
    "'answered','missed','declined','abandoned','short_abandon','abandoned_while_ringing','failed','transferred',"
    "'no_agent','voicemail','callback','closed','queue_full','max_wait'"
)
NEW = "'not_reached','refused','canceled','expired'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_interactions_outcome_known"), "interactions")
    op.create_check_constraint(op.f("ck_interactions_outcome_known"), "interactions", f"outcome IN ({OUTCOMES},{NEW})")
    op.create_table(
        "callbacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(10), server_default="callback", nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("from_call_id", sa.BigInteger()),
        sa.Column("state", sa.String(12), server_default="waiting", nullable=False),
        sa.Column("reason", sa.String(300), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ring_until", sa.DateTime(timezone=True)),
        sa.Column("again_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind IN ('callback','quality')", name=op.f("ck_callbacks_kind_known")),
        sa.CheckConstraint(
            "state IN ('waiting','ringing','unanswered','connected','done','unreachable','declined','canceled',"
            "'expired')",
            name=op.f("ck_callbacks_state_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('waiting','ringing','unanswered','connected')) = (ended_at IS NULL)",
            name=op.f("ck_callbacks_ended_has_time"),
        ),
        sa.CheckConstraint(
            "(state = 'ringing') = (ring_until IS NOT NULL)", name=op.f("ck_callbacks_ringing_has_time")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_callbacks_attempts_counted")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_callbacks_call_id_calls")),
        sa.ForeignKeyConstraint(["from_call_id"], ["calls.id"], name=op.f("fk_callbacks_from_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("token", name=op.f("uq_callbacks_token")),
        sa.UniqueConstraint("call_id", name=op.f("uq_callbacks_call_id")),
    )
    op.create_index(
        "uq_callbacks_from_call_id",
        "callbacks",
        ["from_call_id"],
        unique=True,
        postgresql_where=sa.text("from_call_id IS NOT NULL"),
    )
    op.create_index(
        "ix_callbacks_waiting",
        "callbacks",
        ["state"],
        postgresql_where=sa.text("state IN ('waiting','ringing')"),
    )
    op.execute(
        """CREATE TRIGGER callbacks_final BEFORE UPDATE OF state ON callbacks FOR EACH ROW
        WHEN (OLD.ended_at IS NOT NULL AND NEW.state <> OLD.state) EXECUTE FUNCTION refuse_leaving_final()"""
    )


def downgrade() -> None:
    op.drop_table("callbacks")
    op.drop_constraint(op.f("ck_interactions_outcome_known"), "interactions")
    op.execute(
        "UPDATE interactions SET outcome = 'failed' WHERE outcome IN ('not_reached','refused','canceled','expired')"
    )
    op.create_check_constraint(op.f("ck_interactions_outcome_known"), "interactions", f"outcome IN ({OUTCOMES})")

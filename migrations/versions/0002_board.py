"""The wallboard: limits and breaches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_board"
down_revision = "0001_first_slice"
branch_labels = None
depends_on = None

LIMITS = (
    "wait_warn_s", "wait_bad_s", "waiting_warn", "waiting_bad", "level_margin", "abandoned_warn_percent",
    "abandoned_bad_percent", "free_warn", "free_bad", "call_warn_s", "call_bad_s", "wrap_warn_s", "wrap_bad_s",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "board_limits",
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in LIMITS),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.CheckConstraint(
            "wait_warn_s <= wait_bad_s AND waiting_warn <= waiting_bad AND free_bad <= free_warn"
            " AND abandoned_warn_percent <= abandoned_bad_percent"
            " AND call_warn_s <= call_bad_s AND wrap_warn_s <= wrap_bad_s",
            name=op.f("ck_board_limits_amber_before_red"),
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_board_limits_queue_id_queues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_limits")),
    )
    op.create_index(
        "uq_board_limits_queue_id", "board_limits", ["queue_id"], unique=True, postgresql_nulls_not_distinct=True
    )
    op.create_table(
        "board_breaches",
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("measure", sa.String(10), nullable=False),
        sa.Column("tone", sa.Integer(), nullable=False),
        sa.Column("risen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calm_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calm_tone", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.CheckConstraint("scope IN ('house','queue','agent')", name=op.f("ck_board_breaches_scope_known")),
        sa.CheckConstraint(
            "measure IN ('level','waiting','wait','abandoned','free','nobody','call','wrap')",
            name=op.f("ck_board_breaches_measure_known"),
        ),
        sa.CheckConstraint("tone IN (1, 2)", name=op.f("ck_board_breaches_tone_known")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["users.id"], name=op.f("fk_board_breaches_acknowledged_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_breaches")),
    )
    op.create_index(
        "uq_board_breaches_open",
        "board_breaches",
        ["scope", "subject_id", "measure"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "board_watch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_watch")),
    )


def downgrade() -> None:
    op.drop_table("board_watch")
    op.drop_table("board_breaches")
    op.drop_table("board_limits")

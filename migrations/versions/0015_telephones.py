"""Calls on the telephone network: which leg is which call there, and what the network was last told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_telephones"
down_revision = "0014_wall_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("conference_sid", sa.String(34), server_default="", nullable=False))
    op.add_column("calls", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_calls_telephones",
        "calls",
        ["looked_at"],
        postgresql_where=sa.text("provider <> 'browser' AND state <> 'ended'"),
    )
    op.add_column("call_legs", sa.Column("provider_sid", sa.String(34), server_default="", nullable=False))
    op.add_column("call_legs", sa.Column("place", sa.String(10), server_default="", nullable=False))
    op.add_column("call_legs", sa.Column("told_held", sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint(
        op.f("ck_call_legs_place_known"), "call_legs", "place IN ('','menu','line','asked','room','gone')"
    )
    op.create_index(
        "uq_call_legs_provider_sid",
        "call_legs",
        ["provider_sid"],
        unique=True,
        postgresql_where=sa.text("provider_sid <> ''"),
    )


def downgrade() -> None:
    op.drop_index("uq_call_legs_provider_sid", table_name="call_legs")
    op.drop_constraint(op.f("ck_call_legs_place_known"), "call_legs", type_="check")
    op.drop_column("call_legs", "told_held")
    op.drop_column("call_legs", "place")
    op.drop_column("call_legs", "provider_sid")
    op.drop_index("ix_calls_telephones", table_name="calls")
    op.drop_column("calls", "looked_at")
    op.drop_column("calls", "conference_sid")

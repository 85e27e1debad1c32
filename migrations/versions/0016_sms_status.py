"""How far an SMS came at its carrier, and the hours that it waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_sms_status"
down_revision = "0018_coaching"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("carrier_status", sa.String(20), server_default="", nullable=False))
    op.add_column("messages", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("any_hour", sa.Boolean(), server_default="false", nullable=False))
    op.create_index(
        "ix_messages_unsettled",
        "messages",
        ["id"],
        postgresql_where=sa.text("direction = 'out' AND status IN ('sending','unknown','sent')"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_unsettled", "messages")
    for name in ("any_hour", "not_before", "tried_at", "carrier_status"):
        op.drop_column("messages", name)

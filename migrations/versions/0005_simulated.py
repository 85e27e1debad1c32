"""Seats that the living demo plays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_simulated"
down_revision = "0004_hours"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agents", sa.Column("simulated", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    op.drop_column("agents", "simulated")

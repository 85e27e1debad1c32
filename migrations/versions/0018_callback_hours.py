"""How long a queue keeps a promise to call back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_callback_hours"
down_revision = "0017_needs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("callback_hours", sa.Integer(), server_default="12", nullable=False))
    op.create_check_constraint(op.f("ck_queues_callback_hours_sensible"), "queues", "callback_hours BETWEEN 1 AND 72")


def downgrade() -> None:
    op.drop_column("queues", "callback_hours")

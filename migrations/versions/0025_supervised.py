"""The exam asks for contacts taken under supervision, and each says who supervised it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025_supervised"
down_revision = "0028_erasure"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("road_rules", sa.Column("supervised_contacts", sa.Integer(), nullable=False, server_default="20"))
    op.create_check_constraint(
        op.f("ck_road_rules_supervised_sensible"), "road_rules", "supervised_contacts BETWEEN 0 AND 500"
    )
    op.add_column("road_entries", sa.Column("supervisor_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_road_entries_supervisor_id_users"), "road_entries", "users", ["supervisor_id"], ["id"]
    )
    # Who wrote it down is the best that is known of those before
    op.execute("UPDATE road_entries SET supervisor_id = by_id WHERE kind = 'supervised'")
    op.create_check_constraint(
        op.f("ck_road_entries_supervised_by_somebody"),
        "road_entries",
        "(kind = 'supervised') = (supervisor_id IS NOT NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_road_entries_supervised_by_somebody"), "road_entries")
    op.drop_constraint(op.f("fk_road_entries_supervisor_id_users"), "road_entries")
    op.drop_column("road_entries", "supervisor_id")
    op.drop_constraint(op.f("ck_road_rules_supervised_sensible"), "road_rules")
    op.drop_column("road_rules", "supervised_contacts")

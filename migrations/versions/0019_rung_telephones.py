"""Telephones that the desk rings, machines that answer them, and recordings that a carrier makes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_rung_telephones"
down_revision = "0016_webhook_receipts"
branch_labels = None
depends_on = None

BEGIN = "'interviewed','partial','refused','no_answer','wrong_number','other_language'"
TABLES = {"quality_callbacks": f"{BEGIN},'canceled'", "quality_attempts": f"{BEGIN},'appointment','canceled'"}


def upgrade() -> None:
    for table, outcomes in TABLES.items():
        _known(table, f"{outcomes},'voicemail'")
    op.drop_constraint(op.f("ck_callbacks_kind_known"), "callbacks")
    op.create_check_constraint(op.f("ck_callbacks_kind_known"), "callbacks", "kind IN ('callback','quality','dialled')")
    op.add_column("recordings", sa.Column("provider", sa.String(20), server_default="browser", nullable=False))
    op.add_column("recordings", sa.Column("provider_call", sa.String(34), server_default="", nullable=False))
    op.add_column("recordings", sa.Column("provider_sid", sa.String(34), server_default="", nullable=False))
    op.add_column("recordings", sa.Column("told", sa.String(10), server_default="", nullable=False))
    op.create_check_constraint(
        op.f("ck_recordings_told_known"), "recordings", "told IN ('','running','paused','stopped','deleted')"
    )
    op.create_index(
        "uq_recordings_provider_sid",
        "recordings",
        ["provider_sid"],
        unique=True,
        postgresql_where=sa.text("provider_sid <> ''"),
    )
    op.create_index(
        "ix_recordings_at_carrier",
        "recordings",
        ["last_at"],
        postgresql_where=sa.text("provider <> 'browser' AND told <> 'deleted'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_recordings_at_carrier",
        "recordings",
        postgresql_where=sa.text("provider <> 'browser' AND told <> 'deleted'"),
    )
    op.drop_index("uq_recordings_provider_sid", "recordings", postgresql_where=sa.text("provider_sid <> ''"))
    op.drop_constraint(op.f("ck_recordings_told_known"), "recordings")
    for column in ("told", "provider_sid", "provider_call", "provider"):
        op.drop_column("recordings", column)
    op.execute("UPDATE callbacks SET kind = 'callback' WHERE kind = 'dialled'")
    op.drop_constraint(op.f("ck_callbacks_kind_known"), "callbacks")
    op.create_check_constraint(op.f("ck_callbacks_kind_known"), "callbacks", "kind IN ('callback','quality')")
    for table, outcomes in TABLES.items():
        op.execute(f"UPDATE {table} SET outcome = 'no_answer' WHERE outcome = 'voicemail'")  # noqa: S608 - own names
        _known(table, outcomes)


def _known(table: str, outcomes: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_outcome_known"), table)
    op.create_check_constraint(op.f(f"ck_{table}_outcome_known"), table, f"outcome = '' OR outcome IN ({outcomes})")

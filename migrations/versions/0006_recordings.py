"""Recordings of calls and voicemail: what a queue records, what the caller was told, and the sound in chunks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006_recordings"
down_revision = "0005_simulated"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("recording", sa.String(12), server_default="off", nullable=False))
    op.add_column("queues", sa.Column("recording_days", sa.Integer(), server_default="90", nullable=False))
    op.create_check_constraint(op.f("ck_queues_recording_known"), "queues", "recording IN ('off','on','on_request')")
    op.create_check_constraint(
        op.f("ck_queues_recording_days_sensible"), "queues", "recording_days BETWEEN 1 AND 3650"
    )
    op.add_column("calls", sa.Column("recording_consent", sa.String(10), server_default="not_told", nullable=False))
    op.create_check_constraint(
        op.f("ck_calls_recording_consent_known"), "calls", "recording_consent IN ('not_told','told','refused')"
    )
    _create_recordings()
    op.execute(
        """CREATE TRIGGER recordings_final BEFORE UPDATE OF state ON recordings FOR EACH ROW
        WHEN (OLD.state = 'deleted' AND NEW.state <> OLD.state) EXECUTE FUNCTION refuse_leaving_final()"""
    )


def _create_recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("call_id", sa.BigInteger()),
        sa.Column("reservation_id", sa.BigInteger()),
        sa.Column("agent_id", sa.BigInteger()),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(60), nullable=False),
        sa.Column("state", sa.String(10), server_default="open", nullable=False),
        sa.Column("chunks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("duration_s", sa.Float()),
        sa.Column("pauses", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("delete_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_reason", sa.String(20), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('call','voicemail')", name=op.f("ck_recordings_kind_known")),
        sa.CheckConstraint(
            "state IN ('open','complete','incomplete','deleted')", name=op.f("ck_recordings_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'deleted') = (deleted_at IS NOT NULL)", name=op.f("ck_recordings_deleted_has_time")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_recordings_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservations.id"], name=op.f("fk_recordings_reservation_id_reservations")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_recordings_agent_id_agents")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_recordings_queue_id_queues")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recordings_public_id")),
    )
    op.create_index("ix_recordings_contact_id", "recordings", ["contact_id"])
    op.create_index(
        "uq_recordings_open_reservation",
        "recordings",
        ["reservation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open' AND reservation_id IS NOT NULL"),
    )
    op.create_index("ix_recordings_open", "recordings", ["last_at"], postgresql_where=sa.text("state = 'open'"))
    op.create_index(
        "ix_recordings_delete_after", "recordings", ["delete_after"], postgresql_where=sa.text("state <> 'deleted'")
    )
    op.create_table(
        "recording_chunks",
        sa.Column("recording_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("first_byte", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_recording_chunks_recording_id_recordings")
        ),
        sa.PrimaryKeyConstraint("recording_id", "seq", name=op.f("pk_recording_chunks")),
    )
    op.create_table(
        "recording_listenings",
        sa.Column("recording_id", sa.BigInteger(), nullable=False),
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_recording_listenings_recording_id_recordings")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recording_listenings_user_id_users")),
        sa.PrimaryKeyConstraint("recording_id", "session_hash", name=op.f("pk_recording_listenings")),
    )


def downgrade() -> None:
    op.drop_table("recording_listenings")
    op.drop_table("recording_chunks")
    op.drop_table("recordings")
    op.drop_column("calls", "recording_consent")
    op.drop_column("queues", "recording_days")
    op.drop_column("queues", "recording")

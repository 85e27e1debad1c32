"""Voice messages of callers: recorded on their page, each a ticket with its sound."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_voicemail"
down_revision = "0011_webhooks"
branch_labels = None
depends_on = None

BEFORE = "channel IN ('web','phone','sms','email','letter','fax','counter')"
SINCE = "channel IN ('web','phone','sms','email','letter','fax','counter','voicemail')"


def upgrade() -> None:
    _take_channel(SINCE)
    op.create_index(
        "ix_tickets_voicemail_waiting",
        "tickets",
        ["queue_id"],
        postgresql_where=sa.text("channel = 'voicemail' AND owner_id IS NULL AND state IN ('new','open')"),
    )
    op.add_column("ticket_entries", sa.Column("recording_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_ticket_entries_recording_id_recordings"), "ticket_entries", "recordings", ["recording_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_ticket_entries_recording_id"), "ticket_entries", ["recording_id"])
    op.create_table(
        "voicemails",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("recording_id", sa.BigInteger()),
        sa.Column("state", sa.String(10), server_default="open", nullable=False),
        sa.Column("ticket_id", sa.BigInteger()),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('open','delivered','discarded')", name=op.f("ck_voicemails_state_known")),
        sa.CheckConstraint(
            "(state = 'delivered') = (ticket_id IS NOT NULL)", name=op.f("ck_voicemails_delivered_is_ticket")
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_voicemails_open_has_no_end")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_voicemails_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_voicemails_recording_id_recordings")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_voicemails_ticket_id_tickets")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_voicemails_recording_id")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_voicemails_ticket_id")),
    )
    op.create_index("ix_voicemails_call_id", "voicemails", ["call_id"])
    op.create_index(
        "uq_voicemails_call_open", "voicemails", ["call_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "uq_voicemails_call_delivered",
        "voicemails",
        ["call_id"],
        unique=True,
        postgresql_where=sa.text("state = 'delivered'"),
    )
    op.create_index("ix_voicemails_open", "voicemails", ["started_at"], postgresql_where=sa.text("state = 'open'"))
    op.execute(
        """CREATE TRIGGER voicemails_final BEFORE UPDATE OF state ON voicemails FOR EACH ROW
        WHEN (OLD.state IN ('delivered','discarded') AND NEW.state <> OLD.state)
        EXECUTE FUNCTION refuse_leaving_final()"""
    )


def downgrade() -> None:
    op.drop_table("voicemails")
    op.drop_constraint(op.f("uq_ticket_entries_recording_id"), "ticket_entries")
    op.drop_column("ticket_entries", "recording_id")
    op.drop_index("ix_tickets_voicemail_waiting", "tickets")
    op.execute("UPDATE tickets SET channel = 'phone' WHERE channel = 'voicemail'")
    _take_channel(BEFORE)


def _take_channel(condition: str) -> None:
    op.drop_constraint(op.f("ck_tickets_channel_known"), "tickets")
    op.create_check_constraint(op.f("ck_tickets_channel_known"), "tickets", condition)

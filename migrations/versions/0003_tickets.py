"""Tickets with their entries; lines that keep calls and written work apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_tickets"
down_revision = "0002_board"
branch_labels = None
depends_on = None

OPEN = "state IN ('new','open','pending_customer','on_hold')"
WAITING = "state IN ('queued','reserved')"


def upgrade() -> None:
    op.execute("CREATE SEQUENCE ticket_reference START 100001")
    op.add_column("queues", sa.Column("inbound_sms", sa.Boolean(), server_default="false", nullable=False))
    op.drop_index("ix_work_items_queue_waiting", table_name="work_items")
    op.create_index(
        "ix_work_items_queue_waiting", "work_items", ["queue_id", "channel", "rank_at", "id"],
        postgresql_where=sa.text(WAITING),
    )  # fmt: skip
    op.create_table(
        "tickets",
        sa.Column("reference", sa.String(length=20), server_default=sa.text("'T-' || nextval('ticket_reference')"), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("intake_key", sa.String(length=60), nullable=True),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("number", sa.String(length=16), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("language", sa.String(length=10), server_default="", nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), server_default="new", nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("work_item_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), server_default=sa.text("''::tsvector"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("state IN ('new','open','pending_customer','on_hold','resolved','closed')", name=op.f("ck_tickets_state_known")),
        sa.CheckConstraint("channel IN ('web','phone','sms','email','letter','fax','counter')", name=op.f("ck_tickets_channel_known")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_tickets_closed_has_time")),
        sa.CheckConstraint("state <> 'new' OR owner_id IS NULL", name=op.f("ck_tickets_new_is_nobodys")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_tickets_queue_id_queues")),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_tickets_topic_id_topics")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tickets_customer_id_customers")),
        sa.ForeignKeyConstraint(["owner_id"], ["agents.id"], name=op.f("fk_tickets_owner_id_agents")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_tickets_team_id_teams")),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_items.id"], name=op.f("fk_tickets_work_item_id_work_items")),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_tickets_opened_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("reference", name=op.f("uq_tickets_reference")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_tickets_contact_id")),
    )
    op.create_index("uq_tickets_intake_key", "tickets", ["intake_key"], unique=True, postgresql_where=sa.text("intake_key IS NOT NULL"))
    op.create_index("ix_tickets_queue_open", "tickets", ["queue_id", "touched_at", "id"], postgresql_where=sa.text(OPEN))
    op.create_index("ix_tickets_owner_open", "tickets", ["owner_id", "touched_at", "id"], postgresql_where=sa.text(OPEN))
    op.create_index("ix_tickets_open", "tickets", ["touched_at", "id"], postgresql_where=sa.text(OPEN))
    op.create_index("ix_tickets_state", "tickets", ["state", "touched_at", "id"])
    op.create_index("ix_tickets_queue_id", "tickets", ["queue_id", "touched_at", "id"])
    op.create_index("ix_tickets_touched_at", "tickets", ["touched_at", "id"])
    op.create_index("ix_tickets_customer_id", "tickets", ["customer_id", "id"], postgresql_where=sa.text("customer_id IS NOT NULL"))
    op.create_index("ix_tickets_number", "tickets", ["number", "id"], postgresql_where=sa.text("number <> ''"))
    op.create_index("ix_tickets_work_item_id", "tickets", ["work_item_id"])
    op.create_index("ix_tickets_search", "tickets", ["search"], postgresql_using="gin")
    op.create_table(
        "ticket_entries",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=10), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kind IN ('message_in','message_out','note','state','assignment')", name=op.f("ck_ticket_entries_kind_known")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_entries_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_ticket_entries_author_id_users")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_ticket_entries_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_entries")),
    )
    op.create_index("ix_ticket_entries_ticket_id", "ticket_entries", ["ticket_id", "id"])
    op.create_index("uq_ticket_entries_message_id", "ticket_entries", ["message_id"], unique=True, postgresql_where=sa.text("message_id IS NOT NULL"))
    op.execute(
        """CREATE FUNCTION refuse_entry_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'entries of a ticket are append-only'; END $$"""
    )
    op.execute(
        """CREATE TRIGGER ticket_entries_append_only BEFORE UPDATE OR DELETE ON ticket_entries
        FOR EACH ROW EXECUTE FUNCTION refuse_entry_change()"""
    )
    op.execute(
        """CREATE TRIGGER tickets_final BEFORE UPDATE OF state ON tickets FOR EACH ROW
        WHEN (OLD.state = 'closed' AND NEW.state <> OLD.state) EXECUTE FUNCTION refuse_leaving_final()"""
    )


def downgrade() -> None:
    op.drop_table("ticket_entries")
    op.drop_table("tickets")
    op.execute("DROP FUNCTION refuse_entry_change()")
    op.drop_index("ix_work_items_queue_waiting", table_name="work_items")
    op.create_index(
        "ix_work_items_queue_waiting", "work_items", ["queue_id", "rank_at", "id"], postgresql_where=sa.text(WAITING)
    )
    op.drop_column("queues", "inbound_sms")
    op.execute("DROP SEQUENCE ticket_reference")

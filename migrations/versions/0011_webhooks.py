"""Outgoing webhooks, fed from the event log by a trigger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_webhooks"
down_revision = "0012_draws"
branch_labels = None
depends_on = None

#: One statement that writes events, of whatever kind, tells every webhook that asked: same transaction, or none.
FEED = """CREATE FUNCTION feed_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM webhooks WHERE active) THEN RETURN NULL; END IF;
    WITH fed AS (
        INSERT INTO webhook_deliveries (webhook_id, event_id, name, token)
        SELECT w.id, e.id, e.name, replace(CAST(gen_random_uuid() AS text), '-', '')
        FROM added e JOIN webhooks w ON w.active AND jsonb_exists(w.events, CAST(e.name AS text))
        ORDER BY e.id, w.id
        RETURNING id, webhook_id)
    INSERT INTO outbox (topic, key, payload, due_at)
    SELECT 'webhook.deliver', 'webhook:' || webhook_id, jsonb_build_object('delivery', id), now()
    FROM fed ORDER BY id;
    IF FOUND THEN PERFORM pg_notify('hearback_outbox', ''); END IF;
    RETURN NULL;
END $$"""


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("events", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("off_reason", sa.String(10), server_default="", nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.CheckConstraint("off_reason IN ('','person','failing','gone')", name=op.f("ck_webhooks_off_reason_known")),
        sa.CheckConstraint("active = (off_reason = '')", name=op.f("ck_webhooks_off_has_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(60), server_default="", nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.CheckConstraint("state IN ('waiting','delivered','failed')", name=op.f("ck_webhook_deliveries_state_known")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id_webhooks"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_webhook_deliveries_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("token", name=op.f("uq_webhook_deliveries_token")),
    )
    op.create_index("ix_webhook_deliveries_webhook_id", "webhook_deliveries", ["webhook_id", "id"])
    op.create_index(
        "ix_webhook_deliveries_old",
        "webhook_deliveries",
        ["created_at"],
        postgresql_where=sa.text("state <> 'waiting'"),
    )
    op.execute(FEED)
    op.execute(
        """CREATE TRIGGER events_feed_webhooks AFTER INSERT ON events REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION feed_webhooks()"""
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER events_feed_webhooks ON events")
    op.execute("DROP FUNCTION feed_webhooks()")
    op.execute("DELETE FROM outbox WHERE topic = 'webhook.deliver'")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")

"""What was known of a contact before anybody asked about it is written down with the callback, and stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030_frame_facts"
down_revision = "0025_supervised"
branch_labels = None
depends_on = None

_SQL = (
    # Ids and codes only: nothing in it tells who it was, so it stays when a customer is erased.
    """CREATE FUNCTION quality_facts(contact bigint, customer bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'topic', CASE WHEN jsonb_typeof(i.topic_ids -> 0) = 'number' THEN i.topic_ids -> 0 END,
        'wait_s', i.wait_s, 'ended_as', i.disposition_id, 'tier', c.tier, 'channel', i.channel,
        'complaint', COALESCE(q.code = 'complaints', false) OR COALESCE(d.code LIKE '%complaint%', false))
    FROM interactions i JOIN customers c ON c.id = customer
    LEFT JOIN queues q ON q.id = i.queue_id LEFT JOIN dispositions d ON d.id = i.disposition_id
    WHERE i.id = contact $$""",
    """CREATE FUNCTION write_quality_facts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.facts := COALESCE(quality_facts(NEW.interaction_id, NEW.customer_id), '{}'::jsonb);
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER quality_callbacks_facts BEFORE INSERT ON quality_callbacks
    FOR EACH ROW EXECUTE FUNCTION write_quality_facts()""",
    """CREATE FUNCTION refuse_other_facts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'quality callback %: what was known before is written once', OLD.id; END $$""",
    """CREATE TRIGGER quality_callbacks_facts_once BEFORE UPDATE OF facts ON quality_callbacks FOR EACH ROW
    WHEN (NEW.facts <> OLD.facts) EXECUTE FUNCTION refuse_other_facts()""",
)


def upgrade() -> None:
    op.add_column(
        "quality_callbacks",
        sa.Column(
            "facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
    )
    op.execute(_SQL[0])
    # Of those before, what is known today is the best there is
    op.execute("UPDATE quality_callbacks SET facts = COALESCE(quality_facts(interaction_id, customer_id), '{}'::jsonb)")
    for statement in _SQL[1:]:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER quality_callbacks_facts_once ON quality_callbacks")
    op.execute("DROP TRIGGER quality_callbacks_facts ON quality_callbacks")
    for function in ("refuse_other_facts()", "write_quality_facts()", "quality_facts(bigint, bigint)"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("quality_callbacks", "facts")

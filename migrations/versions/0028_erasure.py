"""Erasure of a customer: when it was done, what the carrier still has, and rows that never change but for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028_erasure"
down_revision = "0024_answers_by_link"
branch_labels = None
depends_on = None

#: table -> (trigger, its function before, what it says, columns that may be emptied, whose row it is). Everything else in them stays
#: as unchangeable as it was, and these columns too while the customer is not erased.
OPENED = {
    "events": (
        "events_append_only",
        "refuse_change",
        "the event log is append-only",
        "before, after",
        "SELECT OLD.subject_id WHERE OLD.subject = 'customer'",
    ),
    "ticket_entries": (
        "ticket_entries_append_only",
        "refuse_entry_change",
        "entries of a ticket are append-only",
        "body",
        "SELECT t.customer_id FROM tickets t WHERE t.id = OLD.ticket_id",
    ),
    "quality_interviews": (
        "quality_interviews_final",
        "refuse_final_answers",
        "the answers of an interview are final",
        "need, suggestion, extra, note",
        "SELECT k.customer_id FROM quality_callbacks k WHERE k.id = OLD.callback_id",
    ),
}


def upgrade() -> None:
    op.add_column("customers", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("carrier_erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_messages_erased",
        "messages",
        ["customer_id", "id"],
        postgresql_where=sa.text("erased_at IS NOT NULL AND carrier_erased_at IS NULL"),
    )
    for table, (trigger, _function, said, columns, owner) in OPENED.items():
        names = ", ".join(f"'{name.strip()}'" for name in columns.split(","))
        empty = "('', '{}', 'null')"
        op.execute(
            f"""CREATE FUNCTION {table}_but_for_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                names CONSTANT text[] := ARRAY[{names}];
                old_row CONSTANT jsonb := to_jsonb(OLD);
                new_row jsonb;
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    new_row := to_jsonb(NEW);
                    IF new_row - names = old_row - names
                        AND NOT EXISTS (SELECT 1 FROM unnest(names) AS name
                            WHERE new_row->name IS DISTINCT FROM old_row->name
                            AND coalesce(new_row->>name, '') NOT IN {empty})
                        AND EXISTS (SELECT 1 FROM customers c
                            WHERE c.erased_at IS NOT NULL AND c.id = ({owner}))
                    THEN RETURN NEW; END IF;
                END IF;
                RAISE EXCEPTION '{said}';
            END $$"""  # noqa: S608 - own names
        )
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_but_for_erasure()"
        )


def downgrade() -> None:
    for table, (trigger, function, _said, _columns, _owner) in OPENED.items():
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(f"DROP FUNCTION {table}_but_for_erasure()")
    op.drop_index("ix_messages_erased", table_name="messages")
    op.drop_column("messages", "carrier_erased_at")
    op.drop_column("messages", "erased_at")
    op.drop_column("customers", "erased_at")

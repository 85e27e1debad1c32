"""Opening hours, announcements, and limits on waiting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_hours"
down_revision = "0003_tickets"
branch_labels = None
depends_on = None

OUTCOMES = (
    "'answered','missed','declined','abandoned','short_abandon','abandoned_while_ringing',"
    "'failed','transferred','no_agent','voicemail','callback'"
)
JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("region", sa.String(12), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("name", name=op.f("uq_calendars_name")),
    )
    op.create_table(
        "calendar_intervals",
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_calendar_intervals_weekday_known")),
        sa.CheckConstraint(
            "opens >= 0 AND opens < closes AND closes <= 1440", name=op.f("ck_calendar_intervals_inside_the_day")
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.id"], name=op.f("fk_calendar_intervals_calendar_id_calendars"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_intervals")),
    )
    op.create_index("ix_calendar_intervals_calendar_id", "calendar_intervals", ["calendar_id", "weekday", "opens"])
    op.create_table(
        "calendar_exceptions",
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hours", JSON, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("note", sa.String(200), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.id"], name=op.f("fk_calendar_exceptions_calendar_id_calendars"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_exceptions")),
    )
    op.create_index("uq_calendar_exceptions_calendar_id_day", "calendar_exceptions", ["calendar_id", "day"], unique=True)
    op.create_table(
        "announcements",
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("texts", JSON, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_announcements_queue_id_queues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(
        "uq_announcements_queue_id", "announcements", ["queue_id"], unique=True, postgresql_nulls_not_distinct=True
    )
    op.add_column("queues", sa.Column("calendar_id", sa.BigInteger(), nullable=True))
    op.add_column("queues", sa.Column("closed_texts", JSON, server_default=sa.text("'{}'::jsonb"), nullable=False))
    op.add_column("queues", sa.Column("max_waiting", sa.Integer(), nullable=True))
    op.add_column("queues", sa.Column("max_wait_s", sa.Integer(), nullable=True))
    op.add_column("queues", sa.Column("overflow_queue_id", sa.BigInteger(), nullable=True))
    op.add_column("queues", sa.Column("overflow_after_s", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_queues_calendar_id_calendars"), "queues", "calendars", ["calendar_id"], ["id"])
    op.create_foreign_key(op.f("fk_queues_overflow_queue_id_queues"), "queues", "queues", ["overflow_queue_id"], ["id"])
    op.create_check_constraint(op.f("ck_queues_overflow_elsewhere"), "queues", "overflow_queue_id <> id")
    op.create_check_constraint(
        op.f("ck_queues_overflow_has_time"), "queues", "(overflow_queue_id IS NULL) = (overflow_after_s IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_queues_limits_positive"), "queues", "max_waiting > 0 AND max_wait_s > 0 AND overflow_after_s > 0"
    )
    op.drop_constraint(op.f("ck_interactions_outcome_known"), "interactions")
    op.create_check_constraint(
        op.f("ck_interactions_outcome_known"),
        "interactions",
        f"outcome IN ({OUTCOMES},'closed','queue_full','max_wait')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_interactions_outcome_known"), "interactions")
    op.execute("UPDATE interactions SET outcome = 'no_agent' WHERE outcome IN ('closed','queue_full','max_wait')")
    op.create_check_constraint(op.f("ck_interactions_outcome_known"), "interactions", f"outcome IN ({OUTCOMES})")
    for name in ("limits_positive", "overflow_has_time", "overflow_elsewhere"):
        op.drop_constraint(op.f(f"ck_queues_{name}"), "queues")
    op.drop_constraint(op.f("fk_queues_overflow_queue_id_queues"), "queues", type_="foreignkey")
    op.drop_constraint(op.f("fk_queues_calendar_id_calendars"), "queues", type_="foreignkey")
    for column in ("overflow_after_s", "overflow_queue_id", "max_wait_s", "max_waiting", "closed_texts", "calendar_id"):
        op.drop_column("queues", column)
    op.drop_table("announcements")
    op.drop_table("calendar_exceptions")
    op.drop_table("calendar_intervals")
    op.drop_table("calendars")

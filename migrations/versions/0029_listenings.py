"""Who listened in on a live call, whose calls may be listened to, and that it counts on the road."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029_listenings"
down_revision = "0030_frame_facts"
branch_labels = None
depends_on = None

_ROLES = "role IN ('customer','agent','consultee','supervisor'{})"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_call_legs_role_known"), "call_legs")
    op.create_check_constraint(op.f("ck_call_legs_role_known"), "call_legs", _ROLES.format(",'listener'"))
    op.add_column("agents", sa.Column("takes_listeners", sa.Boolean(), nullable=False, server_default="false"))
    op.create_table(
        "listenings",
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("leg_id", sa.BigInteger(), nullable=False),
        sa.Column("listener_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False, server_default="listen"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_s", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("hears_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(20), nullable=False, server_default=""),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("mode = 'listen'", name=op.f("ck_listenings_mode_known")),
        sa.CheckConstraint("listener_id <> agent_id", name=op.f("ck_listenings_two_people")),
        sa.CheckConstraint("heard_s >= 0", name=op.f("ck_listenings_heard_counted")),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason = '')", name=op.f("ck_listenings_ended_has_reason")),
        sa.CheckConstraint("ended_at IS NULL OR hears_since IS NULL", name=op.f("ck_listenings_over_is_silent")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_listenings_call_id_calls")),
        sa.ForeignKeyConstraint(["leg_id"], ["call_legs.id"], name=op.f("fk_listenings_leg_id_call_legs")),
        sa.ForeignKeyConstraint(["listener_id"], ["agents.id"], name=op.f("fk_listenings_listener_id_agents")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_listenings_agent_id_agents")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_listenings_queue_id_queues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listenings")),
        sa.UniqueConstraint("leg_id", name=op.f("uq_listenings_leg_id")),
    )
    live = sa.text("ended_at IS NULL")
    op.create_index("uq_listenings_call", "listenings", ["call_id"], unique=True, postgresql_where=live)
    op.create_index("uq_listenings_listener", "listenings", ["listener_id"], unique=True, postgresql_where=live)
    op.create_index("ix_listenings_call_id", "listenings", ["call_id", "listener_id"])
    op.create_index("ix_listenings_agent_id", "listenings", ["agent_id", "id"])
    op.create_index("ix_listenings_listener_id", "listenings", ["listener_id", "id"])
    op.add_column("road_entries", sa.Column("listening_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_road_entries_listening_id_listenings"), "road_entries", "listenings", ["listening_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_road_entries_listening_id"), "road_entries", ["listening_id"])
    op.alter_column("road_entries", "by_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_road_entries_by_hand_or_heard"), "road_entries", "(by_id IS NULL) = (listening_id IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_road_entries_heard_is_shadowing"), "road_entries", "listening_id IS NULL OR kind = 'shadowing'"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_road_entries_heard_is_shadowing"), "road_entries")
    op.drop_constraint(op.f("ck_road_entries_by_hand_or_heard"), "road_entries")
    # What was heard stays on the road: as written down by who was listened to
    op.execute("UPDATE road_entries SET by_id = l.agent_id FROM listenings l WHERE l.id = road_entries.listening_id")
    op.alter_column("road_entries", "by_id", nullable=False)
    op.drop_constraint(op.f("uq_road_entries_listening_id"), "road_entries")
    op.drop_constraint(op.f("fk_road_entries_listening_id_listenings"), "road_entries")
    op.drop_column("road_entries", "listening_id")
    op.drop_table("listenings")
    op.drop_column("agents", "takes_listeners")
    op.execute("DELETE FROM call_links WHERE caller_leg_id IN (SELECT id FROM call_legs WHERE role = 'listener')")
    op.execute("DELETE FROM call_links WHERE callee_leg_id IN (SELECT id FROM call_legs WHERE role = 'listener')")
    op.execute("DELETE FROM call_legs WHERE role = 'listener'")
    op.drop_constraint(op.f("ck_call_legs_role_known"), "call_legs")
    op.create_check_constraint(op.f("ck_call_legs_role_known"), "call_legs", _ROLES.format(""))

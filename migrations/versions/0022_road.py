"""The road to the headset: stages, what was done, exams with their marks, and certificates by override."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022_road"
down_revision = "0021_answer_by"
branch_labels = None
depends_on = None

SHORT = "NOT override OR (expires_on IS NOT NULL AND expires_on - granted_on < 14)"


def upgrade() -> None:
    op.add_column("certificates", sa.Column("override", sa.Boolean(), nullable=False, server_default="false"))
    op.create_check_constraint(op.f("ck_certificates_override_short"), "certificates", SHORT)
    op.create_table(
        "road_rules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("class_months", sa.Integer(), server_default="1", nullable=False),
        sa.Column("practice_months", sa.Integer(), server_default="2", nullable=False),
        sa.Column("theory_weight", sa.Integer(), server_default="60", nullable=False),
        sa.Column("pass_mark", sa.Integer(), server_default="70", nullable=False),
        sa.Column("part_floor", sa.Integer(), server_default="50", nullable=False),
        sa.Column("fewest_raters", sa.Integer(), server_default="2", nullable=False),
        sa.Column("certificate_months", sa.Integer(), server_default="12", nullable=False),
        sa.Column("retest_days", sa.Integer(), server_default="14", nullable=False),
        sa.CheckConstraint("certificate_months BETWEEN 1 AND 60", name=op.f("ck_road_rules_certificate_sensible")),
        sa.CheckConstraint(
            "class_months BETWEEN 0 AND 24 AND practice_months BETWEEN 0 AND 24",
            name=op.f("ck_road_rules_stages_sensible"),
        ),
        sa.CheckConstraint("fewest_raters BETWEEN 1 AND 9", name=op.f("ck_road_rules_raters_sensible")),
        sa.CheckConstraint("id = 1", name=op.f("ck_road_rules_one_row")),
        sa.CheckConstraint(
            "pass_mark BETWEEN 1 AND 100 AND part_floor BETWEEN 0 AND 100", name=op.f("ck_road_rules_marks_sensible")
        ),
        sa.CheckConstraint("retest_days BETWEEN 0 AND 365", name=op.f("ck_road_rules_retest_sensible")),
        sa.CheckConstraint("theory_weight BETWEEN 0 AND 100", name=op.f("ck_road_rules_weight_sensible")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_rules")),
    )
    op.create_table(
        "roads",
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="trainee", nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("retest_from", sa.Date(), nullable=True),
        sa.Column("retest_reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("state IN ('trainee','practice','exam','certified')", name=op.f("ck_roads_state_known")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_roads_agent_id_agents")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_roads_queue_id_queues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roads")),
        sa.UniqueConstraint("agent_id", "queue_id", name=op.f("uq_roads_agent_id_queue_id")),
    )
    op.create_table(
        "road_entries",
        sa.Column("road_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kind IN ('class','shadowing','supervised')", name=op.f("ck_road_entries_kind_known")),
        sa.CheckConstraint("amount BETWEEN 1 AND 200", name=op.f("ck_road_entries_amount_sensible")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_road_entries_by_id_users")),
        sa.ForeignKeyConstraint(["road_id"], ["roads.id"], name=op.f("fk_road_entries_road_id_roads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_entries")),
    )
    op.create_index("ix_road_entries_road_id", "road_entries", ["road_id", "day"], unique=False)
    op.create_table(
        "road_exams",
        sa.Column("road_id", sa.BigInteger(), nullable=False),
        sa.Column("candidate_id", sa.BigInteger(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("theory_weight", sa.Integer(), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("part_floor", sa.Integer(), nullable=False),
        sa.Column("fewest_raters", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("certificate_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_road_exams_closed_once")),
        sa.CheckConstraint(
            "(state = 'passed') = (certificate_id IS NOT NULL)", name=op.f("ck_road_exams_passed_grants")
        ),
        sa.CheckConstraint("state IN ('open','passed','failed')", name=op.f("ck_road_exams_state_known")),
        sa.ForeignKeyConstraint(["candidate_id"], ["agents.id"], name=op.f("fk_road_exams_candidate_id_agents")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificates.id"], name=op.f("fk_road_exams_certificate_id_certificates")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_road_exams_closed_by_users")),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_road_exams_opened_by_users")),
        sa.ForeignKeyConstraint(["road_id"], ["roads.id"], name=op.f("fk_road_exams_road_id_roads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_exams")),
        sa.UniqueConstraint("id", "candidate_id", name=op.f("uq_road_exams_id_candidate_id")),
    )
    op.create_index("uq_road_exams_open", "road_exams", ["road_id"], unique=True, postgresql_where="state = 'open'")
    op.create_table(
        "road_marks",
        sa.Column("exam_id", sa.BigInteger(), nullable=False),
        sa.Column("candidate_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("rater_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("part IN ('theory','practice')", name=op.f("ck_road_marks_part_known")),
        sa.CheckConstraint("rater_id <> candidate_id", name=op.f("ck_road_marks_never_oneself")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_road_marks_score_sensible")),
        sa.ForeignKeyConstraint(
            ["exam_id", "candidate_id"],
            ["road_exams.id", "road_exams.candidate_id"],
            name=op.f("fk_road_marks_exam_id_road_exams"),
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["users.id"], name=op.f("fk_road_marks_rater_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_marks")),
        sa.UniqueConstraint("exam_id", "part", "rater_id", name=op.f("uq_road_marks_exam_id_part_rater_id")),
    )


def downgrade() -> None:
    for table in ("road_marks", "road_exams", "road_entries", "roads", "road_rules"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_certificates_override_short"), "certificates")
    op.drop_column("certificates", "override")

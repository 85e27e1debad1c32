"""Answers by link: the link of a callback, how an interview was given, and the administrator's switch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024_answers_by_link"
down_revision = "0023_questionnaires"
branch_labels = None
depends_on = None

_FIRST = "'interviewed','partial','refused','no_answer','wrong_number','other_language'"
#: Table -> check -> (what it says from here on, what it said before).
CHECKS = {
    "quality_callbacks": {
        "state_known": (
            "state IN ('scheduled','open','linked','done','canceled')",
            "state IN ('scheduled','open','done','canceled')",
        ),
        "outcome_known": (
            f"outcome = '' OR outcome IN ({_FIRST},'canceled','voicemail','no_reply')",
            f"outcome = '' OR outcome IN ({_FIRST},'canceled','voicemail')",
        ),
        "outcome_when_over": (
            "(outcome = '') = (state IN ('scheduled','open','linked'))",
            "(outcome = '') = (state IN ('scheduled','open'))",
        ),
        "ended_has_time": (
            "(ended_at IS NULL) = (state IN ('scheduled','open','linked'))",
            "(ended_at IS NULL) = (state IN ('scheduled','open'))",
        ),
    },
    "quality_attempts": {
        "outcome_known": (
            f"outcome = '' OR outcome IN ({_FIRST},'appointment','canceled','voicemail','link')",
            f"outcome = '' OR outcome IN ({_FIRST},'appointment','canceled','voicemail')",
        ),
    },
}


def upgrade() -> None:
    _checks(0)
    op.add_column(
        "quality_interviews", sa.Column("mode", sa.String(length=10), server_default="telephone", nullable=False)
    )
    op.alter_column("quality_interviews", "interviewer_id", nullable=True)
    for name, rule in (
        ("mode_known", "mode IN ('telephone','link')"),
        # Whom a person asked names that person; on a page there is nobody.
        ("asked_by_somebody", "(mode = 'telephone') = (interviewer_id IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_quality_interviews_{name}"), "quality_interviews", rule)
    op.create_table(
        "quality_links",
        sa.Column("callback_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("expires_at > sent_at", name=op.f("ck_quality_links_lasts")),
        sa.CheckConstraint("reason IN ('unreached','asked')", name=op.f("ck_quality_links_reason_known")),
        sa.ForeignKeyConstraint(
            ["callback_id"], ["quality_callbacks.id"], name=op.f("fk_quality_links_callback_id_quality_callbacks")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_quality_links_message_id_messages")),
        sa.ForeignKeyConstraint(
            ["version"],
            ["quality_questionnaires.version"],
            name=op.f("fk_quality_links_version_quality_questionnaires"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_links")),
        sa.UniqueConstraint("callback_id", name=op.f("uq_quality_links_callback_id")),
        sa.UniqueConstraint("token", name=op.f("uq_quality_links_token")),
    )
    op.create_index("ix_quality_links_expires_at", "quality_links", ["expires_at"], unique=False)
    op.create_table(
        "quality_house",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answers_by_link", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_quality_house_one_row")),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_quality_house_changed_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_house")),
    )


def downgrade() -> None:
    op.drop_table("quality_house")
    op.drop_table("quality_links")
    # Answers without an interviewer cannot be told in the older schema: they go, with what hangs on them.
    op.execute("ALTER TABLE quality_interviews DISABLE TRIGGER quality_interviews_final")
    op.execute(
        "DELETE FROM quality_need_voices v USING quality_interviews i WHERE i.id = v.interview_id AND i.mode = 'link'"
    )
    op.execute(
        "UPDATE quality_callbacks c SET outcome = 'no_answer' FROM quality_interviews i"
        " WHERE i.callback_id = c.id AND i.mode = 'link'"
    )
    op.execute("DELETE FROM quality_interviews WHERE mode = 'link'")
    op.execute("ALTER TABLE quality_interviews ENABLE TRIGGER quality_interviews_final")
    for name in ("asked_by_somebody", "mode_known"):
        op.drop_constraint(op.f(f"ck_quality_interviews_{name}"), "quality_interviews", type_="check")
    op.alter_column("quality_interviews", "interviewer_id", nullable=False)
    op.drop_column("quality_interviews", "mode")
    op.execute("UPDATE quality_attempts SET outcome = 'no_answer' WHERE outcome = 'link'")
    op.execute("UPDATE quality_callbacks SET outcome = 'no_answer' WHERE outcome = 'no_reply'")
    op.execute(
        "UPDATE quality_callbacks SET state = 'done', outcome = 'no_answer', ended_at = now() WHERE state = 'linked'"
    )
    _checks(1)


def _checks(which: int) -> None:
    for table, checks in CHECKS.items():
        for name, rules in checks.items():
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rules[which])

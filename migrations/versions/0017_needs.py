"""The register of needs and suggestions; what interviews hold already is entered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_needs"
down_revision = "0015_telephones"
branch_labels = None
depends_on = None

ENTER = """
DO $$
DECLARE said record; entry bigint;
BEGIN
    FOR said IN
        SELECT id AS interview, 'need' AS kind, need AS words, need_level AS level, at FROM quality_interviews WHERE need <> ''
        UNION ALL SELECT id, 'suggestion', suggestion, '', at FROM quality_interviews WHERE suggestion <> ''
        ORDER BY at, interview, kind
    LOOP
        INSERT INTO quality_needs (kind, title, level, created_at, changed_at)
        VALUES (said.kind, left(split_part(btrim(said.words), E'\\n', 1), 200), said.level, said.at, said.at)
        RETURNING id INTO entry;
        INSERT INTO quality_need_voices (need_id, interview_id, kind) VALUES (entry, said.interview, said.kind);
    END LOOP;
END $$"""


def upgrade() -> None:
    op.create_table(
        "quality_needs",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("level", sa.String(10), server_default="", nullable=False),
        sa.Column("type", sa.String(15), server_default="", nullable=False),
        sa.Column("state", sa.String(10), server_default="open", nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.CheckConstraint("kind IN ('need','suggestion')", name=op.f("ck_quality_needs_kind_known")),
        sa.CheckConstraint("level IN ('','basic','expected','beyond')", name=op.f("ck_quality_needs_level_known")),
        sa.CheckConstraint(
            "type IN ('','basic_service','value_added','individual','green')", name=op.f("ck_quality_needs_type_known")
        ),
        sa.CheckConstraint(
            "state IN ('open','planned','done','declined','merged')", name=op.f("ck_quality_needs_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_quality_needs_merged_into_another")
        ),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_quality_needs_not_into_itself")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_quality_needs_owner_id_users")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["quality_needs.id"], name=op.f("fk_quality_needs_merged_into_id_quality_needs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_needs")),
    )
    op.create_index("ix_quality_needs_state", "quality_needs", ["state", "id"])
    op.create_index("ix_quality_needs_merged_into_id", "quality_needs", ["merged_into_id"])
    op.create_table(
        "quality_need_voices",
        sa.Column("need_id", sa.BigInteger(), nullable=False),
        sa.Column("interview_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.CheckConstraint("kind IN ('need','suggestion')", name=op.f("ck_quality_need_voices_kind_known")),
        sa.ForeignKeyConstraint(
            ["need_id"], ["quality_needs.id"], name=op.f("fk_quality_need_voices_need_id_quality_needs")
        ),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["quality_interviews.id"],
            name=op.f("fk_quality_need_voices_interview_id_quality_interviews"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_need_voices")),
        sa.UniqueConstraint("interview_id", "kind", name=op.f("uq_quality_need_voices_interview_id_kind")),
    )
    op.create_index("ix_quality_need_voices_need_id", "quality_need_voices", ["need_id"])
    op.create_table(
        "quality_need_answers",
        sa.Column("need_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.ForeignKeyConstraint(
            ["need_id"], ["quality_needs.id"], name=op.f("fk_quality_need_answers_need_id_quality_needs")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_quality_need_answers_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_quality_need_answers_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_need_answers")),
        sa.UniqueConstraint("need_id", "customer_id", name=op.f("uq_quality_need_answers_need_id_customer_id")),
    )
    op.create_index("ix_quality_need_answers_customer_id", "quality_need_answers", ["customer_id"])
    op.execute(ENTER)


def downgrade() -> None:
    op.drop_table("quality_need_answers")
    op.drop_table("quality_need_voices")
    op.drop_table("quality_needs")

"""Coaching notes, appeals decided blind, courses and the ledger of learning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_coaching"
down_revision = "0019_rung_telephones"
branch_labels = None
depends_on = None

STATEMENTS = (
    # What an agent has read stays as they read it. Marking as read, and the plan's progress, go on.
    """CREATE FUNCTION refuse_released_note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR (NEW.agent_id, NEW.period, NEW.months, NEW.topic, NEW.topic_own, NEW.body, NEW.state,
            NEW.written_by, NEW.released_by, NEW.released_at) IS DISTINCT FROM (OLD.agent_id, OLD.period, OLD.months,
            OLD.topic, OLD.topic_own, OLD.body, OLD.state, OLD.written_by, OLD.released_by, OLD.released_at) THEN
            RAISE EXCEPTION 'coaching note % was released', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER coaching_notes_released BEFORE UPDATE OR DELETE ON coaching_notes
    FOR EACH ROW WHEN (OLD.state = 'released') EXECUTE FUNCTION refuse_released_note()""",
    """CREATE FUNCTION refuse_released_comment() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE note bigint;
    BEGIN
        IF TG_OP = 'INSERT' THEN note := NEW.note_id; ELSE note := OLD.note_id; END IF;
        PERFORM 1 FROM coaching_notes n WHERE n.id = note AND n.state = 'released';
        IF FOUND THEN
            RAISE EXCEPTION 'coaching note % was released', note USING ERRCODE = 'check_violation';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$""",
    """CREATE TRIGGER coaching_comments_released BEFORE INSERT OR UPDATE OR DELETE ON coaching_comments
    FOR EACH ROW EXECUTE FUNCTION refuse_released_comment()""",
    # Nobody who had a part in the interview, or leads the agent, decides on it.
    """CREATE FUNCTION refuse_partial_judge() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM quality_interviews i WHERE i.id = NEW.interview_id AND i.rated_agent_id = NEW.agent_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'interview % is not about agent %', NEW.interview_id, NEW.agent_id
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END IF;
        PERFORM 1 FROM quality_interviews i WHERE i.id = NEW.interview_id AND i.interviewer_id = NEW.decided_by
        UNION ALL SELECT 1 FROM quality_interviews i JOIN quality_attempts a ON a.callback_id = i.callback_id
            JOIN barred_agents b ON b.contact_id = a.contact_id AND b.agent_id = NEW.decided_by
            WHERE i.id = NEW.interview_id
        UNION ALL SELECT 1 FROM coaching_notes n WHERE n.id = NEW.note_id
            AND NEW.decided_by IN (n.written_by, n.released_by)
        UNION ALL SELECT 1 FROM agents lead JOIN users u ON u.id = lead.id JOIN agents own ON own.team_id = lead.team_id
            WHERE lead.id = NEW.decided_by AND u.role = 'supervisor' AND own.id = NEW.agent_id;
        IF FOUND THEN
            RAISE EXCEPTION 'user % must not decide on appeal %', NEW.decided_by, NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER zz_quality_appeals_judge AFTER INSERT OR UPDATE ON quality_appeals
    FOR EACH ROW EXECUTE FUNCTION refuse_partial_judge()""",
    """CREATE FUNCTION refuse_decided_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'appeal % is decided', OLD.id USING ERRCODE = 'check_violation'; END $$""",
    """CREATE TRIGGER quality_appeals_final BEFORE UPDATE ON quality_appeals
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION refuse_decided_appeal()""",
    """CREATE TRIGGER quality_appeals_stay BEFORE DELETE ON quality_appeals
    FOR EACH ROW EXECUTE FUNCTION refuse_decided_appeal()""",
    """CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'line % of the ledger stays as it is', OLD.id USING ERRCODE = 'check_violation'; END $$""",
    """CREATE TRIGGER learning_entries_append_only BEFORE UPDATE OR DELETE ON learning_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()""",
)
FUNCTIONS = (
    "refuse_released_note",
    "refuse_released_comment",
    "refuse_partial_judge",
    "refuse_decided_appeal",
    "refuse_ledger_change",
)
TABLES = ("learning_entries", "trainings", "quality_appeals", "coaching_steps", "coaching_comments", "coaching_notes")


def upgrade() -> None:
    op.create_table(
        "coaching_notes",
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=12), nullable=False),
        sa.Column("topic_own", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="draft", nullable=False),
        sa.Column("written_by", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(state = 'released') = (released_at IS NOT NULL)", name=op.f("ck_coaching_notes_released_has_time")
        ),
        sa.CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_coaching_notes_period_form")),
        sa.CheckConstraint("state IN ('draft','released')", name=op.f("ck_coaching_notes_state_known")),
        sa.CheckConstraint(
            "topic IN ('attitude','speed','correctness','informed')", name=op.f("ck_coaching_notes_topic_known")
        ),
        sa.CheckConstraint(
            "(released_by IS NULL) = (released_at IS NULL)", name=op.f("ck_coaching_notes_released_by_somebody")
        ),
        sa.CheckConstraint("months BETWEEN 1 AND 12", name=op.f("ck_coaching_notes_months_in_range")),
        sa.CheckConstraint(
            "written_by <> agent_id AND released_by <> agent_id", name=op.f("ck_coaching_notes_not_by_oneself")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_coaching_notes_agent_id_agents")),
        sa.ForeignKeyConstraint(["released_by"], ["users.id"], name=op.f("fk_coaching_notes_released_by_users")),
        sa.ForeignKeyConstraint(["written_by"], ["users.id"], name=op.f("fk_coaching_notes_written_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_notes")),
        sa.UniqueConstraint("agent_id", "period", name=op.f("uq_coaching_notes_agent_id_period")),
    )
    op.create_table(
        "coaching_comments",
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("interview_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("edited", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("decision", sa.String(length=4), server_default="", nullable=False),
        sa.Column("edited_by", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(decision = '') = (edited_by IS NULL)", name=op.f("ck_coaching_comments_decided_by_somebody")
        ),
        sa.CheckConstraint("decision <> 'show' OR edited <> ''", name=op.f("ck_coaching_comments_shown_has_text")),
        sa.CheckConstraint("decision IN ('','show','drop')", name=op.f("ck_coaching_comments_decision_known")),
        sa.CheckConstraint("kind IN ('need','suggestion','note')", name=op.f("ck_coaching_comments_kind_known")),
        sa.ForeignKeyConstraint(["edited_by"], ["users.id"], name=op.f("fk_coaching_comments_edited_by_users")),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["quality_interviews.id"],
            name=op.f("fk_coaching_comments_interview_id_quality_interviews"),
        ),
        sa.ForeignKeyConstraint(
            ["note_id"], ["coaching_notes.id"], name=op.f("fk_coaching_comments_note_id_coaching_notes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_comments")),
        sa.UniqueConstraint(
            "note_id", "interview_id", "kind", name=op.f("uq_coaching_comments_note_id_interview_id_kind")
        ),
    )
    op.create_index("ix_coaching_comments_interview_id", "coaching_comments", ["interview_id"], unique=False)
    op.create_table(
        "coaching_steps",
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("means", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("means IN ('class','drill','cases','online')", name=op.f("ck_coaching_steps_means_known")),
        sa.ForeignKeyConstraint(
            ["note_id"], ["coaching_notes.id"], name=op.f("fk_coaching_steps_note_id_coaching_notes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_steps")),
    )
    op.create_index("ix_coaching_steps_note_id", "coaching_steps", ["note_id"], unique=False)
    op.create_table(
        "quality_appeals",
        sa.Column("interview_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("grounds", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_quality_appeals_decided_has_time")),
        sa.CheckConstraint(
            "(state = 'open') = (decided_by IS NULL)", name=op.f("ck_quality_appeals_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "grounds IN ('not_my_contact','other_matter','out_of_hands','misheard','other')",
            name=op.f("ck_quality_appeals_grounds_known"),
        ),
        sa.CheckConstraint("state IN ('open','upheld','rejected')", name=op.f("ck_quality_appeals_state_known")),
        sa.CheckConstraint("decided_by <> agent_id", name=op.f("ck_quality_appeals_not_by_oneself")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_quality_appeals_agent_id_agents")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_quality_appeals_decided_by_users")),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["quality_interviews.id"], name=op.f("fk_quality_appeals_interview_id_quality_interviews")
        ),
        sa.ForeignKeyConstraint(
            ["note_id"], ["coaching_notes.id"], name=op.f("fk_quality_appeals_note_id_coaching_notes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_appeals")),
        sa.UniqueConstraint("interview_id", name=op.f("uq_quality_appeals_interview_id")),
        sa.UniqueConstraint("note_id", name=op.f("uq_quality_appeals_note_id")),
    )
    op.create_index(
        "ix_quality_appeals_open", "quality_appeals", ["id"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "trainings",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("topic", sa.String(length=12), nullable=False),
        sa.Column("means", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="planned", nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("means IN ('class','drill','cases','online')", name=op.f("ck_trainings_means_known")),
        sa.CheckConstraint("quarter ~ '^[0-9]{4}-Q[1-4]$'", name=op.f("ck_trainings_quarter_form")),
        sa.CheckConstraint("state IN ('planned','held','canceled')", name=op.f("ck_trainings_state_known")),
        sa.CheckConstraint(
            "topic IN ('attitude','speed','correctness','informed')", name=op.f("ck_trainings_topic_known")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_trainings_created_by_users")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_trainings_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
    )
    op.create_index("ix_trainings_team_id", "trainings", ["team_id", "quarter"], unique=False)
    op.create_table(
        "learning_entries",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("training_id", sa.BigInteger(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kind <> 'budget' OR cents > 0", name=op.f("ck_learning_entries_budget_adds")),
        sa.CheckConstraint("kind <> 'spent' OR cents < 0", name=op.f("ck_learning_entries_spent_takes")),
        sa.CheckConstraint("kind IN ('budget','spent','mended')", name=op.f("ck_learning_entries_kind_known")),
        sa.CheckConstraint("cents <> 0", name=op.f("ck_learning_entries_cents_not_nothing")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_learning_entries_by_id_users")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_learning_entries_team_id_teams")),
        sa.ForeignKeyConstraint(
            ["training_id"], ["trainings.id"], name=op.f("fk_learning_entries_training_id_trainings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_entries")),
    )
    op.create_index("ix_learning_entries_team_id", "learning_entries", ["team_id", "year"], unique=False)

    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")

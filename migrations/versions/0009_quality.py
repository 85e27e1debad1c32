"""Quality callbacks, and who is barred from a contact whatever anybody orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_quality"
down_revision = "0006_recordings"
branch_labels = None
depends_on = None

#: The questions are asked after the write (AFTER triggers): the foreign keys have locked the contact's rows by then, so a
#: bar that is written at the same moment is seen by one of the two. Names sort behind those of the foreign keys.
STATEMENTS = (
    """CREATE FUNCTION refuse_barred_agent() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE contact text; agent bigint;
    BEGIN
        IF TG_TABLE_NAME = 'reservations' THEN
            agent := NEW.agent_id;
            SELECT w.contact_id INTO contact FROM work_items w WHERE w.id = NEW.work_item_id;
        ELSIF TG_TABLE_NAME = 'call_legs' THEN
            agent := NEW.agent_id;
            SELECT c.contact_id INTO contact FROM calls c WHERE c.id = NEW.call_id;
        ELSE
            agent := NEW.owner_id;
            contact := NEW.contact_id;
        END IF;
        PERFORM 1 FROM barred_agents b WHERE b.contact_id = contact AND b.agent_id = agent;
        IF FOUND THEN
            RAISE EXCEPTION 'agent % is barred from contact %', agent, contact
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER zz_reservations_not_barred AFTER INSERT OR UPDATE OF agent_id, work_item_id ON reservations
    FOR EACH ROW EXECUTE FUNCTION refuse_barred_agent()""",
    """CREATE TRIGGER zz_call_legs_not_barred AFTER INSERT OR UPDATE OF agent_id, call_id ON call_legs
    FOR EACH ROW WHEN (NEW.agent_id IS NOT NULL) EXECUTE FUNCTION refuse_barred_agent()""",
    """CREATE TRIGGER zz_calls_not_barred AFTER INSERT OR UPDATE OF owner_id ON calls
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL) EXECUTE FUNCTION refuse_barred_agent()""",
    """CREATE TRIGGER zz_tickets_not_barred AFTER INSERT OR UPDATE OF owner_id ON tickets
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL) EXECUTE FUNCTION refuse_barred_agent()""",
    """CREATE FUNCTION refuse_late_bar() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM calls WHERE contact_id = NEW.contact_id FOR UPDATE;
        PERFORM 1 FROM work_items WHERE contact_id = NEW.contact_id FOR UPDATE;
        PERFORM 1 FROM reservations r JOIN work_items w ON w.id = r.work_item_id
            WHERE w.contact_id = NEW.contact_id AND r.agent_id = NEW.agent_id
        UNION ALL SELECT 1 FROM calls c WHERE c.contact_id = NEW.contact_id AND c.owner_id = NEW.agent_id
        UNION ALL SELECT 1 FROM call_legs l JOIN calls c ON c.id = l.call_id
            WHERE c.contact_id = NEW.contact_id AND l.agent_id = NEW.agent_id;
        IF FOUND THEN
            RAISE EXCEPTION 'agent % had contact % in hand already', NEW.agent_id, NEW.contact_id
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER zz_barred_agents_in_time AFTER INSERT ON barred_agents
    FOR EACH ROW EXECUTE FUNCTION refuse_late_bar()""",
    """CREATE FUNCTION refuse_bar_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'a bar is for good'; END $$""",
    """CREATE TRIGGER barred_agents_append_only BEFORE UPDATE OR DELETE ON barred_agents
    FOR EACH ROW EXECUTE FUNCTION refuse_bar_change()""",
    # Else a leg could be moved to a contact without bars.
    """CREATE FUNCTION refuse_other_contact() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% %: the contact is set once', TG_TABLE_NAME, OLD.id; END $$""",
    """CREATE TRIGGER work_items_contact BEFORE UPDATE OF contact_id ON work_items FOR EACH ROW
    WHEN (NEW.contact_id <> OLD.contact_id) EXECUTE FUNCTION refuse_other_contact()""",
    """CREATE TRIGGER calls_contact BEFORE UPDATE OF contact_id ON calls FOR EACH ROW
    WHEN (NEW.contact_id <> OLD.contact_id) EXECUTE FUNCTION refuse_other_contact()""",
    # The rated agent is the one who handled the contact, from the first moment to the last.
    """CREATE FUNCTION refuse_wrong_rated() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND (NEW.rated_agent_id <> OLD.rated_agent_id OR NEW.interaction_id <> OLD.interaction_id) THEN
            RAISE EXCEPTION 'quality callback %: contact and rated agent are set once', OLD.id;
        END IF;
        PERFORM 1 FROM interactions i WHERE i.id = NEW.interaction_id AND i.agent_id = NEW.rated_agent_id
            AND i.outcome IN ('answered','transferred');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'agent % did not handle contact %', NEW.rated_agent_id, NEW.interaction_id
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER zz_quality_callbacks_rated AFTER INSERT OR UPDATE OF rated_agent_id, interaction_id
    ON quality_callbacks FOR EACH ROW EXECUTE FUNCTION refuse_wrong_rated()""",
    """CREATE TRIGGER quality_callbacks_final BEFORE UPDATE OF state ON quality_callbacks FOR EACH ROW
    WHEN (OLD.state IN ('done','canceled') AND NEW.state <> OLD.state) EXECUTE FUNCTION refuse_leaving_final()""",
    # Whoever is barred from any attempt (a team lead too) neither rings nor writes the answers down.
    """CREATE FUNCTION refuse_barred_interviewer() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE person bigint; callback bigint := NEW.callback_id;
    BEGIN
        IF TG_TABLE_NAME = 'quality_attempts' THEN person := NEW.agent_id; ELSE person := NEW.interviewer_id; END IF;
        PERFORM 1 FROM quality_attempts a JOIN barred_agents b ON b.contact_id = a.contact_id
            WHERE a.callback_id = callback AND b.agent_id = person;
        IF FOUND THEN
            RAISE EXCEPTION 'agent % is barred from quality callback %', person, callback
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER zz_quality_attempts_not_barred AFTER INSERT OR UPDATE OF agent_id ON quality_attempts
    FOR EACH ROW WHEN (NEW.agent_id IS NOT NULL) EXECUTE FUNCTION refuse_barred_interviewer()""",
    """CREATE TRIGGER zz_quality_interviews_not_barred AFTER INSERT ON quality_interviews
    FOR EACH ROW EXECUTE FUNCTION refuse_barred_interviewer()""",
    """CREATE FUNCTION refuse_final_answers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the answers of interview % are final', OLD.id; END $$""",
    """CREATE TRIGGER quality_interviews_final BEFORE UPDATE OR DELETE ON quality_interviews
    FOR EACH ROW EXECUTE FUNCTION refuse_final_answers()""",
)
TRIGGERS = (
    ("zz_reservations_not_barred", "reservations"),
    ("zz_call_legs_not_barred", "call_legs"),
    ("zz_calls_not_barred", "calls"),
    ("zz_tickets_not_barred", "tickets"),
    ("work_items_contact", "work_items"),
    ("calls_contact", "calls"),
)
FUNCTIONS = (
    "refuse_barred_agent", "refuse_late_bar", "refuse_bar_change", "refuse_other_contact", "refuse_wrong_rated",
    "refuse_barred_interviewer", "refuse_final_answers",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "barred_agents",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("reason IN ('rated','team_lead')", name=op.f("ck_barred_agents_reason_known")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_barred_agents_agent_id_agents")),
        sa.PrimaryKeyConstraint("contact_id", "agent_id", name=op.f("pk_barred_agents")),
    )
    op.create_index("ix_barred_agents_agent_id", "barred_agents", ["agent_id"], unique=False)
    op.create_table(
        "quality_callbacks",
        sa.Column("source", sa.String(length=10), server_default="hand", nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("rated_agent_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="scheduled", nullable=False),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('scheduled','open'))", name=op.f("ck_quality_callbacks_ended_has_time")
        ),
        sa.CheckConstraint(
            "(outcome = '') = (state IN ('scheduled','open'))", name=op.f("ck_quality_callbacks_outcome_when_over")
        ),
        sa.CheckConstraint(
            "outcome = '' OR outcome IN ('interviewed','partial','refused','no_answer','wrong_number','other_language','canceled')",
            name=op.f("ck_quality_callbacks_outcome_known"),
        ),
        sa.CheckConstraint("source IN ('hand','draw')", name=op.f("ck_quality_callbacks_source_known")),
        sa.CheckConstraint(
            "state <> 'scheduled' OR due_at IS NOT NULL", name=op.f("ck_quality_callbacks_scheduled_has_time")
        ),
        sa.CheckConstraint(
            "state IN ('scheduled','open','done','canceled')", name=op.f("ck_quality_callbacks_state_known")
        ),
        sa.CheckConstraint("asked_by <> rated_agent_id", name=op.f("ck_quality_callbacks_not_asked_by_rated")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_quality_callbacks_attempts_counted")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_quality_callbacks_asked_by_users")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_quality_callbacks_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_quality_callbacks_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_quality_callbacks_queue_id_queues")),
        sa.ForeignKeyConstraint(
            ["rated_agent_id"], ["agents.id"], name=op.f("fk_quality_callbacks_rated_agent_id_agents")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_quality_callbacks_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_callbacks")),
        sa.UniqueConstraint("id", "rated_agent_id", name=op.f("uq_quality_callbacks_id_rated_agent_id")),
    )
    op.create_index(
        "ix_quality_callbacks_customer_id", "quality_callbacks", ["customer_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_quality_callbacks_due",
        "quality_callbacks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index("ix_quality_callbacks_state", "quality_callbacks", ["state", "id"], unique=False)
    op.create_index("uq_quality_callbacks_interaction_id", "quality_callbacks", ["interaction_id"], unique=True)
    op.create_table(
        "quality_attempts",
        sa.Column("callback_id", sa.BigInteger(), nullable=False),
        sa.Column("rated_agent_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("token", sa.String(length=32), server_default="", nullable=False),
        sa.Column("day_part", sa.String(length=10), server_default="", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("(outcome = '') = (ended_at IS NULL)", name=op.f("ck_quality_attempts_ended_has_outcome")),
        sa.CheckConstraint(
            "outcome = '' OR outcome IN ('interviewed','partial','refused','no_answer','wrong_number','other_language','appointment','canceled')",
            name=op.f("ck_quality_attempts_outcome_known"),
        ),
        sa.CheckConstraint("agent_id <> rated_agent_id", name=op.f("ck_quality_attempts_not_by_rated")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_quality_attempts_agent_id_agents")),
        sa.ForeignKeyConstraint(
            ["callback_id", "rated_agent_id"],
            ["quality_callbacks.id", "quality_callbacks.rated_agent_id"],
            name=op.f("fk_quality_attempts_callback_id_quality_callbacks"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id", "rated_agent_id"],
            ["barred_agents.contact_id", "barred_agents.agent_id"],
            name=op.f("fk_quality_attempts_contact_id_barred_agents"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_attempts")),
        sa.UniqueConstraint("callback_id", "number", name=op.f("uq_quality_attempts_callback_id_number")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_quality_attempts_contact_id")),
    )
    op.create_index(
        "uq_quality_attempts_open",
        "quality_attempts",
        ["callback_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "quality_interviews",
        sa.Column("callback_id", sa.BigInteger(), nullable=False),
        sa.Column("rated_agent_id", sa.BigInteger(), nullable=False),
        sa.Column("interviewer_id", sa.BigInteger(), nullable=False),
        sa.Column("wording", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("settled", sa.String(length=6), server_default="", nullable=False),
        sa.Column("attitude", sa.Integer(), nullable=True),
        sa.Column("speed", sa.Integer(), nullable=True),
        sa.Column("correctness", sa.Integer(), nullable=True),
        sa.Column("informed", sa.Integer(), nullable=True),
        sa.Column("overall", sa.Integer(), nullable=True),
        sa.Column("need", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("need_level", sa.String(length=10), server_default="", nullable=False),
        sa.Column("suggestion", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("may_return", sa.Boolean(), nullable=True),
        sa.Column("note", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "need_level IN ('','basic','expected','beyond')", name=op.f("ck_quality_interviews_need_level_known")
        ),
        sa.CheckConstraint("outcome IN ('interviewed','partial')", name=op.f("ck_quality_interviews_outcome_known")),
        sa.CheckConstraint("settled IN ('','yes','partly','no')", name=op.f("ck_quality_interviews_settled_known")),
        sa.CheckConstraint(
            "attitude BETWEEN 1 AND 5 AND speed BETWEEN 1 AND 5 AND correctness BETWEEN 1 AND 5 AND informed BETWEEN 1 AND 5 AND overall BETWEEN 1 AND 5",
            name=op.f("ck_quality_interviews_ratings_in_range"),
        ),
        sa.CheckConstraint("interviewer_id <> rated_agent_id", name=op.f("ck_quality_interviews_not_by_rated")),
        sa.ForeignKeyConstraint(
            ["callback_id", "rated_agent_id"],
            ["quality_callbacks.id", "quality_callbacks.rated_agent_id"],
            name=op.f("fk_quality_interviews_callback_id_quality_callbacks"),
        ),
        sa.ForeignKeyConstraint(
            ["interviewer_id"], ["agents.id"], name=op.f("fk_quality_interviews_interviewer_id_agents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_interviews")),
        sa.UniqueConstraint("callback_id", name=op.f("uq_quality_interviews_callback_id")),
    )
    op.add_column("queues", sa.Column("quality_calls", sa.Boolean(), server_default="false", nullable=False))
    op.create_index(
        "uq_queues_quality_calls", "queues", ["quality_calls"], unique=True, postgresql_where=sa.text("quality_calls")
    )

    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for trigger, table in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for table in ("quality_interviews", "quality_attempts", "quality_callbacks", "barred_agents"):
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_index("uq_queues_quality_calls", table_name="queues")
    op.drop_column("queues", "quality_calls")

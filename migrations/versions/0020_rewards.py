"""What the reward of a role hangs on; whoever is paid on a score never interviews for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020_rewards"
down_revision = "0016_sms_status"
branch_labels = None
depends_on = None

STATEMENTS = (
    # The rule that holds where nobody chose: agents on their own score, managers on the whole house's.
    """CREATE FUNCTION paid_scope(wanted text) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT coalesce((SELECT scope FROM reward_rules WHERE role = wanted),
            CASE wanted WHEN 'agent' THEN 'own' WHEN 'supervisor' THEN 'centre' ELSE 'none' END) $$""",
    """CREATE FUNCTION refuse_paid_interviewer() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE person bigint;
    BEGIN
        IF TG_TABLE_NAME = 'quality_attempts' THEN person := NEW.agent_id; ELSE person := NEW.interviewer_id; END IF;
        PERFORM 1 FROM users u JOIN agents own ON own.id = u.id JOIN agents rated ON rated.id = NEW.rated_agent_id
            WHERE u.id = person AND (paid_scope(u.role) = 'centre'
                OR paid_scope(u.role) = 'team' AND own.team_id = rated.team_id);
        IF FOUND THEN
            RAISE EXCEPTION 'agent % is paid on the score of agent %', person, NEW.rated_agent_id
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER zz_quality_attempts_not_paid AFTER INSERT OR UPDATE OF agent_id ON quality_attempts
    FOR EACH ROW WHEN (NEW.agent_id IS NOT NULL) EXECUTE FUNCTION refuse_paid_interviewer()""",
    """CREATE TRIGGER zz_quality_interviews_not_paid AFTER INSERT ON quality_interviews
    FOR EACH ROW EXECUTE FUNCTION refuse_paid_interviewer()""",
)


def upgrade() -> None:
    op.create_table(
        "reward_rules",
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'agent' AND scope IN ('own','team','none'))"
            " OR (role = 'supervisor' AND scope IN ('centre','team','none')) OR (role = 'quality' AND scope = 'none')",
            name=op.f("ck_reward_rules_scope_of_role"),
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_reward_rules_changed_by_users")),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_reward_rules")),
    )
    _reasons("'rated','team_lead','paid'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("quality_interviews", "quality_attempts"):
        op.execute(f"DROP TRIGGER zz_{table}_not_paid ON {table}")
    op.execute("DROP FUNCTION refuse_paid_interviewer()")
    op.execute("DROP FUNCTION paid_scope(text)")
    op.drop_table("reward_rules")
    # A bar is for good: those of the newer reason stay, under the nearest older one.
    op.execute("ALTER TABLE barred_agents DISABLE TRIGGER barred_agents_append_only")
    op.execute("UPDATE barred_agents SET reason = 'team_lead' WHERE reason = 'paid'")
    op.execute("ALTER TABLE barred_agents ENABLE TRIGGER barred_agents_append_only")
    _reasons("'rated','team_lead'")


def _reasons(known: str) -> None:
    op.drop_constraint(op.f("ck_barred_agents_reason_known"), "barred_agents", type_="check")
    op.create_check_constraint(op.f("ck_barred_agents_reason_known"), "barred_agents", f"reason IN ({known})")

"""The questions of quality calls, in versions: what was published stays as it was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023_questionnaires"
down_revision = "0022_road"
branch_labels = None
depends_on = None

#: Wording of the interviews that there are by now; from here on they are rows.
SINCE = "2026-11-01T00:00:00+00:00"


def _in(en: str, hans: str, hant: str) -> dict[str, str]:
    return {"en": en, "zh_Hans": hans, "zh_Hant": hant}


def _item(key: str, kind: str, texts: dict[str, str], dimension: str = "") -> dict[str, object]:
    return {
        "key": key,
        "kind": kind,
        "texts": texts,
        "required": kind in ("settled", "rating"),
        "dimension": dimension,
    }


FIRST = {
    "texts": {
        "opening": _in(
            "Good day, this is customer service, quality team. You contacted us on {day} about “{topic}”. May I ask"
            " how that was? It takes four minutes. I was not part of it, and your answers change nothing in how you"
            " are served.",
            "您好，这里是客户服务质量小组。您于{day}就“{topic}”联系过我们，想请您谈谈当时的感受，大约四分钟。"
            "我没有参与那次服务，您的回答不会影响您得到的服务。",
            "您好，這裡是客戶服務品質小組。您於{day}就「{topic}」聯絡過我們，想請您談談當時的感受，大約四分鐘。"
            "我沒有參與那次服務，您的回答不會影響您得到的服務。",
        ),
        "scale": _in(
            "I will read five things. Please give each a number from 1 to 5: 1 is very bad, 5 is very good.",
            "我会念五项，请您每项打1到5分：1分是非常不好，5分是非常好。",
            "我會唸五項，請您每項打1到5分：1分是非常不好，5分是非常好。",
        ),
        "low": _in("very bad", "非常不好", "非常不好"),
        "high": _in("very good", "非常好", "非常好"),
        "closing": _in(
            "Thank you. That is all, and it helps. Good-bye.",
            "谢谢您，我的问题问完了，您的意见对我们很有帮助。再见。",
            "謝謝您，我的問題問完了，您的意見對我們很有幫助。再見。",
        ),
    },
    "items": [
        _item(
            "settled",
            "settled",
            _in(
                "Is the matter you contacted us about settled?",
                "您当时联系我们的事情解决了吗？",
                "您當時聯絡我們的事情解決了嗎？",
            ),
        ),
        _item(
            "attitude",
            "rating",
            _in(
                "How was our colleague's attitude towards you?",
                "我们同事的服务态度怎么样？",
                "我們同事的服務態度怎麼樣？",
            ),
            "attitude",
        ),
        _item(
            "speed",
            "rating",
            _in("How quickly did you get an answer?", "得到答复的速度怎么样？", "得到答覆的速度怎麼樣？"),
            "speed",
        ),
        _item(
            "correctness",
            "rating",
            _in(
                "Was what you were told and what was done correct?",
                "告诉您的和为您办的是否正确？",
                "告訴您的和為您辦的是否正確？",
            ),
            "correctness",
        ),
        _item(
            "informed",
            "rating",
            _in("How well did we keep you informed?", "我们有没有及时告诉您进展？", "我們有沒有及時告訴您進展？"),
            "informed",
        ),
        _item(
            "overall",
            "rating",
            _in("All in all, how was it?", "总的来说，这次服务怎么样？", "整體來說，這次服務怎麼樣？"),
            "overall",
        ),
        _item(
            "need",
            "need",
            _in(
                "What do you need that we do not offer?",
                "您有什么需要，而我们还没有提供？",
                "您有什麼需要，而我們還沒有提供？",
            ),
        ),
        _item(
            "suggestion",
            "text",
            _in("What should we change?", "您认为我们应该改变什么？", "您認為我們應該改變什麼？"),
        ),
        _item(
            "may_return",
            "permission",
            _in(
                "May we come back to you about what you said?",
                "关于您说的内容，我们可以再联系您吗？",
                "關於您說的內容，我們可以再聯絡您嗎？",
            ),
        ),
    ],
}

VERSIONS = sa.table(
    "quality_questionnaires",
    sa.column("version", sa.Integer()),
    sa.column("state", sa.String()),
    sa.column("content", JSONB()),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("published_at", sa.DateTime(timezone=True)),
)

STATEMENTS = (
    # What people were asked with stays readable for good: a published version only ever becomes a retired one.
    """CREATE FUNCTION refuse_questionnaire_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'draft' AND NEW.version > 1 THEN
                RAISE EXCEPTION 'questionnaire %: every version begins as a draft', NEW.version
                    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
            END IF;
            RETURN NEW;
        END IF;
        IF OLD.state = 'draft' THEN
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            IF NEW.version = OLD.version AND NEW.state IN ('draft','published') THEN
                RETURN NEW;
            END IF;
        ELSIF TG_OP = 'UPDATE' AND OLD.state = 'published' AND NEW.state = 'retired'
            AND (NEW.version, NEW.content, NEW.based_on, NEW.created_at, NEW.created_by, NEW.published_at,
                 NEW.published_by, NEW.revision)
            IS NOT DISTINCT FROM (OLD.version, OLD.content, OLD.based_on, OLD.created_at, OLD.created_by,
                 OLD.published_at, OLD.published_by, OLD.revision) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'questionnaire %: what was published is never changed', OLD.version
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END $$""",
    """CREATE TRIGGER quality_questionnaires_published BEFORE INSERT OR UPDATE OR DELETE ON quality_questionnaires
    FOR EACH ROW EXECUTE FUNCTION refuse_questionnaire_change()""",
    """CREATE FUNCTION refuse_asking_a_draft() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM quality_questionnaires q WHERE q.version = NEW.version AND q.state = 'draft';
        IF FOUND THEN
            RAISE EXCEPTION 'questionnaire % is a draft: nobody is asked with it', NEW.version
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER quality_attempts_version BEFORE INSERT OR UPDATE OF version ON quality_attempts
    FOR EACH ROW EXECUTE FUNCTION refuse_asking_a_draft()""",
    """CREATE TRIGGER quality_interviews_version BEFORE INSERT ON quality_interviews
    FOR EACH ROW EXECUTE FUNCTION refuse_asking_a_draft()""",
)


def seed(connection: sa.Connection) -> None:
    """Write version 1: the wording with which everybody was asked until now."""
    since = sa.cast(SINCE, sa.DateTime(timezone=True))
    values = {"version": 1, "state": "published", "content": FIRST, "created_at": since, "published_at": since}
    connection.execute(sa.insert(VERSIONS).values(**values))


def upgrade() -> None:
    op.create_table(
        "quality_questionnaires",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), server_default="draft", nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft','published','retired')", name=op.f("ck_quality_questionnaires_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (published_at IS NULL)", name=op.f("ck_quality_questionnaires_published_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'retired') = (retired_at IS NOT NULL)", name=op.f("ck_quality_questionnaires_retired_has_time")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_quality_questionnaires_version_counted")),
        sa.ForeignKeyConstraint(
            ["based_on"],
            ["quality_questionnaires.version"],
            name=op.f("fk_quality_questionnaires_based_on_quality_questionnaires"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_quality_questionnaires_created_by_users")),
        sa.ForeignKeyConstraint(
            ["published_by"], ["users.id"], name=op.f("fk_quality_questionnaires_published_by_users")
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_quality_questionnaires")),
    )
    for state in ("draft", "published"):
        op.create_index(
            f"uq_quality_questionnaires_{state}",
            "quality_questionnaires",
            ["state"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    seed(op.get_bind())
    for table in ("quality_attempts", "quality_interviews"):
        # Whoever was asked until now was asked with version 1; from now on it is said.
        op.add_column(table, sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        op.alter_column(table, "version", server_default=None)
        op.create_foreign_key(
            op.f(f"fk_{table}_version_quality_questionnaires"),
            table,
            "quality_questionnaires",
            ["version"],
            ["version"],
        )
    op.add_column("quality_interviews", sa.Column("extra", JSONB(), server_default="{}", nullable=False))
    op.drop_column("quality_interviews", "wording")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("quality_attempts", "quality_interviews"):
        op.execute(f"DROP TRIGGER {table}_version ON {table}")
        op.drop_constraint(op.f(f"fk_{table}_version_quality_questionnaires"), table, type_="foreignkey")
        op.drop_column(table, "version")
    op.add_column(
        "quality_interviews", sa.Column("wording", sa.String(length=10), server_default="2026-11", nullable=False)
    )
    op.alter_column("quality_interviews", "wording", server_default=None)
    op.drop_column("quality_interviews", "extra")
    op.drop_table("quality_questionnaires")
    op.execute("DROP FUNCTION refuse_questionnaire_change()")
    op.execute("DROP FUNCTION refuse_asking_a_draft()")

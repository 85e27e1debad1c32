"""Written answers are promised by a certain time: the promise of each queue, and what the board counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021_answer_by"
down_revision = "0020_rewards"
branch_labels = None
depends_on = None

OLD = "measure IN ('level','waiting','wait','abandoned','free','nobody','call','wrap')"
NEW = "measure IN ('level','waiting','wait','abandoned','free','nobody','call','wrap','answers')"
UNANSWERED = "state IN ('new','open','pending_customer','on_hold') AND first_response_at IS NULL AND due_at IS NOT NULL"


def upgrade() -> None:
    op.add_column("queues", sa.Column("answer_within_min", sa.Integer(), nullable=True, server_default="480"))
    op.create_check_constraint(op.f("ck_queues_answer_sensible"), "queues", "answer_within_min BETWEEN 5 AND 43200")
    op.create_index("ix_tickets_unanswered", "tickets", ["due_at"], postgresql_where=sa.text(UNANSWERED))
    op.drop_constraint(op.f("ck_board_breaches_measure_known"), "board_breaches")
    op.create_check_constraint(op.f("ck_board_breaches_measure_known"), "board_breaches", NEW)


def downgrade() -> None:
    op.execute("DELETE FROM board_breaches WHERE measure = 'answers'")
    op.drop_constraint(op.f("ck_board_breaches_measure_known"), "board_breaches")
    op.create_check_constraint(op.f("ck_board_breaches_measure_known"), "board_breaches", OLD)
    op.drop_index("ix_tickets_unanswered", "tickets")
    op.drop_constraint(op.f("ck_queues_answer_sensible"), "queues")
    op.drop_column("queues", "answer_within_min")

"""Links by which a television shows the board without anybody signing in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_wall_links"
down_revision = "0013_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wall_links",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("people", sa.String(10), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.CheckConstraint("people IN ('public','initials','none')", name=op.f("ck_wall_links_people_known")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_wall_links_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_wall_links_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("wall_links")

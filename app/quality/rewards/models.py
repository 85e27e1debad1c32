"""What the reward of a role hangs on. Without a row the rule of app/domain/rewards.py holds (function paid_scope)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class RewardRule(Base):
    """One role's rule. Who interviews is paid on no score, whatever anybody chooses."""

    __tablename__ = "reward_rules"
    __table_args__ = (
        CheckConstraint(
            "(role = 'agent' AND scope IN ('own','team','none'))"
            " OR (role = 'supervisor' AND scope IN ('centre','team','none'))"
            " OR (role = 'quality' AND scope = 'none')",
            name="scope_of_role",
        ),
    )

    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    #: "own", "team" or "centre" score, or "none".
    scope: Mapped[str] = mapped_column(String(10))
    changed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    changed_at: Mapped[datetime]

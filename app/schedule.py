"""JOBS that run on a cadence, once per slot however many processes live."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class JobSlot(Base):
    """(job, slot) taken by one process: the primary key lets nobody else run it again."""

    __tablename__ = "job_slots"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(server_default=func.now())

"""Roads with what was done on them, exams with their raters' marks, and the rules of the house."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class RoadRules(Base):
    """The one row of settings; without it the defaults hold."""

    __tablename__ = "road_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("class_months BETWEEN 0 AND 24 AND practice_months BETWEEN 0 AND 24", name="stages_sensible"),
        CheckConstraint("theory_weight BETWEEN 0 AND 100", name="weight_sensible"),
        CheckConstraint("pass_mark BETWEEN 1 AND 100 AND part_floor BETWEEN 0 AND 100", name="marks_sensible"),
        CheckConstraint("fewest_raters BETWEEN 1 AND 9", name="raters_sensible"),
        CheckConstraint("certificate_months BETWEEN 1 AND 60", name="certificate_sensible"),
        CheckConstraint("retest_days BETWEEN 0 AND 365", name="retest_sensible"),
        CheckConstraint("supervised_contacts BETWEEN 0 AND 500", name="supervised_sensible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Least time as a trainee and in practice, in months.
    class_months: Mapped[int] = mapped_column(server_default="1")
    practice_months: Mapped[int] = mapped_column(server_default="2")
    #: Contacts taken under supervision before the exam.
    supervised_contacts: Mapped[int] = mapped_column(server_default="20")
    #: In percent; the practice call has the rest.
    theory_weight: Mapped[int] = mapped_column(server_default="60")
    pass_mark: Mapped[int] = mapped_column(server_default="70")
    part_floor: Mapped[int] = mapped_column(server_default="50")
    fewest_raters: Mapped[int] = mapped_column(server_default="2")
    certificate_months: Mapped[int] = mapped_column(server_default="12")
    #: Days after a failed exam until the next.
    retest_days: Mapped[int] = mapped_column(server_default="14")


class Road(Numbered, Base):
    """One person's way to one queue."""

    __tablename__ = "roads"
    __table_args__ = (
        UniqueConstraint("agent_id", "queue_id"),
        CheckConstraint("state IN ('trainee','practice','exam','certified')", name="state_known"),
    )

    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    queue_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("queues.id"))
    state: Mapped[str] = mapped_column(String(10), server_default="trainee")
    #: First day in this stage.
    since: Mapped[date]
    #: No exam before this day.
    retest_from: Mapped[date | None]
    #: Why there is a re-test, in a person's words.
    retest_reason: Mapped[str] = mapped_column(String(300), server_default="")
    created_at: Mapped[datetime]


class RoadEntry(Numbered, Base):
    """What was done on a road on one day."""

    __tablename__ = "road_entries"
    __table_args__ = (
        CheckConstraint("kind IN ('class','shadowing','supervised')", name="kind_known"),
        CheckConstraint("amount BETWEEN 1 AND 200", name="amount_sensible"),
        CheckConstraint("(kind = 'supervised') = (supervisor_id IS NOT NULL)", name="supervised_by_somebody"),
        CheckConstraint("(by_id IS NULL) = (listening_id IS NOT NULL)", name="by_hand_or_heard"),
        CheckConstraint("listening_id IS NULL OR kind = 'shadowing'", name="heard_is_shadowing"),
        Index("ix_road_entries_road_id", "road_id", "day"),
    )

    road_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("roads.id"))
    kind: Mapped[str] = mapped_column(String(10))
    day: Mapped[date]
    #: Hours of class, else contacts.
    amount: Mapped[int]
    note: Mapped[str] = mapped_column(String(300), server_default="")
    #: Who sat beside them, of contacts under supervision.
    supervisor_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    #: Who wrote it down by hand; nobody where the program saw it itself.
    by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    #: The live call that was listened to, of a shadowing that counted by itself.
    listening_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("listenings.id"), unique=True)
    at: Mapped[datetime]


class RoadExam(Numbered, Base):
    """One exam, with the rules as they were when it was set."""

    __tablename__ = "road_exams"
    __table_args__ = (
        UniqueConstraint("id", "candidate_id"),
        CheckConstraint("state IN ('open','passed','failed')", name="state_known"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_once"),
        CheckConstraint("(state = 'passed') = (certificate_id IS NOT NULL)", name="passed_grants"),
        Index("uq_road_exams_open", "road_id", unique=True, postgresql_where="state = 'open'"),
    )

    road_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("roads.id"))
    candidate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    held_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    theory_weight: Mapped[int]
    pass_mark: Mapped[int]
    part_floor: Mapped[int]
    fewest_raters: Mapped[int]
    opened_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    closed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    certificate_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("certificates.id"))


class RoadMark(Numbered, Base):
    """One rater's score of one part; the candidate never rates (constraint)."""

    __tablename__ = "road_marks"
    __table_args__ = (
        ForeignKeyConstraint(["exam_id", "candidate_id"], ["road_exams.id", "road_exams.candidate_id"]),
        UniqueConstraint("exam_id", "part", "rater_id"),
        CheckConstraint("part IN ('theory','practice')", name="part_known"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_sensible"),
        CheckConstraint("rater_id <> candidate_id", name="never_oneself"),
    )

    exam_id: Mapped[int] = mapped_column(BigInteger)
    candidate_id: Mapped[int] = mapped_column(BigInteger)
    part: Mapped[str] = mapped_column(String(10))
    rater_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    score: Mapped[int]
    at: Mapped[datetime]

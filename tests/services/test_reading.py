"""Sessions of screens: they write nothing, and outlive a server that went away."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text, update

from app.db import WritingWhileReading, reading, transaction
from app.queues.models import Queue
from tests.fixtures.desk import create_queue

pytestmark = pytest.mark.usefixtures("database")


def test_a_screen_cannot_change_a_row() -> None:
    queue_id = create_queue("parcels")
    with pytest.raises(WritingWhileReading), reading() as session:
        session.get_one(Queue, queue_id).code = "changed"
        session.flush()
    with pytest.raises(WritingWhileReading), reading() as session:
        session.execute(update(Queue).values(code="changed"))
    with reading() as session:
        assert session.scalar(select(Queue.code).where(Queue.id == queue_id)) == "parcels"


def test_a_change_that_nobody_flushed_is_not_kept() -> None:
    queue_id = create_queue("parcels")
    with reading() as session:
        session.get_one(Queue, queue_id).code = "changed"
    with reading() as session:
        assert session.scalar(select(Queue.code).where(Queue.id == queue_id)) == "parcels"


def test_rows_stay_readable_after_the_session() -> None:
    queue_id = create_queue("parcels")
    with reading() as session:
        queue = session.get_one(Queue, queue_id)
    assert queue.code == "parcels"


def test_a_transaction_after_a_screen_on_the_same_connection_is_one() -> None:
    queue_id = create_queue("parcels")
    with reading() as session:
        session.scalar(select(func.now()))
    with pytest.raises(ZeroDivisionError), transaction() as session:
        session.get_one(Queue, queue_id).code = "changed"
        session.flush()
        raise ZeroDivisionError
    with reading() as session:
        assert session.scalar(select(Queue.code).where(Queue.id == queue_id)) == "parcels"


@pytest.mark.parametrize("session_of", [reading, transaction])
def test_connections_that_the_server_closed_are_made_anew(session_of: object) -> None:
    others = text(
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with reading() as one, reading() as two:
        two.execute(text("SELECT 1"))
        assert one.scalar(others)
    with session_of() as one, reading() as two:  # type: ignore[operator]
        assert one.scalar(text("SELECT 1")) == two.scalar(text("SELECT 1")) == 1

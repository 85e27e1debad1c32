"""Engine, Base and `transaction()`: the only place that commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import psycopg
from gevent import get_hub, monkey
from psycopg.abc import PQGen
from psycopg.waiting import Ready
from sqlalchemy import BigInteger, DateTime, Engine, Identity, MetaData, create_engine, event, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, mapped_column, sessionmaker

from app.errors import Conflict

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: Every moment is stored with its zone and read back aware, in UTC.
UtcDateTime = DateTime(timezone=True)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSONB, list[Any]: JSONB}


class Numbered:
    """A table whose rows are numbered by the database."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)


class NestedTransaction(RuntimeError):
    """A use case was called inside another one; call the participant instead."""


class WritingWhileReading(RuntimeError):
    """A screen was about to change a row; only a use case does, in its transaction()."""


class LoopConnection(psycopg.Connection[Any]):
    """A connection of the web process: waits for the server in gevent's loop itself.

    Where gevent is at work the driver waits by `select.poll`, as gevent imitates it: several times the work of a small
    statement.
    """

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """What `gen` returns, once the server has answered all that it waits for."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        hub = get_hub()
        try:
            asked = next(gen)
            while True:
                watcher = hub.loop.io(self.pgconn.socket, int(asked))  # psycopg's bits are those of the loop
                try:
                    hub.wait(watcher)
                finally:
                    watcher.close()
                asked = gen.send(Ready(int(asked)))
        except StopIteration as done:
            return done.value


class ReadingSession(Session):
    """A session for screens: each statement by itself, nothing to begin, nothing to commit."""


_engine: Engine | None = None
_sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False)
_readings: sessionmaker[ReadingSession] = sessionmaker(class_=ReadingSession, expire_on_commit=False)
_current: ContextVar[Session | None] = ContextVar("current_transaction", default=None)


def connect(url: str, *, pool_size: int = 12) -> Engine:
    """The engine of this process, made once for `url` (postgresql+psycopg://...)."""
    global _engine
    if _engine is not None and _engine.url.render_as_string(hide_password=False) == url:
        return _engine
    if _engine is not None:
        _engine.dispose()
    _engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,  # numbers and notes do not belong into error logs
        connect_args={"options": "-c timezone=UTC -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"},
    )
    event.listen(_engine, "connect", _remember_statements)
    event.listen(_engine, "checkout", _still_there)
    if monkey.is_module_patched("select"):
        event.listen(
            _engine, "do_connect", lambda _dialect, _record, args, kwargs: LoopConnection.connect(*args, **kwargs)
        )
    _sessions.configure(bind=_engine)
    _readings.configure(bind=_engine.execution_options(isolation_level="AUTOCOMMIT"))
    return _engine


def _remember_statements(connection: psycopg.Connection, *_: object) -> None:
    """Keep every statement of the program prepared: there are a few hundred, and the driver keeps 100 unless told."""
    connection.prepared_max = 500


def _still_there(connection: psycopg.Connection, *_: object) -> None:
    """Give out no connection whose server has gone: it said so on the socket, where a look costs no round trip."""
    try:
        connection.pgconn.consume_input()  # its last words
        connection.pgconn.consume_input()  # the end after them
    except psycopg.OperationalError as gone:
        raise InvalidatePoolError("the server has closed its connections") from gone


def disconnect() -> None:
    """Close every pooled connection; the next `connect` starts anew."""
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = None


def engine() -> Engine:
    """The engine of this process.

    Raises:
        RuntimeError: `connect` was not called.
    """
    if _engine is None:
        raise RuntimeError("No database: call app.db.connect(url) first.")
    return _engine


@contextmanager
def transaction() -> Iterator[Session]:
    """One use case, one transaction: commits at the end, rolls back on any exception.

    Raises:
        NestedTransaction: the caller already runs inside one.
    """
    if _current.get() is not None:
        raise NestedTransaction("transaction() inside transaction(): call a participant that takes the session")
    with _sessions() as session:
        token = _current.set(session)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            _current.reset(token)


def in_one_statement(statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """The rows of a use case that is a single statement (in the driver's own writing), committed by then.

    It costs one round trip and no session: for what carriers send in bursts and want answered at once.

    Raises:
        NestedTransaction: the caller already runs inside a transaction, which this would not be part of.
        psycopg.Error: nothing was changed, or nobody knows because the connection broke.
    """
    if _current.get() is not None:
        raise NestedTransaction("in_one_statement() inside transaction(): write a participant that takes the session")
    pooled = engine().raw_connection()
    try:
        connection: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
        connection.autocommit = True
        rows = connection.execute(statement, values, prepare=True).fetchall()
        connection.autocommit = False
    except BaseException:
        pooled.invalidate()  # whatever it was, nobody goes on from there
        raise
    finally:
        pooled.close()
    return rows


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else is inside `alone(name)`; then nobody comes in until we leave, or this process ends.

    It holds a connection and no transaction. For who should not do the same work twice at once: a connection can break
    and let somebody else in, so what must not happen twice is made impossible by the rows themselves.
    """
    with engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        values = {"name": name}
        mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(hashtext(:name))"), values))
        try:
            yield mine
        finally:
            if mine:
                try:
                    connection.execute(text("SELECT pg_advisory_unlock(hashtext(:name))"), values)
                except BaseException:
                    connection.invalidate()  # with its server's end of it the lock goes as well
                    raise


@contextmanager
def reading() -> Iterator[Session]:
    """A session for screens: each statement sees what is committed then; rows read stay readable afterwards.

    No transaction is begun or ended, which would take a round trip each and make the driver forget its prepared
    statements.

    Raises:
        WritingWhileReading: it was used to change something.
    """
    with _readings() as session:
        try:
            yield session
        finally:
            session.expunge_all()  # the end would empty the objects that templates are about to show


@event.listens_for(ReadingSession, "before_flush")
def _refuse_flush(session: Session, *_: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise WritingWhileReading("reading() writes nothing: call a use case")


@event.listens_for(ReadingSession, "do_orm_execute")
def _refuse_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        raise WritingWhileReading("reading() writes nothing: call a use case")


def copy_rows(session: Session, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Write many rows of a `table` by COPY, which neither side holds at once. Participant.

    `lines` are in its text format: values that hold no tab and no backslash, parted by tabs, each line ended.
    """
    session.flush()  # what the rows refer to
    cursor: Any = session.connection().connection.cursor()
    with cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for line in lines:
            copy.write(line)


def compare_and_set(
    session: Session, model: type[Any], row_id: int, expected: tuple[str, ...], /, **values: Any
) -> None:
    """Move one row from one of the `expected` states, or refuse: the only way a state changes.

    An object of that row, if the session has one, shows the row as it is after the move.

    Raises:
        Conflict: somebody else moved it first.
    """
    moved = session.scalars(
        update(model)
        .where(model.id == row_id, model.state.in_(expected))
        .values(**values)
        .returning(model)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    if len(moved) != 1:
        raise Conflict(code="moved_on")

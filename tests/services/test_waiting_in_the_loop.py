"""The web process waits for PostgreSQL in gevent's loop: nobody is held up, and answers of every size arrive whole."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import os, gevent, psycopg
from sqlalchemy import text
from app import db
engine = db.connect(os.environ["DATABASE_URL"])
ticks = 0
def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0)
ticking = gevent.spawn(tick)
with engine.connect() as connection:
    assert type(connection.connection.dbapi_connection) is db.LoopConnection
    before = ticks
    connection.execute(text("SELECT pg_sleep(0.1)"))
    assert ticks > before + 10, "nobody else could run meanwhile"
    big = "x" * 5_000_000  # more than a socket takes at once, both ways
    assert connection.scalar(text("SELECT CAST(:big AS text)"), {"big": big}) == big
    connection.rollback()
    try:
        connection.execute(text("SELECT 1 / 0"))
    except Exception as error:
        assert "division by zero" in str(error)
    connection.rollback()
    assert connection.scalar(text("SELECT 7")) == 7
def ask(n):
    with engine.connect() as connection:
        return connection.scalar(text("SELECT CAST(:n AS int) FROM pg_sleep(0.01)"), {"n": n})
jobs = [gevent.spawn(ask, n) for n in range(12)]
gevent.joinall(jobs, raise_error=True)
assert [job.value for job in jobs] == [*range(12)]
print("done")
"""


def test_statements_are_waited_for_in_the_loop(database: str) -> None:
    environment = {**os.environ, "DATABASE_URL": database}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "done", done.stderr

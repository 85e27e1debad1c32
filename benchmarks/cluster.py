"""A PostgreSQL of our own for one run: the embedded server with its default durability, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from app import db, embedded, migrate, models  # noqa: F401  (every table is known before the first query)


@dataclass(frozen=True, slots=True)
class Server:
    """The running cluster of this run."""

    var: Path
    programs: Path
    socket_folder: Path

    def database(self, name: str) -> str:
        """SQLAlchemy address of the database `name`, made if it is missing."""
        return embedded.database_url("", name)

    def migrated(self, name: str) -> str:
        """Address of a database with the product's schema; this process's engine uses it from now on."""
        url = self.database(name)
        migrate.upgrade(url)
        db.connect(url, pool_size=24)
        return url

    def pgbench(self, database: str, *options: str) -> str:
        """What pgbench printed.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        command = [str(self.programs / "pgbench"), "-h", str(self.socket_folder), "-U", embedded.SUPERUSER]
        done = subprocess.run([*command, *options, database], check=True, text=True, capture_output=True)
        return done.stdout


@contextmanager
def private_server() -> Iterator[Server]:
    """The cluster, gone with its folder at the end."""
    before = os.environ.get("HEARBACK_VAR")
    folder = Path(tempfile.mkdtemp(prefix="hearback-bench-"))
    folder.chmod(0o711)  # run by root, the server has an account of its own, which must find its way in
    os.environ["HEARBACK_VAR"] = str(folder)
    try:
        cluster = embedded.join()
        yield Server(folder, cluster.programs, cluster.socket_folder)
    finally:
        db.disconnect()
        embedded.leave(folder)
        shutil.rmtree(folder, ignore_errors=True)
        if before is None:
            del os.environ["HEARBACK_VAR"]
        else:
            os.environ["HEARBACK_VAR"] = before


def execute(url: str, *statements: str) -> None:
    """Run each statement by itself, outside any transaction (VACUUM and CHECKPOINT want that)."""
    with plain_connection(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def plain_connection(url: str) -> psycopg.Connection:
    """A connection of the driver itself, committing each statement."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)

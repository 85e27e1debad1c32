"""One embedded cluster per run, one template database made by the real migrations, one clone per worker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app import create_app, db, embedded, migrate
from app.messages import hours
from config import Settings
from tests.fixtures.emptying import empty

#: Files that take longest, longest first: begun last, one of them would run alone at the end.
LONGEST = (
    "browser/test_pages",
    "services/test_simulated_day",
    "services/test_restarts",
    "browser/test_losses",
    "browser/test_recording",
    "browser/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; within a file the order stays."""

    def place(item: pytest.Item) -> int:
        return next((rank for rank, name in enumerate(LONGEST) if name in item.nodeid), len(LONGEST))

    items.sort(key=place)


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _template(name: str) -> str:
    """The URL of the migrated template database, made once per run whichever worker comes first."""
    admin = embedded.database_url("", "postgres")
    with psycopg.connect(_libpq(admin), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7001)")
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not exists:
            # What a power cut would lose is nothing that a test asks for; the death of a process loses nothing
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
            migrate.upgrade(embedded.database_url("", name))
        connection.execute("SELECT pg_advisory_unlock(7001)")
    return admin


def _clone(admin: str, template: str, name: str) -> str:
    with psycopg.connect(_libpq(admin), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("SELECT pg_advisory_lock(7001)"))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        connection.execute(sql.SQL("SELECT pg_advisory_unlock(7001)"))
    return make_url(admin).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The address of the run's own cluster (its "postgres" database), shared by all workers of the run."""
    if "HEARBACK_VAR" not in os.environ:
        root = tmp_path_factory.getbasetemp()
        os.environ["HEARBACK_VAR"] = str(root.parent if worker_id != "master" else root)
    yield _template("hearback_template")


@pytest.fixture(scope="session")
def database_url(cluster: str, worker_id: str) -> Iterator[str]:
    """This worker's clone of the template."""
    url = _clone(cluster, "hearback_template", f"test_{worker_id}")
    db.connect(url)
    yield url
    db.disconnect()


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    """An empty database for one test: real commits, cleaned afterwards."""
    db.connect(database_url)
    yield database_url
    for attempt in range(5):
        try:
            with db.engine().begin() as connection:
                empty(connection)
            return
        except OperationalError:  # a running program beside the test held one table and wanted another
            if attempt == 4:
                raise


@pytest.fixture
def settings(database: str) -> Iterator[Settings]:
    yield Settings(database_url=database, testing=True, demo=True, secret_key="test-secret-" + "x" * 32)
    hours.use(None)  # a desk on telephones keeps hours; what comes next must not depend on the time of day


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Where one application finds the templates that another has compiled; a changed one is compiled anew."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings: Settings, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The application on the test's database."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = compiled_templates
    yield app

"""The schema that the migrations make is the schema that the models mean, and the way back is open."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

import app.models  # noqa: F401 - fills the metadata
from app import migrate
from app.db import Base

VERSIONS = Path(migrate.MIGRATIONS) / "versions"

#: Everything in the schema that is a person's: tables, columns, indexes, constraints, triggers, functions, sequences.
_CATALOGUE = """
SELECT 'column', table_name, column_name, data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL SELECT 'constraint', CAST(conrelid AS regclass)::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND CAST(conrelid AS regclass)::text <> 'alembic_version'
UNION ALL SELECT 'trigger', CAST(tgrelid AS regclass)::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
    WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, '', pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'sequence', sequencename, '', start_value::text FROM pg_sequences WHERE schemaname = 'public'
ORDER BY 1, 2, 3, 4"""


#: Their defaults draw from a sequence: Alembic compares by evaluating both, and no two draws are the same.
DRAWN = [("modify_default", None, table, "reference") for table in ("customers", "tickets")]


def _subject(change: Any) -> tuple[Any, ...]:
    """What a difference is about; those of one column come in a list."""
    return tuple((change[0] if isinstance(change, list) else change)[:4])


@pytest.fixture
def empty(cluster: str, worker_id: str) -> Iterator[str]:
    """The address of a database without any table."""
    name = sql.Identifier(f"migrations_{worker_id}")
    admin = cluster.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield make_url(cluster).set(database=f"migrations_{worker_id}").render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def catalogue(url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        return connection.execute(_CATALOGUE).fetchall()


def test_there_is_one_newest_revision() -> None:
    assert len(ScriptDirectory(str(migrate.MIGRATIONS)).get_heads()) == 1


def test_up_down_and_up_again(empty: str) -> None:
    migrate.upgrade(empty)
    first = catalogue(empty)
    migrate.downgrade(empty, "base")
    assert catalogue(empty) == []
    migrate.upgrade(empty)
    assert catalogue(empty) == first
    assert len(first) > 100


def test_each_single_step_can_be_taken_back(empty: str) -> None:
    script = ScriptDirectory(str(migrate.MIGRATIONS))
    for step in reversed(list(script.walk_revisions())):
        before = catalogue(empty)
        migrate.upgrade(empty, step.revision)
        migrate.downgrade(empty, str(step.down_revision or "base"))
        assert catalogue(empty) == before
        migrate.upgrade(empty, step.revision)


def test_the_models_mean_what_the_migrations_make(empty: str) -> None:
    migrate.upgrade(empty)
    engine = create_engine(empty)
    try:
        with engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True}
            context = MigrationContext.configure(connection, opts=options)
            found = compare_metadata(context, Base.metadata)
            assert [change for change in found if _subject(change) not in DRAWN] == []
    finally:
        engine.dispose()


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
def test_a_migration_does_not_depend_on_the_program_of_the_day(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= {"__future__", "sqlalchemy", "alembic"}

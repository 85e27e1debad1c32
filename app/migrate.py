"""Bring a database to the newest schema, or to a named one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def _config(url: str, metadata: MetaData | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.attributes["target_metadata"] = metadata
    return config


@cache
def head() -> str | None:
    """The revision of the newest migration of this program."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def upgrade(url: str, revision: str = "head") -> None:
    """Apply every migration up to `revision`."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back down to `revision` ("base" for none)."""
    command.downgrade(_config(url), revision)


def draft(url: str, message: str, number: str, metadata: MetaData) -> None:
    """Write a migration from the difference between the database and `metadata`, for a person to finish."""
    command.revision(_config(url, metadata), message=message, rev_id=number, autogenerate=True)

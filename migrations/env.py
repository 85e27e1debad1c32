"""Runs the migrations: one transaction each, one migrator at a time, never waiting long for a lock."""

from __future__ import annotations

from alembic import context
from sqlalchemy import engine_from_config, pool, text

#: Key of the advisory lock that keeps two migrators apart.
MIGRATION_LOCK = 4_812_021


def run() -> None:
    config = context.config
    engine = engine_from_config({"sqlalchemy.url": config.get_main_option("sqlalchemy.url")}, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=config.attributes.get("target_metadata"),
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
    engine.dispose()


run()

"""`flask …`: what has no page, or must work when no page does."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app import embedded, migrate
from app.administration.commands import agent_commands, queue_commands
from app.administration.twilio_commands import twilio_commands
from app.customers.commands import customers_cli
from app.demo.commands import demo_commands
from app.draws.commands import draw_commands
from app.security.commands import user_commands
from app.worker import worker_command

db_commands = AppGroup("db", help="The database's schema.")


def init_commands(app: Flask) -> None:
    """Give `app` its commands."""
    app.cli.add_command(agent_commands)
    app.cli.add_command(db_commands)
    app.cli.add_command(demo_commands)
    app.cli.add_command(draw_commands)
    app.cli.add_command(customers_cli)
    app.cli.add_command(queue_commands)
    app.cli.add_command(twilio_commands)
    app.cli.add_command(user_commands)
    app.cli.add_command(worker_command)


@db_commands.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Apply every migration up to REVISION (newest unless named)."""
    migrate.upgrade(_url(), revision)
    click.echo(f"The database is at {revision}.")


@db_commands.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take migrations back down to REVISION ("base" for none). What they held is lost."""
    migrate.downgrade(_url(), revision)
    click.echo(f"The database is at {revision}.")


def _url() -> str:
    return embedded.database_url(current_app.config["SETTINGS"].database_url)

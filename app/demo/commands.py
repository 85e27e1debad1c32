"""`flask demo …`: fill in the demo organisation, and tell who may sign in to it."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.demo import seed as filling
from app.errors import Conflict
from app.security.services import demo_logins

demo_commands = AppGroup("demo", help="The demo organisation: an invented express carrier.")


@demo_commands.command("seed")
def seed() -> None:
    """Fill an empty database with the demo organisation; refuses when anybody exists in it."""
    try:
        filling.seed_demo()
    except Conflict as error:
        raise click.ClickException(f"{error.message} `make reset` empties the embedded database.") from error
    click.echo("The demo organisation is in. It is demo data: nobody in it exists.")


@demo_commands.command("logins")
def logins() -> None:
    """Print the demo people, their roles and the password of all of them."""
    people = demo_logins()
    if not people:
        click.echo("There are no demo people in this database. `flask demo seed` fills an empty one.")
        return
    click.echo(f"Demo people (demo data, not for real use). Password of all: {people[0].password}")
    for person in people:
        click.echo(f"  {person.login:<16} {person.role:<14} {person.display_name}")

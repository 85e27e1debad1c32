"""`flask user …`: people from the terminal, for first days and bad days."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.errors import DeskError
from app.eventlog import CLI
from app.security import people
from app.security.models import ROLES

user_commands = AppGroup("user", help="People who sign in.")


def _refused(error: DeskError) -> click.ClickException:
    words = [error.message, *(f"{field}: {text}" for field, text in error.fields.items())]
    return click.ClickException("\n".join(word for word in words if word) or error.code)


@user_commands.command("create")
@click.argument("login")
@click.option("--name", "display_name", required=True, help="Name that colleagues see.")
@click.option("--role", type=click.Choice(ROLES), default="agent", show_default=True)
def create(login: str, display_name: str, role: str) -> None:
    """Add LOGIN and print a first password, which its owner changes at sign-in."""
    try:
        _id, first = people.create(login=login, display_name=display_name, role=role, actor=CLI)
    except DeskError as error:
        raise _refused(error) from error
    click.echo(f"{login.strip().lower()}  first password: {first}")


@user_commands.command("list")
def show() -> None:
    """Print everybody: login, role, access, name."""
    number, pages = 1, 1
    while number <= pages:
        page = people.listing(page=number)
        for row in page.rows:
            access = "open" if row.user.active else "closed"
            click.echo(f"{row.user.login:<32} {row.user.role:<14} {access:<7} {row.user.display_name}")
        number, pages = number + 1, page.pages


@user_commands.command("reset-password")
@click.argument("login")
def reset_password(login: str) -> None:
    """Give LOGIN a new first password, unlock the account, end its sessions."""
    try:
        first = people.reset_password(people.by_login(login).id, actor=CLI)
    except DeskError as error:
        raise _refused(error) from error
    click.echo(f"{login.strip().lower()}  first password: {first}")


@user_commands.command("deactivate")
@click.argument("login")
def deactivate(login: str) -> None:
    """Let LOGIN in no more; history stays, sessions end."""
    try:
        user = people.by_login(login)
        people.edit(user.id, display_name=user.display_name, role=user.role, active=False, actor=CLI)
    except DeskError as error:
        raise _refused(error) from error
    click.echo(f"{user.login} is closed.")

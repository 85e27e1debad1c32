"""`flask demo …`: fill in the demo organisation, tell who may sign in to it, and let it live."""

from __future__ import annotations

import signal
from types import FrameType

import click
from flask import current_app
from flask.cli import AppGroup

from app.demo import seed as filling
from app.demo.living.house import House
from app.demo.living.telephones import exchange_of
from app.demo.living.tempo import Tempo
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


@demo_commands.command("live")
@click.option("--agents", default=7, show_default=True, type=click.IntRange(1, 50), help="Simulated agents, at most.")
@click.option("--every", default=30.0, show_default=True, type=click.FloatRange(0.2), help="Seconds between callers.")
@click.option("--pace", default=1.0, show_default=True, type=click.FloatRange(0.1, 100), help="2 lives twice as fast.")
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same people and times.")
@click.option("--address", default="", help="Where the desk is served; as HOST and PORT say unless given.")
def live(agents: int, every: float, pace: float, seed: int, address: str) -> None:
    """Let simulated agents and customers use the desk until stopped; logins that people use are left alone."""
    settings = current_app.config["SETTINGS"]
    if not settings.lives:
        raise click.ClickException("Nothing is simulated here: only where DEMO is on and LIVE is, never in production.")
    house = House(
        address or settings.local_url,
        secret=settings.secret_key,
        origin=settings.public_url,
        tempo=Tempo(every_s=every, pace=pace),
        agents=agents,
        seed=seed,
        most_waiting=settings.max_waiting_web_calls,
        exchange=exchange_of(settings),
    )

    def end(_number: int, _frame: FrameType | None) -> None:
        house.closing.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    house.play()

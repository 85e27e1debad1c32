"""`flask queue …` and `flask agent …`: the basics of administration from the terminal."""

from __future__ import annotations

from datetime import date, datetime

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app import clock
from app.administration.changes import ConfirmFirst
from app.administration.services import membership, people_at_work, queues
from app.administration.services.counts import certified_for, waiting_in
from app.administration.services.people_at_work import get_taker, skill_levels
from app.agents.models import Skill
from app.db import reading
from app.errors import DeskError, NotFound
from app.eventlog import CLI
from app.queues.models import Queue
from app.refusals import localise
from app.security import people

queue_commands = AppGroup("queue", help="Queues of waiting contacts.")
agent_commands = AppGroup("agent", help="Agents: queues, certificates, skills.")


def _refused(error: DeskError) -> click.ClickException:
    if isinstance(error, ConfirmFirst):
        said = "\n".join(f"- {each.text}" for each in error.consequences)
        return click.ClickException(f"{said}\nSay --yes to do it.")
    message = localise(error).message if error.code != type(error).code else error.message
    words = [message if message not in error.fields.values() else ""]
    words += [f"{field}: {text}" for field, text in error.fields.items()]
    return click.ClickException("\n".join(word for word in words if word) or error.code)


@queue_commands.command("create")
@click.argument("code")
@click.option("--name", required=True, help="English name.")
@click.option("--name-zh-hans", default="", help="Simplified Chinese name.")
@click.option("--name-zh-hant", default="", help="Traditional Chinese name.")
@click.option("--strategy", type=click.Choice(queues.STRATEGIES), default=queues.STRATEGIES[0], show_default=True)
@click.option("--priority", type=int, default=0, show_default=True)
@click.option("--topic/--no-topic", default=True, show_default=True, help="Put a topic of this name on the call page.")
def create(
    code: str, name: str, name_zh_hans: str, name_zh_hant: str, strategy: str, priority: int, topic: bool
) -> None:
    """Make the queue CODE, open at once."""
    raw = {"code": code, "name_en": name, "name_zh_Hans": name_zh_hans, "name_zh_Hant": name_zh_hant, "public": "1"}
    raw |= {"strategy": strategy, "priority": str(priority), "with_topic": "1" if topic else ""}
    try:
        queue_id = queues.create_queue(raw, actor=CLI)
    except DeskError as error:
        raise _refused(error) from error
    click.echo(f"{code}  queue {queue_id} is open.")


@queue_commands.command("list")
def show() -> None:
    """Print every queue: code, state, who waits, who is certified, name."""
    today = clock.now().date()
    with reading() as session:
        for queue in session.scalars(select(Queue).order_by(Queue.position, Queue.id)):
            state = "open" if queue.active else "closed"
            waiting, certified = waiting_in(session, queue.id), len(certified_for(session, queue.id, today))
            name = queue.names.get("en", "")
            click.echo(f"{queue.code:<32} {state:<7} {waiting:>4} waiting {certified:>4} certified  {name}")


@agent_commands.command("assign")
@click.argument("login")
@click.option("--queue", "codes", multiple=True, help="Code of a queue to serve; may be repeated.")
@click.option(
    "--certify-until", type=click.DateTime(["%Y-%m-%d"]), help="Certify for these queues from today to this day."
)
@click.option("--skill", "skills", multiple=True, help="CODE:LEVEL, level 1 to 5, 0 takes it away; may be repeated.")
@click.option("--yes", is_flag=True, help="Do it although it reaches further.")
def assign(
    login: str, codes: tuple[str, ...], certify_until: datetime | None, skills: tuple[str, ...], yes: bool
) -> None:
    """Say which queues LOGIN serves, on which certificate, with which skills. What is not named stays as it is."""
    until = certify_until.date() if certify_until else None
    try:
        user_id = people.by_login(login).id
        queue_ids = _queues(codes)
        _skills(user_id, skills, yes)
        _serve(user_id, queue_ids, until)
    except ConfirmFirst as asked:
        raise _refused(asked) from asked
    except DeskError as error:
        raise _refused(error) from error
    click.echo(f"{login.strip().lower()}  {len(queue_ids)} queues, {len(skills)} skills.")


def _queues(codes: tuple[str, ...]) -> list[int]:
    with reading() as session:
        known = dict(session.execute(select(Queue.code, Queue.id).where(Queue.code.in_(codes))).all())
    for code in codes:
        if code not in known:
            raise NotFound(f"There is no queue {code}. flask queue list shows them all.")
    return [known[code] for code in codes]


def _serve(user_id: int, queue_ids: list[int], until: date | None) -> None:
    for queue_id in queue_ids:
        if until is None:
            membership.join(user_id, queue_id, actor=CLI)
        else:
            today = clock.now().date()
            membership.grant(user_id, queue_id, granted_on=today, expires_on=until, actor=CLI)


def _skills(user_id: int, skills: tuple[str, ...], yes: bool) -> None:
    if not skills:
        return
    with reading() as session:
        get_taker(session, user_id)
        known = {skill.code: skill.id for skill in session.scalars(select(Skill))}
        levels = {f"skill-{key}": str(level) for key, level in skill_levels(session, user_id).items()}
    for pair in skills:
        code, _colon, level = pair.rpartition(":")
        if code not in known or level not in tuple("012345"):
            raise NotFound(f"{pair}: give a known skill and a level, like {next(iter(known), 'en')}:3.")
        levels[f"skill-{known[code]}"] = "" if level == "0" else level
    try:
        people_at_work.change_skills(user_id, levels, seen=None, actor=CLI)
    except ConfirmFirst as asked:
        if not yes:
            raise
        people_at_work.change_skills(user_id, levels, seen=None, confirmed=asked.token, actor=CLI)

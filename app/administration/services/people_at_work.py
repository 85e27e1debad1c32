"""Agents and teams: how customers see them, what they can do, how much they carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.administration.changes import Consequence, demand_consent, demand_unchanged, differences
from app.administration.entries import Refusals, line_entry, whole_entry
from app.administration.services.counts import demands_of, spans_of
from app.administration.services.membership import memberships, span_of, tell_agent
from app.agents.models import Agent, AgentSkill, Skill, Team
from app.agents.services import LONGEST_PUBLIC_NAME, ensure_agent, first_public_name
from app.db import transaction
from app.domain.certificates import Standing, best_standing
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.i18n import localised
from app.live import touch
from app.queues.models import Certificate, Queue, QueueMember
from app.security.models import User
from app.security.roles import PERMISSIONS

#: Most live work of each channel an agent may carry at once; one voice contact is a rule of the house (I2).
CAPACITIES = {"max_voice": (0, 1), "max_sms": (0, 20), "max_ticket": (0, 50)}
LONGEST_TEAM = 80
SHOWN = 200


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One line of the list."""

    user: User
    team: str
    #: (queue, standing of the certificate for it).
    queues: list[tuple[Queue, Standing]] = field(default_factory=list)

    @property
    def counting(self) -> int:
        """Queues that this agent is offered contacts of."""
        return sum(standing.counts and queue.active for queue, standing in self.queues)


def list_agents(session: Session, *, query: str = "", team_id: int | None = None) -> list[AgentRow]:
    """Everybody whose role takes contacts, with their queues, by name; people without access come last."""
    people = (
        select(User, Team.name)
        .outerjoin(Agent, Agent.id == User.id)
        .outerjoin(Team, Team.id == Agent.team_id)
        .where(User.role.in_(sorted(PERMISSIONS["call.handle"])))
        .order_by(User.active.desc(), func.lower(User.display_name), User.id)
        .limit(SHOWN)
    )
    if query:
        words = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")
        people = people.where(or_(User.display_name.ilike(f"%{words}%"), User.login.ilike(f"%{words}%")))
    if team_id is not None:
        people = people.where(Agent.team_id == team_id)
    rows = {user.id: AgentRow(user, team or "") for user, team in session.execute(people)}
    today = clock.now().date()
    spans: dict[tuple[int, int], list[Any]] = {}
    for certificate in session.scalars(select(Certificate).where(Certificate.agent_id.in_(rows))):
        spans.setdefault((certificate.agent_id, certificate.queue_id), []).append(certificate)
    members = session.execute(
        select(QueueMember.agent_id, Queue)
        .join(Queue, Queue.id == QueueMember.queue_id)
        .where(QueueMember.agent_id.in_(rows))
        .order_by(Queue.position, Queue.id)
    )
    for agent_id, queue in members:
        held = [span_of(row) for row in spans.get((agent_id, queue.id), ())]
        rows[agent_id].queues.append((queue, best_standing(held, today)))
    return list(rows.values())


def agent_values(agent: Agent | None, user: User) -> dict[str, Any]:
    """What the form of an agent shows; of somebody who never sat down, what would be made."""
    if agent is None:
        columns = Agent.__table__.c
        capacities = {name: int(_default(columns[name])) for name in CAPACITIES}
        return {"team": "", "public_name": first_public_name(user.display_name), **capacities}
    return {
        "team": agent.team_id or "",
        "public_name": agent.public_name,
        **{name: getattr(agent, name) for name in CAPACITIES},
    }


def get_taker(session: Session, user_id: int) -> User:
    """A user whose role takes contacts.

    Raises:
        NotFound: there is none.
    """
    user = session.get(User, user_id)
    if user is None or (user.role not in PERMISSIONS["call.handle"] and session.get(Agent, user_id) is None):
        raise NotFound()
    return user


def change_agent(user_id: int, raw: Mapping[str, str], *, seen: str | None, confirmed: str = "", actor: Actor) -> None:
    """Save team, public name and capacities.

    Raises:
        NotFound: the user takes no contacts.
        Invalid: a field is refused.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: no calls would be offered any more.
    """
    refusals = Refusals()
    public_name = line_entry(raw, "public_name", refusals, limit=LONGEST_PUBLIC_NAME, required=True)
    numbers = {name: whole_entry(raw, name, refusals, *limits) for name, limits in CAPACITIES.items()}
    with transaction() as session:
        user = get_taker(session, user_id)
        team = _team_entry(session, raw.get("team", ""), refusals)
        refusals.raise_any()
        demand_unchanged(agent_values(session.get(Agent, user_id), user), seen)
        ensure_agent(session, user_id, actor=actor)
        agent = session.get_one(Agent, user_id, with_for_update={"key_share": True}, populate_existing=True)
        before = agent_values(agent, user)
        if agent.max_voice and numbers["max_voice"] == 0:
            text = _("No calls will be offered to %(name)s. A call in hand is finished.", name=user.display_name)
            demand_consent([Consequence("no_calls", text, "warn")], confirmed)
        agent.team_id, agent.public_name = team, public_name
        for name, number in numbers.items():
            setattr(agent, name, number)
        old, new = differences(before, agent_values(agent, user))
        if not new:
            return
        session.flush()
        record_event(session, "agent.changed", "agent", user_id, actor=actor, before=old, after=new)
        tell_agent(session, user_id, _queues(session, memberships(session, user_id)))


def skill_levels(session: Session, agent_id: int) -> dict[str, int]:
    """Skill id (as the form says it) -> level of an agent."""
    rows = session.scalars(select(AgentSkill).where(AgentSkill.agent_id == agent_id).order_by(AgentSkill.skill_id))
    return {str(row.skill_id): row.level for row in rows}


def change_skills(user_id: int, raw: Mapping[str, str], *, seen: str | None, confirmed: str = "", actor: Actor) -> None:
    """Save the levels of an agent: fields "skill-<id>" with 1..5, empty for none.

    Raises:
        NotFound: the user takes no contacts.
        Invalid: a level is none of those.
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: the agent falls out of a queue or a language.
    """
    with transaction() as session:
        get_taker(session, user_id)
        ensure_agent(session, user_id, actor=actor)
        session.get_one(Agent, user_id, with_for_update={"key_share": True})
        before = skill_levels(session, user_id)
        demand_unchanged(before, seen)
        skills = {str(skill.id): skill for skill in session.scalars(select(Skill))}
        refusals, after = Refusals(), {}
        for key in skills:
            level = whole_entry(raw, f"skill-{key}", refusals, 1, 5, optional=True)
            if level is not None:
                after[key] = level
        refusals.raise_any()
        if before == after:
            return
        demand_consent(_skill_consequences(session, user_id, skills, before, after), confirmed)
        session.execute(delete(AgentSkill).where(AgentSkill.agent_id == user_id))
        session.add_all(AgentSkill(agent_id=user_id, skill_id=int(key), level=level) for key, level in after.items())
        session.flush()
        old, new = differences({**dict.fromkeys(after), **before}, {**dict.fromkeys(before), **after})
        by_code = [{skills[key].code: level for key, level in side.items()} for side in (old, new)]
        record_event(
            session, "agent.skills_changed", "agent", user_id, actor=actor, before=by_code[0], after=by_code[1]
        )
        tell_agent(session, user_id, _queues(session, memberships(session, user_id)))


def _skill_consequences(
    session: Session, agent_id: int, skills: Mapping[str, Skill], before: Mapping[str, int], after: Mapping[str, int]
) -> list[Consequence]:
    found = []
    for key in before:
        if key not in after and skills[key].kind == "language":
            text = _("Contacts in %(language)s are no longer offered.", language=localised(skills[key].names))
            found.append(Consequence(f"language_{key}", text, "warn"))
    today = clock.now().date()
    spans = spans_of(session, agent_id)
    for queue in _queues(session, memberships(session, agent_id)):
        if not best_standing(spans.get(queue.id, ()), today).counts:
            continue
        for skill_id, (least, _after_s, _relaxed) in demands_of(session, queue.id).items():
            if before.get(str(skill_id), 0) >= least > after.get(str(skill_id), 0):
                text = _(
                    "“%(queue)s” asks for %(skill)s at level %(level)s: its contacts are offered only once that "
                    "demand has fallen.",
                    queue=localised(queue.names),
                    skill=localised(skills[str(skill_id)].names),
                    level=least,
                )
                found.append(Consequence(f"falls_out_{queue.id}_{skill_id}", text, "warn"))
    return found


def list_teams(session: Session) -> Sequence[Any]:
    """(team, number of agents), by name."""
    return session.execute(
        select(Team, func.count(Agent.id))
        .outerjoin(Agent, Agent.team_id == Team.id)
        .group_by(Team.id)
        .order_by(func.lower(Team.name))
    ).all()


def save_team(team_id: int | None, raw: Mapping[str, str], *, actor: Actor) -> None:
    """Make a team, or give one another name.

    Raises:
        NotFound: there is no such team.
        Invalid: the name is refused or taken.
    """
    refusals = Refusals()
    name = line_entry(raw, "name", refusals, limit=LONGEST_TEAM, required=True)
    refusals.raise_any()
    try:
        with transaction() as session:
            team = Team(name=name) if team_id is None else session.get(Team, team_id, with_for_update=True)
            if team is None:
                raise NotFound()
            before = None if team_id is None else {"name": team.name}
            team.name = name
            session.add(team)
            session.flush()
            if before == {"name": name}:
                return
            verb = "team.created" if before is None else "team.changed"
            record_event(session, verb, "team", team.id, actor=actor, before=before, after={"name": name})
            touch(session, "team", "all")
    except IntegrityError as error:
        raise Invalid(fields={"name": _("There is a team of this name already.")}) from error


def delete_team(team_id: int, *, confirmed: str = "", actor: Actor) -> None:
    """Dissolve a team; its agents stay, without one.

    Raises:
        NotFound: there is no such team.
        ConfirmFirst: agents are in it.
        Conflict: something else refers to it.
    """
    try:
        with transaction() as session:
            team = session.get(Team, team_id, with_for_update=True)
            if team is None:
                raise NotFound()
            agents = session.scalars(select(Agent.id).where(Agent.team_id == team_id).order_by(Agent.id)).all()
            if agents:
                text = ngettext("%(num)s agent will be in no team.", "%(num)s agents will be in no team.", len(agents))
                demand_consent([Consequence("without_team", text, "warn")], confirmed)
            session.execute(update(Agent).where(Agent.team_id == team_id).values(team_id=None))
            session.delete(team)
            before = {"name": team.name, "agents": list(agents)}
            record_event(session, "team.deleted", "team", team_id, actor=actor, before=before)
            touch(session, "team", "all")
    except IntegrityError as error:
        raise Conflict(_("This team is in use elsewhere and stays."), code="in_use") from error


def _team_entry(session: Session, text: str, refusals: Refusals) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18 or session.get(Team, int(text)) is None:
        refusals.add("team", _("Please choose one of the listed ones."))
        return None
    return int(text)


def _queues(session: Session, queue_ids: set[int]) -> list[Queue]:
    return list(session.scalars(select(Queue).where(Queue.id.in_(queue_ids)).order_by(Queue.position, Queue.id)))


def _default(column: Any) -> str:
    return str(column.server_default.arg)

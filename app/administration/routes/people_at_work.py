"""Pages of agents and teams."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.administration.blueprint import Answer, answer_form, blueprint, seen, typed
from app.administration.changes import fingerprint
from app.administration.entries import Refusals, clean, day_entry
from app.administration.services import membership
from app.administration.services import people_at_work as people
from app.agents.models import Agent, Skill, Team
from app.customers.listing import LONGEST_QUERY
from app.db import reading
from app.domain.certificates import best_standing, standing_of
from app.errors import NotFound
from app.queues.models import Certificate, Queue
from app.security.guard import actor, needs
from app.security.models import User


@blueprint.get("/agents")
def agents() -> str:
    """Everybody who takes contacts, with team, queues and certificates."""
    query, team = request.args.get("q", "")[:LONGEST_QUERY].strip(), request.args.get("team", type=int)
    with reading() as session:
        rows = people.list_agents(session, query=query, team_id=team)
        teams = session.scalars(select(Team).order_by(Team.name)).all()
        return render_template("administration/agents.html", rows=rows, teams=teams, query=query, team=team)


@blueprint.get("/agents/<int:user_id>")
def agent(user_id: int) -> str:
    """One agent: profile, skills, queues, certificates."""
    return _page(user_id)


@blueprint.post("/agents/<int:user_id>")
@needs("agents.manage")
def save_agent(user_id: int) -> Answer:
    """Save team, public name and capacities."""
    user = _user(user_id)
    return answer_form(
        lambda confirmed: people.change_agent(user_id, typed(), seen=seen(), confirmed=confirmed, actor=actor()),
        again=lambda errors, theirs: _page(user_id, profile=typed(), profile_errors=errors, profile_theirs=theirs),
        done=url_for("administration.agent", user_id=user_id),
        title=user.display_name,
    )


@blueprint.post("/agents/<int:user_id>/skills")
@needs("agents.manage")
def save_skills(user_id: int) -> Answer:
    """Save the levels."""
    user = _user(user_id)
    return answer_form(
        lambda confirmed: people.change_skills(user_id, typed(), seen=seen(), confirmed=confirmed, actor=actor()),
        again=lambda errors, theirs: _page(user_id, levels=typed(), skill_errors=errors, skills_theirs=theirs),
        done=url_for("administration.agent", user_id=user_id) + "#skills",
        title=user.display_name,
    )


@blueprint.post("/agents/<int:user_id>/queues")
@needs("agents.manage")
def save_memberships(user_id: int) -> Answer:
    """Save which queues the agent serves."""
    user = _user(user_id)
    chosen = {int(text) for text in request.form.getlist("queues") if text.isdecimal() and len(text) <= 18}
    return answer_form(
        lambda confirmed: membership.change_memberships(
            user_id, chosen, seen=seen(), confirmed=confirmed, actor=actor()
        ),
        again=lambda errors, theirs: _page(user_id, chosen=chosen, queue_errors=errors, queues_theirs=theirs),
        done=url_for("administration.agent", user_id=user_id) + "#queues",
        title=user.display_name,
    )


@blueprint.post("/agents/<int:user_id>/certificates")
@needs("training.override")
def grant_certificate(user_id: int) -> Answer:
    """A certificate without an exam, for a few days."""
    user = _user(user_id)

    def save(_confirmed: str) -> None:
        refusals = Refusals()
        queue = request.form.get("queue", "")
        if not queue.isdecimal() or len(queue) > 18:
            refusals.add("queue", _("Please choose one of the listed ones."))
        until = day_entry(request.form, "last_day", refusals)
        refusals.raise_any()
        reason = clean(request.form.get("reason"))
        membership.override(user_id, int(queue), reason=reason, last_day=until, actor=actor())

    return answer_form(
        save,
        again=lambda errors, _theirs: _page(user_id, granting=typed(), grant_errors=errors),
        done=url_for("administration.agent", user_id=user_id) + "#certificates",
        title=user.display_name,
        said=_("The override is in force, and in the log."),
    )


@blueprint.post("/agents/<int:user_id>/certificates/<int:certificate_id>")
@needs("agents.manage")
def change_certificate(user_id: int, certificate_id: int) -> Answer:
    """Move the last day of a certificate, or (do=revoke) take it back."""
    user = _user(user_id)
    _demand_own(user_id, certificate_id)

    def save(confirmed: str) -> None:
        if request.form.get("do") == "revoke":
            reason = clean(request.form.get("reason"))
            membership.revoke(certificate_id, reason=reason, confirmed=confirmed, actor=actor())
            return
        refusals = Refusals()
        until = day_entry(request.form, "expires_on", refusals, optional=True)
        refusals.raise_any()
        membership.move_end(certificate_id, until, confirmed=confirmed, actor=actor())

    return answer_form(
        save,
        again=lambda errors, _theirs: _page(user_id, changing=certificate_id, change=typed(), change_errors=errors),
        done=url_for("administration.agent", user_id=user_id) + "#certificates",
        title=user.display_name,
    )


@blueprint.get("/teams")
def teams() -> str:
    """Every team."""
    return _teams()


@blueprint.post("/teams")
@needs("organisation.manage")
def create_team() -> Answer:
    """Make a team."""
    return answer_form(
        lambda _confirmed: people.save_team(None, typed(), actor=actor()),
        again=lambda errors, _theirs: _teams(new=typed(), errors=errors),
        done=url_for("administration.teams"),
        title=_("Teams"),
    )


@blueprint.post("/teams/<int:team_id>")
@needs("organisation.manage")
def save_team(team_id: int) -> Answer:
    """Rename a team, or (do=delete) dissolve it."""

    def save(confirmed: str) -> None:
        if request.form.get("do") == "delete":
            people.delete_team(team_id, confirmed=confirmed, actor=actor())
        else:
            people.save_team(team_id, typed(), actor=actor())

    return answer_form(
        save,
        again=lambda errors, _theirs: _teams(changed=(team_id, request.form.get("name", "")), errors=errors),
        done=url_for("administration.teams"),
        title=_("Teams"),
    )


def _teams(**more: Any) -> str:
    with reading() as session:
        shown: dict[str, Any] = {"new": {}, "changed": (None, ""), "errors": {}, **more}
        return render_template("administration/teams.html", rows=people.list_teams(session), **shown)


def _user(user_id: int) -> User:
    with reading() as session:
        return people.get_taker(session, user_id)


def _demand_own(user_id: int, certificate_id: int) -> None:
    with reading() as session:
        row = session.get(Certificate, certificate_id)
    if row is None or row.agent_id != user_id:
        raise NotFound()


def _page(user_id: int, **more: Any) -> str:
    today = clock.now().date()
    with reading() as session:
        user = people.get_taker(session, user_id)
        values = people.agent_values(session.get(Agent, user_id), user)
        levels, served = people.skill_levels(session, user_id), membership.memberships(session, user_id)
        queues = session.scalars(select(Queue).order_by(Queue.active.desc(), Queue.position, Queue.id)).all()
        by_queue: dict[int, list[Any]] = {}
        rows = session.execute(
            select(Certificate, Queue, User.display_name)
            .join(Queue, Queue.id == Certificate.queue_id)
            .outerjoin(User, User.id == Certificate.granted_by)
            .where(Certificate.agent_id == user_id)
            .order_by(Certificate.revoked_at.is_not(None), Certificate.granted_on.desc(), Certificate.id.desc())
        ).all()
        for certificate, queue, _by in rows:
            by_queue.setdefault(queue.id, []).append(membership.span_of(certificate))
        shown: dict[str, Any] = {
            "profile": values,
            "levels": {f"skill-{key}": str(level) for key, level in levels.items()},
            "chosen": served,
            "granting": {},
            **more,
        }
        return render_template(
            "administration/agent.html",
            user=user,
            teams=session.scalars(select(Team).order_by(Team.name)).all(),
            profile_seen=fingerprint(values),
            skills_seen=fingerprint(levels),
            queues_seen=fingerprint(membership.membership_values(served)),
            skills=session.scalars(select(Skill).order_by(Skill.kind, Skill.code)).all(),
            queues=[(queue, best_standing(by_queue.get(queue.id, ()), today)) for queue in queues],
            certificates=[
                (row.Certificate, row.Queue, row.display_name, standing_of(membership.span_of(row.Certificate), today))
                for row in rows
            ],
            capacities=people.CAPACITIES,
            **shown,
        )

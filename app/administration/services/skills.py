"""Skills and languages: what agents can do, and what queues may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.administration.changes import Consequence, demand_consent, demand_unchanged, differences
from app.administration.entries import Refusals, code_entry, names_entry
from app.agents.models import AgentSkill, Skill
from app.db import reading, transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.i18n import LANGUAGES, localised
from app.queues.models import Queue, QueueSkill

KINDS = ("skill", "language")
LONGEST_CODE = 30


def skill_values(skill: Skill) -> dict[str, Any]:
    """What the form of a skill shows."""
    return {
        "code": skill.code,
        "kind": skill.kind,
        **{f"name_{language}": text for language, text in skill.names.items()},
    }


def get_skill(skill_id: int) -> Skill:
    """One skill.

    Raises:
        NotFound: there is none.
    """
    with reading() as session:
        skill = session.get(Skill, skill_id)
    if skill is None:
        raise NotFound()
    return skill


def list_skills(session: Session) -> Sequence[Any]:
    """(skill, number of agents who have it, number of queues that ask for it): languages first, then by code."""
    agents = select(func.count()).where(AgentSkill.skill_id == Skill.id).scalar_subquery()
    queues = select(func.count()).where(QueueSkill.skill_id == Skill.id).scalar_subquery()
    return session.execute(select(Skill, agents, queues).order_by(Skill.kind, Skill.code)).all()


def free_languages(session: Session) -> list[str]:
    """Languages of the call page that are no skill yet."""
    taken = set(session.scalars(select(Skill.code).where(Skill.kind == "language")))
    return [code for code in LANGUAGES if code not in taken]


def create_skill(raw: Mapping[str, str], *, confirmed: str = "", actor: Actor) -> int:
    """Id of a new skill or language. A language has the code by which customers choose it.

    Raises:
        Invalid: a field is refused, or the code is taken.
        ConfirmFirst: it is a language: from then on calls in it ask for agents who have it.
    """
    refusals = Refusals()
    names = names_entry(raw, refusals)
    kind = raw.get("kind", "skill")
    if kind not in KINDS:
        refusals.add("kind", _("Please choose one of the listed ones."))
    if kind == "language":
        code = raw.get("language", "")
        if code not in LANGUAGES:
            refusals.add("language", _("Please choose one of the languages that callers can choose."))
    else:
        code = code_entry(raw, refusals, limit=LONGEST_CODE, made_of=names.get("en", ""))
        if code in LANGUAGES:
            refusals.add("code", _("This code belongs to a language."))
    refusals.raise_any()
    if kind == "language":
        text = _(
            "Calls in %(language)s are offered only to agents who have it, and nobody has it yet. Give it to agents "
            "right afterwards.",
            language=localised(names),
        )
        demand_consent([Consequence("language_asked_for", text, "warn")], confirmed)
    try:
        with transaction() as session:
            skill = Skill(code=code, kind=kind, names=names)
            session.add(skill)
            session.flush()
            record_event(session, "skill.created", "skill", skill.id, actor=actor, after=skill_values(skill))
            return skill.id
    except IntegrityError as error:
        field = "language" if kind == "language" else "code"
        raise Invalid(fields={field: _("This code is taken already.")}) from error


def change_skill(skill_id: int, raw: Mapping[str, str], *, seen: str | None, actor: Actor) -> None:
    """Give a skill other names; its code and kind stay, since calls and agents refer to them.

    Raises:
        NotFound: there is none.
        Invalid: a field is refused.
        EditConflict: somebody else saved since the form was opened.
    """
    refusals = Refusals()
    names = names_entry(raw, refusals)
    refusals.raise_any()
    with transaction() as session:
        skill = session.get(Skill, skill_id, with_for_update={"key_share": True})
        if skill is None:
            raise NotFound()
        before = skill_values(skill)
        demand_unchanged(before, seen)
        skill.names = names
        old, new = differences(before, skill_values(skill))
        if new or set(before) != set(skill_values(skill)):
            record_event(session, "skill.changed", "skill", skill_id, actor=actor, before=old, after=new)


def delete_skill(skill_id: int, *, confirmed: str = "", actor: Actor) -> None:
    """Take a skill away that no queue asks for; agents who have it lose it.

    Raises:
        NotFound: there is none.
        Conflict: queues ask for it: they would ask for nothing known.
        ConfirmFirst: agents have it, or it is a language.
    """
    try:
        with transaction() as session:
            skill = session.get(Skill, skill_id, with_for_update=True)
            if skill is None:
                raise NotFound()
            asking = session.scalars(
                select(Queue).join(QueueSkill, QueueSkill.queue_id == Queue.id).where(QueueSkill.skill_id == skill_id)
            ).all()
            if asking:
                names = ", ".join(localised(queue.names) for queue in asking)
                raise Conflict(
                    _("These queues ask for it: %(queues)s. Take it out of their demands first.", queues=names),
                    code="in_use",
                )
            holders = session.scalar(select(func.count()).where(AgentSkill.skill_id == skill_id)) or 0
            demand_consent(_deletion_consequences(skill, holders), confirmed)
            before = {**skill_values(skill), "agents": holders}
            session.execute(delete(AgentSkill).where(AgentSkill.skill_id == skill_id))
            session.delete(skill)
            record_event(session, "skill.deleted", "skill", skill_id, actor=actor, before=before)
    except IntegrityError as error:
        raise Conflict(_("This skill is in use and stays."), code="in_use") from error


def _deletion_consequences(skill: Skill, holders: int) -> list[Consequence]:
    found = []
    if holders:
        text = ngettext(
            "%(num)s agent has this skill and loses it.", "%(num)s agents have this skill and lose it.", holders
        )
        found.append(Consequence("holders_lose", text, "warn"))
    if skill.kind == "language":
        text = _(
            "Calls in %(language)s no longer ask for it: they go to any agent of the queue.",
            language=localised(skill.names),
        )
        found.append(Consequence("language_not_asked", text, "warn"))
    return found
